import Bytes
import Evaluation
import Pixels
import Testing

private func box(_ x: Int, _ y: Int = 0) -> PixelRect { PixelRect(x: x, y: y, width: 10, height: 10) }

@Suite struct JudgedDetectionsTests {
    /// Classes 0 and 1; boxes 10 wide: beside each other by 5 the IoU is 1/3, by 6 it is 1/4.
    @Test func agreesWithACaseDoneByHand() throws {
        let truths = [
            Truth(box: box(0), label: 0), Truth(box: box(100), label: 0), Truth(box: box(200), label: 1),
            Truth(box: box(300), label: 0, visibleFraction: 0.5), Truth(box: box(400), label: 1),
            Truth(box: box(500), label: 1, visibleFraction: 0.2),
        ]
        let detections = [
            Detection(box: box(5), label: 0, score: 0.99),
            // The same object once more.
            Detection(box: box(1), label: 0, score: 0.98),
            // Too far away.
            Detection(box: box(106), label: 0, score: 0.97),
            // Of another class.
            Detection(box: box(200), label: 0, score: 0.96),
            // Too little of the object is visible.
            Detection(box: box(300), label: 0, score: 0.95), Detection(box: box(400), label: 1, score: 0.94),
        ]
        let judged = try JudgedDetections(detections, truths: truths, rule: .forPictures)
        #expect(judged.outcomes == [.right, .wrong, .wrong, .wrong, .ignored, .right])
        #expect(judged.missed == [truths[1], truths[2]])
    }

    @Test func outcomesHaveTheOrderOfTheDetections() throws {
        let detections = [
            Detection(box: box(50), label: 1, score: 0.5), Detection(box: box(0), label: 0, score: 0.6),
            Detection(box: box(1), label: 0, score: 0.9),
        ]
        let judged = try JudgedDetections(
            detections, truths: [Truth(box: box(0), label: 0)], rule: .forPictures)
        #expect(judged.outcomes == [.wrong, .wrong, .right])
        #expect(judged.missed.isEmpty)
    }

    @Test(arguments: UInt64(0)..<20) func countsAsTheMetricsDo(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func place() -> PixelRect {
            box(.random(in: 0..<100, using: &random), .random(in: 0..<60, using: &random))
        }
        let truths = (0..<80).map { _ in
            Truth(
                box: place(), label: .random(in: 0...1, using: &random),
                visibleFraction: .random(in: 0...1, using: &random))
        }
        let detections = (0..<80).map { _ in
            Detection(
                box: place(), label: .random(in: 0...1, using: &random),
                score: .random(in: 0...1, using: &random))
        }.sorted(by: Detection.isBetter)
        let rules = DetectionRules(scoreThreshold: 0.5)
        let metrics = try detectionMetrics(
            of: detections, truths: truths, classNames: ["car", "boat"], labels: [0, 1], rules: rules)
        let shown = detections.filter { $0.score >= 0.5 }
        let judged = try JudgedDetections(shown, truths: truths, rule: .forPictures)
        for (label, name) in ["car", "boat"].enumerated() {
            let row = try #require(metrics.first { $0.className == name && $0.agrees(with: .forPictures) })
            let outcomes = zip(shown, judged.outcomes).filter { $0.0.label == label }.map(\.1)
            #expect(outcomes.count { $0 == .right } == row.rightCount)
            #expect(outcomes.count { $0 == .wrong } == row.wrongCount)
            #expect(judged.missed.count { $0.label == label } == row.truthCount - row.rightCount)
        }
    }
}
