package import Scanning

/// What a cluster is asked to do: scenes with their tasks, and ranges with what they are estimated to cost.
package struct ClusterPlan: Hashable, Sendable, Codable {
    /// Some windows of a scene.
    package struct Range: Hashable, Sendable, Codable {
        /// The number of its scene's task in the plan.
        package var scene: Int
        package var rows: Swift.Range<Int>
        package var columns: Swift.Range<Int>
        /// Estimated, in seconds of one slot.
        package var cost: Double

        package init(scene: Int, windows: WindowRange, cost: Double) {
            (self.scene, self.cost) = (scene, cost)
            (rows, columns) = (windows.rows, windows.columns)
        }

        package var windows: WindowRange { WindowRange(rows: rows, columns: columns) }
    }
    /// The program's version: workers of another one are refused.
    package var version: String
    /// One for each scene, by its number.
    package var tasks: [TaskMessage]
    /// The most expensive ones first.
    package var ranges: [Range]

    package init(version: String, tasks: [TaskMessage], ranges: [Range]) {
        (self.version, self.tasks) = (version, tasks)
        self.ranges = ranges.sorted { $0.cost > $1.cost }
    }

    package var windowCount: Int { ranges.reduce(0) { $0 + $1.windows.windowCount } }
}

/// How large the ranges of a plan are.
package struct RangeSize: Hashable, Sendable {
    /// What ranges are like where nothing else is asked for. Workers tell it to jobs that make plans of their own (`Settled`).
    package struct Usual: Hashable, Sendable, Codable {
        /// How long one range takes: long beside what Spark spends on each of its tasks, and short beside what is lost with a
        /// machine.
        package var seconds = 4.0
        /// How long one range takes at least, however few there are then.
        package var leastSeconds = 0.2
        /// How many ranges there are for each slot, at least: the more, the shorter is the wait for the last one.
        package var leastCountPerSlot = 20

        package init() {}
    }
    /// Blocks of a range: while one is scored, the next is read.
    package static let blocksPerRange = 4

    /// Windows of a range, about.
    package let windowCount: Int

    package init(windowCount: Int) {
        precondition(windowCount > 0)
        self.windowCount = windowCount
    }

    /// For a scan that has more ranges than slots anyway.
    package init(secondsPerWindow: Double) {
        self.init(windowCount: max(1, Int((Usual().seconds / secondsPerWindow).rounded())))
    }

    /// - Parameter secondsPerWindow: of one slot.
    /// - Parameter windowCount: of all scenes together.
    /// - Parameter slotCount: ranges that are scored at the same time.
    package init(
        secondsPerWindow: Double, windowCount: Int, slotCount: Int
    ) {
        precondition(secondsPerWindow > 0 && windowCount > 0 && slotCount > 0)
        let usual = Usual()
        let byTime = usual.seconds / secondsPerWindow
        let bySlots = Double(windowCount) / Double(slotCount * usual.leastCountPerSlot)
        let least = usual.leastSeconds / secondsPerWindow
        self.windowCount = max(1, Int(min(byTime, max(least, bySlots)).rounded()))
    }

    /// Bound on the pixels of a block, such that a range has some of them.
    package func blockPixelLimit(_ grid: ScanGrid) -> Int {
        let side = (Double(windowCount) / Double(Self.blocksPerRange)).squareRoot().rounded(.up)
        let length = max(1, Int(side) - 1) * grid.stride + grid.windowSize
        return length * length
    }

    /// Neighbouring blocks of one row of blocks, as many as have about the wanted number of windows.
    ///
    /// - Parameter blocks: as `SceneScan.blockWindows` gives them.
    package func ranges(of blocks: [WindowRange]) -> [WindowRange] {
        var ranges: [WindowRange] = []
        for block in blocks {
            if let last = ranges.last, last.rows == block.rows,
                last.columns.upperBound == block.columns.lowerBound,
                last.windowCount + block.windowCount <= windowCount
            {
                let columns = last.columns.lowerBound..<block.columns.upperBound
                ranges[ranges.count - 1] = WindowRange(rows: last.rows, columns: columns)
            } else {
                ranges.append(block)
            }
        }
        return ranges
    }
}
