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
    /// By class, least visible part and IoU.
    var metrics: [DetectionMetrics]

    static let columns = [
        "class", "visible", "IoU", "objects", "right", "wrong", "precision", "recall", "AP",
    ]

    /// The cells of a table, row by row, in the order of `columns`.
    var rows: [[String]] {
        metrics.map { metric in
            [
                metric.className,
                metric.minimumVisibleFraction == 0
                    ? "any" : "≥ \((100 * metric.minimumVisibleFraction).fixed(0)) %",
                "\(metric.iouThreshold)", "\(metric.truthCount)", "\(metric.rightCount)",
                "\(metric.wrongCount)",
                metric.precision?.fixed(3) ?? "–", metric.recall?.fixed(3) ?? "–",
                metric.averagePrecision?.fixed(3) ?? "–",
            ]
        }
    }

    /// For a terminal: columns under each other, the numbers to the right.
    var table: String {
        let lines = [Self.columns] + rows
        let widths = Self.columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.indices.map { column in
                let gap = String(repeating: " ", count: widths[column] - line[column].count)
                return column == 0 ? line[column] + gap : gap + line[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
