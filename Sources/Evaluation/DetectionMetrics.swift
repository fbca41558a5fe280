public import Files
public import Pixels

/// How well one class was found, by one rule for what counts.
public struct DetectionMetrics: Hashable, Sendable, Codable {
    public var className: String
    /// Truths that are less visible are not sought, and a detection on one is neither right nor wrong.
    public var minimumVisibleFraction: Float
    /// A detection is right when it overlaps a truth of its class, which no better one has taken, at least so much. Nothing depends
    /// on it where all truths are points.
    public var iouThreshold: Float
    /// Truths that are to be found.
    public var truthCount: Int
    /// Mean precision over recall, in `0...1`; `nil` when there is nothing to find.
    public var averagePrecision: Double?
    /// The part of all truths that some detection found, whatever its score; `nil` when there is nothing to find.
    public var bestRecall: Double?
    /// The next four are for detections with at least this score.
    public var scoreThreshold: Float
    public var rightCount: Int
    public var wrongCount: Int
    /// Right detections of all that are right or wrong; `nil` when there are none.
    public var precision: Double?
    /// Truths found of all truths; `nil` when there is nothing to find.
    public var recall: Double?
}

/// The rules by which `detectionMetrics` counts.
public struct DetectionRules: Hashable, Sendable, Codable {
    public var scoreThreshold: Float
    public var iouThresholds: [Float]
    public var minimumVisibleFractions: [Float]

    public init(
        scoreThreshold: Float, iouThresholds: [Float] = [0.3, 0.5],
        minimumVisibleFractions: [Float] = [0, 0.3, 0.6, 1]
    ) {
        precondition(iouThresholds.allSatisfy { $0 > 0 && $0 <= 1 })
        (self.scoreThreshold, self.iouThresholds) = (scoreThreshold, iouThresholds)
        self.minimumVisibleFractions = minimumVisibleFractions
    }

    /// By which single boxes are told to be right or wrong: the easiest of these overlaps, and objects that people see well.
    package var forPictures: MatchingRule {
        MatchingRule(
            iouThreshold: iouThresholds.min() ?? MatchingRule.forPictures.iouThreshold,
            minimumVisibleFraction: MatchingRule.forPictures.minimumVisibleFraction)
    }
}

/// Measures detections against the truth.
///
/// Detections are judged best first; each takes the free truth of its class that it overlaps most. The result does
/// not depend on the order of either list. Average precision is taken over all detections given, also those below
/// `scoreThreshold`: give it as many as there are.
///
/// - Parameter classNames: by label.
/// - Parameter labels: the classes to measure; detections and truths of others are left aside.
/// - Returns: for each label, in the order given, one for each minimum visible fraction and IoU threshold.
/// - Throws: `Cancelled`.
/// - Source: PASCAL VOC's matching with all-point interpolation (Everingham et al. 2015), truths that are too
///   little visible treated as its "difficult" ones.
public func detectionMetrics(
    of detections: [Detection], truths: [Truth], classNames: [String], labels: [Int], rules: DetectionRules,
    cancellation: Cancellation = Cancellation()
) throws -> [DetectionMetrics] {
    try labels.flatMap { label in
        try TruthMatching(
            detections: detections.filter { $0.label == label }, truths: truths.filter { $0.label == label },
            smallestIoU: rules.iouThresholds.min() ?? 1, cancellation: cancellation
        ).metrics(className: classNames[label], rules: rules)
    }
}

extension TruthMatching {
    /// One for each minimum visible fraction and IoU threshold.
    func metrics(className: String, rules: DetectionRules) throws -> [DetectionMetrics] {
        try rules.minimumVisibleFractions.flatMap { minimum in
            try rules.iouThresholds.map { threshold in
                try DetectionMetrics(
                    self, className: className,
                    rule: MatchingRule(iouThreshold: threshold, minimumVisibleFraction: minimum),
                    scoreThreshold: rules.scoreThreshold)
            }
        }
    }
}

extension DetectionMetrics {
    /// Whether it was measured by this rule.
    package func agrees(with rule: MatchingRule) -> Bool {
        iouThreshold == rule.iouThreshold && minimumVisibleFraction == rule.minimumVisibleFraction
    }

    init(
        _ matching: TruthMatching, className: String, rule: MatchingRule, scoreThreshold: Float
    ) throws(Cancelled) {
        let outcomes = try matching.outcomes(by: rule)
        (self.className, self.scoreThreshold) = (className, scoreThreshold)
        (minimumVisibleFraction, iouThreshold) = (rule.minimumVisibleFraction, rule.iouThreshold)
        truthCount = matching.truths.count(where: rule.counts)
        let sure = outcomes.prefix(matching.detections.prefix { $0.score >= scoreThreshold }.count)
        rightCount = sure.count { $0 == .right }
        wrongCount = sure.count { $0 == .wrong }
        precision = rightCount + wrongCount == 0 ? nil : Double(rightCount) / Double(rightCount + wrongCount)
        guard truthCount > 0 else { return }
        recall = Double(rightCount) / Double(truthCount)
        bestRecall = Double(outcomes.count { $0 == .right }) / Double(truthCount)
        averagePrecision = interpolatedPrecision(of: outcomes, truthCount: truthCount)
    }
}
