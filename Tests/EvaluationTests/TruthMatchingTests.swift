import Bytes
import Evaluation
import Pixels
import Testing

/// Looks at every pair: what the grid must agree with.
private func plainlyJudged(
    _ detections: [Detection], _ truths: [Truth], by rule: MatchingRule
) -> (outcomes: [Outcome], missed: [Truth]) {
    var free = truths.filter { $0.visibleFraction >= rule.minimumVisibleFraction }.sorted {
        ($0.box.y0, $0.box.x0, $0.box.y1, $0.box.x1) < ($1.box.y0, $1.box.x0, $1.box.y1, $1.box.x1)
    }
    let others = truths.filter { $0.visibleFraction < rule.minimumVisibleFraction }
    let outcomes = detections.sorted(by: Detection.isBetter).map { detection -> Outcome in
        let overlap = { (truth: Truth) in detection.box.iou(with: truth.box) }
        let best = free.map(overlap).max() ?? 0
        if best >= rule.iouThreshold, let index = free.firstIndex(where: { overlap($0) == best }) {
            free.remove(at: index)
            return .right
        }
        return others.contains { overlap($0) >= rule.iouThreshold } ? .ignored : .wrong
    }
    return (outcomes, free)
}

private struct Scene {
    var detections: [Detection]
    var truths: [Truth]

    /// Boxes of odd sizes, some left of and above the origin; many equal scores.
    init(seed: UInt64, count: Int) {
        var random = SplitMix64(seed: seed)
        func box() -> PixelRect {
            PixelRect(
                x: .random(in: -50..<150, using: &random), y: .random(in: -50..<150, using: &random),
                width: .random(in: 5..<60, using: &random), height: .random(in: 5..<60, using: &random))
        }
        truths = (0..<count).map { _ in
            Truth(box: box(), label: 0, visibleFraction: .random(in: 0...1, using: &random))
        }
        detections = (0..<count).map { _ in
            Detection(box: box(), label: 0, score: Float(Int.random(in: 0..<20, using: &random)) / 20)
        }
    }
}

@Test(arguments: UInt64(0)..<40) func agreesWithLookingAtEveryPair(seed: UInt64) {
    let scene = Scene(seed: seed, count: 60)
    let matching = TruthMatching(detections: scene.detections, truths: scene.truths, smallestIoU: 0.3)
    for threshold: Float in [0.3, 0.5] {
        for minimum: Float in [0, 0.5] {
            let rule = MatchingRule(iouThreshold: threshold, minimumVisibleFraction: minimum)
            let (judged, plain) = (
                matching.judged(by: rule), plainlyJudged(scene.detections, scene.truths, by: rule)
            )
            #expect(judged.outcomes == plain.outcomes)
            #expect(judged.missed == plain.missed)
        }
    }
}

@Test(arguments: UInt64(0)..<20) func doesNotDependOnTheOrderOfEitherList(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let scene = Scene(seed: seed, count: 60)
    let rules = DetectionRules(scoreThreshold: 0.5)
    let measure = { (detections: [Detection], truths: [Truth]) in
        detectionMetrics(of: detections, truths: truths, classNames: ["car"], labels: [0], rules: rules)
    }
    let shuffled = measure(
        scene.detections.shuffled(using: &random), scene.truths.shuffled(using: &random))
    #expect(shuffled == measure(scene.detections, scene.truths))
}
