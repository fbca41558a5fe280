import Foundation
import Synchronization

/// The object store that `make test-store` starts, behind a proxy that logs requests and makes faults.
///
/// The whole process talks to the proxy. Each test has a folder of its own in the bucket, and its faults are of paths in it.
public final class TestStore: Sendable {
    /// Whether tests may use it: `TILESCOPE_TEST_STORE` is the address of the store itself.
    public static let isThere = ProcessInfo.processInfo.environment["TILESCOPE_TEST_STORE"] != nil
    public static let skipped = "needs an object store: make test-store"

    /// Started at the first look.
    public static let shared = Result { try TestStore() }

    private let proxy: PythonServer
    private let control: UInt16
    private let logPath: String
    private let rules = Mutex<[Rule]>([])

    /// What goes wrong with which requests, as the proxy's words have it.
    public struct Rule: Encodable, Sendable {
        public var method: String?
        /// A regular expression.
        public var path: String
        public var skip: Int?
        public var count: Int?
        public var status: Int?
        public var code: String?
        public var lost: Bool?
        public var cut: Int?
        public var delay: Int?
        public var rate: Int?
        public var drop: String?

        public init(path: String) { self.path = path }
    }

    /// A request that the proxy has passed on or answered itself.
    public struct Request: Decodable, Sendable {
        public var method: String
        public var path: String
        public var range: String?
        public var status: Int
        public var sent: Int
    }

    private struct Ports: Decodable {
        var port: UInt16
        var control: UInt16
    }

    private init() throws {
        let store = ProcessInfo.processInfo.environment["TILESCOPE_TEST_STORE"] ?? ""
        logPath = FileManager.default.temporaryDirectory.path + "/tilescope-store-\(getpid()).jsonl"
        proxy = try PythonServer("proxy.py", ["--to", store, "--log", logPath])
        let ports = try JSONDecoder().decode(Ports.self, from: Data(proxy.line.utf8))
        control = ports.control
        setenv("AWS_S3_ENDPOINT", "127.0.0.1:\(ports.port)", 1)
        // What GDAL waits before it tries again, in seconds.
        setenv("GDAL_HTTP_RETRY_DELAY", "0.05", 1)
    }

    deinit { try? FileManager.default.removeItem(atPath: logPath) }

    /// Lets things go wrong as long as `body` runs.
    @discardableResult
    public func with<Result>(_ rule: Rule, _ body: () throws -> Result) throws -> Result {
        try post([rule])
        defer { try? post([]) }
        return try body()
    }

    /// The requests whose paths begin so since `body` began.
    public func requests(of path: String, during body: () throws -> Void) throws -> [Request] {
        try post([])
        let before = try lines.count
        try body()
        try post([])
        return try lines.dropFirst(before).map { try JSONDecoder().decode(Request.self, from: $0) }.filter {
            $0.path.hasPrefix(path)
        }
    }

    private var lines: [Data] {
        get throws { try Data(contentsOf: URL(filePath: logPath)).split(separator: UInt8(ascii: "\n")) }
    }

    /// Gives the proxy all of its rules; it answers when no request is under way.
    private func post(_ rules: [Rule]) throws {
        let body = try JSONEncoder().encode(rules)
        let head =
            "POST / HTTP/1.1\r\nHost: proxy\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        let answer = try exchange(Data(head.utf8) + body, port: control)
        guard answer.contains("200") else { throw POSIXError(.EPROTO) }
    }

    private func exchange(_ request: Data, port: UInt16) throws -> String {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw POSIXError(.EIO) }
        let handle = FileHandle(fileDescriptor: socket, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw POSIXError(.ECONNREFUSED) }
        try handle.write(contentsOf: request)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}

/// A folder of a test's own in the bucket of the store, with folders of this machine for what is kept here.
///
/// The cache and the work folder are those of the whole process; tests that look into them run one after the other.
public final class StoreFolder: Sendable {
    /// Of the folder in the bucket: no other test's.
    public let name = UUID().uuidString
    /// `s3://lake/NAME`.
    public var address: String { "s3://lake/\(name)" }
    public let store: TestStore
    /// For `TILESCOPE_CACHE`, `TILESCOPE_WORK` and whatever a test needs.
    public let local: TemporaryFolder

    public init() throws {
        store = try TestStore.shared.get()
        local = try TemporaryFolder()
        setenv("TILESCOPE_CACHE", local.file("cache"), 1)
        setenv("TILESCOPE_WORK", local.file("work"), 1)
    }

    public func address(_ name: String) -> String { address + "/" + name }

    /// As the proxy sees it.
    public func path(_ name: String) -> String { String(address.dropFirst("s3:/".count)) + "/" + name }
}
