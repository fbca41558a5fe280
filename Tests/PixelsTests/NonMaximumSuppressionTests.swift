import Bytes
import Pixels
import Testing

@Suite struct NonMaximumSuppressionTests {
    @Test func keepsTheBetterOfTwoThatOverlap() {
        let worse = Detection(box: PixelRect(x: 0, y: 0, width: 32, height: 32), label: 0, score: 0.91)
        let better = Detection(box: PixelRect(x: 16, y: 0, width: 32, height: 32), label: 0, score: 0.95)
        #expect(nonMaximumSuppression([worse, better], iouThreshold: 0.3) == [better])
    }

    @Test func keepsBothWhenTheIoUIsExactlyTheThreshold() {
        let a = Detection(box: PixelRect(x: 0, y: 0, width: 30, height: 10), label: 0, score: 0.9)
        let b = Detection(box: PixelRect(x: 10, y: 0, width: 10, height: 10), label: 0, score: 0.8)
        #expect(nonMaximumSuppression([a, b], iouThreshold: a.box.iou(with: b.box)) == [a, b])
    }

    @Test func labelsDoNotSuppressEachOther() {
        let box = PixelRect(x: 0, y: 0, width: 32, height: 32)
        let detections = [0, 1].map { Detection(box: box, label: $0, score: 0.9) }
        #expect(nonMaximumSuppression(detections, iouThreshold: 0.1) == detections)
    }

    @Test func aDroppedDetectionSuppressesNothing() {
        let boxes = [0, 16, 32].map { PixelRect(x: $0, y: 0, width: 32, height: 32) }
        let detections = zip(boxes, [0.9, 0.8, 0.7] as [Float]).map {
            Detection(box: $0, label: 0, score: $1)
        }
        let kept = nonMaximumSuppression(detections, iouThreshold: 0.2)
        #expect(kept == [detections[0], detections[2]])
    }

    @Test func equalScoresGoByPosition() {
        let later = Detection(box: PixelRect(x: 4, y: 0, width: 8, height: 8), label: 0, score: 0.9)
        let earlier = Detection(box: PixelRect(x: 0, y: 0, width: 8, height: 8), label: 0, score: 0.9)
        #expect(nonMaximumSuppression([later, earlier], iouThreshold: 0.1) == [earlier])
    }

    @Test func nothingGivesNothing() {
        #expect(nonMaximumSuppression([], iouThreshold: 0.5).isEmpty)
    }

    @Test(arguments: UInt64(0)..<50) func doesNotDependOnInputOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let detections = (0..<40).map { _ in Detection.random(using: &random) }
        let shuffled = detections.shuffled(using: &random)
        let kept = nonMaximumSuppression(detections, iouThreshold: 0.3)
        #expect(nonMaximumSuppression(shuffled, iouThreshold: 0.3) == kept)
    }

    /// The grid only finds neighbours faster.
    @Test(arguments: UInt64(0)..<20) func equalsThePlainLoop(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let detections = (0..<120).map { _ in Detection.random(using: &random) }
        let kept = nonMaximumSuppression(detections, iouThreshold: 0.2)
        #expect(kept == plainSuppression(detections, iouThreshold: 0.2))
        #expect(kept.count < detections.count)
    }

    /// Better ones alone decide whether a detection is kept, so a scan may keep weak ones for its precision-recall
    /// curve and cut at the threshold afterwards.
    @Test(arguments: UInt64(0)..<20) func cuttingAtAScoreBeforeOrAfterIsTheSame(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let detections = (0..<120).map { _ in Detection.random(using: &random) }
        let before = nonMaximumSuppression(detections.filter { $0.score >= 0.5 }, iouThreshold: 0.1)
        let after = nonMaximumSuppression(detections, iouThreshold: 0.1).filter { $0.score >= 0.5 }
        #expect(before == after)
    }
}

private func plainSuppression(_ detections: [Detection], iouThreshold: Float) -> [Detection] {
    var kept: [Detection] = []
    for candidate in detections.sorted(by: Detection.isBetter) {
        let isDuplicate = kept.contains {
            $0.label == candidate.label && $0.box.iou(with: candidate.box) > iouThreshold
        }
        if !isDuplicate { kept.append(candidate) }
    }
    return kept
}

extension Detection {
    /// Sizes and places that overlap often, also across zero; scores of which many are equal.
    fileprivate static func random(using random: inout SplitMix64) -> Detection {
        Detection(
            box: PixelRect(
                x: .random(in: -40...60, using: &random), y: .random(in: -40...60, using: &random),
                width: .random(in: 1...40, using: &random), height: .random(in: 1...40, using: &random)),
            label: .random(in: 0...1, using: &random),
            score: Float(Int.random(in: 0...20, using: &random)) / 20)
    }
}
