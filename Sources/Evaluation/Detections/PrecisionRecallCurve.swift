package import Figures
import Files
import Foundation
import Pixels

/// Precision over recall, from the highest score to the lowest.
///
/// The precision at a recall is the best one at that recall or above, so that the area under the curve is the average precision
/// of one class. Of several classes together, it is the curve of all their detections.
package struct PrecisionRecallCurve: Hashable, Sendable {
    package var iouThreshold: Float
    /// Recall is `x`, precision `y`; from left to right.
    package var points: [ChartPoint]
    /// Where the scan's threshold is; `nil` where nothing is found from there on.
    package var atThreshold: ChartPoint?

    /// A curve with more steps than this is drawn by some of them.
    private static let stepLimit = 300

    /// - Returns: one for each IoU; none where there is nothing to find.
    /// - Throws: `Cancelled`.
    static func curves(
        of matchings: [TruthMatching], _ rules: DetectionRules, _ cancellation: Cancellation
    ) throws -> [PrecisionRecallCurve] {
        try rules.iouThresholds.compactMap { iou -> PrecisionRecallCurve? in
            var rule = rules.forPictures
            rule.iouThreshold = iou
            let truthCount = matchings.reduce(0) { $0 + $1.truths.count(where: rule.counts) }
            guard truthCount > 0 else { return nil }
            let judged = try matchings.flatMap { matching in
                zip(matching.detections, try matching.outcomes(by: rule)).map {
                    (score: $0.score, outcome: $1)
                }
            }.filter { $0.outcome != .ignored }.sorted(until: cancellation) { $0.score > $1.score }
            return PrecisionRecallCurve(
                iouThreshold: iou, judged: judged, truthCount: truthCount, threshold: rules.scoreThreshold)
        }
    }

    /// - Parameter judged: by score, the highest first.
    private init(
        iouThreshold: Float, judged: [(score: Float, outcome: Outcome)], truthCount: Int, threshold: Float
    ) {
        self.iouThreshold = iouThreshold
        var (rightCount, found) = (0, [ChartPoint]())
        for (index, detection) in judged.enumerated() {
            if detection.outcome == .right { rightCount += 1 }
            let point = ChartPoint(
                x: Double(rightCount) / Double(truthCount), y: Double(rightCount) / Double(index + 1))
            if detection.score >= threshold { atThreshold = point }
            if detection.outcome == .right { found.append(point) }
        }
        var best = 0.0
        for index in found.indices.reversed() {
            best = max(best, found[index].y)
            found[index].y = best
        }
        let step = max(1, (found.count + Self.stepLimit - 1) / Self.stepLimit)
        var points = [ChartPoint(x: 0, y: found.first?.y ?? 0)]
        for index in found.indices where index.isMultiple(of: step) || index == found.count - 1 {
            // Level up to this recall.
            points.append(ChartPoint(x: points[points.count - 1].x, y: found[index].y))
            points.append(found[index])
        }
        self.points = points
    }
}

extension SceneEvaluation {
    /// Classes that have a chart of their own, at most: those with the most objects.
    private static let chartLimit = 11
    /// Letters that fit above a chart beside its numbers.
    private static let nameLength = 14

    /// The curves as charts: of all classes together, and of each class.
    ///
    /// - Parameter isByDistance: whether all truths are points, so that there is one curve.
    /// - Returns: `nil` where there is nothing to find.
    package func precisionRecallFigures(isByDistance: Bool) -> FigureGrid? {
        typealias Shown = (curves: Curves, evaluation: ClassEvaluation)
        let found: [Shown] = zip(curves.dropFirst(), classes).filter { !$0.0.byIoU.isEmpty }.map { ($0, $1) }
        let ranked = found.indices.sorted { one, other in
            let (count, otherCount) = (found[one].evaluation.truthCount, found[other].evaluation.truthCount)
            return count != otherCount ? count > otherCount : one < other
        }
        var shown = ranked.prefix(Self.chartLimit).sorted().map { found[$0] }
        if classes.count > 1, let first = curves.first, !first.byIoU.isEmpty {
            shown.insert((curves: first, evaluation: all), at: 0)
        }
        guard !shown.isEmpty else { return nil }
        let charts = shown.map { curves, evaluation -> Figure in
            let values = evaluation.averagePrecisions.compactMap(\.value).map { fixed($0) }
            let name = curves.className ?? "all classes"
            let numbers = ", AP " + values.joined(separator: " ")
            let series = curves.byIoU.enumerated().map { index, curve in
                LineChart.Series(
                    name: "", paint: .series(index), points: curve.points,
                    dots: curve.atThreshold.map { [$0] } ?? [])
            }
            return LineChart(
                title: shortName(name, limit: Self.nameLength) + numbers, spokenTitle: name + numbers,
                unit: .number, series: series, hasLegend: false, xTitle: "recall", yTitle: "precision",
                corners: [ChartPoint(x: 0, y: 0), ChartPoint(x: 1, y: 1)]
            ).figure
        }
        let keys = rules.iouThresholds.enumerated().map { index, iou in
            FigureGrid.Key(
                name: (isByDistance ? "by distance" : "IoU \(iou)")
                    + ", dot: at score \(rules.scoreThreshold)", paint: .series(index))
        }
        return FigureGrid(charts, keys: keys, columnLimit: 2)
    }

    private func fixed(_ value: Double) -> String { String(format: "%.3f", value) }
}
