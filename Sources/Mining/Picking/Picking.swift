import Bytes

extension Candidates {
    /// Chooses items that a person should label next.
    ///
    /// No two picks show the same object, and none is labelled already, but by `labelErrors`. The result depends on the candidates and
    /// the plan, not on `plan.threads`. Ties go to the smaller number of the item.
    ///
    /// - Parameter plan: needs what its strategy does (`needsFeatures`, `needsScores`) and, to balance classes, scores.
    package func picks(_ plan: PickPlan) -> Picks {
        precondition(features != nil || !plan.strategy.needsFeatures, "\(plan.strategy) needs features")
        let isBalanced = plan.balancesClasses ?? (scores != nil && plan.strategy.usuallyBalances)
        precondition(scores != nil || !(isBalanced || plan.strategy.needsScores), "scores are needed")
        // All strategies name the classes of their picks, where there are scores.
        let classes = scores.map { predictedClasses($0, threads: plan.threads) } ?? []
        let unit =
            plan.strategy.needsFeatures ? features.map { UnitFeatures($0, threads: plan.threads) } : nil

        var items: [UInt32] = []
        var leftOutCount = 0
        let wantsLabelled = plan.strategy == .labelErrors
        for item in 0..<count where isLabelled(item) == wantsLabelled {
            let isFinite = (classes.isEmpty || classes[item] >= 0) && unit?.factors[item].isNaN != true
            guard isFinite else {
                leftOutCount += 1
                continue
            }
            items.append(UInt32(item))
        }
        var taken = TakenObjects(self, greatestIoU: plan.greatestIoU)
        if plan.skipsLabelledObjects, !wantsLabelled {
            for item in 0..<count where isLabelled(item) { taken.take(item) }
        }
        var turns = ClassTurns(isBalanced ? classes : [], labels, classCount: scores?.width ?? 1)
        let peaks = plan.strategy.choosesPeaks ? Peaks(self, classes: classes) : nil
        var source = source(of: items, peaks, turns, plan, unit)
        var picks: [Pick] = []
        while picks.count < plan.count, let pick = turns.next({ source.next(ofClass: $0, taken) }) {
            taken.take(pick.item)
            picks.append(pick)
        }
        if !classes.isEmpty, !wantsLabelled {
            for index in picks.indices { picks[index].label = Int(classes[picks[index].item]) }
        }
        return Picks(picks: picks, leftOutCount: leftOutCount)
    }

    private func source(
        of items: [UInt32], _ peaks: Peaks?, _ turns: ClassTurns, _ plan: PickPlan, _ unit: UnitFeatures?
    ) -> any PickSource {
        switch (plan.strategy, unit, scores) {
        case (.typicalFirst, let unit?, _):
            return TypicalItems(items, labelled: labelledItems, of: unit, turns, plan)
        case (.margin, _, let scores?):
            return RankedItems(items, by: scores.margins(threads: plan.threads), among: peaks, turns)
        case (.entropy, _, let scores?):
            return RankedItems(
                items, by: scores.entropies(threads: plan.threads), among: peaks, turns, largestFirst: true)
        case (.labelErrors, _, let scores?):
            return LabelErrors(items, labels, scores, turns)
        case (.random, _, _):
            var shuffled = items
            var random = SplitMix64(seed: plan.seed)
            random.moveSample(items.count, toFrontOf: &shuffled)
            return RankedItems(inOrder: shuffled, turns)
        case (.typicalFirst, _, _), (.margin, _, _), (.entropy, _, _), (.labelErrors, _, _):
            preconditionFailure("\(plan.strategy) lacks features or scores")
        }
    }

    private var labelledItems: [UInt32] {
        (0..<count).filter(isLabelled).map { UInt32($0) }
    }
}

/// What a strategy offers.
protocol PickSource {
    /// Its best item that shows no taken object, and that it has not returned before.
    ///
    /// - Parameter turn: of this class; `nil` for any.
    mutating func next(ofClass turn: Int32?, _ taken: TakenObjects) -> Pick?
}

/// The order in which classes take turns. Without classes there is one turn for all items.
struct ClassTurns {
    /// The class of each item; empty if items have none.
    let classes: [Int32]
    private let order: [Int32?]
    private var position = 0

    /// - Parameter labels: of the candidates. Classes with fewer labels come first.
    init(_ classes: [Int32], _ labels: [Int32], classCount: Int) {
        self.classes = classes
        var counts = [Int](repeating: 0, count: classCount)
        for label in labels where label >= 0 && label < classCount { counts[Int(label)] += 1 }
        let order = (0..<Int32(classCount)).sorted { (counts[Int($0)], $0) < (counts[Int($1)], $1) }
        self.order = classes.isEmpty ? [nil] : order
    }

    /// 0 for all items if there are no classes.
    func queueIndex(of item: UInt32) -> Int { classes.isEmpty ? 0 : Int(classes[Int(item)]) }
    var queueCount: Int { order.count }

    /// The pick of the next class that has one; `nil` where none has.
    mutating func next(_ pick: (Int32?) -> Pick?) -> Pick? {
        for _ in order {
            let turn = order[position]
            position = (position + 1) % order.count
            if let pick = pick(turn) { return pick }
        }
        return nil
    }
}
