package import Pixels

/// What a detection turned out to be.
package enum Outcome: Hashable {
    case right
    case wrong
    /// It lies on an object that does not count: neither right nor wrong.
    case ignored
}

/// What makes a detection right.
package struct MatchingRule: Hashable, Sendable {
    /// A detection takes a truth of its class that it overlaps at least so much.
    package var iouThreshold: Float
    /// Truths that are less visible are not to be found; a detection on one is `ignored`.
    package var minimumVisibleFraction: Float

    package init(iouThreshold: Float, minimumVisibleFraction: Float) {
        self.iouThreshold = iouThreshold
        self.minimumVisibleFraction = minimumVisibleFraction
    }

    /// By which single boxes are told to be right or wrong: one of the usual `DetectionRules`.
    package static let forPictures = MatchingRule(iouThreshold: 0.3, minimumVisibleFraction: 0.6)

    /// Fractions in a truth file are rounded; a truth this little below the minimum still counts.
    private static let visibleFractionTolerance: Float = 1e-6

    /// Whether a truth is to be found.
    package func counts(_ truth: Truth) -> Bool {
        truth.visibleFraction >= minimumVisibleFraction - Self.visibleFractionTolerance
    }
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
    package func outcomes(by rule: MatchingRule) -> [Outcome] { judged(by: rule).outcomes }

    /// The outcomes of the detections, best first, and the truths that are to be found and that none has taken.
    package func judged(by rule: MatchingRule) -> (outcomes: [Outcome], missed: [Truth]) {
        let isSought = truths.map(rule.counts)
        var isTaken = [Bool](repeating: false, count: truths.count)
        let outcomes = overlaps.map { overlaps -> Outcome in
            let enough = overlaps.prefix { $0.iou >= rule.iouThreshold }
            if let best = enough.first(where: { isSought[$0.truth] && !isTaken[$0.truth] }) {
                isTaken[best.truth] = true
                return .right
            }
            return enough.contains { !isSought[$0.truth] } ? .ignored : .wrong
        }
        return (outcomes, truths.indices.filter { isSought[$0] && !isTaken[$0] }.map { truths[$0] })
    }

    private static func isBefore(_ a: Truth, _ b: Truth) -> Bool {
        (a.box.y0, a.box.x0, a.box.y1, a.box.x1, a.visibleFraction)
            < (b.box.y0, b.box.x0, b.box.y1, b.box.x1, b.visibleFraction)
    }

    private static func side(_ box: PixelRect) -> Int { max(box.width, box.height) }
}
