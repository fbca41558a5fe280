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

extension RoundResult {
    private static let iouThreshold: Float = 0.3

    static func averagePrecision(in metrics: SceneMetrics) -> Double? {
        metrics.all?.averagePrecisions.first { abs($0.iouThreshold - iouThreshold) < 1e-3 }?.value
    }
}

/// Rounds of learning where all objects are about as large as a window, and windows are labelled.
struct LearningRounds {
    private let steps: LearningSteps
    private let oracle: String?

    private var project: Project { steps.project }
    private var folder: ProjectFolder { steps.folder }
    private var plan: LearningSteps.Plan { steps.plan }

    init(_ steps: LearningSteps, oracle: String?) {
        self.steps = steps
        self.oracle = oracle
    }

    /// Goes on after the last complete round.
    ///
    /// - Returns: all rounds that are complete now.
    func run(roundCount: Int) throws -> [RoundResult] {
        let store = try folder.openLabels()
        let scenes = try ProjectScene.all(of: project, in: folder)
        var results = try folder.results
        let wanted = oracle == nil ? results.count + 1 : roundCount
        while results.count < wanted {
            let number = results.count + 1
            if oracle != nil {
                // The first choice knows nothing; later ones were made by the round before.
                if results.isEmpty, FileGuard(path: folder.picksPath(ofRound: 0)) == nil {
                    try mine(scenes, store, model: nil, round: 0)
                }
                let picks = try PickedPlace.read(folder.picksPath(ofRound: number - 1))
                guard !picks.isEmpty else {
                    say("There are no more windows to choose: there is no further round.")
                    return results
                }
                try answer(picks, scenes, store, round: number)
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

    /// - Returns: `nil` where there is nothing to learn from yet: then windows are chosen to be labelled.
    private func learn(_ number: Int, _ scenes: [ProjectScene], _ store: LabelStore) throws -> RoundResult? {
        let start = ContinuousClock.now
        let path = folder.roundPath(number)
        try makeFolder(path)
        let labels = try labels(scenes, store)
        // Places that somebody has looked at: windows, and boxes that lie in none of them.
        let labelCount = labels.reduce(0) { $0 + $1.lookCount }
        let examples = try self.examples(scenes, labels, seed: steps.seed(number))
        let objectCount = examples.reduce(0) { $0 + $1.count { $0.className != project.background } }
        guard objectCount > 0 else {
            if oracle == nil {
                try chooseFirst(scenes, labels, store)
                return nil
            }
            // Nothing of the classes was met: look further.
            try mine(scenes, store, model: nil, round: number)
            return try steps.finish(
                RoundResult(
                    number: number, labelCount: labelCount, objectCount: 0, averagePrecision: nil,
                    trainingSeconds: 0, seconds: start.secondsUntilNow), what: "label")
        }
        guard examples.contains(where: { $0.contains { $0.className == project.background } }) else {
            throw CommandError(
                operation: "learn", path: folder.path,
                cause:
                    "nothing says yet what \(project.background) looks like: bring in boxes with --complete, or label some windows of mine as \(project.background)"
            )
        }
        let truth = path + "/labels.csv"
        // Not more of the objects: where they seem frequent, most of what a network takes for one is none, and choices by its
        // hesitation find few (measured: 13 objects in 300 windows with a half, 39 with none).
        try writeFile(
            steps.text(of: steps.balanced(examples, share: Self.objectShare), in: scenes),
            to: .replacing(truth))
        let classes = steps.classes(in: examples)
        let (pack, run) = (path + "/train.tiles", path + "/run")
        // Nobody has looked beside a window without an object. A tile that is shifted by an eighth has no object within its label radius,
        // three eighths. (Shifted by three eighths, tiles at windows beside objects showed these as background: with 61 objects average
        // precision was 0.24, with 14 objects and random windows 0.39.)
        // The file names only scenes with examples.
        let named = zip(scenes, examples).filter { !$1.isEmpty }.map(\.0.path)
        try steps.call(
            ["cut"] + named + [
                "--truth", truth, "--classes=\((classes + [project.background]).joined(separator: ","))",
                "--background=\(project.background)",
            ]
                + ["--size", "\(project.windowSize)", "--scale", "1", "--negatives", "0", "--copies", "8"]
                + ["--background-jitter", "\(project.windowSize / 8)"]
                + ["--distance", "0", "--output", pack, "--overwrite"])
        let trainingStart = ContinuousClock.now
        let model = try steps.train(
            .ofWindows, on: pack, into: run, from: try steps.modelBefore(round: number))
        let trainingSeconds = trainingStart.secondsUntilNow
        var averagePrecision: Double?
        if let test = project.test {
            let scan = path + "/test"
            try steps.call(
                ["scan", test.scene, "--model", model, "--labels=\(classes.joined(separator: ","))"]
                    + ["--truth", test.truth, "--output", scan, "--overwrite"] + plan.engineArguments)
            let metrics = try JSONDecoder().decode(
                SceneMetrics.self, from: Data(readFile(scan + "/metrics.json", limit: 1 << 28)))
            averagePrecision = RoundResult.averagePrecision(in: metrics)
        }
        try mine(scenes, store, model: model, round: number)
        return try steps.finish(
            RoundResult(
                number: number, labelCount: labelCount, objectCount: objectCount,
                averagePrecision: averagePrecision, trainingSeconds: trainingSeconds,
                seconds: start.secondsUntilNow), what: "label")
    }

    /// What a network learns from in each scene: what is labelled, and windows in which there is nothing.
    ///
    /// Objects that are rare are hardly met at a random place. Then such places are learnt as background, too, though nobody has looked
    /// at them: a network that has seen little but what others took for objects believes that there is one everywhere (measured with 40
    /// objects and 400 windows without one: average precision 0.52 instead of 0.34).
    ///
    /// - Parameter seed: of the places. Other ones in each round: some do show an object.
    private func examples(
        _ scenes: [ProjectScene], _ labels: [SceneLabels], seed: UInt64
    ) throws -> [[Annotation]] {
        let areRare = try areRare(scenes, labels)
        let pixelCounts = scenes.map { Double($0.scene.width) * Double($0.scene.height) }
        let pixelCount = pixelCounts.reduce(0, +)
        return scenes.indices.map { index in
            let objects = labels[index].clearExamples(background: project.background)
            let count =
                labels[index].isComplete
                ? max(Self.leastEmptyCount, 4 * objects.count)
                : areRare ? Int(Double(Self.unseenCount) * pixelCounts[index] / pixelCount) : 0
            let empty = labels[index].emptyWindows(
                count, side: project.windowSize, background: project.background,
                width: scenes[index].scene.width,
                height: scenes[index].scene.height, seed: seed)
            return objects
                + empty.map { Annotation(className: project.background, shape: .box(AnnotationBox($0))) }
        }
    }

    /// Whether a random place hardly ever shows an object. The first windows say it, where chance has chosen them; later ones were chosen
    /// as they may show one, and half of them can. Where nothing is said of the first, all count.
    private func areRare(_ scenes: [ProjectScene], _ labels: [SceneLabels]) throws -> Bool {
        let picks = folder.picksPath(ofRound: 0)
        let first = FileGuard(path: picks) == nil ? [] : try PickedPlace.read(picks)
        let byScene = Dictionary(grouping: first) { Address($0.scene) }
        func share(_ counts: [(looks: Int, hits: Int)]) -> Double? {
            let looks = counts.reduce(0) { $0 + $1.looks }
            return looks == 0 ? nil : Double(counts.reduce(0) { $0 + $1.hits }) / Double(looks)
        }
        let background = project.background
        let ofFirst = zip(scenes, labels).map { scene, labels in
            let chosen = byScene[scene.scene.address] ?? []
            return labels.lookedAt(among: chosen.map(\.rect), background: background)
        }
        let ofAll = labels.map { $0.lookedAt(among: nil, background: background) }
        return (share(ofFirst) ?? share(ofAll)).map { $0 <= Self.rareShare } ?? false
    }

    /// Windows without objects that a complete scene gives, at least.
    private static let leastEmptyCount = 50
    /// Objects are rare where at most this part of windows shows one.
    private static let rareShare = 0.2
    /// Random windows of all scenes that are learnt as background where objects are rare.
    private static let unseenCount = 2000

    /// Objects among what is learnt from, as a part of the background's tiles.
    private static let objectShare = 0.2

    /// Chooses windows to begin with, unless somebody may still be labelling those that were chosen before.
    private func chooseFirst(
        _ scenes: [ProjectScene], _ labels: [SceneLabels], _ store: LabelStore
    ) throws {
        let path = folder.picksPath(ofRound: 0)
        let chosen = FileGuard(path: path) == nil ? [] : try PickedPlace.read(path)
        let byScene = Dictionary(grouping: chosen) { Address($0.scene) }
        let isOpen = zip(scenes, labels).contains { scene, labels in
            let windows = (byScene[scene.scene.address] ?? []).map(\.rect)
            return !labels.isComplete && !labels.areLookedAt(windows)
        }
        if !isOpen {
            try mine(scenes, store, model: nil, round: 0)
            guard try !PickedPlace.read(path).isEmpty else {
                return say(
                    "All is labelled, and nothing as \(shortList(project.classes)): there is nothing to learn."
                )
            }
        }
        say(
            "Nothing is labelled as \(shortList(project.classes)) yet. Label the windows of \(path)\(isOpen ? ", some of which are still open" : ""), bring the labels in by tilescope labels import, and learn again."
        )
    }

    /// Chooses what to label next. Where nothing is left, the choice is empty.
    private func mine(_ scenes: [ProjectScene], _ store: LabelStore, model: String?, round: Int) throws {
        let path = folder.roundPath(round)
        let picks = folder.picksPath(ofRound: round)
        try makeFolder(path)
        let labelled = path + "/labelled.csv"
        let labels = try labels(scenes, store)
        // In a complete scene nothing is left to say.
        let open = zip(scenes, labels).filter { !$1.isComplete }
        guard !open.isEmpty else {
            say("All scenes are labelled completely: there is nothing to choose.")
            return try writeFile("", to: .replacing(picks))
        }
        let scenes = open.map(\.0)
        let seen = open.map(\.1.seen)
        try writeFile(steps.text(of: seen, in: scenes), to: .replacing(labelled))
        let number = seen.reduce(0) { $0 + $1.count }
        try steps.mine(
            scenes.map(\.path) + (model == nil ? ["--window", "\(project.windowSize)"] : [])
                + (number > 0 ? ["--labelled", labelled] : [])
                + ["--stride", "\(max(1, project.windowSize / 2))"],
            model: model, model == nil ? steps.firstStrategy : steps.plan.strategy, labelledCount: number,
            round: round)
    }

    // MARK: The oracle

    /// Stores what the truth says of windows that were chosen. What is stored already is not stored again.
    private func answer(
        _ picks: [PickedPlace], _ scenes: [ProjectScene], _ store: LabelStore, round: Int
    ) throws {
        guard let oracle else { return }
        let file = try AnnotationFile(opening: Address(oracle), cancellation: .ofSignals)
        for scene in scenes {
            let own = picks.filter { Address($0.scene) == scene.scene.address }
            guard !own.isEmpty else { continue }
            let truth = try file.annotationsIfNamed(of: AnnotatedScene(scene.scene))
            let answers = TruthOracle(
                truth, classes: project.classes, background: project.background,
                pointSide: Double(project.windowSize))
            var events: [LabelEvent] = []
            for window in own {
                for (place, label) in answers.answers(about: window.rect) {
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
