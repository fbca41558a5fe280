import Bytes
import Pixels
import Testing

@Suite struct NonMaximumMergingTests {
    private func detection(x: Int, score: Float, label: Int = 0) -> Detection {
        Detection(box: PixelRect(x: x, y: 0, width: 32, height: 32), label: label, score: score)
    }

    @Test func theBestGrowsOverWhatItTakes() {
        let merged = nonMaximumMerging(
            [detection(x: 8, score: 0.5), detection(x: 0, score: 0.9), detection(x: 200, score: 0.7)],
            iouThreshold: 0.3)
        let grown = Detection(box: PixelRect(x: 0, y: 0, width: 40, height: 32), label: 0, score: 0.9)
        #expect(merged == [grown, detection(x: 200, score: 0.7)])
    }

    @Test func whatTheGrownBoxOverlapsTooLittleIsTakenButDoesNotGrowIt() {
        // Each overlaps the best by a third. Once the box holds the first, it overlaps the second by a quarter.
        let merged = nonMaximumMerging(
            [detection(x: 16, score: 0.9), detection(x: 0, score: 0.8), detection(x: 32, score: 0.7)],
            iouThreshold: 0.3)
        #expect(merged.map(\.box) == [PixelRect(x: 0, y: 0, width: 48, height: 32)])
    }

    @Test func theLabelOfTheBestStays() {
        let detections = [detection(x: 0, score: 0.8, label: 1), detection(x: 0, score: 0.9, label: 2)]
        #expect(nonMaximumMerging(detections, iouThreshold: 0.3).map(\.label) == [2, 1])
        #expect(nonMaximumMerging(detections, iouThreshold: 0.3, acrossClasses: true).map(\.label) == [2])
    }

    @Test(arguments: UInt64(0)..<300) func equalsThePlainLoop(seed: UInt64) {
        let given = MergingCase(seed: seed)
        var random = SplitMix64(seed: seed)
        let merged = nonMaximumMerging(
            given.detections.shuffled(using: &random), iouThreshold: given.iou,
            acrossClasses: given.acrossClasses)
        #expect(merged == plainMerging(given))
    }
}

/// The best of those that are left takes what overlaps it, again and again.
private func plainMerging(_ given: MergingCase) -> [Detection] {
    var left = given.detections.sorted(by: Detection.isBetter)
    var merged: [Detection] = []
    while let best = left.first {
        left.removeFirst()
        let taken = left.filter {
            given.areRivals(best, $0) && best.box.iou(with: $0.box) > given.iou
        }
        left.removeAll { given.areRivals(best, $0) && best.box.iou(with: $0.box) > given.iou }
        var grown = best
        for other in taken where grown.box.iou(with: other.box) > given.iou {
            grown.box = PixelRect(
                x0: min(grown.box.x0, other.box.x0), y0: min(grown.box.y0, other.box.y0),
                x1: max(grown.box.x1, other.box.x1), y1: max(grown.box.y1, other.box.y1))
        }
        merged.append(grown)
    }
    return merged.sorted(by: Detection.isBetter)
}
