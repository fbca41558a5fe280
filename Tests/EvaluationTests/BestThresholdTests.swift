import Evaluation
import Pixels
import Testing

private func box(_ x: Int) -> PixelRect { PixelRect(x: x, y: 0, width: 10, height: 10) }

private func found(_ x: Int, _ score: Float, label: Int = 0) -> Detection {
    Detection(box: box(x), label: label, score: score)
}

struct BestThresholdTests {
    /// By score: right, wrong, right, wrong, wrong. F1 of the first n: 2/4, 2/5, 4/6, 4/7, 4/8.
    @Test func agreesWithACaseDoneByHand() throws {
        let truths = [0, 100, 200].map { Truth(box: box($0), label: 0) }
        let detections = [
            found(0, 0.95), found(50, 0.9), found(100, 0.7, label: 0), found(300, 0.5), found(350, 0.4),
        ]
        let best = try #require(try BestThreshold(of: detections, truths: truths, labels: [0]))
        #expect(best.truthCount == 3)
        #expect(abs(best.f1 - 2.0 / 3) < 1e-9)
        #expect(abs(best.precision - 2.0 / 3) < 1e-9 && abs(best.recall - 2.0 / 3) < 1e-9)
        #expect(best.threshold <= 0.7 && best.threshold > 0.698)
    }

    /// A threshold cannot part them.
    @Test func equalScoresAreShownTogether() throws {
        let truths = [Truth(box: box(0), label: 0)]
        let detections = [found(0, 0.5), found(50, 0.5), found(100, 0.5)]
        let best = try #require(try BestThreshold(of: detections, truths: truths, labels: [0]))
        #expect(best.f1 == 0.5 && best.precision == 1.0 / 3 && best.threshold == 0.5)
    }

    /// Their scores are closer than thresholds are.
    @Test func whatTheThresholdDoesNotPartCountsTogether() throws {
        let truths = [Truth(box: box(0), label: 0)]
        let best = try #require(
            try BestThreshold(of: [found(0, 0.9004), found(50, 0.9001)], truths: truths, labels: [0]))
        #expect(best.precision == 0.5 && best.recall == 1 && best.threshold == 0.9)
    }

    @Test func countsAllClassesTogetherAndOthersNot() throws {
        let truths = [
            Truth(box: box(0), label: 0), Truth(box: box(100), label: 1), Truth(box: box(200), label: 2),
        ]
        let detections = [
            found(0, 0.9), found(100, 0.8, label: 1), found(100, 0.7), found(200, 0.6, label: 2),
        ]
        let best = try #require(try BestThreshold(of: detections, truths: truths, labels: [0, 1]))
        #expect(best.f1 == 1 && best.truthCount == 2)
        #expect(best.threshold <= 0.8 && best.threshold > 0.798)
    }

    @Test func whatIsHardlyVisibleIsNeitherRightNorWrong() throws {
        let truths = [Truth(box: box(0), label: 0), Truth(box: box(50), label: 0, visibleFraction: 0.3)]
        let best = try #require(
            try BestThreshold(of: [found(50, 0.9), found(0, 0.8)], truths: truths, labels: [0]))
        #expect(best.f1 == 1 && best.truthCount == 1)
    }

    @Test func whereNothingIsRightThereIsNone() throws {
        #expect(
            try BestThreshold(of: [found(50, 0.9)], truths: [Truth(box: box(0), label: 0)], labels: [0])
                == nil)
        #expect(try BestThreshold(of: [], truths: [Truth(box: box(0), label: 0)], labels: [0]) == nil)
        #expect(try BestThreshold(of: [found(0, 0.9)], truths: [], labels: [0]) == nil)
    }
}
