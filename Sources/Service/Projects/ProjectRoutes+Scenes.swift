import Files
import Foundation
import HTTPTypes
import Labelling
import Labels

/// The scenes of a project, and what is said of them.
extension ProjectRoutes {
    @Sendable func scenes(_ incoming: Incoming) async throws -> Answer {
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
                // The tiles of a pack are no scenes.
                let ranks = settings.pack == nil ? try Self.ranks(folder, finds?.finds) : [:]
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

    /// Which scenes to label first, by address.
    private static func ranks(_ folder: ProjectFolder, _ finds: RoundFinds?) throws -> [String: Int] {
        var order = finds?.scenesByDoubt ?? []
        if order.isEmpty, FileGuard(path: folder.picksPath(ofRound: 0)) != nil {
            order = try PickedPlace.read(folder.picksPath(ofRound: 0)).map(\.scene)
        }
        return Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
    }

    @Sendable func labels(_ incoming: Incoming) async throws -> Answer {
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

    @Sendable func store(_ incoming: Incoming) async throws -> Answer {
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

    static func scene(_ incoming: Incoming) throws(Problem) -> String {
        guard let scene = incoming.query["scene"] else {
            throw Problem(.badRequest, "the query must name a scene of the project: scene=ID")
        }
        return scene
    }
}
