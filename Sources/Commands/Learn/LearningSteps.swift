import Annotations
import Files
import Foundation
import Labelling
import Labels
import Mining
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

    /// A narrow network: with a wide one of as many layers, a training takes twice as long for the same precision, and a scan four times
    /// (measured with `cifar-resnet8-pooled`).
    private static let network = "cifar-resnet8-v2"
    /// Pixels of windows that two cores train in a second, with room to spare: 2,000 windows of 32 x 32, measured.
    private static let pixelsPerSecond = 2000.0 * 32 * 32

    /// Trains a small network, which sees few samples often, for one cycle.
    ///
    /// - Parameter run: the folder of the training; of what is in it afterwards only what tells how it went and the model are kept.
    /// - Returns: the path of the model.
    func train(
        on pack: String, into run: String, options: [String]
    ) throws -> String {
        let tileCount = try openSamples(pack).count
        // The first few labels give fewer tiles than a batch usually has.
        var batchSize = Self.usualBatchSize
        while batchSize > 2, batchSize * 4 > tileCount { batchSize /= 2 }
        let epochCount = 8
        let side = Double(project.windowSize)
        let rate = Self.pixelsPerSecond / (side * side)
        let samples = max(256, Int(plan.seconds * rate) / epochCount)
        try call(
            ["train", pack, "--output", run, "--overwrite", "--seed", "\(plan.seed)"]
                + [
                    "--architecture", Self.network, "--epochs", "\(epochCount)",
                    "--samples-per-epoch",
                    "\(samples)", "--batch-size", "\(batchSize)", "--schedule", "one-cycle",
                    "--learning-rate", "0.2", "--weight-decay", "1e-3", "--average-decay", "0.95",
                    "--crop", "moved", "--padding", "2", "--border", "reflect", "--label-smoothing", "0.1",
                    "--jitter", "0.3",
                ] + options + plan.engineArguments)
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
        let measure = project.isAnySize ? RoundResult.photographMeasure : RoundResult.windowMeasure
        let precision = result.averagePrecision.map { ", \(measure) \($0.fixed(3))" } ?? ""
        say(
            "Round \(result.number): \(counted(result.labelCount, what)), \(counted(result.objectCount, "object"))\(precision)"
        )
        return result
    }
}

extension ContinuousClock.Instant {
    var secondsUntilNow: Double { (ContinuousClock.now - self) / .seconds(1) }
}
