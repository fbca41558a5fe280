import Files
import Foundation
import HTTPTypes
import Labelling
import Labels
import SQLite

/// The part of the API about projects: from nothing to a finder.
struct ProjectRoutes: Sendable {
    let shelf: ProjectShelf
    private let runner: LearningRunner
    private let threads: WorkThreads
    private let limits: ServiceLimits
    let readFinds = ReadFinds()

    init(
        _ shelf: ProjectShelf, _ runner: LearningRunner, threads: WorkThreads, limits: ServiceLimits,
        state: ServiceState
    ) {
        self.shelf = shelf
        self.runner = runner
        self.threads = threads
        self.limits = limits
        _ = state.onStop { [weak runner] in runner?.stop() }
    }

    var routes: [Route] {
        let project = "/v1/projects/{project}"
        return [
            Route(.get, "/v1/projects", list), Route(.post, "/v1/projects", create),
            Route(.get, project, details), Route(.delete, project, remove),
            Route(.get, project + "/scenes", scenes), Route(.post, project + "/scenes", add),
            Route(.get, project + "/labels", labels), Route(.post, project + "/labels", store),
            Route(.get, project + "/doubts", doubts), Route(.get, project + "/result", result),
            Route(.get, project + "/finds", finds), Route(.post, project + "/learn", learn),
            Route(.post, project + "/learn/cancel", cancel), Route(.get, project + "/events", events),
        ]
    }

    /// Does something on a thread that may wait.
    private func blocking(_ body: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        try await threads.run {
            do {
                return try body()
            } catch let error as LabelError {
                throw error.problem
            } catch let error as LabellingError {
                throw Problem(.internalServerError, error.cause)
            } catch let error as FileError where error.code == .noSpace {
                throw Problem.busy(
                    .serviceUnavailable, "no space is left on the disk of the service", retryAfter: 60)
            } catch let error as SQLiteError {
                throw Problem(
                    .internalServerError, "the labels of the project cannot be used: \(error.cause)")
            }
        }
    }

    /// The same about the project that a request names.
    func inProject(
        _ incoming: Incoming, _ body: @escaping @Sendable (_ name: String) throws -> Answer
    ) async throws -> Answer {
        let name = Self.name(of: incoming)
        return try await blocking {
            do {
                return try body(name)
            } catch {
                // Somebody may have removed it meanwhile: then it is not found, and nothing has failed.
                if !(error is Problem || error is LabelError) { _ = try shelf.project(name) }
                throw error
            }
        }
    }

    /// The project's name. Browsers of some systems send letters and their marks apart.
    private static func name(of incoming: Incoming) -> String {
        incoming["project"].precomposedStringWithCanonicalMapping
    }

    // MARK: Projects

    @Sendable private func list(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try await blocking {
            var list = ProjectList()
            for name in shelf.names() {
                do {
                    let (folder, settings) = try shelf.project(name)
                    list.projects.append(try row(name, settings, folder, counts(name, settings)))
                } catch {
                    // A project that is damaged must not hide the others; one that was just removed is none.
                    guard shelf.exists(name) else { continue }
                    list.problems.append(Self.objection(to: name, error))
                }
            }
            return try .json(list)
        }
    }

    /// Why a project cannot be used, without paths of the service's machine.
    private static func objection(to name: String, _ error: any Error) -> String {
        let cause: String
        switch error {
        // It names the project.
        case let error as Problem: return error.detail
        case let error as LabellingError: cause = error.cause
        case let error as SQLiteError: cause = error.cause
        case let error as FileError: cause = error.cause
        default: cause = "its files cannot be read"
        }
        return ProjectShelf.objection(to: name, cause)
    }

    @Sendable private func create(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let bytes = try await incoming.jsonBytes
        return try await blocking {
            try checkRoom()
            var fields = try RequestFields(parsing: bytes)
            guard let name = try fields.text("name")?.precomposedStringWithCanonicalMapping,
                let classes = try fields.texts("classes", limit: Self.classLimit)
            else {
                throw Problem(.unprocessableContent, "a project needs a 'name' and 'classes'")
            }
            let ids = try sceneIDs(&fields)
            try fields.finish(known: ["name", "classes", "scenes", "search"])
            try shelf.create(name, classes: classes, ids: ids)
            // What to show first is chosen.
            _ = try runner.start(name, round: nil)
            return try .json(
                project(name), status: .created,
                fields: [
                    .location: "/v1/projects/"
                        + (name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? name)
                ])
        }
    }

    private static let classLimit = 1000

    private func sceneIDs(_ fields: inout RequestFields) throws -> [String] {
        let ids = try fields.texts("scenes", limit: 100_000)
        let search = try fields.text("search")
        switch (ids, search) {
        case (let ids?, nil) where !ids.isEmpty: return ids
        case (nil, let search?): return try shelf.ids(searching: search)
        default:
            throw Problem(
                .unprocessableContent,
                "name the scenes: 'scenes' with their ids, or 'search' with a part of their names")
        }
    }

    @Sendable private func details(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try await inProject(incoming) { name in try .json(project(name)) }
    }

    @Sendable private func add(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let bytes = try await incoming.jsonBytes
        return try await inProject(incoming) { name in
            var fields = try RequestFields(parsing: bytes)
            let ids = try sceneIDs(&fields)
            try fields.finish(known: ["scenes", "search"])
            if try shelf.add(ids, to: name), runner.status(of: name).status.state != .running {
                // Where the last learning is still ending, the next one chooses.
                _ = try? runner.start(name, round: nil)
            }
            return try .json(project(name))
        }
    }

    @Sendable private func remove(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try await inProject(incoming) { name in
            try runner.forget(name)
            try shelf.remove(name)
            return Answer(status: .noContent)
        }
    }

    private func row(
        _ name: String, _ settings: Project, _ folder: ProjectFolder, _ counts: Counts
    ) throws -> ProjectRow {
        ProjectRow(
            name: name, unit: settings.unit, classes: settings.classes, background: settings.background,
            sceneCount: settings.scenes.count,
            completeSceneCount: min(counts.complete, settings.scenes.count), objectCount: counts.objects,
            roundCount: try folder.results.count, learning: LearningView(runner.status(of: name).status))
    }

    private struct Counts {
        /// Scenes that are done.
        var complete = 0
        var objects = 0
        /// Places.
        var byLabel: [String: Int] = [:]
    }

    private func counts(_ name: String, _ settings: Project) throws -> Counts {
        let store = try shelf.labels(of: name)
        var counts = Counts()
        for name in settings.classes + [settings.background, Project.unsureName] { counts.byLabel[name] = 0 }
        for source in try store.sources() {
            let labels = SceneLabels(try store.labels(of: source.source))
            if labels.isComplete { counts.complete += 1 }
            counts.objects += labels.objects.count
            for object in labels.objects { counts.byLabel[object.className, default: 0] += 1 }
            for window in labels.windows where window.className == settings.background {
                counts.byLabel[settings.background, default: 0] += 1
            }
            counts.byLabel[Project.unsureName, default: 0] += labels.unsure.count
        }
        return counts
    }

    private func project(_ name: String) throws -> ProjectDetails {
        let (folder, settings) = try shelf.project(name)
        let counts = try counts(name, settings)
        let row = try row(name, settings, folder, counts)
        let results = try folder.results
        let (_, problems) = try shelf.members(of: settings)
        return ProjectDetails(
            row: row, counts: counts.byLabel,
            rounds: results.map { .init(result: $0) },
            hints: Self.objection(to: settings).map { [$0] } ?? Self.hints(row, results), problems: problems)
    }

    /// Photographs after which learning is worth the first try.
    private static let firstCount = 20

    private static func hints(_ row: ProjectRow, _ results: [RoundResult]) -> [String] {
        var hints: [String] = []
        let wanted = min(firstCount, row.sceneCount)
        if row.objectCount == 0 {
            hints.append(
                "Draw boxes around all objects in the first photographs, and mark each as done, also those without any."
            )
        } else if row.completeSceneCount < wanted {
            hints.append("\(wanted - row.completeSceneCount) more photographs make a good start.")
        }
        if row.objectCount > 0, row.completeSceneCount > 0 {
            if results.isEmpty {
                hints.append("You can learn now.")
            } else if let last = results.last, row.objectCount > last.objectCount {
                hints.append("\(row.objectCount - last.objectCount) objects are new since the last learning.")
            }
        }
        return hints
    }

    // MARK: Learning

    @Sendable private func learn(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let bytes = try await incoming.jsonBytes
        return try await inProject(incoming) { name in
            var fields = try RequestFields(parsing: bytes)
            let seconds = try fields.number("trainingSeconds", in: 1...86_400)
            try fields.finish(known: ["trainingSeconds"])
            let (folder, settings) = try shelf.project(name)
            try Self.check(settings)
            try checkRoom()
            let counts = try counts(name, settings)
            guard counts.objects > 0 else {
                throw Problem(
                    .unprocessableContent,
                    "nothing is labelled yet: draw boxes around all objects in a few photographs first")
            }
            guard counts.complete > 0 || counts.byLabel[settings.background, default: 0] > 0 else {
                throw Problem(
                    .unprocessableContent,
                    "nothing says yet what shows no object: mark photographs as done in which all objects are drawn"
                )
            }
            let round = try folder.results.count + 1
            return try .json(
                LearningView(runner.start(name, round: round, trainingSeconds: seconds)), status: .accepted)
        }
    }

    /// - Throws: 422 for projects whose rounds the service does not show.
    static func check(_ settings: Project) throws(Problem) {
        if let objection = objection(to: settings) { throw Problem(.unprocessableContent, objection) }
    }

    /// Why the service neither learns from a project nor shows its rounds; `nil` where it does.
    private static func objection(to settings: Project) -> String? {
        let places: String
        switch settings.unit {
        case .photograph: return nil
        case .window: places = "windows"
        case .tile: places = "the tiles of a pack"
        }
        return
            "The project is labelled by \(places), which only the command line learns from: tilescope learn. Projects that are made here have objects of any size."
    }

    /// - Throws: 503 where the disk is nearly full.
    private func checkRoom() throws(Problem) {
        guard roomObjection(to: limits.freeByteCount, in: shelf.folder) == nil else {
            let room = sizeText(limits.freeByteCount)
            throw Problem.busy(
                .serviceUnavailable, "the service's disk is nearly full: \(room) must stay free",
                retryAfter: 60)
        }
    }

    @Sendable private func cancel(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try await inProject(incoming) { name in
            _ = try shelf.project(name)
            return try .json(LearningView(runner.cancel(name)))
        }
    }

    /// - Source: WHATWG HTML, "Server-sent events".
    @Sendable private func events(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let name = Self.name(of: incoming)
        _ = try await threads.run { try shelf.project(name) }
        let reader = LearningEvents(runner, name: name)
        return Answer(
            status: .ok, fields: [.contentType: "text/event-stream"],
            body: .pieces(AsyncStream { await reader.next() }))
    }
}

private struct ProjectList: Encodable {
    private enum Key: CodingKey { case projects, next, problems }
    var projects: [ProjectRow] = []
    /// Which projects cannot be used, and why.
    var problems: [String] = []

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(projects, forKey: .projects)
        // All come at once.
        try object.encodeNil(forKey: .next)
        try object.encode(problems, forKey: .problems)
    }
}
