import Records
import Testing

@Suite struct SampleOrderTests {
    private func samples(_ order: SampleOrder) -> [Int] { (0..<order.count).map { order[$0] } }

    @Test(arguments: [0, 1, 2, 1000]) func visitsEverySampleOnce(count: Int) {
        #expect(samples(SampleOrder(count: count, seed: 5, epoch: 2)).sorted() == Array(0..<count))
    }

    @Test func dependsOnSeedAndEpochAlone() {
        let order = SampleOrder(count: 100, seed: 1, epoch: 1)
        #expect(SampleOrder(count: 100, seed: 1, epoch: 1) == order)
        #expect(SampleOrder(count: 100, seed: 2, epoch: 1) != order)
        #expect(SampleOrder(count: 100, seed: 1, epoch: 2) != order)
    }

    /// A run that is resumed next year must see the same samples. The numbers are from ten lines of Python.
    @Test func neverChanges() {
        #expect(samples(SampleOrder(count: 8, seed: 1, epoch: 0)) == [0, 3, 7, 1, 4, 2, 6, 5])
    }

    /// 24 orders of 4, each expected 1000 times; 5.5 standard deviations of √1000.
    @Test func everyOrderIsAsLikely() {
        var counts: [[Int]: Int] = [:]
        for epoch in 0..<24_000 {
            counts[samples(SampleOrder(count: 4, seed: 9, epoch: epoch)), default: 0] += 1
        }
        #expect(counts.count == 24)
        #expect(counts.values.allSatisfy { (826...1174).contains($0) })
    }
}
