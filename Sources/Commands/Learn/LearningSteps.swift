import Annotations
import Files
import Foundation
import Labelling
import Labels
import Mining
import ModelFiles
import Networks
import Records

/// What all rounds of learning are made of. Each step is a command that can be called alone.
struct LearningSteps {
    struct Plan {
        var strategy: PickStrategy
        /// Windows or photographs to choose in a round.
        var count: Int
        var seed: UInt64
        /// How long a training takes, about.
        var seconds: Double
        var engineArguments: [String]
    }

    let project: Project
    let folder: ProjectFolder
    let plan: Plan

    func call(_ arguments: [String]) throws {
        try Cancellation.ofSignals.check()
        try Tilescope.call(arguments)
    }

    /// Calls a command that goes on where single scenes fail, and says so at its end.
    ///
    /// - Parameter isUseful: whether there is something of it to go on with.
    /// - Throws: its error where there is nothing.
    func callLeniently(_ arguments: [String], isUseful: () -> Bool) throws {
        do {
            try call(arguments)
        } catch let error as CommandError {
            guard isUseful() else { throw error }
            ProgressLine.warn("\(error)")
        }
    }

    /// Those classes of which there are examples: a network learns no others.
    func classes(in examples: [[Annotation]]) -> [String] {
        let known = Set(examples.joined().map(\.className))
        return project.classes.filter { known.contains($0) }
    }

    /// Boxes as a file of annotations.
    func text(of annotations: [[Annotation]], in scenes: [ProjectScene]) -> String {
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
        return text
    }

    /// Objects are rare, and a network that sees them rarely does not learn them: each is written so often that its tiles, each shifted
    /// in its own way, come to a share of those of the background.
    func balanced(_ examples: [[Annotation]], share: Double) -> [[Annotation]] {
        let objectCount = examples.reduce(0) { $0 + $1.count { $0.className != project.background } }
        let otherCount = examples.reduce(0) { $0 + $1.count } - objectCount
        let repeats = min(
            Self.repeatLimit, max(1, Int(Double(otherCount) * share / Double(max(1, objectCount)))))
        return examples.map { examples in
            examples.flatMap { example in
                Array(repeating: example, count: example.className == project.background ? 1 : repeats)
            }
        }
    }

    /// More shifts of one object teach nothing new.
    private static let repeatLimit = 64

    /// A seed that differs between rounds, and between projects with other seeds.
    ///
    /// - Parameter number: of the round, or of anything else that grows from round to round.
    func seed(_ number: Int) -> UInt64 { plan.seed &* 1_000_003 &+ UInt64(number) }

    /// How windows and tiles are chosen without a model.
    ///
    /// By chance, unless somebody wants typical ones. Typical windows of a scene show what is frequent, and objects are not: 200 of either
    /// held 6 and 8 objects, and average precision was 0.12 and 0.22.
    var firstStrategy: PickStrategy { plan.strategy == .typicalFirst ? .typicalFirst : .random }

    /// Chooses what to label next. Where nothing is left, the choice is empty.
    ///
    /// - Parameter arguments: of `mine`: the data, and what is labelled.
    /// - Parameter labelledCount: how many are labelled.
    func mine(
        _ arguments: [String], model: String?, _ strategy: PickStrategy, labelledCount: Int, round: Int
    ) throws {
        let picks = folder.picksPath(ofRound: round)
        do {
            try call(
                ["mine"] + arguments + (model.map { ["--model", $0] + plan.engineArguments } ?? [])
                    + ["--strategy", strategy.rawValue, "--count", "\(plan.count)"]
                    + ["--seed", "\(seed(labelledCount))", "--output", picks]
                    + ["--sheet", folder.roundPath(round) + "/picks.png", "--overwrite"])
        } catch let error as NothingToChoose {
            say("\(error)")
            try writeFile("", to: .replacing(picks))
        }
    }

    /// The model of the round before: a round is short, and its training starts from there. Before the first round it is that of the
    /// project; `nil` where there is none.
    ///
    /// - Throws: `LabellingError` where the round before cannot be read.
    func modelBefore(round number: Int) throws -> String? {
        let path = folder.roundPath(number - 1) + "/run/model.safetensors"
        guard FileGuard(path: path) == nil else { return path }
        if let last = try folder.readResult(ofRound: number - 1), last.trainingSeconds > 0 {
            ProgressLine.warn("\(path) is gone: this round does not begin with the last model")
        }
        return project.weights
    }

    /// How a small network is trained, which sees few samples often, for one cycle.
    struct TrainingSettings {
        /// The network, where no weights say which; `nil` for that of the options.
        var architecture: String?
        /// What `train` is told.
        var options: [String]
        /// What it is told besides where there are weights to begin with.
        var optionsWithWeights: [String] = []
        /// Pixels of samples that two cores train in a second, with room to spare.
        var pixelsPerSecond: Double
        /// How often all samples are seen: where there are few, at most so often.
        var epochs: ClosedRange<Int>

        /// A narrow network: with a wide one of as many layers, a training takes twice as long for the same precision, and a scan four
        /// times (measured with `cifar-resnet8-pooled`).
        static let ofWindows = TrainingSettings(
            architecture: "cifar-resnet8-v2",
            options: [
                "--learning-rate", "0.2", "--weight-decay", "1e-3", "--average-decay", "0.95",
                "--label-smoothing", "0.1", "--jitter", "0.3",
            ], pixelsPerSecond: 2000 * 32 * 32, epochs: 8...8)

        /// Classes of many kinds need a wide network: a narrow one never learns what this one knows after a quarter of an hour.
        static let ofTiles = TrainingSettings(
            options: ["--recipe", "cifar10-fast"], optionsWithWeights: ["--no-whiten-stem"],
            pixelsPerSecond: 400 * 32 * 32, epochs: 8...100)
    }

    /// - Parameter run: the folder of the training; of what is in it afterwards only what tells how it went and the model are kept.
    /// - Parameter weights: a model to begin with.
    /// - Parameter validation: tiles that the model at the end is measured on.
    /// - Parameter options: of `train`, beside those of the training.
    /// - Returns: the path of the model.
    func train(
        _ training: TrainingSettings, on pack: String, into run: String, from weights: String?,
        validation: String? = nil, options: [String] = []
    ) throws -> String {
        let tileCount = try openSamples(pack).count
        // The first few labels give fewer tiles than a batch usually has.
        var batchSize = Self.usualBatchSize
        while batchSize > 2, batchSize * 4 > tileCount { batchSize /= 2 }
        let side = Double(project.windowSize)
        let samples = Int(plan.seconds * training.pixelsPerSecond / (side * side))
        let epochs = min(
            max(samples / max(1, tileCount), training.epochs.lowerBound), training.epochs.upperBound)
        var arguments = [
            "train", pack, "--output", run, "--overwrite", "--seed", "\(plan.seed)",
            "--epochs", "\(epochs)", "--samples-per-epoch", "\(max(256, samples / epochs))",
            "--batch-size", "\(batchSize)", "--schedule", "one-cycle",
            "--crop", "moved", "--padding", "2", "--border", "reflect",
        ]
        if let weights {
            let architecture =
                try StartingWeights.architecture(ofFile: weights)?.name ?? training.architecture
            arguments += architecture.map { ["--architecture", $0] } ?? []
            arguments += ["--weights", weights] + training.optionsWithWeights
        } else {
            arguments += training.architecture.map { ["--architecture", $0] } ?? []
        }
        if let validation {
            arguments += ["--validation", validation, "--validation-interval", "\(epochs)"]
        }
        try call(arguments + training.options + options + plan.engineArguments)
        // Nothing goes on with this training, and a project has many.
        try? FileManager.default.removeItem(atPath: run + "/checkpoints")
        return run + "/model.safetensors"
    }

    private static let usualBatchSize = 128

    func finish(_ result: RoundResult, what: String) throws -> RoundResult {
        try makeFolder(folder.roundPath(result.number))
        try writeFile(
            try JSONText(result, isIndented: true).text + "\n",
            to: .replacing(folder.resultPath(ofRound: result.number)))
        let value = (result.averagePrecision ?? result.accuracy).map { ", \(project.measure) \($0.fixed(3))" }
        let objects = project.pack == nil ? ", \(counted(result.objectCount, "object"))" : ""
        say("Round \(result.number): \(counted(result.labelCount, what))\(objects)\(value ?? "")")
        return result
    }
}

extension Project {
    /// What its rounds are judged by.
    var measure: String {
        if pack != nil { return RoundResult.tileMeasure }
        return isAnySize ? RoundResult.photographMeasure : RoundResult.windowMeasure
    }
}

extension ContinuousClock.Instant {
    var secondsUntilNow: Double { (ContinuousClock.now - self) / .seconds(1) }
}
