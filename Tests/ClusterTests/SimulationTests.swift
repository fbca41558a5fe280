import Bytes
import Cluster
import Scanning
import Testing

@Suite struct SimulationTests {
    private func range(_ rows: Range<Int>, _ columns: Range<Int>, _ seconds: Double) -> ClusterAccount.Range {
        ClusterAccount.Range(
            scene: 0, windows: WindowRange(rows: rows, columns: columns), seconds: seconds,
            cpuSeconds: seconds)
    }

    /// Blocks of unequal sizes that cover a grid.
    private func costs(_ random: inout SplitMix64, rows: Int, columns: Int) -> [ClusterAccount.Range] {
        let cuts = { (length: Int, random: inout SplitMix64) -> [Range<Int>] in
            let middle = Int.random(in: 1..<length, using: &random)
            return [0..<middle, middle..<length]
        }
        return cuts(rows, &random).flatMap { rows in
            cuts(columns, &random).map { range(rows, $0, Double.random(in: 0...3, using: &random)) }
        }
    }

    @Test(arguments: UInt64(0)..<20) func partsOfAMapCostWhatTheWholeDoes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (rows, columns) = (Int.random(in: 2...40, using: &random), Int.random(in: 2...40, using: &random))
        let ranges = costs(&random, rows: rows, columns: columns)
        let total = ranges.reduce(0) { $0 + $1.seconds }
        let repeats = Int.random(in: 1...3, using: &random)
        let map = try CostMap(ranges, repeats: repeats)
        #expect(map.rowCount == rows * repeats && map.columnCount == columns * repeats)
        #expect(abs(map.seconds(of: map.range) - total * Double(repeats * repeats)) < 1e-9)
        for range in ranges { #expect(abs(map.seconds(of: range.windows) - range.seconds) < 1e-9) }
        // A cut anywhere, also across repetitions.
        let row = Int.random(in: 0...map.rowCount, using: &random)
        let column = Int.random(in: 0...map.columnCount, using: &random)
        let quarters = [
            (0..<row, 0..<column), (0..<row, column..<map.columnCount), (row..<map.rowCount, 0..<column),
            (row..<map.rowCount, column..<map.columnCount),
        ]
        let sum = quarters.reduce(0) { $0 + map.seconds(of: WindowRange(rows: $1.0, columns: $1.1)) }
        #expect(abs(sum - map.seconds(of: map.range)) < 1e-9)
    }

    @Test func costsOfAPartOfASceneAreRefused() {
        #expect(throws: ClusterError.self) { try CostMap([range(0..<2, 0..<2, 1), range(2..<4, 0..<1, 1)]) }
        // One window is there twice, another not at all.
        #expect(throws: ClusterError.self) {
            try CostMap([range(0..<2, 0..<2, 1), range(0..<1, 0..<1, 0), range(2..<3, 0..<1, 1)])
        }
        #expect(throws: ClusterError.self) { try CostMap([range(1..<2, 0..<2, 1)]) }
        #expect(throws: ClusterError.self) { try CostMap([]) }
    }

    @Test func aDearStripIsWaitedForAndRangesShareIt() throws {
        // The lower quarter costs nine times as much as the rest together.
        let map = try CostMap([range(0..<300, 0..<400, 10), range(300..<400, 0..<400, 90)])
        let strips = Simulation(map, .strips, workerCount: 4, overheadSeconds: 0)
        #expect(abs(strips.seconds - 90) < 1e-9 && abs(strips.efficiency - 100.0 / 360) < 1e-9)
        let blocks = Simulation(map, .blocks, workerCount: 4, overheadSeconds: 0)
        #expect(blocks.pieces.count == 4 && abs(blocks.seconds - 46.666_666_666_7) < 1e-6)
        let plan = Simulation(map, .plan, workerCount: 4, overheadSeconds: 0)
        #expect(plan.pieces.count >= 80 && plan.efficiency > 0.9)
        let slow = Simulation(map, .plan, workerCount: 4, overheadSeconds: 0.5)
        #expect(slow.seconds > plan.seconds + 0.5 * Double(plan.pieces.count / 4) - 1)
    }

    @Test(arguments: Simulation.Way.allCases, [1, 3, 12, 1000]) func allWindowsAreGivenOnce(
        way: Simulation.Way, workerCount: Int
    ) throws {
        let map = try CostMap([range(0..<150, 0..<170, 10)], repeats: 10)
        let simulation = Simulation(map, way, workerCount: workerCount, overheadSeconds: 0)
        var finished = FinishedWindows(rowCount: map.rowCount)
        for piece in simulation.pieces { finished.insert(piece.windows) }
        #expect(simulation.pieces.reduce(0) { $0 + $1.windows.windowCount } == map.range.windowCount)
        #expect(finished.windowCount == map.range.windowCount)
        #expect(simulation.efficiency <= 1 + 1e-9)
    }
}
