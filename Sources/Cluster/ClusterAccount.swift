package import Scanning

/// Where the time of a cluster's slots went in a scan, and what each range took.
package struct ClusterAccount: Hashable, Sendable, Codable {
    /// Seconds of slots; together they are all of them.
    package struct Parts: Hashable, Sendable, Codable {
        /// Cutting windows and scoring them.
        package var score: Double
        /// Waiting for bytes of stores and web servers.
        package var read: Double
        /// Waiting for pixels otherwise: their decoding, and this machine's disks, which GDAL reads meanwhile.
        package var decode: Double
        /// All else in a range: starting the worker process, opening the scene, compiling the model, making rows.
        package var open: Double
        /// Writing and committing rows.
        package var write: Double
        /// Between two ranges: Spark's own work.
        package var schedule: Double
        /// Until all slots had begun their first range: Spark's start, the program's way there, the start of Python.
        package var start: Double
        /// Time of slots that had no range left while others still scored the last ones.
        package var skew: Double
        /// After the last range.
        package var end: Double
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
    /// Addresses, by the number that a range has as its `scene`.
    package var scenes: [String]
    package var ranges: [Range]

    /// Whether a scan can have had it, for one that was read from a file.
    package var isPossible: Bool {
        let limit = 0...ScanGrid.sideLimit
        let times = [
            seconds, parts.score, parts.read, parts.decode, parts.open, parts.write, parts.schedule,
            parts.start, parts.skew, parts.end,
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
            ("scoring", parts.score), ("reading", parts.read), ("decoding", parts.decode),
            ("opening", parts.open), ("writing", parts.write), ("scheduling", parts.schedule),
            ("starting", parts.start), ("skew", parts.skew), ("ending", parts.end),
        ].map { ($0.0, $0.1 / all) }
    }
}
