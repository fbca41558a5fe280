import Bytes
import Files
import HTTPTypes

/// Merging again: `tilescope merge` in the results of a scan.
extension ScanRunner {
    /// Merges at the same time.
    private static let mergeLimit = 2

    /// Makes new boxes of a finished scan by another rule, and waits for them.
    ///
    /// - Parameter body: of the request: a rule as JSON.
    /// - Throws: 409 where the scan is not finished or is merged already, 422 where the rule does not suit it.
    package func merge(_ id: String, parsing body: [UInt8]) async throws -> StoredScan {
        let rule = try ScanRule(RequestFields(parsing: body))
        let known = try scan(id)
        let classes = (try? model(known.model))?.classes
        let options = try rule.arguments(forClasses: classes)
        let scenePath = (try? await scene(known.scene))?.path
        // Nothing waits from here to the mark.
        let scan = try scan(id)
        guard scan.phase == .finished else {
            throw Problem(
                .conflict, "only a finished scan is merged again; this one is \(scan.phase.rawValue)")
        }
        guard !mergingIDs.contains(id) else {
            throw Problem(.conflict, "the scan is being merged; try again when that is done")
        }
        guard mergingIDs.count < Self.mergeLimit, !changes.isClosed else {
            throw Problem.busy(.tooManyRequests, "other scans are being merged; try again in a moment")
        }
        mergingIDs.insert(id)
        defer {
            mergingIDs.remove(id)
            children[id] = nil
        }
        let places = places(of: id)
        let arguments = places.mergeArguments(
            scene: scenePath, options: options, scanOptions: scan.options)
        let end = try await run(arguments, as: id)
        guard end.exitCode == 0 else {
            if changes.isClosed {
                throw Problem.busy(.serviceUnavailable, "the service is stopping", retryAfter: 5)
            }
            var names = [scan.modelPath: scan.model, places.results: "the results"]
            if let scenePath { names[scenePath] = scan.sceneName }
            throw Problem(.unprocessableContent, end.words(naming: names))
        }
        var merged = try self.scan(id)
        merged.outcome = try await threads.run { places.outcome }
        merged.request = try Self.request(merged.request, withRule: body)
        try save(&merged)
        return merged
    }

    /// A request of a scan as it is after its results were merged by another rule.
    private static func request(_ text: String, withRule rule: [UInt8]) throws -> String {
        guard case .object(var members) = try JSON(parsing: Array(text.utf8)) else { return text }
        members["rule"] = try JSON(parsing: rule)
        return try JSONText(JSONValue(.object(members))).text
    }

    private func run(_ arguments: [String], as id: String) async throws -> ChildProgram.End {
        try await withCheckedThrowingContinuation { continuation in
            do {
                children[id] = try ChildProgram(
                    starting: settings.program, arguments, patience: settings.patience
                ) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
