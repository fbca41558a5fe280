import Evaluation
import Files
import Foundation
import HTTPTypes
import Labelling
import Labels
import NIOCore
import SQLite

/// The part of the API about projects: from nothing to a finder.
struct ProjectRoutes: Sendable {
    private let shelf: ProjectShelf
    private let runner: LearningRunner
    private let threads: WorkThreads
    private let limits: ServiceLimits
    private let finds = ReadFinds()

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
    private func inProject(
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
        return "the project '\(name)' cannot be used: \(cause)"
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
            name: name, classes: settings.classes, background: settings.background,
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
            rounds: results.map { .init(result: $0) }, hints: Self.hints(row, results), problems: problems)
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

    // MARK: Scenes and labels

    @Sendable private func scenes(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery(["order", "after", "limit"])
        let limit = try incoming.number("limit", in: 1...1000) ?? 100
        let order = incoming.query["order"] ?? "next"
        guard ["next", "name", "score"].contains(order) else {
            throw Problem(.badRequest, "the query's order must be next, name or score: '\(order)'")
        }
        let after = incoming.query["after"]
        return try await inProject(incoming) { name in
            let (folder, settings) = try shelf.project(name)
            let store = try shelf.labels(of: name)
            let finds = try lastFinds(folder)
            let scores = finds.map { Self.scores($0.finds) } ?? [:]
            var rows = try shelf.members(of: settings).members.map { member in
                ProjectSceneRow(
                    member: member, labels: SceneLabels(try store.labels(of: member.source)),
                    score: scores[member.address])
            }
            switch order {
            case "score": rows.sort { ($0.score ?? -1, $1.member.id) > ($1.score ?? -1, $0.member.id) }
            case "next":
                let ranks = try Self.ranks(folder, finds?.finds)
                rows = rows.enumerated().sorted { one, other in
                    func key(_ row: (offset: Int, element: ProjectSceneRow)) -> (Int, Int, Int) {
                        let rank = ranks[row.element.member.address] ?? .max
                        return (row.element.labels.isComplete ? 1 : 0, rank, row.offset)
                    }
                    return key(one) < key(other)
                }.map(\.element)
            default: break
            }
            var start = 0
            if let after {
                guard let place = rows.firstIndex(where: { $0.member.id == after }) else {
                    throw Problem(.notFound, "'after' names no scene of the project: '\(after)'")
                }
                start = place + 1
            }
            let end = min(rows.count, start + limit)
            return try .json(
                ProjectScenePage(
                    scenes: Array(rows[start..<end]), next: end < rows.count ? rows[end - 1].member.id : nil,
                    totalCount: rows.count))
        }
    }

    private static func scores(_ finds: RoundFinds) -> [String: Float] {
        Dictionary(
            finds.scenes.compactMap { scene in scene.highestScore.map { (scene.scene, $0) } },
            uniquingKeysWith: max)
    }

    /// Which scenes to label first, by address.
    private static func ranks(_ folder: ProjectFolder, _ finds: RoundFinds?) throws -> [String: Int] {
        var order = finds?.scenesByDoubt ?? []
        if order.isEmpty, FileGuard(path: folder.picksPath(ofRound: 0)) != nil {
            order = try PickedPlace.read(folder.picksPath(ofRound: 0)).map(\.scene)
        }
        return Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
    }

    /// What the last complete round found.
    private func lastFinds(_ folder: ProjectFolder) throws -> (round: Int, finds: RoundFinds)? {
        for result in try folder.results.reversed()
        where FileGuard(path: folder.findsPath(ofRound: result.number)) != nil {
            return (result.number, try finds.read(folder.findsPath(ofRound: result.number)))
        }
        return nil
    }

    private static func scene(_ incoming: Incoming) throws(Problem) -> String {
        guard let scene = incoming.query["scene"] else {
            throw Problem(.badRequest, "the query must name a scene of the project: scene=ID")
        }
        return scene
    }

    @Sendable private func labels(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery(["scene"])
        let scene = try Self.scene(incoming)
        return try await inProject(incoming) { name in
            let (_, settings) = try shelf.project(name)
            let member = try shelf.member(scene, of: settings)
            let labels = try shelf.labels(of: name).labels(of: member.source)
            return try .json(
                SceneLabelsView(
                    labels: labels.map { PlacedLabelView(label: $0) },
                    isComplete: SceneLabels(labels).isComplete))
        }
    }

    @Sendable private func store(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        let bytes = try await incoming.jsonBytes
        return try await inProject(incoming) { name in
            let (_, settings) = try shelf.project(name)
            let request = try LabelRequest(parsing: bytes, for: settings) { id in
                try shelf.lastMember(id, of: settings)
            }
            let stored = try shelf.labels(of: name).append(request.events)
            return try .json(StoredEventsView(events: stored.map { .init($0) }))
        }
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
    private static func check(_ settings: Project) throws(Problem) {
        guard settings.isAnySize else {
            let places = settings.pack == nil ? "windows" : "the tiles of a pack"
            throw Problem(
                .unprocessableContent,
                "the project is labelled by \(places), which only the command line learns from: tilescope learn; projects that are made here have objects of any size"
            )
        }
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

    // MARK: What was found

    private static let usualDoubtCount = 200

    @Sendable private func doubts(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery(["limit"])
        let limit = try incoming.number("limit", in: 1...10_000) ?? Self.usualDoubtCount
        return try await inProject(incoming) { name in
            let (folder, settings) = try shelf.project(name)
            guard let (round, finds) = try lastFinds(folder) else {
                return try .json(DoubtList(round: 0, items: []))
            }
            let store = try shelf.labels(of: name)
            let members = Dictionary(
                try shelf.members(of: settings).members.map { ($0.address, $0) },
                uniquingKeysWith: { one, _ in one })
            var labels: [String: [PlacedLabel]] = [:]
            for (address, member) in members { labels[address] = try store.labels(of: member.source) }
            let open = labels.filter { !SceneLabels($0.value).isComplete }
            let items = finds.doubts(limit: limit) { open[$0] != nil }.enumerated().compactMap {
                number, doubt -> DoubtView? in
                guard let member = members[doubt.scene] else { return nil }
                let places = [LabelPlace(box: doubt.find.rect), LabelPlace(window: doubt.find.rect)]
                let said = open[doubt.scene]?.filter { places.contains($0.place) }
                    .max { $0.sequence < $1.sequence }
                return DoubtView(number: number + 1, member: member, find: doubt.find, label: said?.label)
            }
            return try .json(DoubtList(round: round, items: items))
        }
    }

    @Sendable private func finds(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery(["scene"])
        let scene = try Self.scene(incoming)
        return try await inProject(incoming) { name in
            let (folder, settings) = try shelf.project(name)
            let member = try shelf.member(scene, of: settings)
            let found = try lastFinds(folder)?.finds.scenes.first { $0.scene == member.address }
            return try .json(FindList(finds: (found?.finds ?? []).map { .init(find: $0) }))
        }
    }

    @Sendable private func result(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery([])
        return try await inProject(incoming) { name in
            let (folder, settings) = try shelf.project(name)
            try Self.check(settings)
            guard let (round, finds) = try lastFinds(folder) else {
                throw Problem(.notFound, "the project has not learnt yet")
            }
            let store = try shelf.labels(of: name)
            let members = try shelf.members(of: settings).members
            let ids = Dictionary(members.map { ($0.address, $0.id) }, uniquingKeysWith: { one, _ in one })
            let scores = Self.scores(finds)
            let seen = Set(finds.scenes.map(\.scene))
            var shown = ProjectResultView.Scores()
            if let check = finds.check {
                shown.objects = check.objects.map {
                    .init(scene: ids[$0.scene], name: $0.className, score: $0.score)
                }
                shown.photographs = check.photographs.map {
                    .init(scene: ids[$0.scene], hasObjects: $0.hasObjects, score: $0.score)
                }
                shown.falseAlarms = check.falseAlarms
            }
            let results = try folder.results
            let curve = LearningCurve(
                measure: RoundResult.photographMeasure,
                arms: [.init(name: "Now", trials: [results.compactMap { $0.point(finds: true) }])])
            return try .json(
                ProjectResultView(
                    round: round, threshold: finds.threshold, scores: shown,
                    photographs: members.map { member in
                        let labels = SceneLabels(try store.labels(of: member.source))
                        return .init(
                            member: member, wasLookedAt: seen.contains(member.address),
                            score: scores[member.address], isComplete: labels.isComplete,
                            hasObjects: !labels.objects.isEmpty)
                    },
                    curve: results.compactMap { result in
                        result.point(finds: true).map {
                            .init(
                                labelCount: $0.labelCount, objectCount: result.objectCount, value: $0.value)
                        }
                    }, measure: RoundResult.photographMeasure,
                    words: results.contains { $0.point(finds: true) != nil } ? curve.words : []))
        }
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
