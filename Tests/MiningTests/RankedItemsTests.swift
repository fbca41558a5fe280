import Foundation
import Mining
import Testing

@Suite struct RankedItemsTests {
    /// Queues and sorted keys only find the same picks faster.
    @Test(arguments: [PickStrategy.margin, .entropy], 0..<100) func equalsThePlainRanking(
        strategy: PickStrategy, seed: Int
    ) {
        let given = PickingCase(seed: UInt64(seed), strategy)
        let values = (0..<given.candidates.count).map { item -> Float in
            let scores = given.candidates.scores?.row(item) ?? []
            guard strategy == .margin else { return scores.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 } }
            let sorted = scores.sorted(by: >)
            return sorted.count > 1 ? sorted[0] - sorted[1] : sorted[0]
        }
        let ranking = given.eligible.sorted { (values[$0], $0) < (values[$1], $1) }
        let picks = given.picks().picks
        #expect(picks.map(\.item) == given.plainPicks(ranking: ranking))
        for pick in picks {
            #expect(pick.value == (strategy == .margin ? values[pick.item] : -values[pick.item]))
        }
    }

    @Test func classesTakeTurnsAndThoseWithFewestLabelsComeFirst() {
        let rows: [[Float]] = [
            [0.6, 0.4], [0.55, 0.45], [0.1, 0.9], [0.5, 0.5], [0.3, 0.7], [0.9, 0.1],
        ]
        let candidates = Candidates(
            count: 6, scores: FloatRows(rows.flatMap { $0 }, width: 2), labels: [-1, -1, -1, -1, -1, 0])
        var plan = PickPlan(.margin, count: 6, threads: 1)
        let picks = candidates.picks(plan).picks
        #expect(picks.map(\.item) == [4, 3, 2, 1, 0])
        #expect(picks.map(\.label) == [1, 0, 1, 0, 0])
        plan.balancesClasses = false
        #expect(candidates.picks(plan).picks.map(\.item) == [3, 1, 0, 4, 2])
    }

    @Test func seedsGiveDifferentRandomPicks() {
        let candidates = Candidates(count: 1000)
        var plan = PickPlan(.random, count: 10, threads: 1)
        let first = candidates.picks(plan)
        #expect(candidates.picks(plan) == first)
        plan.seed = 1
        #expect(candidates.picks(plan) != first)
    }

    /// Also where a model sees two objects among twenty items: a choice that took turns between classes would be no measure.
    @Test(arguments: [false, true]) func randomPicksAreEvenlySpread(hasScores: Bool) {
        let rows: [Float] = (0..<20).flatMap { item -> [Float] in item < 2 ? [0.9, 0.1] : [0.1, 0.9] }
        let candidates = Candidates(count: 20, scores: hasScores ? FloatRows(rows, width: 2) : nil)
        var counts = [Int](repeating: 0, count: 20)
        var plan = PickPlan(.random, count: 5, threads: 1)
        for seed in UInt64(0)..<2000 {
            plan.seed = seed
            for pick in candidates.picks(plan).picks { counts[pick.item] += 1 }
        }
        // 500 are expected; the standard deviation is 19.
        #expect(counts.allSatisfy { (400...600).contains($0) }, "\(counts)")
    }
}
