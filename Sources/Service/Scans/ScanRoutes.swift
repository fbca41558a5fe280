import Files
import HTTPTypes
import NIOCore

/// The part of the API about scans.
struct ScanRoutes: Sendable {
    /// In one answer of the list.
    private static let listLimit = 1000
    private static let usualListCount = 100

    private let runner: ScanRunner

    /// - Parameter runner: has its lookups of scenes and models, and the data folder.
    /// - Parameter state: of the service, whose stop ends the children.
    init(_ runner: ScanRunner, state: ServiceState) {
        self.runner = runner
        _ = state.onStop { [weak runner] in runner?.stopSoon() }
    }

    var routes: [Route] {
        [
            Route(.post, "/v1/scans", create), Route(.get, "/v1/scans", list),
            Route(.get, "/v1/scans/{id}", details), Route(.delete, "/v1/scans/{id}", delete),
            Route(.get, "/v1/scans/{id}/events", events), Route(.post, "/v1/scans/{id}/cancel", cancel),
            Route(.post, "/v1/scans/{id}/resume", resume), Route(.post, "/v1/scans/{id}/merge", merge),
            Route(.get, "/v1/scans/{id}/boxes", boxes), Route(.get, "/v1/scans/{id}/files", files),
            Route(.get, "/v1/scans/{id}/files/{name...}", file),
        ]
    }

    @Sendable private func create(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let body = try await incoming.jsonBytes
        let request = try await runner.threads.run { try ScanRequest(parsing: body) }
        let scan = try await runner.create(request)
        return try .json(
            ScanView(scan), status: .created, fields: [.location: "/v1/scans/" + scan.id])
    }

    @Sendable private func list(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery(["scene", "state", "after", "limit"])
        let limit = try incoming.number("limit", in: 1...Self.listLimit) ?? Self.usualListCount
        let phase = try incoming.query["state"].map { text throws(Problem) in
            guard let phase = ScanPhase(rawValue: text) else {
                let known = ScanPhase.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(.badRequest, "the query's state must be one of \(known): '\(text)'")
            }
            return phase
        }
        // One more tells whether there are more.
        let scans = try await runner.scans(
            scene: incoming.query["scene"], phase: phase, after: incoming.query["after"], limit: limit + 1)
        let shown = scans.prefix(limit)
        return try .json(
            ScanList(scans: shown.map { ScanView($0) }, next: scans.count > limit ? shown.last?.id : nil))
    }

    @Sendable private func details(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try .json(ScanView(await runner.scan(incoming["id"])))
    }

    @Sendable private func delete(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        try await runner.delete(incoming["id"])
        return Answer(status: .noContent)
    }

    @Sendable private func cancel(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try .json(ScanView(await runner.cancel(incoming["id"])))
    }

    @Sendable private func resume(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try .json(ScanView(await runner.resume(incoming["id"])))
    }

    @Sendable private func merge(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let body = try await incoming.jsonBytes
        return try .json(ScanView(await runner.merge(incoming["id"], parsing: body)))
    }

    /// - Source: WHATWG HTML, "Server-sent events".
    @Sendable private func events(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let id = incoming["id"]
        _ = try await runner.scan(id)
        let last = incoming.fields[.lastEventID].flatMap { Int64($0) }
        return Answer(
            status: .ok, fields: [.contentType: "text/event-stream"],
            body: .pieces(ScanEvents(runner, id: id).stream(after: last)))
    }

    @Sendable private func boxes(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let scan = try await runner.scan(incoming["id"])
        let places = runner.places(of: scan.id)
        let known = incoming.fields[.ifNoneMatch]
        return try await runner.threads.run {
            let tag = ScanBoxes.tag(of: places)
            var fields: HTTPFields = [.cacheControl: "private, no-cache"]
            fields[.eTag] = tag
            if let tag, EntityTag.matches(tag, known) { return Answer(status: .notModified, fields: fields) }
            let boxes: ScanBoxes
            do {
                boxes = try ScanBoxes(reading: places, options: scan.options)
            } catch  where ScanBoxes.tag(of: places) != tag {
                throw Problem.busy(.serviceUnavailable, "the boxes are being replaced; try again in a moment")
            }
            return Answer(boxes.bytes, type: "application/json", fields: fields)
        }
    }

    @Sendable private func files(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let scan = try await runner.scan(incoming["id"])
        let places = runner.places(of: scan.id)
        return try await runner.threads.run { try .json(FileList(files: ScanFiles(places).list())) }
    }

    @Sendable private func file(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let scan = try await runner.scan(incoming["id"])
        let places = runner.places(of: scan.id)
        let (name, fields) = (incoming["name"], incoming.fields)
        return try await runner.threads.run { try ScanFiles(places).answer(name, to: fields) }
    }
}

/// A part of the list of scans; `next` is null at its end.
private struct ScanList: Encodable {
    private enum Key: String, CodingKey { case scans, next }
    var scans: [ScanView]
    var next: String?

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(scans, forKey: .scans)
        try object.encode(next, forKey: .next)
    }
}

private struct FileList: Encodable {
    var files: [ScanFiles.Entry]
}
