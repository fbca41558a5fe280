import ArgumentParser
import Files
import Foundation
import Logging
import Service

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a service with a page: look at scenes, scan them, classify images.",
        discussion: """
            Serves a page for people and an API for programs (/v1/openapi.json describes it). Without a token it listens on this \
            machine's own addresses only. SIGTERM and Ctrl-C end it after the requests under way, a second Ctrl-C at once; scans that are not done go on when the \
            service is started again with the same --data. See docs/service.md.
            """)

    @Option(
        help: ArgumentHelp(
            "The folder with models (.safetensors) and trainings; those below it, too.", valueName: "folder"))
    var models: String
    @Option(
        help: ArgumentHelp(
            "A folder or an address (s3://…) with scenes; may be given several times.", valueName: "folder"))
    var scenes: [String] = []
    @Option(help: ArgumentHelp("The folder for scans, uploads and the list of jobs.", valueName: "folder"))
    var data = "tilescope-data"
    @Option(
        help: ArgumentHelp(
            "The folder of projects. Default: projects in the folder of --data.", valueName: "folder"))
    var projects: String?
    @Option(help: ArgumentHelp("Where to listen; port 0 takes any free one.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"
    @Option(
        help: ArgumentHelp(
            "A file whose first line is the token that requests must carry (Authorization: Bearer …): 16 or more letters, digits and signs.",
            valueName: "file"))
    var tokenFile: String?
    @Option(
        help: ArgumentHelp(
            "Serve https with this certificate (PEM). Intermediate certificates follow it in the file.",
            valueName: "file"))
    var tlsCertificate: String?
    @Option(
        help: ArgumentHelp(
            "The private key of --tls-certificate (PEM, without a passphrase).", valueName: "file"))
    var tlsKey: String?
    @Option(
        name: .customLong("allow"),
        help: ArgumentHelp(
            "The beginning of addresses whose images may be fetched to classify them, such as s3://bucket/; may be given several times.",
            valueName: "address"))
    var allowed: [String] = []
    @Option(help: ArgumentHelp("Scans that run at the same time.", valueName: "count")) var scans = 1
    @Option(help: ArgumentHelp("Images that may wait for one model.", valueName: "count"))
    var queue = ServiceLimits().waitingPictureCount
    @Option(
        help: ArgumentHelp(
            "The longest body of a request, in MiB; scenes are uploaded in parts.", valueName: "MiB"))
    var body = ServiceLimits().bodyByteCount >> 20
    @Flag(help: "Say each request on standard error.") var logRequests = false
    @OptionGroup var engineOptions: EngineOptions
    @OptionGroup var logOptions: LogOptions

    func validate() throws {
        let (host, _) = try address()
        guard tokenFile != nil || ServiceSettings.isLoopback(host) else {
            throw ValidationError(
                "--listen \(listen) can be reached from other machines, so that a token is needed: give --token-file"
            )
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together: give both")
        }
        guard (1...1_000_000).contains(queue) else {
            throw ValidationError("--queue must lie in 1...1000000: \(queue)")
        }
        guard (1...2048).contains(body) else { throw ValidationError("--body must lie in 1...2048: \(body)") }
        guard (1...64).contains(scans) else { throw ValidationError("--scans must lie in 1...64: \(scans)") }
    }

    func run() throws {
        let (host, port) = try address()
        var settings = ServiceSettings(
            modelsFolder: models, dataFolder: data, executable: runningProgramPath(),
            version: Tilescope.configuration.version)
        settings.scenes = scenes
        settings.projectsFolder = projects
        settings.host = host
        settings.port = port
        settings.token = try tokenFile.map(Self.token)
        settings.allowedAddresses = allowed
        if let tlsCertificate, let tlsKey { settings.tlsFiles = (tlsCertificate, tlsKey) }
        settings.machine = engineOptions.machine
        settings.numerics = engineOptions.numerics
        settings.scanCount = scans
        settings.limits.waitingPictureCount = queue
        settings.limits.bodyByteCount = body << 20
        settings.onWarning = { ProgressLine.warn("\($0)") }
        settings.onStart = { address in ProgressLine.tell("tilescope serves \(address) (Ctrl-C ends it)") }
        var logger = Logger(label: "tilescope.service") { label in
            TerminalLogHandler(label: label, level: logRequests ? .info : .warning)
        }
        if logOptions.verbose { logger.logLevel = .debug }
        try RunningService(settings, logger: logger).run()
    }

    /// The host and the port of `--listen`.
    private func address() throws -> (host: String, port: Int) {
        guard let colon = listen.lastIndex(of: ":"),
            let port = UInt16(listen[listen.index(after: colon)...])
        else {
            throw ValidationError("--listen must be a host and a port, such as 127.0.0.1:8080: '\(listen)'")
        }
        var host = String(listen[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else {
            throw ValidationError("--listen must name a host: 127.0.0.1 for this machine, 0.0.0.0 for all")
        }
        return (host, Int(port))
    }

    /// - Throws: where the file has no token that can be carried by a header.
    private static func token(reading path: String) throws -> String {
        let bytes = try readFile(path, limit: 1 << 16)
        let line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
        let token = line.trimmingCharacters(in: .whitespaces)
        guard token.utf8.count >= 16, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandError(
                operation: "read the token", path: path,
                cause: "its first line must have 16 or more letters, digits and signs without spaces")
        }
        return token
    }
}
