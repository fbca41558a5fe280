import Bytes
import Pixels
import Testing

@Suite struct WeightedBoxesFusionTests {
    @Test func boxesAreMeansWeightedByScore() {
        let detections = [
            Detection(box: PixelRect(x: 0, y: 0, width: 32, height: 32), label: 1, score: 0.75),
            Detection(box: PixelRect(x: 8, y: 4, width: 32, height: 32), label: 1, score: 0.25),
        ]
        let fused = weightedBoxesFusion(detections, iouThreshold: 0.3)
        #expect(
            fused == [FusedDetection(box: PixelBox(x0: 2, y0: 1, x1: 34, y1: 33), label: 1, score: 0.5)])
    }

    @Test func aDetectionJoinsTheGroupThatItOverlapsMost() {
        let xs = [0, 24, 20]
        let detections = zip(xs, [0.875, 0.75, 0.5] as [Float]).map {
            Detection(box: PixelRect(x: $0, y: 0, width: 32, height: 32), label: 0, score: $1)
        }
        let fused = weightedBoxesFusion(detections, iouThreshold: 0.2)
        #expect(fused.map(\.score) == [0.875, 0.625])
    }

    @Test func scoresOfZeroKeepTheFirstBox() {
        let detections = [3, 0].map {
            Detection(box: PixelRect(x: $0, y: 0, width: 32, height: 32), label: 0, score: 0)
        }
        let fused = weightedBoxesFusion(detections, iouThreshold: 0.3)
        #expect(fused == [FusedDetection(box: PixelBox(detections[1].box), label: 0, score: 0)])
    }

    @Test(arguments: UInt64(0)..<300) func equalsThePlainLoop(seed: UInt64) {
        let given = MergingCase(seed: seed)
        var random = SplitMix64(seed: seed)
        let fused = weightedBoxesFusion(
            given.detections.shuffled(using: &random), iouThreshold: given.iou,
            acrossClasses: given.acrossClasses)
        #expect(fused == plainFusion(given))
    }

    @Test(arguments: UInt64(0)..<20) func roundedBoxesAreThoseOfTheFusion(seed: UInt64) {
        let given = MergingCase(seed: seed)
        let fused = weightedBoxesFusion(
            given.detections, iouThreshold: given.iou, acrossClasses: given.acrossClasses)
        let rounded = fused.map { group in
            let edges = [group.box.x0, group.box.y0, group.box.x1, group.box.y1].map { Int($0.rounded()) }
            return Detection(
                box: PixelRect(x0: edges[0], y0: edges[1], x1: edges[2], y1: edges[3]), label: group.label,
                score: group.score)
        }
        let found = roundedWeightedBoxesFusion(
            given.detections.map(CompactDetection.init), iouThreshold: given.iou,
            acrossClasses: given.acrossClasses, checkCancellation: {})
        #expect(found.map(\.detection) == rounded.sorted(by: Detection.isBetter))
    }
}

/// Each detection looks at all groups.
private func plainFusion(_ given: MergingCase) -> [FusedDetection] {
    struct Group {
        var box: PixelBox
        var scores: [Float]
        var label: Int
        var weight: Double
    }
    var groups: [Group] = []
    for detection in given.detections.sorted(by: Detection.isBetter) {
        let box = PixelBox(detection.box)
        let score = Double(detection.score)
        let overlaps = groups.map { group in
            given.acrossClasses || group.label == detection.label ? iou(group.box, box) : -1
        }
        if let most = overlaps.max(), Float(most) > given.iou, let index = overlaps.firstIndex(of: most) {
            groups[index].scores.append(detection.score)
            groups[index].weight += score
            guard groups[index].weight > 0 else { continue }
            // The running mean, in the order of the fast one: doubles round.
            let share = score / groups[index].weight
            groups[index].box.x0 += (box.x0 - groups[index].box.x0) * share
            groups[index].box.y0 += (box.y0 - groups[index].box.y0) * share
            groups[index].box.x1 += (box.x1 - groups[index].box.x1) * share
            groups[index].box.y1 += (box.y1 - groups[index].box.y1) * share
        } else {
            groups.append(Group(box: box, scores: [detection.score], label: detection.label, weight: score))
        }
    }
    return groups.map { group in
        let sum = group.scores.reduce(0) { $0 + Double($1) }
        return FusedDetection(
            box: group.box, label: group.label, score: Float(sum / Double(group.scores.count)))
    }.sorted { a, b in
        if a.score != b.score { return a.score > b.score }
        return (a.box.y0, a.box.x0, a.label, a.box.y1, a.box.x1)
            < (b.box.y0, b.box.x0, b.label, b.box.y1, b.box.x1)
    }
}

private func iou(_ a: PixelBox, _ b: PixelBox) -> Double {
    let width = max(0, min(a.x1, b.x1) - max(a.x0, b.x0))
    let height = max(0, min(a.y1, b.y1) - max(a.y0, b.y0))
    guard width > 0, height > 0 else { return 0 }
    return width * height / (a.width * a.height + b.width * b.height - width * height)
}
