package import Files
package import Pixels

/// Detections of several classes, each told to be right or wrong, and the truths that none has found.
package struct JudgedDetections {
    /// One for each detection, in the order in which they were given.
    package let outcomes: [Outcome]
    /// By label, then by position.
    package let missed: [Truth]

    /// Judges as `detectionMetrics` counts. Weaker detections change nothing for better ones and may be left out.
    ///
    /// - Throws: `Cancelled`.
    package init(
        _ detections: [Detection], truths: [Truth], rule: MatchingRule,
        cancellation: Cancellation = Cancellation()
    ) throws {
        let places = Dictionary(grouping: detections.indices) { detections[$0].label }
        let truths = Dictionary(grouping: truths, by: \.label)
        var outcomes = [Outcome](repeating: .wrong, count: detections.count)
        var missed: [Truth] = []
        for label in Set(places.keys).union(truths.keys).sorted() {
            let places = try (places[label] ?? []).sorted(until: cancellation) {
                Detection.isBetter(detections[$0], detections[$1])
            }
            let matching = try TruthMatching(
                detections: places.map { detections[$0] }, truths: truths[label] ?? [],
                smallestIoU: rule.iouThreshold, cancellation: cancellation)
            let judged = try matching.judged(by: rule)
            for (place, outcome) in zip(places, judged.outcomes) { outcomes[place] = outcome }
            missed += judged.missed
        }
        (self.outcomes, self.missed) = (outcomes, missed)
    }
}
