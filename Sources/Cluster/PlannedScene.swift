package import Engines
package import Files
package import ModelFiles
package import Networks
package import Rasters
package import Scanning

/// A scene as a cluster takes it: its task, and ranges of its windows to give out.
package struct PlannedScene: Sendable {
    package let message: TaskMessage
    /// All windows, each once, in ranges of whole blocks from top to bottom. A scene that is not read in place is a single range.
    package let ranges: [WindowRange]

    /// - Parameter number: of the task.
    /// - Parameter model: where workers find it.
    /// - Parameter blockPixelLimit: of one machine; smaller ranges have smaller blocks.
    package init(
        _ scan: ScanTask, of scene: Scene, number: Int, model: String, network: Network, size: RangeSize,
        blockPixelLimit: Int
    ) throws {
        let pixelLimit =
            scan.denseBlock == nil && scene.isReadInPlace
            ? min(blockPixelLimit, size.blockPixelLimit(scan.grid)) : blockPixelLimit
        let address = scene.address.absolute
        message = TaskMessage(
            task: number, scan: scan, scene: address.localPath ?? address.description, model: model,
            blockPixelLimit: pixelLimit)
        guard scene.isReadInPlace else {
            ranges = [scan.grid.range]
            return
        }
        ranges = size.ranges(
            of: try SceneScan.blockWindows(
                of: scan, scene: scene, network: network, limits: ScanLimits(blockPixelLimit: pixelLimit)))
    }
}

extension ScanTask {
    /// Shares of a scene's blocks that lie before the ones which are measured.
    private static let measuredPlaces = [0.5, 0.25, 0.75, 0, 1]

    /// Time of processors for a window, in seconds: measured on a block in the middle of the scene, or on another one where that cannot
    /// be read. Of a scene that is not read in place, on the first one.
    ///
    /// - Parameter engine: with the task's numerics.
    /// - Returns: `nil` where none of some blocks can be read; of blocks that are damaged in part, what the others would take.
    package func measuredSecondsPerWindow(
        _ scene: Scene, _ model: Model, _ engine: any Engine, limits: ScanLimits = ScanLimits(),
        cancellation: Cancellation = Cancellation()
    ) throws -> Double? {
        let network = try Network(model.architecture)
        let blocks = try SceneScan.blockWindows(of: self, scene: scene, network: network, limits: limits)
        let scan = try SceneScan(
            withAllWindows, scene: scene, model: model, engine: engine, limits: limits)
        let places = scene.isReadInPlace ? Self.measuredPlaces : [0]
        var tried: Set<Int> = []
        var secondsOfPart: Double?
        for place in places.map({ min(blocks.count - 1, Int(Double(blocks.count) * $0)) })
        where tried.insert(place).inserted {
            let block = blocks[place]
            // Of an exact scan, as many as one call of the engine takes; a dense one scores its whole block.
            let rows = block.rows.lowerBound..<min(block.rows.upperBound, block.rows.lowerBound + 16)
            let range = denseBlock == nil ? WindowRange(rows: rows, columns: block.columns) : block
            // The first time, memory is taken and files are opened.
            let count = try scan.readableWindowCount(of: range, cancellation)
            guard count > 0 else { continue }
            let start = ProcessUsage.cpuSeconds
            guard try scan.readableWindowCount(of: range, cancellation) == count else { continue }
            let seconds = max(1e-9, (ProcessUsage.cpuSeconds - start) / Double(count))
            if count == range.windowCount { return seconds }
            secondsOfPart = min(secondsOfPart ?? seconds, seconds)
        }
        return secondsOfPart
    }
}

extension SceneScan {
    /// Scores windows, and forgets the scores.
    ///
    /// - Returns: how many of them could be scored.
    fileprivate func readableWindowCount(of range: WindowRange, _ cancellation: Cancellation) throws -> Int {
        struct Count: ScoreCollector {
            var windowCount = 0
            mutating func collect(_ found: WindowScores) { windowCount += found.windows.windowCount }
            mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}
        }
        var count = Count()
        do {
            _ = try score(range, into: &count, job: Job<ScanProgress>(cancellation: cancellation))
        } catch let error as ScanError where error.code == .unreadable {
            return count.windowCount
        } catch let error as RasterError where error.code != .interrupted {
            // What has become of the scene is told where it is scanned.
            return 0
        }
        return count.windowCount
    }
}
