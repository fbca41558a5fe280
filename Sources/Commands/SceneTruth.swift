import Evaluation
import ModelFiles
import Pixels
import Scanning

/// What really is in a scene, for the classes that a scan looks for.
struct SceneTruth {
    private let path: String
    private let truths: [Truth]

    init(reading path: String, plan: ScanPlan, model: Model) throws {
        self.path = path
        let labels = try plan.labels(in: model)
        let names = labels.map { model.classes[$0] }
        truths = try readTruths(from: path, labels: Dictionary(uniqueKeysWithValues: zip(names, labels)))
        guard !truths.isEmpty else {
            throw EvaluationError(
                code: .empty, operation: "measure against the truth", path: path,
                cause: "it has no object of the classes looked for: \(names.joined(separator: ", "))")
        }
    }

    /// - Parameter result: with detections far below the threshold, for average precision.
    func metrics(of result: ScanResult) -> SceneMetrics {
        let rules = DetectionRules(scoreThreshold: result.plan.scoreThreshold)
        return SceneMetrics(
            scenePath: result.plan.scenePath, truthPath: path, rules: rules,
            lowestScore: result.plan.lowestScore ?? result.plan.scoreThreshold,
            metrics: detectionMetrics(
                of: result.allDetections, truths: truths, classNames: result.classes, labels: result.labels,
                rules: rules))
    }
}

/// What `metrics.json` holds: how well each class was found.
struct SceneMetrics: Codable {
    var scenePath: String
    var truthPath: String
    var rules: DetectionRules
    /// Average precision is over detections of at least this score.
    var lowestScore: Float
    /// By class, then least visible part, then IoU, as `detectionMetrics` orders them.
    var metrics: [DetectionMetrics]

    var columns: [String] {
        ["class", "visible", "objects"]
            + rules.iouThresholds.flatMap { iou in ["precision", "recall", "AP"].map { "\($0)@\(iou)" } }
    }

    /// The cells of a table in the order of `columns`: a row for each class and least visible part.
    var rows: [[String]] {
        stride(from: 0, to: metrics.count, by: rules.iouThresholds.count).map { start in
            let byIoU = metrics[start..<min(start + rules.iouThresholds.count, metrics.count)]
            let visible = metrics[start].minimumVisibleFraction
            return [
                metrics[start].className, Self.text(leastVisible: visible),
                "\(metrics[start].truthCount)",
            ] + byIoU.flatMap { [$0.precision, $0.recall, $0.averagePrecision].map { $0?.fixed(3) ?? "–" } }
        }
    }

    private static func text(leastVisible fraction: Float) -> String {
        if fraction == 0 { return "any" }
        return (fraction < 1 ? "≥ " : "") + (100 * fraction).fixed(0) + " %"
    }

    /// For a terminal: columns under each other, the numbers to the right.
    var table: String {
        let lines = [columns] + rows
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.indices.map { column in
                let gap = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 0 ? line[column] + gap : gap + line[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
