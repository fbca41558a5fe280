package import Scanning

/// Where the time of a cluster's slots went in a scan, and what each range took.
package struct ClusterAccount: Hashable, Sendable, Codable {
    /// Seconds of slots; together they are all of them.
    package struct Parts: Hashable, Sendable, Codable {
        /// Cutting windows and scoring them.
        package var score: Double
        /// Waiting for pixels that were not read and decoded yet.
        package var pixels: Double
        /// All else in a range: opening the scene, compiling the model, making rows.
        package var open: Double
        /// Writing and committing rows.
        package var write: Double
        /// Between two ranges: Spark's own work.
        package var schedule: Double
        /// Until all slots were busy for the first time.
        package var start: Double
        /// Since no range was left to begin.
        package var tail: Double
    }
    package struct Range: Hashable, Sendable, Codable {
        package var scene: Int
        package var rows: Swift.Range<Int>
        package var columns: Swift.Range<Int>
        /// Of one slot.
        package var seconds: Double
        /// Processor time of the native process.
        package var cpuSeconds: Double

        package init(scene: Int, windows: WindowRange, seconds: Double, cpuSeconds: Double) {
            (self.scene, self.seconds, self.cpuSeconds) = (scene, seconds, cpuSeconds)
            (rows, columns) = (windows.rows, windows.columns)
        }

        package var windows: WindowRange { WindowRange(rows: rows, columns: columns) }
    }
    /// As many as ranges were ever scored at the same time.
    package var slots: Int
    /// From the start of the application to its end.
    package var seconds: Double
    package var parts: Parts
    package var ranges: [Range]

    /// What each range cost besides itself.
    package var overheadSeconds: Double { (parts.write + parts.schedule) / Double(max(1, ranges.count)) }

    /// The ranges of the scene with the most windows.
    package var largestScene: [Range] {
        Dictionary(grouping: ranges, by: \.scene).values.max { left, right in
            left.reduce(0) { $0 + $1.windows.windowCount } < right.reduce(0) { $0 + $1.windows.windowCount }
        } ?? []
    }

    /// Each part with its name for people and its share of all time of the slots, in `0...1`.
    package var shares: [(name: String, share: Double)] {
        let all = max(1e-9, Double(slots) * seconds)
        return [
            ("scoring", parts.score), ("waiting for pixels", parts.pixels), ("opening", parts.open),
            ("writing", parts.write), ("scheduling", parts.schedule), ("starting", parts.start),
            ("idle at the end", parts.tail),
        ].map { ($0.0, $0.1 / all) }
    }
}
