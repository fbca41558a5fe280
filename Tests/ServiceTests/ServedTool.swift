import Foundation
import Synchronization
import TestSupport
import Testing

/// `tilescope serve`, as a user starts it, on a free port of this machine.
final class ServedTool {
    let port: UInt16
    private let process: Process
    private let errors: Pipe
    private let said = Said()

    /// What it has said on standard error.
    private final class Said: Sendable {
        let text = Mutex("")
    }

    /// It has ended before it listened.
    struct Ended: Error {
        var words: String
    }

    /// Programs lie beside the tests.
    static func path(of name: String) -> String {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name)
            .path(percentEncoded: false)
    }

    /// Starts it in a folder and waits until it listens.
    ///
    /// - Parameter environment: what it has besides that of the tests.
    init(_ arguments: [String], folder: String, environment: [String: String] = [:]) throws {
        process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.executableURL = URL(filePath: Self.path(of: "tilescope"))
        process.arguments =
            ["serve"] + (arguments.contains("--listen") ? [] : ["--listen", "127.0.0.1:0"]) + arguments
        process.currentDirectoryURL = URL(filePath: folder)
        errors = Pipe()
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        // A process inherits the signals that its starter blocks, and threads of Dispatch block all.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        try process.run()
        var text = ""
        var port: UInt16?
        while port == nil {
            let data = errors.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Ended(words: text) }
            text += String(decoding: data, as: UTF8.self)
            port = text.firstMatch(of: /serves https?:\/\/[^ ]*:(\d+)/).flatMap { UInt16($0.1) }
        }
        self.port = try #require(port)
        // A thread of its own: a handler of Foundation's, called without data, waits for ever, and its owner with it.
        Thread { [said, errors] in
            while case let data = errors.fileHandleForReading.availableData, !data.isEmpty {
                said.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
        }.start()
    }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitForEnd()
    }

    var processIdentifier: Int32 { process.processIdentifier }

    /// What it said after it listened.
    var text: String { said.text.withLock { $0 } }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for its end.
    func end() -> Int32 {
        process.waitForEnd()
        return process.terminationStatus
    }

    /// A new connection.
    func connect() throws -> HTTPConnection { try HTTPConnection(port: port) }

    /// One request on a connection of its own.
    func request(
        _ method: String = "GET", _ target: String, fields: [String: String] = [:], body: [UInt8]? = nil
    ) throws -> HTTPAnswer {
        let connection = try connect()
        try connection.send(method, target, fields: fields, body: body)
        return try connection.answer(toHead: method == "HEAD")
    }
}

/// What a server has answered.
struct HTTPAnswer {
    var status: Int
    /// By names in small letters.
    var fields: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any], "\(text)")
    }
}

/// A connection of a plain client, which sends whatever it is told.
final class HTTPConnection {
    /// Nobody listens, or takes anything any more.
    struct NotConnected: Error {
        var number: Int32
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw NotConnected(number: errno) }
        var wait = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(
        _ method: String, _ target: String, fields: [String: String] = [:], body: [UInt8]? = nil
    ) throws {
        var fields = fields
        if fields["Host"] == nil { fields["Host"] = "127.0.0.1" }
        if let body, fields["Content-Length"] == nil { fields["Content-Length"] = "\(body.count)" }
        let lines = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        try send(Array("\(method) \(target) HTTP/1.1\r\n\(lines)\r\n".utf8) + (body ?? []))
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var place = 0
        while place < bytes.count {
            let count = bytes[place...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw NotConnected(number: errno) }
            place += count
        }
    }

    /// Ends what this side sends.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Bytes that come; empty at the end.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        try #require(count >= 0, "nothing came: \(errno)")
        return Array(buffer[..<count])
    }

    /// Whether the other side has ended the connection, after at most so many seconds.
    func hasEnded(within seconds: Int) -> Bool {
        var wait = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || count < 0 && errno == ECONNRESET { return true }
            if count < 0 { return false }
        }
    }

    /// The next answer.
    ///
    /// - Parameter isToHead: whether it has no body.
    func answer(toHead isToHead: Bool = false) throws -> HTTPAnswer {
        while true {
            let end = try until([13, 10, 13, 10])
            let lines = String(decoding: received[..<end], as: UTF8.self).split(separator: "\r\n")
            received.removeFirst(end + 4)
            let status = try #require(lines.first.flatMap { Int($0.split(separator: " ")[1]) })
            var fields: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            guard status >= 200 else { continue }
            var body: [UInt8] = []
            if isToHead || status == 204 || status == 304 {
                return HTTPAnswer(status: status, fields: fields, body: [])
            }
            if let count = fields["content-length"].flatMap({ Int($0) }) {
                while received.count < count { try more() }
                body = Array(received[..<count])
                received.removeFirst(count)
            } else if fields["transfer-encoding"] == "chunked" {
                while true {
                    let end = try until([13, 10])
                    let count = try #require(
                        Int(String(decoding: received[..<end], as: UTF8.self), radix: 16))
                    while received.count < end + 2 + count + 2 { try more() }
                    body += received[(end + 2)..<(end + 2 + count)]
                    received.removeFirst(end + 2 + count + 2)
                    if count == 0 { break }
                }
            }
            return HTTPAnswer(status: status, fields: fields, body: body)
        }
    }

    /// What of a chunked answer has come until a text is in it.
    func text(until part: String) throws -> String {
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if text.contains(part) { return text }
            try more()
        }
    }

    /// - Returns: where the mark begins.
    private func until(_ mark: [UInt8]) throws -> Int {
        while true {
            if received.count >= mark.count {
                for place in 0...(received.count - mark.count)
                where received[place..<place + mark.count].elementsEqual(mark) {
                    return place
                }
            }
            try more()
        }
    }

    private func more() throws {
        let bytes = try receive()
        try #require(!bytes.isEmpty, "the connection ended")
        received += bytes
    }
}
