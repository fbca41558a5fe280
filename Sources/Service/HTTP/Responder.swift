import Files
import Foundation
import HTTPTypes
import HummingbirdCore
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

    func respond(to request: Request, by writer: consuming ResponseWriter) async throws {
        let start = ContinuousClock.now
        let id = requestID(request.head)
        var route: Route?
        var answer: Answer
        do {
            answer = try await self.answer(to: request, id: id, writer, route: &route)
        } catch {
            answer = problem(error).answer(request: id)
            if answer.status.kind == .serverError, answer.status != .serviceUnavailable {
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
        try await write(answer, to: request, by: writer)
    }

    private func answer(
        to request: Request, id: String, _ writer: borrowing ResponseWriter, route found: inout Route?
    ) async throws -> Answer {
        let target = try RequestTarget(request.head.path ?? "")
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
            try gate.check(request.head, isOpen: false)
            guard others.isEmpty else {
                if others.contains("GET") { others.insert("HEAD") }
                let allowed = others.sorted().joined(separator: ", ")
                throw Problem(
                    .methodNotAllowed, "this path takes \(allowed), not \(request.method.rawValue)",
                    fields: [.allow: allowed])
            }
            throw Problem(.notFound, "there is nothing here; /v1/openapi.json lists what there is")
        }
        try gate.check(request.head, isOpen: route.isOpen)
        let byteCount = try Self.byteCount(request.headers)
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        return try await route.handler(
            Incoming(
                id: id, method: method, fields: request.headers, parameters: parameters, query: target.query,
                body: IncomingBody(
                    stream: request.body, byteCount: byteCount,
                    limits: limits, memory: memory)))
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
    private func requestID(_ head: HTTPRequest) -> String {
        if let given = head.headerFields[.requestID], (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == 0x2D || $0 == 0x5F
            })
        {
            return given
        }
        return hexadecimal(UInt64.random(in: 0...UInt64.max))
    }

    /// What is told of an error that a handler throws.
    private func problem(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let error as HTTPParserError:
            Problem(.badRequest, "the body is malformed or incomplete: \(error)")
        case is Cancelled, is CancellationError:
            .busy(.serviceUnavailable, "the service is stopping; try again in a moment", retryAfter: 5)
        default: Problem(.internalServerError, "\(error)")
        }
    }

    // MARK: Writing

    /// Bytes of a file that are read at once.
    private static let pieceByteCount = 1 << 18

    private func write(
        _ answer: Answer, to request: Request, by writer: consuming ResponseWriter
    ) async throws {
        var head = HTTPResponse(status: answer.status, headerFields: answer.fields)
        let isHead = request.method == .head
        switch answer.body {
        case .bytes(let bytes):
            if answer.status != .noContent, answer.status != .notModified {
                head.headerFields[.contentLength] = "\(bytes.readableBytes)"
            }
            guard !isHead, bytes.readableBytes > 0 else { return try await writer.writeResponse(head) }
            try await writer.write(response: head, body: ResponseBody(byteBuffer: bytes))
        case .file(let file, let range):
            head.headerFields[.contentLength] = "\(range.count)"
            guard !isHead else { return try await writer.writeResponse(head) }
            var body = try await writer.writeHead(head)
            var place = range.lowerBound
            while place < range.upperBound {
                let part = place..<min(range.upperBound, place + Self.pieceByteCount)
                let bytes = try await threads.run { try file.read(part.count, at: part.lowerBound) }
                try await body.write(ByteBuffer(bytes: bytes))
                place = part.upperBound
            }
            try await body.finish(nil)
        case .pieces(let pieces):
            guard !isHead else { return try await writer.writeResponse(head) }
            var body = try await writer.writeHead(head)
            for await piece in pieces { try await body.write(piece) }
            try await body.finish(nil)
        }
    }
}

/// Sixteen digits.
func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
