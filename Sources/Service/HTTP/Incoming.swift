import Foundation
import HTTPTypes
import NIOCore
import Synchronization

/// A request that has found its route.
struct Incoming: Sendable {
    /// Tells the request from all others; it stands in logs and answers.
    var id: String
    var method: HTTPRequest.Method
    var fields: HTTPFields
    /// What stands in the route's braces, decoded.
    var parameters: [String: String]
    var query: [String: String]
    var body: IncomingBody
    /// Where its picture may wait for a model; `nil` where it has no place yet.
    var place: PredictionQueue.Place?

    /// A parameter that the route has.
    subscript(_ name: String) -> String { parameters[name] ?? "" }

    /// A whole number of the query.
    ///
    /// - Throws: for what is none, or lies elsewhere.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "the query's \(name) must be a whole number from \(range.lowerBound) to \(range.upperBound): '\(text)'"
            )
        }
        return number
    }

    /// Seconds of the query.
    ///
    /// - Throws: for what is no number from 0.1 to `limit`.
    func seconds(_ name: String, limit: Double) throws(Problem) -> Double? {
        guard let text = query[name] else { return nil }
        guard let number = Double(text), (0.1...limit).contains(number) else {
            throw Problem(
                .badRequest, "the query's \(name) must be a number from 0.1 to \(limit): '\(text)'")
        }
        return number
    }

    /// Refuses what the route does not know, so that a misspelt name is noticed.
    func checkQuery(_ names: [String]) throws(Problem) {
        if let name = query.keys.filter({ !names.contains($0) }).min() {
            throw Problem(
                .badRequest,
                "the query has an unknown name, '\(name)'; "
                    + (names.isEmpty
                        ? "this route takes none" : "known are: \(names.joined(separator: ", "))"))
        }
    }

    /// The body as JSON, of 1 MiB at most.
    ///
    /// - Parameter threads: where it is read: a megabyte of it would hold up other requests.
    /// - Throws: 400 for what is no JSON of this form, 413 where it is longer, 415 where it is said to be something else.
    func json<Value: Decodable & Sendable>(
        _ type: Value.Type, on threads: WorkThreads, until deadline: ContinuousClock.Instant
    ) async throws -> Value {
        try checkIsJSON()
        let bytes = try await body.collected(limit: 1 << 20, until: deadline).bytes
        do {
            return try await threads.run {
                try JSONDecoder().decode(type, from: Data(bytes))
            }
        } catch let error as DecodingError {
            throw Problem(.badRequest, "the body is not as expected: \(error.words)")
        } catch let error as Problem {
            throw error
        }
    }

    /// The whole body, which is said to be JSON.
    ///
    /// - Throws: 415 where it is said to be something else; as `IncomingBody.collected`.
    var jsonBytes: [UInt8] {
        get async throws {
            try checkIsJSON()
            let deadline = ContinuousClock.now + .seconds(body.limits.answerSeconds)
            return try await body.collected(until: deadline).bytes
        }
    }

    private func checkIsJSON() throws(Problem) {
        guard mediaType == "application/json" else {
            throw Problem(
                .unsupportedMediaType, "the body must be JSON: set Content-Type to application/json")
        }
    }

    /// The body's type in small letters, without parameters.
    var mediaType: String? {
        fields[.contentType].map {
            $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        }
    }
}

/// A request's body: collected in memory within the service's limits, or read piece by piece.
struct IncomingBody: Sendable {
    let stream: RequestBody
    /// As the client says; `nil` where it comes in chunks.
    let byteCount: Int?
    let limits: ServiceLimits
    let memory: BodyMemory

    /// The whole body.
    ///
    /// - Parameter limit: of its bytes, where that is less than the service's.
    /// - Throws: 408 after the deadline, 413 where it is too long; 503 where all bodies together are.
    func collected(
        limit: Int = .max, until deadline: ContinuousClock.Instant
    ) async throws -> HeldBody {
        let limit = min(limit, limits.bodyByteCount)
        if let byteCount { try check(byteCount, limit) }
        let held = HeldBody(in: memory)
        for try await piece in stream {
            try check(held.bytes.count + piece.readableBytes, limit)
            guard ContinuousClock.now < deadline else {
                throw Problem(.requestTimeout, "the body did not come in the time that the answer may take")
            }
            guard held.add(piece, limit: limits.allBodiesByteCount) else {
                throw Problem.busy(
                    .serviceUnavailable, "too many bodies are held in memory; try again in a moment")
            }
        }
        return held
    }

    private func check(_ count: Int, _ limit: Int) throws(Problem) {
        guard count <= limit else {
            throw Problem(
                .contentTooLarge,
                "the body may have \(limit) bytes at most; upload a larger image as a scene")
        }
    }
}

/// A body in memory. Its bytes count among those of all bodies as long as somebody holds it.
final class HeldBody {
    private(set) var bytes: [UInt8] = []
    private let memory: BodyMemory

    init(in memory: BodyMemory) { self.memory = memory }

    deinit { memory.release(bytes.count) }

    /// - Returns: whether there was room for the piece.
    func add(_ piece: ByteBuffer, limit: Int) -> Bool {
        guard memory.reserve(piece.readableBytes, limit: limit) else { return false }
        bytes.append(contentsOf: piece.readableBytesView)
        return true
    }
}

/// What all bodies hold of memory.
final class BodyMemory: Sendable {
    private let byteCount = Atomic(0)

    /// - Returns: whether there is so much left; nothing is reserved where there is not.
    func reserve(_ count: Int, limit: Int) -> Bool {
        guard byteCount.add(count, ordering: .relaxed).newValue <= limit else {
            release(count)
            return false
        }
        return true
    }

    func release(_ count: Int) { byteCount.subtract(count, ordering: .relaxed) }
}

extension DecodingError {
    /// What was wrong, and where, without Swift's names.
    fileprivate var words: String {
        let (context, words): (Context, String?) =
            switch self {
            case .keyNotFound(let key, let context): (context, "'\(key.stringValue)' is missing")
            case .typeMismatch(_, let context): (context, nil)
            case .valueNotFound(_, let context): (context, "a value is missing")
            case .dataCorrupted(let context): (context, nil)
            @unknown default: (Context(codingPath: [], debugDescription: "it cannot be read"), nil)
            }
        let place = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
        let text = words ?? context.debugDescription
        return place.isEmpty ? text : "at \(place.joined(separator: ".")): \(text)"
    }
}
