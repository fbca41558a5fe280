import Evaluation
import Files
import Foundation
import Labelling
import Labels
import Mining
import Records

/// Rounds of learning where the tiles of a pack are labelled as wholes, each with a class.
struct PackRounds {
    private let steps: LearningSteps
    private let oracle: String?
    private let path: String

    private var project: Project { steps.project }
    private var folder: ProjectFolder { steps.folder }

    /// - Parameter path: of the pack.
    init(_ steps: LearningSteps, pack path: String, oracle: String?) {
        (self.steps, self.path) = (steps, path)
        self.oracle = oracle
    }

    /// Goes on after the last complete round.
    ///
    /// - Returns: all rounds that are complete now.
    func run(roundCount: Int) throws -> [RoundResult] {
        let store = try folder.openLabels()
        let pack = try LabelledPack(opening: path, cancellation: .ofSignals)
        guard pack.pack.squareSide == project.windowSize else {
            throw CommandError(
                operation: "go on with the project", path: path,
                cause:
                    "its tiles are no squares of \(project.windowSize) pixels, as they were when the project was made; bring that pack back, or make a new project"
            )
        }
        let truth = try oracle.map { try self.truth($0, of: pack) }
        var results = try folder.results
        let wanted = truth == nil ? results.count + 1 : roundCount
        while results.count < wanted {
            let number = results.count + 1
            if let truth {
                // The first choice knows nothing; later ones were made by the round before.
                if results.isEmpty, FileGuard(path: folder.picksPath(ofRound: 0)) == nil {
                    try mine(try pack.labels(in: store), pack, model: nil, round: 0)
                }
                let picks = try SampleRow.read(
                    folder.picksPath(ofRound: number - 1), sampleCount: pack.pack.count)
                guard !picks.isEmpty else {
                    say("All tiles are labelled: there is no further round.")
                    return results
                }
                try answer(picks, pack, truth, store)
            }
            guard let result = try learn(number, pack, store, last: results.last) else { return results }
            results.append(result)
        }
        return results
    }

    /// What a pack says of the tiles.
    ///
    /// - Throws: where it says nothing of some, or names none of the classes.
    private func truth(_ path: String, of pack: LabelledPack) throws -> [LabelPlace: String] {
        func failure(_ cause: String) -> CommandError {
            CommandError(operation: "answer for the tiles of \(pack.pack.path)", path: path, cause: cause)
        }
        let truth = try LabelledPack(opening: path, cancellation: .ofSignals)
        guard !Set(truth.pack.classNames).isDisjoint(with: project.classes) else {
            throw failure(
                "its classes are \(shortList(truth.pack.classNames)), and the project has \(shortList(project.classes))"
            )
        }
        let answers = truth.answers
        if let tile = (0..<pack.pack.count).first(where: { answers[pack.place(of: $0)] == nil }) {
            throw failure(
                "it has no tile with the pixels of tile \(tile); give the pack itself, or one with the same tiles"
            )
        }
        return answers
    }

    /// The first layers are whitened by the tiles that there are. With few it is done again in the next round, which then begins anew.
    /// Weights that the project was given have their first layers already.
    private static let leastWhiteningCount = 100

    /// - Parameter last: the round before.
    /// - Returns: `nil` where there is nothing to learn from yet: then tiles are chosen to be labelled.
    private func learn(
        _ number: Int, _ pack: LabelledPack, _ store: LabelStore, last: RoundResult?
    ) throws -> RoundResult? {
        let start = ContinuousClock.now
        let path = folder.roundPath(number)
        try makeFolder(path)
        let labels = try pack.labels(in: store)
        let known = Set(labels.compactMap { $0?.className })
        guard known.intersection(project.classes).count > 1 else {
            if oracle == nil {
                try chooseFirst(labels, pack)
                return nil
            }
            try mine(labels, pack, model: nil, round: number)
            return try steps.finish(
                RoundResult(
                    number: number, labelCount: pack.count(labels), objectCount: 0, trainingSeconds: 0,
                    seconds: start.secondsUntilNow), what: "label")
        }
        let (tiles, run) = (path + "/train.tiles", path + "/run")
        try pack.write(labels, classes: project.classes, to: .replacing(tiles))
        let trainingStart = ContinuousClock.now
        let isFew = last.map { $0.objectCount < Self.leastWhiteningCount } ?? true
        let model = try steps.train(
            .ofTiles, on: tiles, into: run,
            from: isFew && project.weights == nil ? nil : try steps.modelBefore(round: number),
            validation: project.testPack)
        let trainingSeconds = trainingStart.secondsUntilNow
        let accuracy = project.testPack == nil ? nil : try Self.accuracy(ofRun: run)
        try mine(labels, pack, model: model, round: number)
        return try steps.finish(
            RoundResult(
                number: number, labelCount: pack.count(labels),
                objectCount: pack.count(labels.map { $0?.className == nil ? nil : $0 }), accuracy: accuracy,
                trainingSeconds: trainingSeconds, seconds: start.secondsUntilNow), what: "label")
    }

    /// How many tiles of the test pack the model at the end of a training names rightly, in `0...1`.
    private static func accuracy(ofRun path: String) throws -> Double {
        let metrics = path + "/metrics.jsonl"
        guard let value = try TrainingHistory(reading: metrics).epochs.last?.validationTopOne else {
            throw CommandError(
                operation: "measure the model", path: metrics,
                cause: "the last epoch has no measure of the test pack"
            )
        }
        return Double(value)
    }

    private static let picksLimit = 1 << 30

    /// Chooses tiles to begin with, unless somebody may still be filling in those that were chosen before.
    private func chooseFirst(_ labels: [Label?], _ pack: LabelledPack) throws {
        let path = folder.picksPath(ofRound: 0)
        let chosen =
            FileGuard(path: path) == nil ? [] : try SampleRow.read(path, sampleCount: pack.pack.count)
        // Rows of a pack that was made again are about other tiles.
        let openCount = chosen.count { labels[$0.sample] == nil && $0.isAbout(pack.digest(of: $0.sample)) }
        if openCount == 0 {
            try mine(labels, pack, model: nil, round: 0)
            guard try !readFile(path, limit: Self.picksLimit).isEmpty else {
                return say(
                    "All tiles are labelled, and not two of \(shortList(project.classes)) are among their classes: there is nothing to learn."
                )
            }
        }
        say(
            "Fewer than two of \(shortList(project.classes)) are labelled yet. Fill in \"class\" in \(path)\(openCount > 0 ? ", where \(counted(openCount, "tile")) still \(openCount == 1 ? "has" : "have") none" : ""), bring it in by tilescope labels import, and learn again."
        )
    }

    /// Chooses what to label next. Where nothing is left, the choice is empty.
    private func mine(_ labels: [Label?], _ pack: LabelledPack, model: String?, round: Int) throws {
        try makeFolder(folder.roundPath(round))
        let labelled = folder.roundPath(round) + "/labelled.csv"
        // Of tiles that are the same one is asked for.
        let rows = labels.enumerated().compactMap { tile, label -> SampleRow? in
            guard label != nil || pack.isCopy(tile) else { return nil }
            return SampleRow(sample: tile, className: label?.className ?? Project.unsureName)
        }
        try writeFile(SampleRow.text(of: rows), to: .replacing(labelled))
        let chosen = choice(model: model)
        try steps.mine(
            [self.path, "--labelled", labelled], model: chosen.model, chosen.strategy,
            labelledCount: rows.count, round: round)
    }

    /// With ten labels of CIFAR-10 a model was right about half as often again where they were typical ones; with 1,000 it was right less
    /// often than with labels by chance, 67.5 instead of 69.4 %.
    private static let typicalPerClass = 10

    /// How tiles are chosen, and what scores them or has their features.
    ///
    /// - Parameter model: the last one; `nil` in the beginning.
    private func choice(model: String?) -> (model: String?, strategy: PickStrategy) {
        switch (steps.plan.strategy, model, project.weights) {
        // To score all tiles takes as long as half of a round, and chance does not ask for it.
        case (.random, _, _): (nil, .random)
        case (let strategy, let model?, _): (model, strategy)
        case (.typicalFirst, nil, let weights?): (weights, .typicalFirst)
        case (_, nil, let weights?) where steps.plan.count <= Self.typicalPerClass * project.classes.count:
            (weights, .typicalFirst)
        case (_, nil, _): (nil, steps.firstStrategy)
        }
    }

    /// Stores what the truth says of tiles that were chosen. What is stored already is not stored again.
    private func answer(
        _ picks: [SampleRow], _ pack: LabelledPack, _ truth: [LabelPlace: String], _ store: LabelStore
    ) throws {
        let known = try pack.labels(in: store)
        var places: Set<LabelPlace> = []
        let events = picks.compactMap { pick -> LabelEvent? in
            let place = pack.place(of: pick.sample)
            guard known[pick.sample] == nil, places.insert(place).inserted else { return nil }
            let name = truth[place].flatMap { project.classes.contains($0) ? $0 : nil }
            return LabelEvent(
                id: UUID().uuidString, who: "oracle", source: LabelledPack.source,
                action: .set(place, to: name.map { .class($0) } ?? .unsure))
        }
        _ = try store.append(events)
    }
}

extension Label {
    /// `nil` where somebody could not tell.
    var className: String? {
        switch self {
        case .class(let name): name
        case .unsure: nil
        }
    }
}
