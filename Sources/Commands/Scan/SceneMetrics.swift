import Evaluation
import Files
import Scanning

/// What `metrics.json` holds: how well each class was found.
struct SceneMetrics: Codable {
    /// By what a detection is told to be right.
    enum Matching: String, Codable {
        /// By its overlap with a box.
        case overlap
        /// By the distance of its centre from a point.
        case distance
        /// By its overlap with a box, or its distance from a point, as the truth has the one or the other.
        case overlapAndDistance
    }

    var scenePath: String
    var truthPath: String
    var rules: DetectionRules
    /// Average precision is over detections of at least this score.
    var lowestScore: Float
    /// By class, then least visible part, then IoU, as `detectionMetrics` orders them.
    var metrics: [DetectionMetrics]
    /// The rest is `nil` in files of older versions.
    var matching: Matching?
    /// In pixels; `nil` where the truth has no points.
    var objectSize: Double?
    /// In the order of the scan's labels.
    var classes: [ClassEvaluation]?
    /// All classes together.
    var all: ClassEvaluation?
    /// The most frequent first.
    var confusions: [ClassConfusion]?
    /// How the truth was read.
    var notes: [String]?

    init(
        scenePath: String, truthPath: String, rules: DetectionRules, lowestScore: Float,
        metrics: [DetectionMetrics]
    ) {
        (self.scenePath, self.truthPath) = (scenePath, truthPath)
        self.rules = rules
        self.lowestScore = lowestScore
        self.metrics = metrics
    }

    // MARK: - By visible part

    /// `"AP@0.5"`, or without the IoU where nothing depends on it.
    private func heading(_ name: String, _ iou: Float) -> String {
        matching == .distance ? "\(name) by distance" : "\(name)@\(iou)"
    }

    var columns: [String] {
        ["class", "visible", "objects"]
            + rules.iouThresholds.flatMap { iou in
                ["precision", "recall", "AP"].map { heading($0, iou) }
            }
    }

    /// The cells of a table in the order of `columns`: a row for each class and least visible part.
    ///
    /// - Parameter shown: how the name of a class is shown.
    func rows(naming shown: (String) -> String = { $0 }) -> [[String]] {
        guard !rules.iouThresholds.isEmpty else { return [] }
        return stride(from: 0, to: metrics.count, by: rules.iouThresholds.count).map { start in
            let byIoU = metrics[start..<min(start + rules.iouThresholds.count, metrics.count)]
            let visible = metrics[start].minimumVisibleFraction
            return [
                shown(metrics[start].className), Self.text(leastVisible: visible),
                "\(metrics[start].truthCount)",
            ] + byIoU.flatMap { [$0.precision, $0.recall, $0.averagePrecision].map(Self.number) }
        }
    }

    /// Whether some object is covered in parts: else all least visible parts have the same numbers.
    var hasCoveredObjects: Bool {
        let counts = Dictionary(grouping: metrics, by: \.className).values.map { Set($0.map(\.truthCount)) }
        return counts.contains { $0.count > 1 }
    }

    /// What a page says about the word.
    static let visibleText = """
        Visible is the share of an object's area that nothing in the scene covers. In a mosaic, an image made of many small \
        images (tiles), tiles that were laid later may cover others; where each tile lies is known exactly. An object of which \
        the truth does not say how much is visible counts as wholly visible.
        """

    private static func text(leastVisible fraction: Float) -> String {
        if fraction == 0 { return "any" }
        return (fraction < 1 ? "≥ " : "") + (100 * fraction).fixed(0) + " %"
    }

    // MARK: - Of each class

    var classColumns: [String] {
        ["class", "objects", "hits", "false alarms", "misses", "precision", "recall"]
            + rules.iouThresholds.map { heading("AP", $0) } + ["best threshold", "its F1"]
    }

    /// The cells of a table in the order of `classColumns`: a row for each class, and one for all where there are several.
    ///
    /// - Parameter shown: how the name of a class is shown.
    func classRows(naming shown: (String) -> String = { $0 }) -> [[String]] {
        let classes = classes ?? []
        let all = classes.count > 1 ? self.all : nil
        return (classes + [all].compactMap(\.self)).map { row in
            let counts = [row.truthCount, row.hitCount, row.falseAlarmCount, row.missCount].map { "\($0)" }
            let best = row.bestThreshold
            return [row.className.map(shown) ?? "all classes"] + counts
                + [row.precision, row.recall].map(Self.number)
                + row.averagePrecisions.map { Self.number($0.value) }
                + [best?.threshold.fixed(3) ?? "–", Self.number(best?.f1)]
        }
    }

    private static func number(_ value: Double?) -> String { value?.fixed(3) ?? "–" }

    /// By which rule the counts are made.
    var ruleText: String {
        let rule = rules.forPictures
        let reach = objectSize.map { ($0 / 2).significant(4) } ?? ""
        let found =
            switch matching ?? .overlap {
            case .overlap: "overlaps it with an IoU of at least \(rule.iouThreshold)"
            case .distance: "has its centre at most \(reach) pixels away (by distance)"
            case .overlapAndDistance:
                "overlaps its box with an IoU of at least \(rule.iouThreshold), or has its centre at most \(reach) pixels "
                    + "away from its point"
            }
        return """
            A hit is the best detection of an object's class that \(found). Counts, precision and recall are for scores from \
            \(rules.scoreThreshold) on, average precision (AP) for scores from \(lowestScore) on. Objects that are less than \
            \((100 * rule.minimumVisibleFraction).fixed(0)) % visible do not count.
            """
    }

    /// Where the false alarms lie; `nil` where there are none.
    var falseAlarmText: String? {
        guard let all, all.falseAlarmCount > 0 else { return nil }
        let causes = FalseAlarmCause.allCases.filter { all.causes[$0] > 0 }.map { cause in
            "\(grouped(all.causes[cause])) \(cause.words)"
        }
        let rates = [
            all.falseAlarmsPer100Megapixels.map { "\(Self.rate($0)) on 100 megapixels" },
            all.falseAlarmsPerSquareKilometre.map { "\(Self.rate($0)) on a square kilometre" },
        ].compactMap(\.self)
        let count =
            "\(grouped(all.falseAlarmCount)) \(all.falseAlarmCount == 1 ? "false alarm" : "false alarms")"
        return ([count] + rates).joined(separator: ", ") + ": " + causes.joined(separator: ", ")
    }

    /// `"0.25"`, `"40,469"`.
    private static func rate(_ value: Double) -> String {
        value < 1000 ? value.significant(3) : grouped(value)
    }

    /// What became of the places that somebody has marked as wrong; `nil` where there are none.
    var hardNegativeText: String? {
        guard let all, all.hardNegativeCount > 0 else { return nil }
        let found = all.foundHardNegativeCount
        guard all.hardNegativeCount > 1 else {
            return "the place that is marked as wrong is \(found == 0 ? "no longer" : "still") found"
        }
        return "of \(grouped(all.hardNegativeCount)) places that are marked as wrong, "
            + "\(grouped(found)) \(found == 1 ? "is" : "are") still found"
    }

    /// Objects that were found as others, the most frequent first.
    func confusionTexts(limit: Int) -> [String] {
        (confusions ?? []).prefix(limit).map {
            "\(shortName($0.trueClass)) found as \(shortName($0.foundClass)): \(grouped($0.count))"
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

    /// For a terminal.
    var text: TerminalText {
        let classTable = Commands.columns(
            [classColumns] + classRows(naming: shortName), leftCount: 1)
        var visibleTable: [TerminalText] = []
        if hasCoveredObjects {
            visibleTable = [""] + Commands.columns([columns] + rows(naming: shortName), leftCount: 1)
        }
        let confused = confusionTexts(limit: 5)
        let lines =
            [ruleText] + [falseAlarmText, hardNegativeText].compactMap(\.self)
            + (confused.isEmpty ? [] : [confused.joined(separator: "; ")])
        return (classTable + visibleTable + lines.map { "\($0)" as TerminalText }).joined(separator: "\n")
    }
}

extension FalseAlarmCause {
    /// After a count.
    var words: String {
        switch self {
        case .duplicate: "on an object that was found already"
        case .otherClass: "on an object of another class"
        case .unsought: "on an object of a class that was not looked for"
        case .beside: "beside an object"
        case .nothing: "where there is no object"
        }
    }
}
