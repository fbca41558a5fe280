import Evaluation
import Files
import Pixels
import Rasters
import Scanning

/// A scan beside the truth: what `scan --truth` writes, and of which `evaluate-scan` makes its page.
struct ScanMeasurement {
    /// At which overlaps average precision is measured where nobody asks for others.
    static let usualIoUs: [Float] = [0.3, 0.5, 0.75]

    let evaluation: SceneEvaluation
    let metrics: SceneMetrics

    /// - Parameter detections: all from the task's floor on, best first.
    /// - Parameter ious: ascending; at least one.
    /// - Parameter scoredFraction: of all windows, in `0...1`.
    /// - Throws: `Cancelled`.
    init(
        of detections: [Detection], truth: SceneTruth, task: ScanTask, context: ScanContext, rule: MergeRule,
        ious: [Float] = Self.usualIoUs, scoredFraction: Double, cancellation: Cancellation
    ) throws {
        let rules = DetectionRules(
            scoreThreshold: rule.threshold,
            // Nothing depends on overlaps where there are none.
            iouThresholds: truth.isByDistance ? Array(ious.prefix(1)) : ious)
        let size = task.fullSize
        let pixelCount = Double(size.width) * Double(size.height) * scoredFraction
        let pixelSize = context.georeference?.pixelSize(width: size.width, height: size.height)
        evaluation = try SceneEvaluation(
            of: detections, truths: truth.truths, unsought: truth.unsought,
            unsoughtNames: truth.unsoughtNames, hardNegatives: truth.hardNegatives,
            classNames: context.classes, labels: rule.labels, rules: rules,
            area: ScannedArea(
                pixelCount: pixelCount, squareMetres: pixelSize.map { pixelCount * $0.x * $0.y }),
            cancellation: cancellation)
        var metrics = SceneMetrics(
            scenePath: context.scene.description, truthPath: withoutSecrets(truth.path), rules: rules,
            lowestScore: task.floor, metrics: evaluation.metrics)
        metrics.matching = truth.matching
        metrics.objectSize = truth.objectSize
        metrics.classes = evaluation.classes
        metrics.all = evaluation.all
        metrics.confusions = evaluation.confusions
        metrics.notes = truth.notes
        self.metrics = metrics
    }
}
