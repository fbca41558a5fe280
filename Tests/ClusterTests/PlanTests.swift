import Bytes
import Cluster
import Scanning
import Testing

@Suite struct PlanTests {
    @Test(arguments: UInt64(0)..<30) func rangesAreAllWindowsOnce(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let grid = try ScanGrid(
            sceneWidth: Int.random(in: 40...900, using: &random),
            sceneHeight: Int.random(in: 40...900, using: &random),
            windowSize: 32, stride: Int.random(in: 3...20, using: &random))
        let size = RangeSize(
            secondsPerWindow: Double.random(in: 1e-4...0.1, using: &random), windowCount: grid.windowCount,
            slotCount: Int.random(in: 1...20, using: &random))
        let blocks = grid.blocks(
            of: grid.range, storedBlock: (width: 64, height: 64), pixelLimit: size.blockPixelLimit(grid)
        ).map(\.windows)
        var finished = FinishedWindows(rowCount: grid.rowCount)
        var count = 0
        for range in size.ranges(of: blocks) {
            finished.insert(range)
            count += range.windowCount
        }
        #expect(count == grid.windowCount && finished.windowCount == grid.windowCount)
    }

    @Test func aRangeTakesAboutFourSecondsUnlessThereWouldBeTooFew() {
        #expect(
            RangeSize(secondsPerWindow: 0.001, windowCount: 10_000_000, slotCount: 10).windowCount == 4000)
        #expect(RangeSize(secondsPerWindow: 0.01, windowCount: 20_000, slotCount: 10).windowCount == 100)
        // Never so small that Spark takes longer than the range.
        #expect(RangeSize(secondsPerWindow: 0.001, windowCount: 20_000, slotCount: 10).windowCount == 200)
        #expect(RangeSize(secondsPerWindow: 9, windowCount: 5, slotCount: 10).windowCount == 1)
    }

    @Test func theDearestIsGivenOutFirst() {
        let windows = WindowRange(rows: 0..<1, columns: 0..<1)
        let ranges = [1.0, 3, 2].map { ClusterPlan.Range(scene: 0, windows: windows, cost: $0) }
        #expect(ClusterPlan(version: "1", tasks: [], ranges: ranges).ranges.map(\.cost) == [3, 2, 1])
    }
}
