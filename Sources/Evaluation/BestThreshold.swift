package import Files
package import Pixels

/// From which score on detections are best shown, by a scene whose truth is known.
public struct BestThreshold: Hashable, Sendable, Codable {
    /// In `0...1`.
    public var threshold: Float
    /// Harmonic mean of precision and recall from there on, over all classes together.
    public var f1: Double
    public var precision: Double
    public var recall: Double
    /// Truths that are to be found.
    public var truthCount: Int

    /// Thresholds are whole parts of it, so that whoever reads one can say it again.
    private static let stepCount: Float = 1000
}

extension BestThreshold {
    /// The threshold with the best F1; of equal ones the highest.
    ///
    /// - Parameter detections: all that there are, also weak ones, merged by a method whose strong boxes do not depend on weak
    ///   ones.
    /// - Parameter labels: the classes that count.
    /// - Returns: `nil` where no detection is right, or nothing is to be found.
    /// - Throws: `Cancelled`.
    package init?(
        of detections: [Detection], truths: [Truth], labels: [Int], rule: MatchingRule = .forPictures,
        cancellation: Cancellation = Cancellation()
    ) throws {
        try self.init(
            of: labels.map { label in
                try TruthMatching(
                    detections: detections.filter { $0.label == label },
                    truths: truths.filter { $0.label == label }, smallestIoU: rule.iouThreshold,
                    cancellation: cancellation)
            }, rule: rule, cancellation: cancellation)
    }

    /// The same for classes whose detections lie beside their truths already.
    init?(of matchings: [TruthMatching], rule: MatchingRule, cancellation: Cancellation) throws {
        var judged: [(threshold: Float, isRight: Bool)] = []
        var truthCount = 0
        for matching in matchings {
            truthCount += matching.truths.count(where: rule.counts)
            let outcomes = try matching.outcomes(by: rule)
            for (detection, outcome) in zip(matching.detections, outcomes) where outcome != .ignored {
                let threshold = (detection.score * Self.stepCount).rounded(.down) / Self.stepCount
                judged.append((threshold, outcome == .right))
            }
        }
        judged = try judged.sorted(until: cancellation) { $0.threshold > $1.threshold }
        var (rightCount, best) = (0, BestThreshold?.none)
        for (index, detection) in judged.enumerated() {
            if detection.isRight { rightCount += 1 }
            // What no threshold parts is shown together.
            if index + 1 < judged.count, judged[index + 1].threshold == detection.threshold { continue }
            let f1 = 2 * Double(rightCount) / Double(index + 1 + truthCount)
            guard rightCount > 0, f1 > best?.f1 ?? 0 else { continue }
            best = BestThreshold(
                threshold: detection.threshold, f1: f1,
                precision: Double(rightCount) / Double(index + 1),
                recall: Double(rightCount) / Double(truthCount), truthCount: truthCount)
        }
        guard let best else { return nil }
        self = best
    }
}
