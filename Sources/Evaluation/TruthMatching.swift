package import Files
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
    /// A detection takes a truth of its class that it overlaps at least so much. Truths that are points have a reach of their own.
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
        !truth.isBeside
            && truth.visibleFraction >= minimumVisibleFraction - Self.visibleFractionTolerance
    }
}

/// The detections of one class beside the truths of that class: found once, then judged by several rules.
package struct TruthMatching {
    /// Best first.
    package let detections: [Detection]
    /// By position, so that nothing depends on their order in the file.
    package let truths: [Truth]
    /// For each detection the truths that it may have found, the likeliest first.
    private let overlaps: [[Overlap]]
    private let cancellation: Cancellation

    private struct Overlap {
        var truth: Int
        var iou: Float
        /// To a point that is within reach; `nil` for a truth with a box.
        var distance: Double?

        /// Boxes before points, larger overlaps before smaller ones, near points before far ones.
        static func isBefore(_ a: Overlap, _ b: Overlap) -> Bool {
            switch (a.distance, b.distance) {
            case (nil, nil): a.iou != b.iou ? a.iou > b.iou : a.truth < b.truth
            case (nil, _?): true
            case (_?, nil): false
            case (let one?, let other?): one != other ? one < other : a.truth < b.truth
            }
        }
    }

    /// - Parameter smallestIoU: overlaps below it are forgotten; `outcomes` can be asked from there on.
    /// - Parameter cancellation: also of all that is asked of it later.
    /// - Throws: `Cancelled`, as all that is asked of it.
    ///
    /// Cost: about O(*n* log *n* + *m* log *m*) where boxes are spread over the scene.
    package init(
        detections: [Detection], truths: [Truth], smallestIoU: Float,
        cancellation: Cancellation = Cancellation()
    ) throws {
        let sortedTruths = try truths.sorted(until: cancellation, by: Self.isBefore)
        self.detections = try detections.sorted(until: cancellation, by: Detection.isBetter)
        self.truths = sortedTruths
        self.cancellation = cancellation
        let grid = BoxGrid(sortedTruths.map(\.box))
        // A point is within reach of boxes of any size.
        let hasPoints = sortedTruths.contains { $0.point != nil }
        let leastIoU = hasPoints ? 0 : smallestIoU
        var point = CancellationPoint(cancellation)
        overlaps = try self.detections.map { detection in
            try grid.indices(near: detection.box, leastIoU: leastIoU).compactMap { index -> Overlap? in
                try point.pass()
                if let point = sortedTruths[index].point {
                    let distance = point.distance(toCentreOf: detection.box)
                    return distance <= point.reach ? Overlap(truth: index, iou: 0, distance: distance) : nil
                }
                let iou = detection.box.iou(with: sortedTruths[index].box)
                return iou >= smallestIoU ? Overlap(truth: index, iou: iou) : nil
            }.sorted(until: cancellation, by: Overlap.isBefore)
        }
    }

    /// Judges each detection in turn, best first: it is right when it takes the free truth that it overlaps most, or of points the
    /// nearest one.
    package func outcomes(by rule: MatchingRule) throws(Cancelled) -> [Outcome] {
        try assignment(by: rule).outcomes
    }

    /// The outcomes of the detections, best first, and the truths that are to be found and that none has taken.
    package func judged(by rule: MatchingRule) throws(Cancelled) -> (outcomes: [Outcome], missed: [Truth]) {
        let assignment = try assignment(by: rule)
        let missed = truths.indices.filter { rule.counts(truths[$0]) && assignment.takers[$0] == nil }
        return (assignment.outcomes, missed.map { truths[$0] })
    }

    /// Which detection has found what.
    struct Assignment {
        /// Of the detections, best first.
        var outcomes: [Outcome]
        /// For each truth the place of the detection that has taken it.
        var takers: [Int?]
    }

    func assignment(by rule: MatchingRule) throws(Cancelled) -> Assignment {
        try cancellation.check()
        let isSought = truths.map(rule.counts)
        var takers = [Int?](repeating: nil, count: truths.count)
        let outcomes = overlaps.enumerated().map { place, overlaps -> Outcome in
            let enough = overlaps.lazy.filter { $0.distance != nil || $0.iou >= rule.iouThreshold }
            if let best = enough.first(where: { isSought[$0.truth] && takers[$0.truth] == nil }) {
                takers[best.truth] = place
                return .right
            }
            return enough.contains { !isSought[$0.truth] } ? .ignored : .wrong
        }
        return Assignment(outcomes: outcomes, takers: takers)
    }

    private static func isBefore(_ a: Truth, _ b: Truth) -> Bool {
        if a.box != b.box {
            return (a.box.y0, a.box.x0, a.box.y1, a.box.x1) < (b.box.y0, b.box.x0, b.box.y1, b.box.x1)
        }
        if a.visibleFraction != b.visibleFraction { return a.visibleFraction < b.visibleFraction }
        return (a.point?.y ?? 0, a.point?.x ?? 0, a.isBeside ? 1 : 0)
            < (b.point?.y ?? 0, b.point?.x ?? 0, b.isBeside ? 1 : 0)
    }
}
