import Annotations
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
    var truth: TruthSource

    /// Opens the scene and reads the truth, for what is wrong with them.
    ///
    /// - Parameter background: one of the classes, that is not looked for.
    func check(classes: [String], background: String?) throws {
        let view = try SceneView.resolve(SceneViewRequest(windowSize: 1), for: Address(scene)).view
        let labels = classes.indices.filter { classes[$0] != background }
        let scene = try Scene(opening: Address(scene), view: view)
        try SceneTruth(
            reading: truth, of: AnnotatedScene(scene), labels: labels, classes: classes,
            background: background, cancellation: Cancellation()
        ).tellNotes()
    }

    /// Scans the scene as the model's contract says, and forgets all but the threshold.
    ///
    /// - Parameter tellsOfTruth: whether to say how the truth was read; `check` has said it.
    /// - Throws: where nothing that is right is found, too: no threshold says anything then.
    func best(for model: Model, engine: any Engine, tellsOfTruth: Bool = false) throws -> BestThreshold {
        let line = ProgressLine()
        let job = Job(on: line) { (progress: ScanProgress) in progress.text }
        let reading = model.reading ?? .usual
        var request = SceneViewRequest(for: model)
        request.stride = reading.stride ?? ScanTask.usualStride
        let resolved = try SceneView.resolve(request, for: Address(self.scene))
        for warning in resolved.warnings { job.warn("\(self.scene): \(warning)") }
        let scene = try Scene(opening: Address(self.scene), view: resolved.view)
        let labels = try model.labels(of: [])
        let truth = try SceneTruth(
            reading: self.truth, of: AnnotatedScene(scene), labels: labels,
            classes: model.classes, background: model.background, cancellation: job.cancellation)
        if tellsOfTruth { truth.tellNotes() }
        let network = try Network(model.architecture)
        let numerics = try engine.numerics(scoring: network, weights: model.weights)
        let task = try ScanTask.usual(reading: reading, abilities: engine.abilities) { isDense in
            let stride = reading.stride(isDense: isDense) ?? ScanTask.usualStride
            let dense =
                try isDense
                ? DenseChoice(suiting: engine, network: network, stride: stride, scene: scene) : nil
            return try ScanTask(
                scene: scene, model: model, digest: "", stride: stride,
                selection: .usual(for: resolved), dense: dense, numerics: numerics)
        }.task
        let limits = ScanLimits()
        let scan = try SceneScan(task, scene: scene, model: model, engine: engine, limits: limits)
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
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
        let best = try BestThreshold(
            of: Array(detections), truths: truth.truths, labels: labels, cancellation: job.cancellation)
        guard let best else {
            let count = truth.truths.count { MatchingRule.forPictures.counts($0) }
            throw CommandError(
                operation: "choose a threshold", path: self.scene,
                cause: count == 0
                    ? "no object in \(truth.path) is visible enough to count"
                    : "of the \(counted(count, "object")) in \(truth.path) that count the model finds none")
        }
        return best
    }
}

extension Model {
    /// Lets the contract say a threshold.
    mutating func take(_ best: BestThreshold) {
        reading = reading ?? .usual
        reading?.threshold = best.threshold
    }
}

extension BestThreshold {
    /// For people.
    var text: TerminalText {
        "threshold \(threshold): precision \(precision.fixed(3)), recall \(recall.fixed(3)), F1 \(f1.fixed(3)) of "
            + "\(counted(truthCount, "object"))"
    }
}
