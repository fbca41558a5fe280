import Bytes
import Mining
import Testing

@Suite struct LabelErrorsTests {
    @Test func followsTheFormula() {
        // Thresholds: (0.9 + 0.5 + 0.2) / 3 = 0.533 and (0.8 + 0.6) / 2 = 0.7.
        let candidates = Candidates(
            count: 6, scores: FloatRows([0.9, 0.1, 0.5, 0.5, 0.2, 0.8, 0.2, 0.8, 0.4, 0.6, 0, 1], width: 2),
            labels: [0, 0, 0, 1, 1, -1])
        let picks = candidates.picks(PickPlan(.labelErrors, count: 10, threads: 1)).picks
        #expect(picks.map(\.item) == [2, 4, 1, 3, 0])
        let expected: [Float] = [-0.4333, 0.0333, 0.1667, 0.4333, 0.9667]
        for (pick, value) in zip(picks, expected) { #expect(abs((pick.value ?? 9) - value) < 1e-3) }
        #expect(picks.map(\.isConfident) == [true, false, false, false, false])
        #expect(picks.map(\.label) == [1, 1, 0, 1, 0])
    }

    /// Of a model that is always sure, all flipped labels come first.
    @Test(arguments: UInt64(0)..<20) func flippedLabelsComeFirst(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let truth = (0..<300).map { _ in random.int(0...4) }
        let scores = truth.flatMap { label in
            let rest = random.float(0.02...0.08)
            return (0..<5).map { $0 == label ? 1 - 4 * rest : rest }
        }
        var labels = truth.map { Int32($0) }
        let flipped = Set((0..<300).filter { _ in random.int(0...9) == 0 })
        for item in flipped { labels[item] = (labels[item] + 1) % 5 }
        let candidates = Candidates(count: 300, scores: FloatRows(scores, width: 5), labels: labels)
        let picks = candidates.picks(PickPlan(.labelErrors, count: 300, threads: 2)).picks
        #expect(picks.count == 300)
        #expect(Set(picks.prefix(flipped.count).map(\.item)) == flipped)
        #expect(picks.allSatisfy { $0.label == truth[$0.item] })
        let confident = picks.filter(\.isConfident)
        #expect(!confident.isEmpty && confident.allSatisfy { flipped.contains($0.item) })
    }

    @Test func aClassThatNobodyUsedCanBeTheRightOne() {
        let candidates = Candidates(
            count: 3, scores: FloatRows([0.9, 0.05, 0.05, 0.1, 0, 0.9, 0.1, 0.9, 0], width: 3),
            labels: [0, 0, 1])
        let first = candidates.picks(PickPlan(.labelErrors, count: 1, threads: 1)).picks[0]
        #expect(first.item == 1 && first.label == 2 && first.isConfident)
    }
}
