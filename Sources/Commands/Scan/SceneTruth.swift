import Evaluation
import Files
import Pixels
import Scanning

/// What really is in a scene, for the classes that a scan looks for.
struct SceneTruth {
    let path: String
    /// Empty where the scene has no object of the classes looked for: then all that is found is a false alarm.
    let truths: [Truth]
    /// Objects of classes that nobody knows, by name: perhaps a mistyped one.
    private var unknownCounts: [String: Int] = [:]

    /// - Parameter labels: those that are looked for.
    /// - Parameter classes: names of all labels.
    /// - Throws: also where all objects are of classes that are not among these.
    init(reading path: String, labels: [Int], classes: [String]) throws {
        try self.init(reading: path, classes: labels.map { (name: classes[$0], label: $0) }, known: classes)
    }

    /// - Parameter classes: those that are looked for.
    init(reading path: String, classes: [(name: String, label: Int)]) throws {
        try self.init(reading: path, classes: classes, known: nil)
    }

    /// - Parameter known: names of all classes; `nil` where nobody can say.
    private init(reading path: String, classes: [(name: String, label: Int)], known: [String]?) throws {
        self.path = path
        let others: [String: Int]
        (truths, others) = try readTruths(from: path, labels: Dictionary(classes) { first, _ in first })
        guard let known else { return }
        unknownCounts = others.filter { !known.contains($0.key) }
        guard unknownCounts.isEmpty || !truths.isEmpty || unknownCounts.count < others.count else {
            throw EvaluationError(
                code: .empty, operation: "measure against the truth", path: path,
                cause: "\(unknownWords ?? ""); it knows \(shortList(known))")
        }
    }

    /// What is wrong with the names of its classes; `nil` for nothing.
    var unknownWords: String? {
        guard !unknownCounts.isEmpty else { return nil }
        let names = unknownCounts.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
        return "it has objects of classes that the model does not know: \(shortList(names))"
    }

    /// What it says about each detection, for pictures.
    func judgement(of detections: [Detection]) -> Judgement {
        let judged = JudgedDetections(detections, truths: truths, rule: .forPictures)
        return Judgement(
            verdicts: judged.outcomes.map { outcome in
                switch outcome {
                case .right: .hit
                case .wrong: .falseAlarm
                case .ignored: .neither
                }
            },
            misses: judged.missed.map { Judgement.Miss(box: $0.box, label: $0.label) })
    }
}

/// Measures the detections of a scan against the truth: `metrics.json`, and a table for the terminal.
final class MetricsSink: ScanSink {
    let fileName = ScanFolder.metricsName
    /// Average precision needs the weak detections too: all that were kept.
    let lowestScore: Float? = 0
    /// Empty before the detections are there.
    private(set) var table: TerminalText = ""
    private let truth: SceneTruth
    private var heading: ScanHeading?
    private var path = ""

    init(_ truth: SceneTruth) { self.truth = truth }

    func begin(_ heading: ScanHeading, in folder: String) {
        (self.heading, path) = (heading, folder + "/" + fileName)
    }

    func write(_ detections: MergedDetections.SubSequence) throws {
        guard let heading else { preconditionFailure("begin comes first") }
        let rules = DetectionRules(scoreThreshold: heading.rule.threshold)
        let metrics = SceneMetrics(
            scenePath: heading.context.scene.description, truthPath: truth.path, rules: rules,
            lowestScore: heading.task.floor,
            metrics: detectionMetrics(
                of: Array(detections), truths: truth.truths, classNames: heading.context.classes,
                labels: heading.rule.labels, rules: rules))
        try writeJSON(metrics, to: .replacing(path))
        table = metrics.table
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
        guard !rules.iouThresholds.isEmpty else { return [] }
        return stride(from: 0, to: metrics.count, by: rules.iouThresholds.count).map { start in
            let byIoU = metrics[start..<min(start + rules.iouThresholds.count, metrics.count)]
            let visible = metrics[start].minimumVisibleFraction
            return [
                metrics[start].className, Self.text(leastVisible: visible),
                "\(metrics[start].truthCount)",
            ] + byIoU.flatMap { [$0.precision, $0.recall, $0.averagePrecision].map { $0?.fixed(3) ?? "–" } }
        }
    }

    /// For people, how many boxes of each class are which, as the pictures show them: `"car: 3 hits, 1 false alarm, 2 misses"`.
    var verdicts: [String] {
        metrics.filter { $0.agrees(with: .forPictures) }.map { counted in
            // The numbers may come from somebody else's file.
            let missCount = counted.truthCount.subtractingReportingOverflow(counted.rightCount).partialValue
            let counts: [(Judgement.Verdict, Int)] = [
                (.hit, counted.rightCount), (.falseAlarm, counted.wrongCount), (.miss, missCount),
            ]
            let texts = counts.map { verdict, count in verdict.text(count, number: grouped) }
            return "\(counted.className): \(texts.joined(separator: ", "))"
        }
    }

    private static func text(leastVisible fraction: Float) -> String {
        if fraction == 0 { return "any" }
        return (fraction < 1 ? "≥ " : "") + (100 * fraction).fixed(0) + " %"
    }

    /// For a terminal.
    var table: TerminalText {
        Commands.columns([columns] + rows, leftCount: 1).joined(separator: "\n")
    }
}
