import Files
import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Answers every request of the service: finds the route, asks the gate, has the route's handler answer, writes and counts it.
final class Responder: Sendable {
    private let routes: [Route]
    private let gate: Gate
    private let limits: ServiceLimits
    private let metrics: ServiceMetrics
    private let state: ServiceState
    private let threads: WorkThreads
    private let logger: Logger
    private let memory = BodyMemory()

    init(
        routes: [Route], gate: Gate, limits: ServiceLimits, metrics: ServiceMetrics, state: ServiceState,
        threads: WorkThreads, logger: Logger
    ) {
        self.routes = routes
        self.gate = gate
        self.limits = limits
        self.metrics = metrics
        self.state = state
        self.threads = threads
        self.logger = logger
    }

    /// Answers a request, whatever happens.
    func respond(to exchange: Exchange) async {
        let request = exchange.request
        let start = ContinuousClock.now
        let id = Self.requestID(request)
        var route: Route?
        var answer: Answer
        do {
            answer = try await self.answer(to: exchange, id: id, route: &route)
        } catch {
            answer = problem(error).answer(request: id)
            if answer.status.kind == .serverError, !(error is Problem) {
                logger.error("request failed", metadata: ["request": "\(id)", "reason": "\(error)"])
            }
        }
        answer.fields[.requestID] = id
        SafetyFields.add(to: &answer.fields)
        let path = route?.path ?? "other"
        let status = answer.status
        // Before it is written: who has an answer finds it counted.
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        metrics.countRequest(method: request.method, path: path, status: status.code, seconds: seconds)
        logger.info(
            "request",
            metadata: [
                "request": "\(id)", "method": "\(request.method)", "path": "\(path)",
                "status": "\(status.code)", "seconds": "\(seconds)",
            ])
        await write(answer, to: exchange)
    }

    private func answer(
        to exchange: Exchange, id: String, route found: inout Route?
    ) async throws -> Answer {
        let request = exchange.request
        let target = try RequestTarget(request.path ?? "")
        var parameters: [String: String] = [:]
        var others: Set<String> = []
        // HEAD is answered as GET; the body is left out when it is written.
        let method = request.method == .head ? .get : request.method
        // The first path that fits, whatever its method: reload is no name of a model.
        let path = routes.first { $0.match(target.names) != nil }?.path
        for route in routes where route.path == path {
            guard route.method == method else {
                others.insert(route.method.rawValue)
                continue
            }
            parameters = route.match(target.names) ?? [:]
            found = route
            break
        }
        guard let route = found else {
            // Who has no token learns nothing of what there is.
            try gate.check(request, isOpen: false)
            guard others.isEmpty else {
                if others.contains("GET") { others.insert("HEAD") }
                let allowed = others.sorted().joined(separator: ", ")
                throw Problem(
                    .methodNotAllowed, "this path takes \(allowed), not \(request.method.rawValue)",
                    fields: [.allow: allowed])
            }
            throw Problem(.notFound, "there is nothing here; /v1/openapi.json lists what there is")
        }
        try gate.check(request, isOpen: route.isOpen)
        let byteCount = try Self.byteCount(request.headerFields)
        let isAwaited = request.headerFields[.expect]?.lowercased() == "100-continue" && byteCount != 0
        return try await route.handler(
            Incoming(
                id: id, method: method, fields: request.headerFields, parameters: parameters,
                query: target.query,
                body: IncomingBody(
                    // Who waits for leave to send it gets that only where it is read.
                    stream: isAwaited ? exchange.body.onReading { exchange.proceed() } : exchange.body,
                    byteCount: byteCount,
                    limits: limits, memory: memory), place: exchange.place))
    }

    /// The length of the body as the client says it; `nil` where it comes in chunks.
    private static func byteCount(_ fields: HTTPFields) throws(Problem) -> Int? {
        guard let text = fields[.contentLength] else { return nil }
        guard let count = Int(text), count >= 0 else {
            throw Problem(.contentTooLarge, "no body has \(text.prefix(40)) bytes")
        }
        return count
    }

    /// The client's, where it is harmless.
    static func requestID(_ head: HTTPRequest) -> String {
        if let given = head.headerFields[.requestID], (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == 0x2D || $0 == 0x5F
            })
        {
            return given
        }
        return newID()
    }

    /// What is told of an error that a handler throws.
    private func problem(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case is HTTPParserError, is ChannelError, is IOError:
            Problem(.badRequest, "the body is malformed or incomplete: \(error)")
        case is Cancelled, is CancellationError:
            .busy(.serviceUnavailable, "the service is stopping; try again in a moment", retryAfter: 5)
        default: Problem(.internalServerError, "\(error)")
        }
    }

    // MARK: Writing

    /// Bytes of a file that are read at once.
    private static let pieceByteCount = 1 << 18

    private func write(_ answer: Answer, to exchange: Exchange) async {
        var head = HTTPResponse(status: answer.status, headerFields: answer.fields)
        let isHead = exchange.request.method == .head
        do {
            switch answer.body {
            case .bytes(let bytes):
                if answer.status != .noContent, answer.status != .notModified {
                    head.headerFields[.contentLength] = "\(bytes.readableBytes)"
                }
                exchange.answer(head, isHead || bytes.readableBytes == 0 ? nil : bytes)
            case .file(let file, let range):
                head.headerFields[.contentLength] = "\(range.count)"
                guard !isHead else { return exchange.answer(head) }
                exchange.begin(head)
                var place = range.lowerBound
                while place < range.upperBound {
                    let part = place..<min(range.upperBound, place + Self.pieceByteCount)
                    let bytes = try await threads.run { try file.read(part.count, at: part.lowerBound) }
                    try await exchange.send(ByteBuffer(bytes: bytes))
                    place = part.upperBound
                }
                exchange.end()
            case .pieces(let pieces):
                guard !isHead else { return exchange.answer(head) }
                exchange.begin(head)
                for await piece in pieces { try await exchange.send(piece) }
                exchange.end()
            }
        } catch {
            // A file that ends early must not look whole.
            exchange.abandon()
        }
    }
}

/// Sixteen hexadecimal digits by chance.
func newID() -> String {
    let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
