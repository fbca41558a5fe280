import Annotations
import Evaluation
import Files
import Foundation
import Labelling
import Labels
import Mining
import Pixels
import Rasters
import Records

/// What a round came to, in `round.json`.
struct RoundResult: Codable {
    static let measure = "AP at IoU 0.3"
    private static let iouThreshold: Float = 0.3

    var number: Int
    /// Windows that were labelled before it.
    var labelCount: Int
    /// Objects among them.
    var objectCount: Int
    /// On the test scene; `nil` without one, and where nothing could be learnt yet.
    var averagePrecision: Double?
    var trainingSeconds: Double
    var seconds: Double

    var point: LearningCurve.Point? {
        // Where nothing is learnt, nothing is found.
        .init(labelCount: labelCount, value: averagePrecision ?? 0)
    }

    static func averagePrecision(in metrics: SceneMetrics) -> Double? {
        metrics.all?.averagePrecisions.first { abs($0.iouThreshold - iouThreshold) < 1e-3 }?.value
    }
}

/// Rounds of learning in a project.
struct LearningRounds {
    struct Plan {
        var strategy: PickStrategy
        /// Windows to choose in a round.
        var count: Int
        var seed: UInt64
        /// How long a training takes, about.
        var seconds: Double
        var engineArguments: [String]
    }

    private let project: Project
    private let folder: ProjectFolder
    private let plan: Plan
    private let oracle: String?
    private let line: ProgressLine

    init(_ project: Project, _ folder: ProjectFolder, plan: Plan, oracle: String?, line: ProgressLine) {
        self.project = project
        self.folder = folder
        self.plan = plan
        self.oracle = oracle
        self.line = line
    }

    /// Goes on after the last complete round.
    ///
    /// - Returns: all rounds that are complete now.
    func run(roundCount: Int) throws -> [RoundResult] {
        let store = try LabelStore(opening: folder.labelsPath)
        let scenes = try ProjectScene.all(of: project, in: folder)
        var results: [RoundResult] = []
        while let result = try read(results.count + 1) { results.append(result) }
        let wanted = oracle == nil ? results.count + 1 : roundCount
        while results.count < wanted {
            let number = results.count + 1
            if oracle != nil {
                // The first choice knows nothing; later ones were made by the round before.
                if results.isEmpty, FileGuard(path: picksPath(of: 0)) == nil {
                    try mine(scenes, store, model: nil, into: folder.roundPath(0))
                }
                try answer(picksPath(of: number - 1), scenes, store, round: number)
            }
            guard let result = try learn(number, scenes, store) else { return results }
            results.append(result)
        }
        return results
    }

    // MARK: Labels

    private func labels(_ scenes: [ProjectScene], _ store: LabelStore) throws -> [SceneLabels] {
        try scenes.map { SceneLabels(try store.labels(of: $0.source)) }
    }

    // MARK: Rounds

    private func picksPath(of number: Int) -> String { folder.roundPath(number) + "/picks.jsonl" }

    private func read(_ number: Int) throws -> RoundResult? {
        let path = folder.roundPath(number) + "/round.json"
        guard FileGuard(path: path) != nil else { return nil }
        return try JSONDecoder().decode(RoundResult.self, from: Data(readFile(path, limit: 1 << 20)))
    }

    /// - Returns: `nil` where there is nothing to learn from yet: then windows are chosen to be labelled.
    private func learn(_ number: Int, _ scenes: [ProjectScene], _ store: LabelStore) throws -> RoundResult? {
        let start = ContinuousClock.now
        let path = folder.roundPath(number)
        try makeFolder(path)
        let labels = try labels(scenes, store)
        let windowCount = labels.reduce(0) { $0 + $1.windows.count + $1.unsure.count }
        // Who draws boxes need not look at windows.
        let labelCount = windowCount > 0 ? windowCount : labels.reduce(0) { $0 + $1.objects.count }
        let examples = zip(scenes, labels).map(self.examples)
        let objectCount = examples.reduce(0) { $0 + $1.count { $0.className != project.background } }
        guard objectCount > 0 else {
            if oracle == nil {
                try mine(scenes, store, model: nil, into: folder.roundPath(0))
                say(
                    "Nothing is labelled as \(shortList(project.classes)) yet. Label the windows of \(picksPath(of: 0)), bring the labels in by tilescope labels import, and learn again."
                )
                return nil
            }
            // Nothing of the classes was met: look further.
            try mine(scenes, store, model: nil, into: path)
            return try finish(
                RoundResult(
                    number: number, labelCount: labelCount, objectCount: 0, averagePrecision: nil,
                    trainingSeconds: 0, seconds: start.secondsUntilNow))
        }
        guard examples.contains(where: { $0.contains { $0.className == project.background } }) else {
            throw CommandError(
                operation: "learn", path: folder.path,
                cause:
                    "nothing says yet what \(project.background) looks like: bring in boxes with --complete, or label some windows of mine as \(project.background)"
            )
        }
        let truth = path + "/labels.csv"
        try write(balanced(examples), of: scenes, to: truth)
        let (pack, run) = (path + "/train.tiles", path + "/run")
        let classes = (project.classes + [project.background]).joined(separator: ",")
        // The file names only scenes with examples.
        let named = zip(scenes, examples).filter { !$1.isEmpty }.map(\.0.path)
        try call(
            ["cut"] + named + [
                "--truth", truth, "--classes", classes, "--background", project.background,
            ]
                + ["--size", "\(project.windowSize)", "--scale", "1", "--negatives", "0", "--copies", "8"]
                + ["--distance", "0", "--output", pack, "--overwrite"])
        let trainingStart = ContinuousClock.now
        try call(
            ["train", pack, "--output", run, "--overwrite", "--seed", "\(plan.seed)"]
                + trainingArguments(tileCount: try openSamples(pack).count)
                + plan.engineArguments)
        let trainingSeconds = trainingStart.secondsUntilNow
        let model = run + "/model.safetensors"
        var averagePrecision: Double?
        if let test = project.test {
            let scan = path + "/test"
            try call(
                ["scan", test.scene, "--model", model, "--labels", project.classes.joined(separator: ",")]
                    + ["--truth", test.truth, "--output", scan, "--overwrite"] + plan.engineArguments)
            let metrics = try JSONDecoder().decode(
                SceneMetrics.self, from: Data(readFile(scan + "/metrics.json", limit: 1 << 28)))
            averagePrecision = RoundResult.averagePrecision(in: metrics)
        }
        try mine(scenes, store, model: model, into: path)
        return try finish(
            RoundResult(
                number: number, labelCount: labelCount, objectCount: objectCount,
                averagePrecision: averagePrecision, trainingSeconds: trainingSeconds,
                seconds: start.secondsUntilNow))
    }

    /// What a network learns from in one scene. Of a complete one also windows in which there is nothing.
    private func examples(in scene: ProjectScene, _ labels: SceneLabels) -> [Annotation] {
        let objects = labels.examples
        guard labels.isComplete else { return objects }
        let empty = labels.emptyWindows(
            max(Self.leastEmptyCount, 4 * objects.count), side: project.windowSize, width: scene.scene.width,
            height: scene.scene.height, seed: plan.seed)
        return objects
            + empty.map { Annotation(className: project.background, shape: .box(AnnotationBox($0))) }
    }

    /// Windows without objects that a complete scene gives, at least.
    private static let leastEmptyCount = 50

    /// Objects are rare, and a network that sees them rarely does not learn them: each is written so often that its tiles, each shifted
    /// in its own way, come to a fifth of those of the background. Not to more: where objects seem frequent, most of what a network
    /// takes for one is none, and choices by its hesitation find few (measured: 13 objects in 300 windows with a half, 39 with none).
    private func balanced(_ examples: [[Annotation]]) -> [[Annotation]] {
        let objectCount = examples.reduce(0) { $0 + $1.count { $0.className != project.background } }
        let otherCount = examples.reduce(0) { $0 + $1.count } - objectCount
        let repeats = min(Self.repeatLimit, max(1, otherCount / max(1, 5 * objectCount)))
        return examples.map { examples in
            examples.flatMap { example in
                Array(repeating: example, count: example.className == project.background ? 1 : repeats)
            }
        }
    }

    /// More shifts of one object teach nothing new.
    private static let repeatLimit = 64

    private func finish(_ result: RoundResult) throws -> RoundResult {
        try writeFile(
            try JSONText(result, isIndented: true).text + "\n",
            to: .replacing(folder.roundPath(result.number) + "/round.json"))
        let precision = result.averagePrecision.map { ", \(RoundResult.measure) \($0.fixed(3))" } ?? ""
        say(
            "Round \(result.number): \(counted(result.labelCount, "label")), \(counted(result.objectCount, "object"))\(precision)"
        )
        return result
    }

    /// One cycle of a small network with pools, which sees few samples often.
    private func trainingArguments(tileCount: Int) -> [String] {
        // Of the first few labels there are fewer tiles than a batch usually has.
        var batchSize = Self.usualBatchSize
        while batchSize > 2, batchSize * 4 > tileCount { batchSize /= 2 }
        let epochCount = 8
        let samples = max(256, Int(plan.seconds * Self.samplesPerSecond) / epochCount)
        return [
            "--architecture", "cifar-resnet8-pooled", "--epochs", "\(epochCount)", "--samples-per-epoch",
            "\(samples)",
            "--batch-size", "\(batchSize)", "--schedule", "one-cycle", "--learning-rate", "0.2",
            "--weight-decay",
            "1e-3",
            "--average-decay", "0.95", "--crop", "moved", "--padding", "2", "--border", "reflect",
            "--label-smoothing", "0.1", "--jitter", "0.3",
        ]
    }

    /// What two cores train in a second with this network, with room to spare: measured.
    private static let samplesPerSecond = 600.0

    private static let usualBatchSize = 128

    private func mine(
        _ scenes: [ProjectScene], _ store: LabelStore, model: String?, into path: String
    ) throws {
        try makeFolder(path)
        let labelled = path + "/labelled.csv"
        let labels = try labels(scenes, store)
        // In a complete scene nothing is left to say.
        let open = zip(scenes, labels).filter { !$1.isComplete }
        guard !open.isEmpty else {
            say("All scenes are labelled completely: there is nothing to choose.")
            return
        }
        let scenes = open.map(\.0)
        let seen = open.map(\.1.seen)
        try write(seen, of: scenes, to: labelled)
        // Without a model only random and typical choices can be made.
        let strategy = model == nil && plan.strategy != .random ? .typicalFirst : plan.strategy
        let number = seen.reduce(0) { $0 + $1.count }
        try call(
            ["mine"] + scenes.map(\.path)
                + (model.map { ["--model", $0] } ?? ["--window", "\(project.windowSize)"])
                + (number > 0 ? ["--labelled", labelled] : []) + [
                    "--stride", "\(max(1, project.windowSize / 2))",
                ]
                + ["--strategy", strategy.rawValue, "--count", "\(plan.count)"]
                + ["--seed", "\(plan.seed &* 1_000_003 &+ UInt64(number))"]
                + ["--output", path + "/picks.jsonl", "--sheet", path + "/picks.png", "--overwrite"]
                + (model == nil ? [] : plan.engineArguments))
    }

    private func call(_ arguments: [String]) throws {
        try Cancellation.ofSignals.check()
        try Tilescope.call(arguments)
    }

    private func write(_ annotations: [[Annotation]], of scenes: [ProjectScene], to path: String) throws {
        var text = "image,class,x0,y0,x1,y1\n"
        for (scene, annotations) in zip(scenes, annotations) {
            for annotation in annotations {
                let box = annotation.box(pointSide: 0)
                let edges = [box.x0, box.y0, box.x1, box.y1].map { "\(Int($0))" }
                text +=
                    ([csvField(scene.name), csvField(annotation.className)] + edges).joined(separator: ",")
                    + "\n"
            }
        }
        try writeFile(text, to: .replacing(path))
    }

    // MARK: The oracle

    private struct PickedWindow: Decodable {
        var scene: String
        var box: [Int]
    }

    /// Stores what the truth says of windows that were chosen. What is stored already is not stored again.
    private func answer(_ picks: String, _ scenes: [ProjectScene], _ store: LabelStore, round: Int) throws {
        guard let oracle else { return }
        let file = try AnnotationFile(opening: Address(oracle), cancellation: .ofSignals)
        let lines = String(decoding: try readFile(picks, limit: 1 << 28), as: UTF8.self).split(
            separator: "\n")
        let windows = try lines.map { try JSONDecoder().decode(PickedWindow.self, from: Data($0.utf8)) }
        for scene in scenes {
            let own = windows.filter { Address($0.scene) == scene.scene.address && $0.box.count == 4 }
            guard !own.isEmpty else { continue }
            let truth = try file.annotationsIfNamed(of: AnnotatedScene(scene.scene))
            let answers = TruthOracle(
                truth, classes: project.classes, background: project.background,
                pointSide: Double(project.windowSize))
            var events: [LabelEvent] = []
            for window in own {
                let box = PixelRect(
                    x0: window.box[0], y0: window.box[1], x1: window.box[2], y1: window.box[3])
                for (place, label) in answers.answers(about: box) {
                    events.append(
                        LabelEvent(
                            id: "oracle-\(round)-\(scene.source.prefix(16))-\(events.count)", who: "oracle",
                            source: scene.source, action: .set(place, to: label)))
                }
            }
            _ = try store.append(events)
        }
    }
}

extension ContinuousClock.Instant {
    fileprivate var secondsUntilNow: Double { (ContinuousClock.now - self) / .seconds(1) }
}
