public import Devices

/// How a service is run.
public struct ServiceSettings: Sendable {
    /// Models, and trainings with their models.
    public var modelsFolder: String
    /// Folders or addresses with scenes.
    public var scenes: [String]
    /// The service's own files: scans, uploads, its list of jobs.
    public var dataFolder: String
    /// A folder for each project; `nil` for one in the data folder.
    public var projectsFolder: String?
    public var host: String
    /// 0 for any free one.
    public var port: Int
    /// `nil` where none is needed.
    public var token: String?
    /// PEM files for TLS; `nil` for plain HTTP.
    public var tlsFiles: (certificate: String, key: String)?
    /// Beginnings of addresses whose images may be fetched to classify them.
    public var allowedAddresses: [String]
    public var machine: Machine
    public var numerics: NumericsChoice
    public var limits: ServiceLimits
    /// Scans that run at the same time.
    public var scanCount: Int
    /// This program, which runs scans as processes of their own.
    public var executable: String
    public var version: String
    /// Called with the address once the service listens.
    public var onStart: @Sendable (_ address: String) -> Void
    /// Called before that with what somebody should know.
    public var onWarning: @Sendable (_ text: String) -> Void

    /// With the usual limits, on this machine only.
    public init(modelsFolder: String, dataFolder: String, executable: String, version: String) {
        self.modelsFolder = modelsFolder
        self.dataFolder = dataFolder
        self.executable = executable
        self.version = version
        scenes = []
        host = "127.0.0.1"
        port = 8080
        allowedAddresses = []
        machine = Machine()
        numerics = NumericsChoice()
        limits = ServiceLimits()
        scanCount = 1
        onStart = { _ in }
        onWarning = { _ in }
    }

    /// Whether a host can be reached from this machine alone.
    public static func isLoopback(_ host: String) -> Bool { Gate.isLoopback(host) }
}
