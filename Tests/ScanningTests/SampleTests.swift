import Bytes
import Files
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct SampleTests {
    /// Each window lies in one cell, and its box has its centre there.
    @Test(arguments: UInt64(0)..<30) func cellsShareAllWindows(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let windowSize = Int.random(in: 3...40, using: &random)
        let grid = try ScanGrid(
            sceneWidth: .random(in: windowSize...600, using: &random),
            sceneHeight: .random(in: windowSize...600, using: &random), windowSize: windowSize,
            stride: .random(in: 1...50, using: &random))
        let cells = SampleCells(grid, side: .random(in: 1...20, using: &random))
        var counts: [[Int]: Int] = [:]
        for cell in 0..<cells.count {
            let windows = cells.windows(ofCell: cell)
            #expect(cells.scoredWindows(ofCell: cell).contains(windows))
            for row in windows.rows {
                for column in windows.columns {
                    counts[[row, column], default: 0] += 1
                    #expect(cells.cell(of: grid.box(row: row, column: column)) == cell)
                }
            }
        }
        #expect(counts.count == grid.windowCount && counts.values.allSatisfy { $0 == 1 })
    }

    @Test func eachCellIsDrawnWithTheSameChance() throws {
        let grid = try ScanGrid(sceneWidth: 2000, sceneHeight: 2000, windowSize: 8, stride: 4)
        let cells = SampleCells(grid, side: 50)
        var counts = [Int](repeating: 0, count: cells.count)
        for seed in UInt64(0)..<2000 {
            let sample = SceneSample(cells, count: 25, seed: seed)
            #expect(Set(sample.drawn).count == 25)
            for cell in sample.drawn { counts[cell] += 1 }
        }
        // 500 of 2,000 each, with a standard deviation of 19.
        #expect(cells.count == 100 && counts.allSatisfy { (400...600).contains($0) })
        #expect(
            SceneSample(cells, count: 25, seed: 3) == SceneSample(cells, count: 25, seed: 3)
                && SceneSample(cells, count: 25, seed: 3).drawn
                    != SceneSample(cells, count: 25, seed: 4).drawn
        )
    }

    @Test func noWindowIsScoredTwiceAndNoneThatIsFinished() throws {
        let grid = try ScanGrid(sceneWidth: 3000, sceneHeight: 2000, windowSize: 8, stride: 4)
        let sample = try SceneSample(of: grid, fraction: 0.2, seed: 1)
        var finished = FinishedWindows(rowCount: grid.rowCount)
        finished.insert(WindowRange(rows: 100..<150, columns: 0..<grid.columnCount))
        let before = finished
        for range in sample.ranges(except: before) {
            #expect(finished.missing(in: range) == [range])
            finished.insert(range)
        }
        for cell in sample.drawn {
            #expect(finished.missing(in: sample.cells.scoredWindows(ofCell: cell)).isEmpty)
        }
        // As much as was asked for, or less where margins meet.
        let all = sample.ranges(except: FinishedWindows(rowCount: grid.rowCount))
        let share = Double(all.reduce(0) { $0 + $1.windowCount }) / Double(grid.windowCount)
        #expect((0.1...0.2).contains(share), "\(share)")
    }

    @Test func cellsWithoutWantedWindowsAreNotDrawn() throws {
        let grid = try ScanGrid(sceneWidth: 3000, sceneHeight: 2000, windowSize: 8, stride: 4)
        var wanted = FinishedWindows(rowCount: grid.rowCount)
        let area = WindowRange(rows: 37..<300, columns: 81..<402)
        wanted.insert(area)
        let sample = try SceneSample(of: grid, wanted, fraction: 0.3, seed: 4)
        #expect(sample.drawn.count >= 10 && sample.drawn.count < sample.cellCount)
        let all = (0..<sample.cells.count).filter {
            sample.cells.windows(ofCell: $0).intersection(area) != nil
        }
        #expect(sample.cellCount == all.count && Set(sample.drawn).isSubset(of: all))
        #expect(sample.wantedWindowCount == area.windowCount)
        // With the margins that are scored for the merging, as much as was asked for, or less where margins meet.
        let scored = sample.ranges(except: FinishedWindows(rowCount: grid.rowCount))
            .compactMap { $0.intersection(area) }.reduce(0) { $0 + $1.windowCount }
        let share = Double(scored) / Double(area.windowCount)
        #expect((0.1...0.3).contains(share), "\(share)")
    }

    @Test func aSampleThatSaysNothingIsRefusedWithOneThatWouldDo() throws {
        let grid = try ScanGrid(sceneWidth: 700, sceneHeight: 700, windowSize: 8, stride: 4)
        let error = #expect(throws: ScanError.self) { try SceneSample(of: grid, fraction: 0.01, seed: 1) }
        let words = try #require(error?.description.firstMatch(of: /--sample (\d+)%/))
        let percents = try #require(Double(words.1))
        #expect(try SceneSample(of: grid, fraction: percents / 100, seed: 1).drawn.count >= 10)
        let small = try ScanGrid(sceneWidth: 20, sceneHeight: 20, windowSize: 8, stride: 4)
        #expect(throws: ScanError.self) { try SceneSample(of: small, fraction: 0.5, seed: 1) }
    }

    /// What is merged in a sampled cell is what a whole scan has there.
    @Test(arguments: [(false, nil), (true, nil), (true, 16)] as [(Bool, Int?)])
    func aSampledCellHoldsWhatTheWholeScanHasThere(movesBoxes: Bool, moveReach: Int?) throws {
        let folder = try TemporaryFolder()
        var scan = TinyScan(scenePath: try folder.scene(width: 400, height: 300).path)
        (scan.movesBoxes, scan.moveReach) = (movesBoxes, moveReach)
        let whole = ScanFolder(path: folder.file("whole"))
        try scan.run(into: whole)
        let sample = try SceneSample(
            of: scan.task().grid, moveReach: moveReach, fraction: 0.7, seed: 5)
        let state = try scan.state(in: ScanFolder(path: folder.file("sample")))
        var collector = state
        let task = try scan.task()
        let scene = try SceneScan(
            task, scene: .init(opening: Address(scan.scenePath)), model: scan.model, engine: scan.engine)
        _ = try scene.score(sample.ranges(except: state.finished), into: &collector, job: Job())
        let rule = try scan.rule()
        let expected = sample.cells.counts(try whole.readDetections(), inCells: sample.drawn)
        let merged = try state.merged(by: rule, limits: scan.limits, cancellation: Cancellation())
        let found = sample.cells.counts(merged.filter { $0.score >= rule.threshold }, inCells: sample.drawn)
        // Noise is the worst case: chains of boxes are long. In pictures none is as long as the margin.
        for (label, counts) in expected {
            let differing = zip(counts, found[label] ?? []).count { $0 != $1 }
            #expect(differing * 20 <= counts.count, "\(differing) of \(counts.count)")
        }
        let estimates = try sample.estimates(
            from: state, by: rule, limits: scan.limits, cancellation: Cancellation())
        for (label, estimate) in zip(rule.labels, estimates) {
            #expect(estimate.found == found[label]?.reduce(0, +))
        }
        // And the whole scan goes on from there to the same bytes.
        try scan.score(into: state)
        try scan.write(state)
        #expect(try comparedFiles(of: ScanFolder(path: folder.file("sample"))) == comparedFiles(of: whole))
    }
}

@Suite struct CountEstimateTests {
    /// From R 4: `qgamma(p, shape)`.
    @Test(arguments: [
        (0.025, 1.0, 0.025317807984289), (0.975, 1.0, 3.688879454113936), (0.025, 10.0, 4.795388720305126),
        (0.975, 10.0, 17.084803484533), (0.5, 0.5, 0.227468211559786), (0.975, 1000.0, 1062.9323),
    ])
    func gammaPointsAreThoseOfTables(probability: Double, shape: Double, point: Double) {
        #expect(abs(gammaPoint(probability, shape: shape) - point) < 1e-4 * max(1, point))
    }

    @Test func nothingFoundHasTheRuleOfThreeAsItsBound() {
        let estimate = CountEstimate(counts: [Int](repeating: 0, count: 100), cellCount: 10_000)
        #expect(estimate.found == 0 && estimate.estimate == 0 && estimate.lower == 0)
        // 3 / 1 %, less 1 % for what was looked at.
        #expect(abs(estimate.upper - 296.57) < 0.1)
    }

    @Test func allCellsLeaveNoDoubt() {
        let estimate = CountEstimate(counts: [1, 5, 0, 2], cellCount: 4)
        #expect(estimate.lower == 8 && estimate.estimate == 8 && estimate.upper == 8)
    }

    @Test func equalCellsLeaveNoDoubtEither() {
        let estimate = CountEstimate(counts: [Int](repeating: 4, count: 50), cellCount: 1000)
        #expect(abs(estimate.lower - 4000) < 20 && abs(estimate.upper - 4000) < 20)
    }

    /// Populations that differ in how objects stand: alone, in groups, in rows.
    enum Crowd: String, CaseIterable, CustomTestStringConvertible {
        case alone, groups, rows
        var testDescription: String { rawValue }

        func counts(mean: Double, cells: Int, using random: inout SplitMix64) -> [Int] {
            var counts = [Int](repeating: 0, count: cells)
            let total = Int(mean * Double(cells))
            switch self {
            case .alone:
                for _ in 0..<total { counts[Int.random(in: 0..<cells, using: &random)] += 1 }
            case .groups:
                var left = total
                while left > 0 {
                    let size = min(left, Int.random(in: 1...7, using: &random))
                    counts[Int.random(in: 0..<cells, using: &random)] += size
                    left -= size
                }
            case .rows:
                for cell in counts.indices {
                    counts[cell] =
                        Int(mean)
                        + (Double.random(in: 0..<1, using: &random) < mean - mean.rounded(.down) ? 1 : 0)
                }
            }
            return counts
        }
    }

    /// From about ten groups in the sample on: fewer do not show how objects stand.
    @Test(arguments: [
        (Crowd.alone, 0.1), (.alone, 0.5), (.alone, 3.2), (.groups, 0.5), (.groups, 3.2), (.rows, 0.1),
        (.rows, 0.5),
        (.rows, 3.2),
    ])
    func theIntervalIsRightIn95Of100Samples(crowd: Crowd, mean: Double) {
        var random = SplitMix64(seed: 11)
        let population = crowd.counts(mean: mean, cells: 4000, using: &random)
        let total = Double(population.reduce(0, +))
        var right = 0
        let sampleCount = Effort.either(1000, orLong: 10_000)
        for _ in 0..<sampleCount {
            let counts = population.shuffled(using: &random).prefix(120)
            let estimate = CountEstimate(counts: Array(counts), cellCount: population.count)
            if (estimate.lower...estimate.upper).contains(total) { right += 1 }
        }
        let share = Double(right) / Double(sampleCount)
        #expect((0.925...0.975).contains(share), "\(share)")
    }

    @Test(arguments: [0.001, 0.005, 0.02]) func rareObjectsAreInTheIntervalAtLeastAsOften(mean: Double) {
        var random = SplitMix64(seed: 12)
        let population = Crowd.alone.counts(mean: mean, cells: 4000, using: &random)
        let total = Double(population.reduce(0, +))
        let right = (0..<500).count { _ in
            let counts = population.shuffled(using: &random).prefix(120)
            let estimate = CountEstimate(counts: Array(counts), cellCount: population.count)
            return (estimate.lower...estimate.upper).contains(total)
        }
        #expect(right >= 470, "\(right) of 500")
    }
}
