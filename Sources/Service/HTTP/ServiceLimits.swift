/// What one client, and all of them together, may take of the service.
public struct ServiceLimits: Hashable, Sendable {
    /// The longest body of a request that is held in memory; uploads of scenes are written to disk and have `uploadByteCount`.
    public var bodyByteCount = 32 << 20
    /// All bodies that are held in memory at the same time.
    public var allBodiesByteCount = 256 << 20
    /// Pictures that may wait for one model; more are refused until some are done.
    public var waitingPictureCount = 256
    /// Connections that are open at the same time.
    public var connectionCount = 4096
    /// From the first bytes of a request that come by themselves to the end of its header.
    public var headerSeconds = 10.0
    /// A connection on which nothing happens is closed after so long.
    public var idleSeconds = 60.0
    /// A body has to come at least so fast, measured over `slownessSeconds`.
    public var bytesPerSecond = 1024
    public var slownessSeconds = 10.0
    /// A picture's answer is given up after so long, also in the queue; a request may ask for less.
    public var answerSeconds = 30.0
    /// Scans that have not ended.
    public var scanCount = 100
    /// The largest scene that can be uploaded.
    public var uploadByteCount = 1 << 40
    /// What stays free on the disk of the data folder.
    public var freeByteCount = 1 << 30
    /// After SIGTERM, requests under way may take so long.
    public var stopSeconds = 30.0

    public init() {}

    /// The same with no more connections than there can be.
    func holding(connectionCount count: Int) -> ServiceLimits {
        var limits = self
        limits.connectionCount = min(connectionCount, count)
        return limits
    }
}
