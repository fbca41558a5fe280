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

    @Test func acrossClassesLabelsSuppressEachOther() {
        let box = PixelRect(x: 0, y: 0, width: 32, height: 32)
        let detections = [0, 1].map { Detection(box: box, label: $0, score: 0.9) }
        let kept = nonMaximumSuppression(detections, iouThreshold: 0.1, acrossClasses: true)
        #expect(kept == [detections[0]])
    }

    /// The index only finds neighbours faster.
    @Test(arguments: UInt64(0)..<300) func equalsThePlainLoop(seed: UInt64) {
        let given = MergingCase(seed: seed)
        let kept = nonMaximumSuppression(
            given.detections, iouThreshold: given.iou, acrossClasses: given.acrossClasses)
        #expect(kept == plainSuppression(given))
    }

    /// Ten thousand boxes on one object are looked at a few times each: there are fifty million pairs.
    @Test func aCrowdOnOneObjectIsMergedByAllMethods() {
        var random = SplitMix64(seed: 1)
        let crowd = (0..<10_000).map { _ in
            Detection(
                box: PixelRect(
                    x: .random(in: 0...16, using: &random), y: .random(in: 0...16, using: &random), width: 32,
                    height: 32), label: 0, score: .random(in: 0...1, using: &random))
        }
        let counts = [
            nonMaximumSuppression(crowd, iouThreshold: 0.3).count,
            nonMaximumMerging(crowd, iouThreshold: 0.3).count,
            weightedBoxesFusion(crowd, iouThreshold: 0.3).count,
        ]
        #expect(counts.allSatisfy { (1..<10).contains($0) }, "\(counts)")
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

private func plainSuppression(_ given: MergingCase) -> [Detection] {
    var kept: [Detection] = []
    for candidate in given.detections.sorted(by: Detection.isBetter) {
        let isDuplicate = kept.contains {
            given.areRivals($0, candidate) && $0.box.iou(with: candidate.box) > given.iou
        }
        if !isDuplicate { kept.append(candidate) }
    }
    return kept
}
