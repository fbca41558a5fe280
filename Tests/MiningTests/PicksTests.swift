import Bytes
import Mining
import Testing

/// What holds for all strategies.
@Suite struct PicksTests {
    @Test(arguments: PickStrategy.allCases, 0..<60) func picksAreAllowedAndComplete(
        strategy: PickStrategy, seed: Int
    ) {
        let given = PickingCase(seed: UInt64(seed), strategy)
        let picked = given.picks().picks.map(\.item)
        let eligible = Set(given.eligible)
        #expect(Set(picked).count == picked.count)
        #expect(picked.allSatisfy { eligible.contains($0) })
        #expect(picked.count <= given.plan.count)
        for (index, item) in picked.enumerated() {
            #expect(!picked[..<index].contains { given.showSameObject($0, item) })
        }
        if picked.count < given.plan.count {
            let left = eligible.subtracting(picked)
            #expect(left.allSatisfy { item in picked.contains { given.showSameObject($0, item) } })
        }
    }

    @Test(arguments: PickStrategy.allCases, 0..<20) func threadsChangeNothing(
        strategy: PickStrategy, seed: Int
    ) {
        var given = PickingCase(seed: UInt64(seed), strategy)
        let picks = given.picks()
        for threads in [2, 3, 8] {
            given.plan.threads = threads
            #expect(given.picks() == picks)
        }
    }

    /// Enough items for several ranges of each computation.
    @Test(arguments: PickStrategy.allCases) func threadsChangeNothingForManyItems(strategy: PickStrategy) {
        var random = SplitMix64(seed: 5)
        let count = 9000
        let candidates = Candidates(
            count: count, features: .random(count, width: 4, &random),
            scores: PickingCase.scores(count, 3, &random),
            labels: (0..<count).map { strategy == .labelErrors || $0 % 1000 == 7 ? Int32($0 % 3) : -1 })
        var plan = PickPlan(strategy, count: 40, threads: 1)
        let picks = candidates.picks(plan)
        plan.threads = 3
        #expect(candidates.picks(plan) == picks)
    }

    @Test(arguments: PickStrategy.allCases) func itemsThatAreNotFiniteAreCounted(strategy: PickStrategy) {
        for seed in UInt64(0)..<20 {
            let given = PickingCase(seed: seed, strategy)
            let leftOut = (0..<given.candidates.count).filter {
                given.isLabelled($0) == (strategy == .labelErrors) && !given.isFinite($0)
            }
            #expect(given.picks().leftOutCount == leftOut.count)
        }
    }

    @Test(arguments: PickStrategy.allCases) func nothingGivesNothing(strategy: PickStrategy) {
        let none = Candidates(count: 0, features: FloatRows([], width: 3), scores: FloatRows([], width: 2))
        let picks = none.picks(PickPlan(strategy, count: 5, threads: 2))
        #expect(picks.picks.isEmpty && picks.leftOutCount == 0)
    }

    @Test(arguments: PickStrategy.allCases) func oneItemIsPicked(strategy: PickStrategy) {
        let one = Candidates(
            count: 1, features: FloatRows([2], width: 1), scores: FloatRows([1], width: 1),
            labels: strategy == .labelErrors ? [0] : [])
        #expect(one.picks(PickPlan(strategy, count: 5, threads: 2)).picks.map(\.item) == [0])
    }

    @Test(arguments: PickStrategy.allCases, [1, 7]) func equalItemsAreAllPicked(
        strategy: PickStrategy, width: Int
    ) {
        let count = 50
        let equal = Candidates(
            count: count, features: FloatRows(.init(repeating: 3, count: count * width), width: width),
            scores: FloatRows(.init(repeating: 0.5, count: count * 2), width: 2),
            labels: .init(repeating: strategy == .labelErrors ? 1 : -1, count: count))
        let picked = equal.picks(PickPlan(strategy, count: 100, threads: 2)).picks.map(\.item)
        #expect(picked.sorted() == Array(0..<count))
        if strategy != .random { #expect(picked == Array(0..<count)) }
    }

    @Test(arguments: PickStrategy.allCases) func zerosAndHugeFeaturesArePicked(strategy: PickStrategy) {
        let values: [Float] = [0, 0, 1e38, -1e38, .leastNonzeroMagnitude, 0, 1, 1]
        let odd = Candidates(
            count: 4, features: FloatRows(values, width: 2),
            scores: FloatRows([1, 0, 1, 0, 0, 1, 0.5, 0.5], width: 2),
            labels: .init(repeating: strategy == .labelErrors ? 1 : -1, count: 4))
        let picks = odd.picks(PickPlan(strategy, count: 10, threads: 1))
        #expect(picks.picks.map(\.item).sorted() == [0, 1, 2, 3])
        #expect(picks.picks.allSatisfy { $0.value?.isFinite ?? true })
    }

    @Test(arguments: PickStrategy.allCases) func labelledItemsAreOnlyPickedAsLabelErrors(
        strategy: PickStrategy
    ) {
        var random = SplitMix64(seed: 4)
        let all = Candidates(
            count: 10, features: .random(10, width: 3, &random), scores: PickingCase.scores(10, 3, &random),
            labels: .init(repeating: 1, count: 10))
        let picked = all.picks(PickPlan(strategy, count: 10, threads: 1)).picks
        #expect(picked.count == (strategy == .labelErrors ? 10 : 0))
    }

    @Test func anObjectWithALabelIsSkippedUnlessThePlanSaysOtherwise() {
        let window = Candidates.Place(scene: 0, x0: 0, y0: 0, x1: 32, y1: 32)
        let shifted = Candidates.Place(scene: 0, x0: 16, y0: 0, x1: 48, y1: 32)
        let candidates = Candidates(count: 2, places: [window, shifted], labels: [0, -1])
        var plan = PickPlan(.random, count: 2, threads: 1)
        #expect(candidates.picks(plan).picks.isEmpty)
        plan.skipsLabelledObjects = false
        #expect(candidates.picks(plan).picks.map(\.item) == [1])
    }

    @Test func windowsThatTouchAreTwoObjects() {
        let places = (0..<3).map { Candidates.Place(scene: 0, x0: $0 * 32, y0: 0, x1: ($0 + 1) * 32, y1: 32) }
        let picks = Candidates(count: 3, places: places).picks(PickPlan(.random, count: 3, threads: 1))
        #expect(picks.picks.count == 3)
    }

    /// A model is sure of the object in the middle, and hesitates where half of it is seen.
    @Test(arguments: [PickStrategy.margin, .entropy]) func halfAnObjectIsNoChoice(strategy: PickStrategy) {
        let scores: [Float] = [0.6, 0.5, 0.02, 0.55, 0.9, 0.7, 0.98]
        let places = (0..<7).map { Candidates.Place(scene: 0, x0: $0 * 16, y0: 0, x1: $0 * 16 + 32, y1: 32) }
        func picks(labels: [Int32] = [], background: Int?) -> [Int] {
            let candidates = Candidates(
                count: 7, scores: FloatRows(scores.flatMap { [1 - $0, $0] }, width: 2), places: places,
                labels: labels, background: background)
            var plan = PickPlan(strategy, count: 7, threads: 1)
            plan.skipsLabelledObjects = false
            plan.balancesClasses = false
            return candidates.picks(plan).picks.map(\.item)
        }
        #expect(picks(background: nil) == [1, 3, 5])
        #expect(picks(background: 1) == [0, 5, 2])
        // Nor beside one that is labelled.
        #expect(picks(labels: [-1, -1, 0, -1, -1, -1, -1], background: 1) == [0, 5])
    }
}
