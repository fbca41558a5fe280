package import Files
package import Pixels

/// What the detections of a scan are worth beside the truth: all that its report shows.
package struct SceneEvaluation {
    /// A detection that has found an object.
    package struct Hit: Hashable, Sendable {
        package var detection: Detection
        package var truth: Truth
    }

    /// A detection that has found none.
    package struct FalseAlarm: Hashable, Sendable {
        package var detection: Detection
        package var cause: FalseAlarmCause
        /// The class of the object that it lies on, where that is another one.
        package var otherClass: String?
    }

    /// An object that no detection has found.
    package struct Miss: Hashable, Sendable {
        package var truth: Truth
        /// Of the detection below the threshold that would have found it; `nil` where there is none.
        package var weakScore: Float?
    }

    /// Curves of one class, or of all together.
    package struct Curves: Hashable, Sendable {
        /// `nil` for all classes together.
        package var className: String?
        /// In the order of the IoU thresholds; empty where there is nothing to find.
        package var byIoU: [PrecisionRecallCurve]
    }

    package let rules: DetectionRules
    /// For each label, minimum visible fraction and IoU threshold.
    package let metrics: [DetectionMetrics]
    /// In the order of the labels.
    package let classes: [ClassEvaluation]
    /// All classes together.
    package let all: ClassEvaluation
    /// All classes together, then each.
    package let curves: [Curves]
    /// The most frequent first.
    package let confusions: [ClassConfusion]
    /// Best first, as the false alarms.
    package let hits: [Hit]
    package let falseAlarms: [FalseAlarm]
    /// By label, then by position.
    package let misses: [Miss]

    /// - Parameter detections: all that there are, also weak ones; average precision, curves and the best threshold need them.
    /// - Parameter truths: of these labels.
    /// - Parameter unsought: objects of classes that were not looked for; labels are places in `unsoughtNames`.
    /// - Parameter hardNegatives: places that somebody has marked as no object, of these labels.
    /// - Parameter classNames: by label.
    /// - Parameter labels: to measure, each once.
    /// - Throws: `Cancelled`.
    package init(
        of detections: [Detection], truths: [Truth], unsought: [Truth] = [], unsoughtNames: [String] = [],
        hardNegatives: [Truth] = [], classNames: [String], labels: [Int], rules: DetectionRules,
        area: ScannedArea, cancellation: Cancellation = Cancellation()
    ) throws {
        self.rules = rules
        let rule = rules.forPictures
        let (detectionsOf, truthsOf) = (
            Dictionary(grouping: detections, by: \.label), Dictionary(grouping: truths, by: \.label)
        )
        let negativesOf = Dictionary(grouping: hardNegatives, by: \.label)
        let matchings = try labels.map { label in
            try TruthMatching(
                detections: detectionsOf[label] ?? [], truths: truthsOf[label] ?? [],
                smallestIoU: rule.iouThreshold, cancellation: cancellation)
        }
        metrics = try zip(labels, matchings).flatMap {
            try $1.metrics(className: classNames[$0], rules: rules)
        }
        let names = classNames + unsoughtNames
        let others = unsought.map { truth in
            var truth = truth
            truth.label += classNames.count
            return truth
        }
        let search = FalseAlarmSearch(truths + others, rule: rule, soughtLabelCount: classNames.count)
        var confused: [Pair: Int] = [:]
        var hits: [Hit] = []
        var falseAlarms: [FalseAlarm] = []
        var misses: [Miss] = []
        var classes: [ClassEvaluation] = []
        var point = CancellationPoint(cancellation)
        for (label, matching) in zip(labels, matchings) {
            let shown = try Shown(matching, rule: rule, threshold: rules.scoreThreshold)
            let alarms = try shown.wrong.map { detection in
                try point.pass()
                let (cause, other) = search.cause(of: detection)
                if let other { confused[Pair(truth: other, found: label), default: 0] += 1 }
                return FalseAlarm(detection: detection, cause: cause, otherClass: other.map { names[$0] })
            }
            var evaluation = ClassEvaluation(className: classNames[label])
            evaluation.truthCount = matching.truths.count(where: rule.counts)
            evaluation.hitCount = shown.hits.count
            evaluation.falseAlarmCount = alarms.count
            evaluation.missCount = shown.misses.count
            evaluation.neitherCount = shown.ignoredCount
            for alarm in alarms { evaluation.causes[alarm.cause] += 1 }
            let negatives = negativesOf[label] ?? []
            evaluation.hardNegativeCount = negatives.count
            evaluation.foundHardNegativeCount = try TruthMatching(
                detections: shown.wrong, truths: negatives, smallestIoU: rule.iouThreshold,
                cancellation: cancellation
            ).outcomes(by: MatchingRule(iouThreshold: rule.iouThreshold, minimumVisibleFraction: 0))
                .count { $0 == .right }
            evaluation.averagePrecisions = try matching.averagePrecisions(rules)
            evaluation.bestThreshold = try BestThreshold(
                of: [matching], rule: rule, cancellation: cancellation)
            evaluation.makeRates(of: area)
            classes.append(evaluation)
            hits += shown.hits
            falseAlarms += alarms
            misses += shown.misses
        }
        var all = ClassEvaluation()
        for evaluation in classes { all.add(evaluation, of: area) }
        all.averagePrecisions = rules.iouThresholds.indices.map { index in
            let values = classes.compactMap { $0.averagePrecisions[index].value }
            return ClassEvaluation.AveragePrecision(
                iouThreshold: rules.iouThresholds[index],
                value: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count))
        }
        all.bestThreshold = try BestThreshold(of: matchings, rule: rule, cancellation: cancellation)
        (self.classes, self.all) = (classes, all)
        curves =
            try [Curves(byIoU: PrecisionRecallCurve.curves(of: matchings, rules, cancellation))]
            + zip(labels, matchings).map {
                try Curves(
                    className: classNames[$0],
                    byIoU: PrecisionRecallCurve.curves(of: [$1], rules, cancellation))
            }
        confusions = confused.sorted {
            ($1.value, $0.key.truth, $0.key.found) < ($0.value, $1.key.truth, $1.key.found)
        }.map {
            ClassConfusion(
                trueClass: names[$0.key.truth], foundClass: classNames[$0.key.found], count: $0.value)
        }
        self.hits = try hits.sorted(until: cancellation) { Detection.isBetter($0.detection, $1.detection) }
        self.falseAlarms = try falseAlarms.sorted(until: cancellation) {
            Detection.isBetter($0.detection, $1.detection)
        }
        self.misses = misses
    }

    private struct Pair: Hashable {
        var truth: Int
        var found: Int
    }

    /// What is shown of one class: detections from the threshold on.
    private struct Shown {
        var hits: [Hit] = []
        /// Best first.
        var wrong: [Detection] = []
        var misses: [Miss] = []
        var ignoredCount = 0

        init(_ matching: TruthMatching, rule: MatchingRule, threshold: Float) throws(Cancelled) {
            let assignment = try matching.assignment(by: rule)
            let shown = matching.detections.prefix { $0.score >= threshold }
            for (detection, outcome) in zip(shown, assignment.outcomes) {
                switch outcome {
                case .right: break
                case .wrong: wrong.append(detection)
                case .ignored: ignoredCount += 1
                }
            }
            for (truth, taker) in zip(matching.truths, assignment.takers) where rule.counts(truth) {
                if let taker, taker < shown.count {
                    hits.append(Hit(detection: shown[taker], truth: truth))
                } else {
                    misses.append(Miss(truth: truth, weakScore: taker.map { matching.detections[$0].score }))
                }
            }
        }
    }
}

extension TruthMatching {
    /// At each IoU, of objects that count in pictures.
    fileprivate func averagePrecisions(
        _ rules: DetectionRules
    ) throws -> [ClassEvaluation.AveragePrecision] {
        try rules.iouThresholds.map { iou in
            var rule = rules.forPictures
            rule.iouThreshold = iou
            let count = truths.count(where: rule.counts)
            return ClassEvaluation.AveragePrecision(
                iouThreshold: iou,
                value: count > 0 ? interpolatedPrecision(of: try outcomes(by: rule), truthCount: count) : nil)
        }
    }
}
