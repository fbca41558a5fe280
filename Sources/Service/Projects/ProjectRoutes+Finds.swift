import Evaluation
import Files
import Foundation
import HTTPTypes
import Labelling
import Labels

/// What the last round of a project has found.
extension ProjectRoutes {
    /// What the last complete round found.
    func lastFinds(_ folder: ProjectFolder) throws -> (round: Int, finds: RoundFinds)? {
        for result in try folder.results.reversed()
        where FileGuard(path: folder.findsPath(ofRound: result.number)) != nil {
            return (result.number, try readFinds.read(folder.findsPath(ofRound: result.number)))
        }
        return nil
    }

    static func scores(_ finds: RoundFinds) -> [String: Float] {
        Dictionary(
            finds.scenes.compactMap { scene in scene.highestScore.map { (scene.scene, $0) } },
            uniquingKeysWith: max)
    }

    private static let usualDoubtCount = 200

    @Sendable func doubts(_ incoming: Incoming) async throws -> Answer {
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

    @Sendable func finds(_ incoming: Incoming) async throws -> Answer {
        try incoming.checkQuery(["scene"])
        let scene = try Self.scene(incoming)
        return try await inProject(incoming) { name in
            let (folder, settings) = try shelf.project(name)
            let member = try shelf.member(scene, of: settings)
            let found = try lastFinds(folder)?.finds
            let inScene = found?.scenes.first { $0.scene == member.address }
            return try .json(
                FindList(
                    finds: (inScene?.finds ?? []).map { .init(find: $0) }, threshold: found?.threshold))
        }
    }

    @Sendable func result(_ incoming: Incoming) async throws -> Answer {
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
