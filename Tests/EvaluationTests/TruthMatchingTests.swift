import Bytes
import Evaluation
import Files
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

@Test(arguments: UInt64(0)..<40) func agreesWithLookingAtEveryPair(seed: UInt64) throws {
    let scene = Scene(seed: seed, count: 60)
    let matching = try TruthMatching(detections: scene.detections, truths: scene.truths, smallestIoU: 0.3)
    for threshold: Float in [0.3, 0.5] {
        for minimum: Float in [0, 0.5] {
            let rule = MatchingRule(iouThreshold: threshold, minimumVisibleFraction: minimum)
            let judged = try matching.judged(by: rule)
            let plain = plainlyJudged(scene.detections, scene.truths, by: rule)
            #expect(judged.outcomes == plain.outcomes)
            #expect(judged.missed == plain.missed)
        }
    }
}

@Test(arguments: UInt64(0)..<20) func doesNotDependOnTheOrderOfEitherList(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let scene = Scene(seed: seed, count: 60)
    let rules = DetectionRules(scoreThreshold: 0.5)
    let measure = { (detections: [Detection], truths: [Truth]) in
        try detectionMetrics(of: detections, truths: truths, classNames: ["car"], labels: [0], rules: rules)
    }
    let shuffled = try measure(
        scene.detections.shuffled(using: &random), scene.truths.shuffled(using: &random))
    #expect(try shuffled == measure(scene.detections, scene.truths))
}

// MARK: - Points

/// Looks at every pair: each detection, best first, takes the nearest free point within reach; of mixed truths a box comes first.
private func plainlyJudgedByDistance(
    _ detections: [Detection], _ truths: [Truth], by rule: MatchingRule
) -> [Outcome] {
    var isTaken = [Bool](repeating: false, count: truths.count)
    return detections.sorted(by: Detection.isBetter).map { detection in
        let (x, y) = (
            Double(detection.box.x0 + detection.box.x1) / 2, Double(detection.box.y0 + detection.box.y1) / 2
        )
        var found: [(isPoint: Bool, order: Double, index: Int)] = []
        var isIgnored = false
        for (index, truth) in truths.enumerated() {
            let isIn: Bool
            let order: Double
            if let point = truth.point {
                order = ((point.x - x) * (point.x - x) + (point.y - y) * (point.y - y)).squareRoot()
                isIn = order <= point.reach
            } else {
                order = -Double(detection.box.iou(with: truth.box))
                isIn = -order >= Double(rule.iouThreshold)
            }
            guard isIn else { continue }
            guard truth.visibleFraction >= rule.minimumVisibleFraction, !truth.isBeside else {
                isIgnored = true
                continue
            }
            if !isTaken[index] { found.append((truth.point != nil, order, index)) }
        }
        guard let best = found.min(by: { ($0.isPoint ? 1 : 0, $0.order) < ($1.isPoint ? 1 : 0, $1.order) })
        else {
            return isIgnored ? .ignored : .wrong
        }
        isTaken[best.index] = true
        return .right
    }
}

@Test(arguments: UInt64(0)..<40) func pointsAgreeWithLookingAtEveryPair(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let detections = Scene(seed: seed, count: 60).detections
    let truths = (0..<60).map { index -> Truth in
        let (x, y) = (
            Double.random(in: -50..<200, using: &random), Double.random(in: -50..<200, using: &random)
        )
        let side = Double.random(in: 1..<60, using: &random)
        var truth = Truth(
            box: PixelRect(
                x0: Int((x - side / 2).rounded()), y0: Int((y - side / 2).rounded()),
                x1: Int((x + side / 2).rounded()) + 1, y1: Int((y + side / 2).rounded()) + 1),
            label: 0, visibleFraction: .random(in: 0...1, using: &random), isBeside: index % 11 == 0)
        // Every fifth has a box in half of the files.
        if seed % 2 == 0 || index % 5 > 0 { truth.point = TruthPoint(x: x, y: y, reach: side / 2) }
        return truth
    }
    let matching = try TruthMatching(detections: detections, truths: truths, smallestIoU: 0.3)
    for minimum: Float in [0, 0.5] {
        let rule = MatchingRule(iouThreshold: 0.3, minimumVisibleFraction: minimum)
        let outcomes = try matching.outcomes(by: rule)
        #expect(outcomes == plainlyJudgedByDistance(detections, truths, by: rule))
        #expect(outcomes.contains(.right) && outcomes.contains(.wrong))
        // Nothing depends on the IoU where all truths are points.
        guard seed % 2 == 0 else { continue }
        let other = MatchingRule(iouThreshold: 0.9, minimumVisibleFraction: minimum)
        #expect(try matching.outcomes(by: other) == outcomes)
    }
}

@Test func aPointIsTakenOnceByTheBestDetectionWithinReach() throws {
    func detection(_ centre: Int, _ score: Float) -> Detection {
        Detection(box: PixelRect(x: centre - 5, y: 0, width: 10, height: 10), label: 0, score: score)
    }
    let truths = [20.0, 30].map { x in
        Truth(
            box: PixelRect(x: Int(x) - 4, y: 1, width: 8, height: 8), label: 0,
            point: TruthPoint(x: x, y: 5, reach: 4))
    }
    let matching = try TruthMatching(
        detections: [
            // Nearest to the first; exactly within reach of the second; the first again; too far by one.
            detection(21, 0.9), detection(26, 0.8), detection(20, 0.7), detection(35, 0.6),
        ], truths: truths, smallestIoU: 0.3)
    let judged = try matching.judged(by: .forPictures)
    #expect(judged.outcomes == [.right, .right, .wrong, .wrong])
    #expect(judged.missed.isEmpty)
}

// MARK: - Many boxes

/// Boxes that are much larger than windows are no truths of theirs, and millions of pairs need not be looked at.
@Test(arguments: UInt64(0)..<10) func boxesOfAllSizesAgreeWithLookingAtEveryPair(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func box() -> PixelRect {
        let side = 8 << Int.random(in: 0...6, using: &random)
        return PixelRect(
            x: .random(in: -50..<250, using: &random), y: .random(in: -50..<250, using: &random),
            width: .random(in: side / 2...side, using: &random),
            height: .random(in: side / 2...side, using: &random))
    }
    let truths = (0..<150).map { _ in Truth(box: box(), label: 0) }
    let detections = (0..<150).map { _ in
        Detection(box: box(), label: 0, score: .random(in: 0...1, using: &random))
    }
    let rule = MatchingRule(iouThreshold: 0.3, minimumVisibleFraction: 0)
    let judged = try TruthMatching(detections: detections, truths: truths, smallestIoU: 0.3).judged(by: rule)
    let plain = plainlyJudged(detections, truths, by: rule)
    #expect(judged.outcomes == plain.outcomes && judged.missed == plain.missed)
    #expect(judged.outcomes.contains(.right))
}

@Test func allThatIsAskedOfItEndsWhenItIsCancelled() throws {
    let scene = Scene(seed: 1, count: 60)
    let cancellation = Cancellation()
    let matching = try TruthMatching(
        detections: scene.detections, truths: scene.truths, smallestIoU: 0.3, cancellation: cancellation)
    cancellation.request()
    #expect(throws: Cancelled.self) { try matching.outcomes(by: .forPictures) }
    #expect(throws: Cancelled.self) { try matching.judged(by: .forPictures) }
    #expect(throws: Cancelled.self) {
        try TruthMatching(
            detections: scene.detections, truths: [], smallestIoU: 0.3, cancellation: cancellation)
    }
    #expect(throws: Cancelled.self) {
        try TruthMatching(detections: [], truths: scene.truths, smallestIoU: 0.3, cancellation: cancellation)
    }
    #expect(throws: Cancelled.self) {
        try JudgedDetections(
            scene.detections, truths: scene.truths, rule: .forPictures, cancellation: cancellation)
    }
    #expect(throws: Cancelled.self) {
        try SceneEvaluation(
            of: scene.detections, truths: scene.truths, classNames: ["car"], labels: [0],
            rules: DetectionRules(scoreThreshold: 0.5), area: ScannedArea(pixelCount: 1),
            cancellation: cancellation)
    }
    #expect(throws: Cancelled.self) {
        try BestThreshold(
            of: scene.detections, truths: scene.truths, labels: [0], cancellation: cancellation)
    }
}
