import Foundation
import Pixels
import Testing

import Evaluation

private func box(_ x: Int, _ y: Int, side: Int = 10) -> PixelRect {
    PixelRect(x: x, y: y, width: side, height: side)
}

/// One class, one rule.
private func measure(
    _ detections: [Detection], _ truths: [Truth], scoreThreshold: Float = 0.5, iou: Float = 0.5,
    visible: Float = 0
) throws -> DetectionMetrics {
    let rules = DetectionRules(
        scoreThreshold: scoreThreshold, iouThresholds: [iou], minimumVisibleFractions: [visible])
    return try #require(
        try detectionMetrics(of: detections, truths: truths, classNames: ["car"], labels: [0], rules: rules)
            .first
    )
}

/// Four truths; by score: right, wrong, right, right (below the score threshold), one truth never found.
/// Precision at the three right ones: 1, 2/3, 3/4; with the best at that recall or above: 1, 3/4, 3/4.
/// AP = (1 + 3/4 + 3/4 + 0) / 4 = 0.625.
@Test func agreesWithACaseDoneByHand() throws {
    let truths = [0, 100, 200, 300].map { Truth(box: box($0, 0), label: 0) }
    let detections = [
        Detection(box: box(100, 1), label: 0, score: 0.9), Detection(box: box(150, 0), label: 0, score: 0.8),
        Detection(box: box(2, 0), label: 0, score: 0.7), Detection(box: box(200, 0), label: 0, score: 0.4),
    ]
    let metrics = try measure(detections, truths)
    #expect(metrics.averagePrecision == 0.625)
    #expect(metrics.bestRecall == 0.75)
    #expect(metrics.truthCount == 4)
    #expect((metrics.rightCount, metrics.wrongCount) == (2, 1))
    #expect(metrics.precision == 2.0 / 3)
    #expect(metrics.recall == 0.5)
}

@Test func aSecondDetectionOfOneTruthIsWrong() throws {
    let detections = [0.9, 0.8].map { Detection(box: box(0, 0), label: 0, score: $0) }
    let metrics = try measure(detections, [Truth(box: box(0, 0), label: 0)])
    #expect((metrics.rightCount, metrics.wrongCount) == (1, 1))
    #expect(metrics.averagePrecision == 1)
}

@Test func aDetectionOnATruthThatCountsTooLittleIsNeitherRightNorWrong() throws {
    let truths = [
        Truth(box: box(0, 0), label: 0, visibleFraction: 0.2),
        Truth(box: box(50, 0), label: 0, visibleFraction: 0.9),
    ]
    let detections = [
        Detection(box: box(0, 0), label: 0, score: 0.9), Detection(box: box(0, 1), label: 0, score: 0.85),
        Detection(box: box(50, 0), label: 0, score: 0.8),
    ]
    let metrics = try measure(detections, truths, visible: 0.6)
    #expect((metrics.rightCount, metrics.wrongCount, metrics.truthCount) == (1, 0, 1))
    #expect(metrics.averagePrecision == 1)
    #expect(metrics.precision == 1)
}

@Test func aTruthOfAnotherClassDoesNotCount() throws {
    let metrics = try measure(
        [Detection(box: box(0, 0), label: 0, score: 0.9)], [Truth(box: box(0, 0), label: 1)])
    #expect(metrics.wrongCount == 1)
    #expect(metrics.truthCount == 0)
}

@Test func anOverlapOfExactlyTheThresholdIsEnough() throws {
    // Half of a 10×10 box shifted within a 10×20 one: intersection 100, union 200.
    let truth = Truth(box: PixelRect(x: 0, y: 0, width: 10, height: 20), label: 0)
    let metrics = try measure([Detection(box: box(0, 5), label: 0, score: 0.9)], [truth], iou: 0.5)
    #expect(metrics.rightCount == 1)
}

@Test func saysNothingWhereThereIsNothingToSay() throws {
    let nothing = try measure([], [])
    #expect(nothing.averagePrecision == nil && nothing.recall == nil && nothing.precision == nil)
    let missed = try measure([], [Truth(box: box(0, 0), label: 0)])
    #expect(missed.averagePrecision == 0 && missed.recall == 0 && missed.precision == nil)
}

@Test func givesOneResultForEachClassAndRule() throws {
    let rules = DetectionRules(scoreThreshold: 0.5)
    let all = try detectionMetrics(
        of: [], truths: [], classNames: ["car", "boat", "other"], labels: [1, 0], rules: rules)
    #expect(all.map(\.className) == Array(repeating: "boat", count: 8) + Array(repeating: "car", count: 8))
    #expect(Set(all.map { [$0.iouThreshold, $0.minimumVisibleFraction] }).count == 8)
}

private struct Golden: Decodable {
    struct Result: Decodable {
        var minimumVisibleFraction, iouThreshold: Float
        var truthCount, rightCount, wrongCount: Int
        var averagePrecision, bestRecall: Double
    }
    var truths, detections: [[Double]]
    var scoreThreshold: Float
    var results: [Result]
}

@Test func agreesWithNumpy() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/detection_metrics.json"
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(filePath: path)))
    let rect = { (v: [Double]) in PixelRect(x0: Int(v[0]), y0: Int(v[1]), x1: Int(v[2]), y1: Int(v[3])) }
    let truths = golden.truths.map { Truth(box: rect($0), label: 0, visibleFraction: Float($0[4])) }
    let detections = golden.detections.map { Detection(box: rect($0), label: 0, score: Float($0[4])) }
    #expect(golden.results.count == 6)
    for expected in golden.results {
        let metrics = try measure(
            detections, truths, scoreThreshold: golden.scoreThreshold, iou: expected.iouThreshold,
            visible: expected.minimumVisibleFraction)
        #expect(metrics.truthCount == expected.truthCount)
        #expect((metrics.rightCount, metrics.wrongCount) == (expected.rightCount, expected.wrongCount))
        #expect(abs((metrics.averagePrecision ?? -1) - expected.averagePrecision) < 1e-12)
        #expect(metrics.bestRecall == expected.bestRecall)
    }
}
