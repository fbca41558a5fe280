import Evaluation
import Files
import Foundation
import Labelling
import Labels
import Pixels

/// How far learning is, as the API shows it.
struct LearningView: Encodable {
    private enum Key: CodingKey { case state, purpose, step, fraction, remainingSeconds, error, started }

    private let status: LearningRunner.Status

    init(_ status: LearningRunner.Status) { self.status = status }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(status.state, forKey: .state)
        try object.encode(status.purpose, forKey: .purpose)
        try object.encode(status.step, forKey: .step)
        try object.encode(status.fraction, forKey: .fraction)
        try object.encode(status.remainingSeconds, forKey: .remainingSeconds)
        try object.encode(status.error, forKey: .error)
        try object.encode(status.started.map(timeText), forKey: .started)
    }
}

/// As ISO 8601 has it.
private func timeText(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        .ISO8601Format(.init(includingFractionalSeconds: true))
}

/// A project as the API shows it in lists.
struct ProjectRow: Encodable {
    var name: String
    var unit: Project.Unit
    var classes: [String]
    var background: String
    var sceneCount: Int
    var completeSceneCount: Int
    var objectCount: Int
    var roundCount: Int
    var learning: LearningView
}

/// All that is told of a project.
struct ProjectDetails: Encodable {
    struct Round: Encodable {
        private enum Key: CodingKey {
            case number, labelCount, objectCount, averagePrecision, accuracy, seconds
        }
        var result: RoundResult

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(result.number, forKey: .number)
            try object.encode(result.labelCount, forKey: .labelCount)
            try object.encode(result.objectCount, forKey: .objectCount)
            try object.encode(result.averagePrecision, forKey: .averagePrecision)
            try object.encode(result.accuracy, forKey: .accuracy)
            try object.encode(result.seconds, forKey: .seconds)
        }
    }

    private enum Key: CodingKey { case counts, rounds, hints, problems }

    var row: ProjectRow
    /// Boxes by class, windows of the background, and what nobody could tell.
    var counts: [String: Int]
    var rounds: [Round]
    /// What to do next.
    var hints: [String]
    var problems: [String]

    func encode(to encoder: any Encoder) throws {
        try row.encode(to: encoder)
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(counts, forKey: .counts)
        try object.encode(rounds, forKey: .rounds)
        try object.encode(hints, forKey: .hints)
        try object.encode(problems, forKey: .problems)
    }
}

/// A scene of a project, and how far it is labelled.
struct ProjectSceneRow: Encodable {
    private enum Key: CodingKey {
        case id, name, version, width, height, isComplete, objectCount, unsureCount, score
    }

    var member: ProjectShelf.Member
    var labels: SceneLabels
    var score: Float?

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(member.id, forKey: .id)
        try object.encode(member.name, forKey: .name)
        try object.encode(member.version, forKey: .version)
        try object.encode(member.width, forKey: .width)
        try object.encode(member.height, forKey: .height)
        try object.encode(labels.isComplete, forKey: .isComplete)
        try object.encode(labels.objects.count, forKey: .objectCount)
        try object.encode(labels.unsure.count, forKey: .unsureCount)
        try object.encode(score, forKey: .score)
    }
}

/// Some of a project's scenes; `next` is null at the end.
struct ProjectScenePage: Encodable {
    private enum Key: CodingKey { case scenes, next, totalCount }
    var scenes: [ProjectSceneRow]
    var next: String?
    var totalCount: Int

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(scenes, forKey: .scenes)
        try object.encode(next, forKey: .next)
        try object.encode(totalCount, forKey: .totalCount)
    }
}

/// What is said of a place: a class, or that somebody could not tell.
struct LabelView: Encodable {
    private enum Key: String, CodingKey { case name = "class", unsure }
    var label: Label

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        switch label {
        case .class(let name): try object.encode(name, forKey: .name)
        case .unsure: try object.encode(true, forKey: .unsure)
        }
    }
}

/// A place with its label.
struct PlacedLabelView: Encodable {
    private enum Key: CodingKey { case place, label, who, time, sequence }
    private enum PlaceKey: CodingKey { case box, window, record }

    var label: PlacedLabel

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        switch label.place {
        case .whole: try object.encode("whole", forKey: .place)
        case .box(let x0, let y0, let x1, let y1):
            var place = object.nestedContainer(keyedBy: PlaceKey.self, forKey: .place)
            try place.encode([x0, y0, x1, y1], forKey: .box)
        case .window(let x0, let y0, let x1, let y1):
            var place = object.nestedContainer(keyedBy: PlaceKey.self, forKey: .place)
            try place.encode([x0, y0, x1, y1], forKey: .window)
        case .record(let digest):
            var place = object.nestedContainer(keyedBy: PlaceKey.self, forKey: .place)
            try place.encode(digest, forKey: .record)
        }
        try object.encode(LabelView(label: label.label), forKey: .label)
        try object.encode(label.who, forKey: .who)
        try object.encode(timeText(label.time), forKey: .time)
        try object.encode(label.sequence, forKey: .sequence)
    }
}

struct SceneLabelsView: Encodable {
    var labels: [PlacedLabelView]
    var isComplete: Bool
}

/// Events as they were stored.
struct StoredEventsView: Encodable {
    struct Event: Encodable {
        var id: String
        var sequence: Int64
        var time: String

        init(_ stored: StoredLabelEvent) {
            (id, sequence, time) = (stored.event.id, stored.sequence, timeText(stored.time))
        }
    }

    var events: [Event]
}

/// A find that a person should judge.
struct DoubtView: Encodable {
    private enum Key: String, CodingKey {
        case number, scene, sceneName, version, width, height, box, guess = "class", score, label
    }

    var number: Int
    var member: ProjectShelf.Member
    var find: RoundFinds.Find
    /// What is said of it now.
    var label: Label?

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(number, forKey: .number)
        try object.encode(member.id, forKey: .scene)
        try object.encode(member.name, forKey: .sceneName)
        try object.encode(member.version, forKey: .version)
        try object.encode(member.width, forKey: .width)
        try object.encode(member.height, forKey: .height)
        try object.encode(find.box, forKey: .box)
        try object.encode(find.className, forKey: .guess)
        try object.encode(find.score, forKey: .score)
        try object.encode(label.map { LabelView(label: $0) }, forKey: .label)
    }
}

struct DoubtList: Encodable {
    var round: Int
    var items: [DoubtView]
}

/// What the last round found, and how far that can be trusted.
struct ProjectResultView: Encodable {
    struct Object: Encodable {
        private enum Key: String, CodingKey { case scene, name = "class", score }
        var scene: String?
        var name: String
        var score: Float?

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(scene, forKey: .scene)
            try object.encode(name, forKey: .name)
            try object.encode(score, forKey: .score)
        }
    }

    struct Judged: Encodable {
        private enum Key: CodingKey { case scene, hasObjects, score }
        var scene: String?
        var hasObjects: Bool
        var score: Float?

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(scene, forKey: .scene)
            try object.encode(hasObjects, forKey: .hasObjects)
            try object.encode(score, forKey: .score)
        }
    }

    struct Scores: Encodable {
        var objects: [Object] = []
        var photographs: [Judged] = []
        var falseAlarms: [Float] = []
    }

    struct Photograph: Encodable {
        private enum Key: CodingKey {
            case id, name, version, width, height, wasLookedAt, score, isComplete, hasObjects
        }
        var member: ProjectShelf.Member
        /// Whether the last round has looked at it; only then nothing found means something.
        var wasLookedAt: Bool
        var score: Float?
        var isComplete: Bool
        var hasObjects: Bool

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(member.id, forKey: .id)
            try object.encode(member.name, forKey: .name)
            try object.encode(member.version, forKey: .version)
            try object.encode(member.width, forKey: .width)
            try object.encode(member.height, forKey: .height)
            try object.encode(wasLookedAt, forKey: .wasLookedAt)
            try object.encode(score, forKey: .score)
            try object.encode(isComplete, forKey: .isComplete)
            try object.encode(hasObjects, forKey: .hasObjects)
        }
    }

    struct Point: Encodable {
        var labelCount: Int
        var objectCount: Int
        var value: Double
    }

    var round: Int
    var threshold: Float
    var scores: Scores
    var photographs: [Photograph]
    var curve: [Point]
    var measure: String
    var words: [String]
}

struct FindList: Encodable {
    struct Find: Encodable {
        private enum Key: String, CodingKey { case box, name = "class", score }
        var find: RoundFinds.Find

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(find.box, forKey: .box)
            try object.encode(find.className, forKey: .name)
            try object.encode(find.score, forKey: .score)
        }
    }

    private enum Key: CodingKey { case finds, threshold }

    var finds: [Find]
    /// From which score on a find is likely to be right, as the last round proposes; `nil` before the first one.
    var threshold: Float?

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(finds, forKey: .finds)
        try object.encode(threshold, forKey: .threshold)
    }
}
