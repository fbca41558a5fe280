import Bytes
package import Files
import Pixels
import Rasters

/// A random sample of a scene's cells, and what it says of the whole scene.
package struct SceneSample: Hashable, Sendable {
    package let cells: SampleCells
    /// In the sample, from top to bottom, then from left to right.
    package let drawn: [Int]
    package let seed: UInt64
    /// How many cells could have been drawn: those with windows in the area that is looked at.
    package let cellCount: Int
    /// Windows in the area that is looked at.
    package let wantedWindowCount: Int
    /// Those windows; `nil` for all.
    private let wanted: FinishedWindows?

    /// Draws cells of the area that a task looks at, each with the same chance.
    ///
    /// - Parameter moveReach: of the rule by which boxes will be merged.
    /// - Parameter fraction: of the area's windows that are to be scored; in `0...1`.
    /// - Throws: `ScanError` where so few windows make too few cells, with the fraction that would do.
    package init(of task: ScanTask, moveReach: Int?, fraction: Double, seed: UInt64) throws(ScanError) {
        guard task.selection?.area != nil else {
            try self.init(of: task.grid, moveReach: moveReach, fraction: fraction, seed: seed)
            return
        }
        var wanted = FinishedWindows(rowCount: task.grid.rowCount)
        for windows in SceneScan.windowsInArea(of: task, among: [task.grid.range]) { wanted.insert(windows) }
        try self.init(of: task.grid, wanted, moveReach: moveReach, fraction: fraction, seed: seed)
    }

    /// - Parameter wanted: windows that are looked at; `nil` for all.
    package init(
        of grid: ScanGrid, _ wanted: FinishedWindows? = nil, moveReach: Int? = nil, fraction: Double,
        seed: UInt64
    ) throws(ScanError) {
        let windowCount = wanted?.windowCount ?? grid.windowCount
        func choose(_ fraction: Double) -> Choice {
            let cells = SampleCells(
                grid, fraction: fraction, wantedWindowCount: windowCount, moveReach: moveReach)
            let wantedCells = (0..<cells.count).filter { cell in
                wanted.map { $0.count(in: cells.windows(ofCell: cell)) > 0 } ?? true
            }
            let count = cells.sampleCount(fraction: fraction, wantedWindowCount: windowCount)
            return Choice(cells: cells, wantedCells: wantedCells, count: min(count, wantedCells.count))
        }
        let choice = choose(fraction)
        let count = choice.count
        guard count >= SampleCells.leastCount || count == choice.wantedCells.count && count > 1 else {
            let percents = stride(from: 1.0, through: 100, by: 1).first {
                choose($0 / 100).count >= SampleCells.leastCount
            }
            let advice =
                percents.map { "give --sample \(Int($0))% or more, or scan all of it" }
                ?? "it is too small for a sample; scan all of it"
            throw ScanError(
                code: .wrongTask,
                operation: "draw a sample of \(fraction * 100)% of \(counted(windowCount, "window"))",
                cause:
                    "that is \(count) blocks with their margins, but at least \(SampleCells.leastCount) are needed; \(advice)"
            )
        }
        self.init(choice, wanted, seed: seed)
    }

    /// Draws from all cells.
    package init(_ cells: SampleCells, count: Int, seed: UInt64) {
        self.init(
            Choice(cells: cells, wantedCells: Array(0..<cells.count), count: count), nil, seed: seed)
    }

    /// From what cells are drawn, and how many.
    private struct Choice {
        var cells: SampleCells
        var wantedCells: [Int]
        var count: Int
    }

    private init(_ choice: Choice, _ wanted: FinishedWindows?, seed: UInt64) {
        cells = choice.cells
        self.seed = seed
        self.wanted = wanted
        let wantedCells = choice.wantedCells
        cellCount = wantedCells.count
        wantedWindowCount = wanted?.windowCount ?? choice.cells.grid.windowCount
        var random = SplitMix64(seed: seed)
        // Floyd's method: as many numbers as cells are drawn.
        var drawn: Set<Int> = []
        for last in wantedCells.count - choice.count..<wantedCells.count {
            let cell = Int.random(in: 0...last, using: &random)
            drawn.insert(drawn.contains(cell) ? last : cell)
        }
        self.drawn = drawn.sorted().map { wantedCells[$0] }
    }

    /// The windows to score, each once.
    ///
    /// - Parameter finished: windows that are left out.
    package func ranges(except finished: FinishedWindows) -> [WindowRange] {
        var covered = finished
        return drawn.flatMap { cell in
            let windows = cells.scoredWindows(ofCell: cell)
            let missing = covered.missing(in: windows)
            covered.insert(windows)
            return missing
        }
    }

    /// Wanted windows of the drawn cells themselves.
    package var windowCount: Int {
        drawn.reduce(0) { sum, cell in
            let windows = cells.windows(ofCell: cell)
            return sum + (wanted?.count(in: windows) ?? windows.windowCount)
        }
    }

    /// The drawn cells whose windows are all finished, with those of their margins. Others could not be read.
    package func finishedCells(_ finished: FinishedWindows) -> [Int] {
        drawn.filter { finished.missing(in: cells.scoredWindows(ofCell: $0)).isEmpty }
    }

    /// What the sample says of each label of a rule.
    ///
    /// Cells that could not be read are left out, as if they had not been drawn.
    ///
    /// - Parameter state: with the windows of the sample that can be read.
    /// - Throws: also where less than two cells are left.
    package func estimates(
        from state: ScanState, by rule: MergeRule, limits: ScanLimits, cancellation: Cancellation
    ) throws -> [CountEstimate] {
        let readable = finishedCells(state.finished)
        guard readable.count > 1 else {
            throw ScanError(
                code: .unreadable, operation: "estimate from \(drawn.count) blocks",
                cause:
                    "\(drawn.count - readable.count) of them cannot be read; \(ScanFolder.failedName) lists why"
            )
        }
        let merged = try state.merged(by: rule, limits: limits, cancellation: cancellation)
        let counts = cells.counts(
            merged.lazy.filter { $0.score >= rule.threshold }, inCells: readable,
            scale: state.task.view?.scale)
        return rule.labels.map { label in
            CountEstimate(
                counts: counts[label] ?? [Int](repeating: 0, count: readable.count), cellCount: cellCount)
        }
    }
}
