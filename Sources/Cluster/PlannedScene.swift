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
    /// Time of processors for a window, in seconds: measured on a block in the middle of the scene.
    ///
    /// - Parameter engine: with the task's numerics.
    package func measuredSecondsPerWindow(
        _ scene: Scene, _ model: Model, _ engine: any Engine, limits: ScanLimits = ScanLimits(),
        cancellation: Cancellation = Cancellation()
    ) throws -> Double {
        struct Nobody: ScoreCollector {
            mutating func collect(_ found: WindowScores) {}
            mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {}
        }
        let network = try Network(model.architecture)
        let blocks = try SceneScan.blockWindows(of: self, scene: scene, network: network, limits: limits)
        let block = blocks[blocks.count / 2]
        // Of an exact scan, as many as one call of the engine takes; a dense one scores its whole block.
        let rows = block.rows.lowerBound..<min(block.rows.upperBound, block.rows.lowerBound + 16)
        let range = denseBlock == nil ? WindowRange(rows: rows, columns: block.columns) : block
        let scan = try SceneScan(
            withAllWindows, scene: scene, model: model, engine: engine, limits: limits)
        var nobody = Nobody()
        let job = Job<ScanProgress>(cancellation: cancellation)
        // The first time, memory is taken and files are opened.
        _ = try scan.score(range, into: &nobody, job: job)
        let start = ProcessUsage.cpuSeconds
        _ = try scan.score(range, into: &nobody, job: job)
        return max(1e-9, (ProcessUsage.cpuSeconds - start) / Double(range.windowCount))
    }
}
