package import Pixels

/// What a detection turned out to be.
package enum Outcome: Hashable {
    case right
    case wrong
    /// It lies on an object that does not count: neither right nor wrong.
    case ignored
}

/// The detections of one class beside the truths of that class: found once, then judged by several rules.
package struct TruthMatching {
    /// Best first.
    package let detections: [Detection]
    /// By position, so that nothing depends on their order in the file.
    package let truths: [Truth]
    /// For each detection the truths that it overlaps enough to matter, best overlap first.
    private let overlaps: [[Overlap]]

    private struct Overlap {
        var truth: Int
        var iou: Float
    }

    /// - Parameter smallestIoU: overlaps below it are forgotten; `outcomes` can be asked from there on.
    ///
    /// Cost: about O(*n* + *m*) where boxes are of similar size and spread over the scene.
    package init(detections: [Detection], truths: [Truth], smallestIoU: Float) {
        let sortedTruths = truths.sorted(by: Self.isBefore)
        self.detections = detections.sorted(by: Detection.isBetter)
        self.truths = sortedTruths
        let sides = detections.lazy.map(\.box).map(Self.side).max() ?? 1
        let grid = BoxGrid(sortedTruths.map(\.box), cellSide: sides)
        overlaps = self.detections.map { detection in
            grid.indices(near: detection.box)
                .map { Overlap(truth: $0, iou: detection.box.iou(with: sortedTruths[$0].box)) }
                .filter { $0.iou >= smallestIoU }
                .sorted { $0.iou != $1.iou ? $0.iou > $1.iou : $0.truth < $1.truth }
        }
    }

    /// Judges each detection in turn, best first: it is right when it takes the free truth that it overlaps most.
    ///
    /// - Parameter counts: whether a truth is to be found; the others make detections on them `ignored`.
    package func outcomes(iouThreshold: Float, counts: (Truth) -> Bool) -> [Outcome] {
        let isSought = truths.map(counts)
        var isTaken = [Bool](repeating: false, count: truths.count)
        return overlaps.map { overlaps in
            let enough = overlaps.prefix { $0.iou >= iouThreshold }
            if let best = enough.first(where: { isSought[$0.truth] && !isTaken[$0.truth] }) {
                isTaken[best.truth] = true
                return .right
            }
            return enough.contains { !isSought[$0.truth] } ? .ignored : .wrong
        }
    }

    private static func isBefore(_ a: Truth, _ b: Truth) -> Bool {
        (a.box.y0, a.box.x0, a.box.y1, a.box.x1, a.visibleFraction)
            < (b.box.y0, b.box.x0, b.box.y1, b.box.x1, b.visibleFraction)
    }

    private static func side(_ box: PixelRect) -> Int { max(box.width, box.height) }
}
