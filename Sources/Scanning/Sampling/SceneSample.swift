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

    /// Draws cells, each with the same chance.
    ///
    /// - Parameter fraction: of the scene's windows that are to be scored; in `0...1`.
    /// - Throws: `ScanError` where so few windows make too few cells, with the fraction that would do.
    package init(of grid: ScanGrid, fraction: Double, seed: UInt64) throws(ScanError) {
        let cells = SampleCells(grid, fraction: fraction)
        let count = cells.sampleCount(fraction: fraction)
        guard count >= SampleCells.leastCount || count == cells.count && count > 1 else {
            let percents = stride(from: 1.0, through: 100, by: 1).first { percents in
                let share = percents / 100
                return SampleCells(grid, fraction: share).sampleCount(fraction: share)
                    >= SampleCells.leastCount
            }
            let advice =
                percents.map { "give --sample \(Int($0))% or more, or scan all of it" }
                ?? "it is too small for a sample; scan all of it"
            throw ScanError(
                code: .wrongTask,
                operation: "draw a sample of \(fraction * 100)% of \(grid.windowCount) windows",
                cause:
                    "that is \(count) blocks with their margins, and \(SampleCells.leastCount) are needed; \(advice)"
            )
        }
        self.init(cells, count: count, seed: seed)
    }

    package init(_ cells: SampleCells, count: Int, seed: UInt64) {
        (self.cells, self.seed) = (cells, seed)
        var random = SplitMix64(seed: seed)
        // Floyd's method: as many numbers as cells are drawn.
        var drawn: Set<Int> = []
        for last in cells.count - count..<cells.count {
            let cell = Int.random(in: 0...last, using: &random)
            drawn.insert(drawn.contains(cell) ? last : cell)
        }
        self.drawn = drawn.sorted()
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

    /// Windows of the drawn cells themselves.
    package var windowCount: Int { drawn.reduce(0) { $0 + cells.windows(ofCell: $1).windowCount } }

    /// What the sample says of each label of a rule.
    ///
    /// - Parameter state: with all windows of the sample.
    package func estimates(
        from state: ScanState, by rule: MergeRule, limits: ScanLimits, cancellation: Cancellation
    ) throws -> [CountEstimate] {
        let merged = try state.merged(by: rule, limits: limits, cancellation: cancellation)
        let counts = cells.counts(
            merged.lazy.filter { $0.score >= rule.threshold }, inCells: drawn, scale: state.task.view?.scale)
        return rule.labels.map { label in
            CountEstimate(
                counts: counts[label] ?? [Int](repeating: 0, count: drawn.count), cellCount: cells.count)
        }
    }
}
