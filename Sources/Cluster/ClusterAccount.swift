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
        /// How long a slot was busy with it.
        package var seconds: Double
        /// Processor time of the native process.
        package var cpuSeconds: Double

        package init(scene: Int, windows: WindowRange, seconds: Double, cpuSeconds: Double) {
            (self.scene, self.seconds, self.cpuSeconds) = (scene, seconds, cpuSeconds)
            (rows, columns) = (windows.rows, windows.columns)
        }

        package var windows: WindowRange { WindowRange(rows: rows, columns: columns) }
    }
    /// How many ranges could be scored at the same time, at most.
    package var slots: Int
    /// From the start of the application to its end.
    package var seconds: Double
    package var parts: Parts
    package var ranges: [Range]

    /// Whether a scan can have had it, for one that was read from a file.
    package var isPossible: Bool {
        let limit = 0...ScanGrid.sideLimit
        let times = [
            seconds, parts.score, parts.pixels, parts.open, parts.write, parts.schedule, parts.start,
            parts.tail,
        ]
        return slots > 0 && (times + ranges.map(\.seconds)).allSatisfy { (0...1e12).contains($0) }
            && ranges.allSatisfy { range in
                range.scene >= 0 && !range.windows.isEmpty
                    && [range.rows, range.columns].allSatisfy {
                        limit.contains($0.lowerBound) && limit.contains($0.upperBound)
                    }
            }
    }

    /// What each range cost besides itself.
    package var overheadSeconds: Double { (parts.write + parts.schedule) / Double(max(1, ranges.count)) }

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
