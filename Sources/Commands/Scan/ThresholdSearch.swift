import ArgumentParser
import Devices
import Engines
import Evaluation
import Files
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning

/// Finds from which score on a model's detections are best shown, by a scene whose truth is known.
struct ThresholdSearch {
    var scene: String
    var truth: String

    /// Scans the scene as the model's contract says, and forgets all but the threshold.
    ///
    /// - Throws: where nothing that is right is found, too: no threshold says anything then.
    func best(for model: Model, engine: any Engine) throws -> BestThreshold {
        let line = ProgressLine()
        let job = Job(on: line) { (progress: ScanProgress) in progress.text }
        let reading = model.reading ?? .usual
        let scene = try Scene(opening: Address(self.scene))
        let labels = try model.labels(of: [])
        let truth = try SceneTruth(reading: self.truth, labels: labels, classes: model.classes)
        let task = try ScanTask(
            scene: scene, model: model, digest: "", stride: reading.stride ?? ScanTask.usualStride,
            numerics: engine.numerics(scoring: Network(model.architecture), weights: model.weights))
        let limits = ScanLimits()
        let scan = try SceneScan(task, scene: scene, model: model, engine: engine, limits: limits)
        let folder = try TemporaryFolder()
        var rule = MergeRule(labels: labels, reading: reading)
        rule.threshold = task.floor
        var state = try ScanFolder(path: folder.path).begin(
            task,
            ScanContext(
                scene: scene, modelAddress: Address(""), model: model, rule: rule,
                version: Tilescope.configuration.version), overwrites: false)
        _ = try scan.score(task.grid.range, into: &state, job: job)
        try state.finish(limits: limits, cancellation: job.cancellation)
        line.finish("scanned \(scene.address) to choose a threshold")
        let detections = try state.merged(by: rule, limits: limits, cancellation: job.cancellation)
        guard let best = BestThreshold(of: Array(detections), truths: truth.truths, labels: labels) else {
            throw CommandError(
                operation: "choose a threshold", path: self.scene,
                cause: "of the \(truth.truths.count) objects in \(self.truth) the model finds none")
        }
        return best
    }
}

extension Model {
    /// Writes the model with another threshold, and says so.
    mutating func write(_ best: BestThreshold, to output: OutputFile) throws {
        reading = reading ?? .usual
        reading?.threshold = best.threshold
        try write(to: output)
        say(best.text)
    }
}

extension BestThreshold {
    /// For people.
    fileprivate var text: TerminalText {
        "threshold \(threshold): precision \(precision.fixed(3)), recall \(recall.fixed(3)), F1 \(f1.fixed(3)) of "
            + "\(truthCount) objects"
    }
}
