public import Engines
public import Files
import Logging
public import ModelFiles
package import Networks
import Pixels
public import Rasters

/// Scores windows of one scene: what a command, a worker process and a service have in common.
///
/// Windows are read and scored block by block, in a dense scan each block as a whole, and delivered to a collector. The next
/// blocks are read meanwhile on a thread of their own. Memory is bounded by the limits, not by the scene. The scores are the same
/// for every block size, number of workers and order of ranges. Use it from one thread at a time, never one of Swift's
/// cooperative pool.
public struct SceneScan {
    /// Blocks that are read and not yet scored.
    private static let blocksAhead = 2

    public let task: ScanTask
    public let scene: Scene
    /// The blocks of the whole grid.
    private let blocks: [Block]
    private let chooser: WindowChooser
    /// Pixels beyond a window's edges that its score depends on.
    private let reach: Int
    /// As made: each range is scored by a copy, so that nothing of a scan that was ended is left in it.
    private let scorer: any SceneScorer

    /// Compiles the model for the task.
    ///
    /// - Parameter scene: the one that the task is about.
    /// - Parameter model: of the file with the task's digest.
    /// - Parameter engine: with the task's numerics.
    /// - Parameter deliversFeatures: whether collectors get the pooled features beside the scores.
    /// - Throws: `ScanError` where scene or numerics are not the task's, so that a machine that cannot compute the same bits takes
    ///   nothing, and where a dense scan has blocks that no plan has; the engine's errors.
    public init(
        _ task: ScanTask, scene: Scene, model: Model, engine: any Engine, limits: ScanLimits = ScanLimits(),
        deliversFeatures: Bool = false
    ) throws {
        let classCount = model.classes.count
        try task.check(classCount: classCount)
        guard scene.identity == task.scene, scene.view == task.view,
            scene.width == task.grid.sceneWidth, scene.height == task.grid.sceneHeight
        else {
            throw ScanError(
                code: .anotherTask, operation: "scan \(scene.address)",
                cause: "it is not the scene of the task, or it has changed")
        }
        let network = try Network(model.architecture)
        let differences = try engine.numerics(scoring: network, weights: model.weights)
            .differences(from: task.numerics)
        guard differences.isEmpty, model.architecture.inputSize == task.grid.windowSize else {
            throw ScanError(
                code: .anotherTask, operation: "score as the task wants",
                cause: differences.isEmpty
                    ? "the model's window size differs" : differences.joined(separator: "; "))
        }
        self.task = task
        self.scene = scene
        chooser = WindowChooser(task)
        if let blockSize = task.denseBlock {
            guard !deliversFeatures else {
                throw ScanError(
                    code: .wrongTask, operation: "score densely",
                    cause: "a dense scan gives no features of windows; use an exact scan")
            }
            let geometry = try network.denseGeometry(stride: task.grid.stride)
            let plan = try DensePlan(task.grid, geometry: geometry, blockSize: blockSize)
            reach = geometry.reach
            let program = try Self.denseProgram(plan, network, model.weights, engine)
            blocks = plan.blocks
            scorer = DenseScorer(program: program, plan: plan, classCount: classCount)
            return
        }
        reach = 0
        blocks = Self.blocks(of: task, scene: scene, limits: limits)
        let batchSize = BatchSize.most(windowSize: task.grid.windowSize)
        if deliversFeatures {
            let program = try engine.featureScoringProgram(
                for: network, weights: model.weights, batchSize: batchSize)
            scorer = BlockScorer(
                featureProgram: program, grid: task.grid, classCount: classCount, views: task.views)
        } else if engine.abilities.contains(.windowScoring) {
            let largest = BlockSize(
                height: blocks.map(\.bounds.height).max() ?? 1, width: blocks.map(\.bounds.width).max() ?? 1)
            scorer = try Self.windowScorer(
                task, largest, network, model.weights, engine, batchSize: batchSize)
        } else {
            let program = try engine.scoringProgram(
                for: network, weights: model.weights, batchSize: batchSize)
            scorer = BlockScorer(
                program: program, grid: task.grid, classCount: classCount, views: task.views)
        }
    }

    /// How the whole grid of an exact scan is read.
    private static func blocks(of task: ScanTask, scene: Scene, limits: ScanLimits) -> [Block] {
        task.grid.blocks(
            of: task.grid.range, storedBlock: (scene.storedBlock.width, scene.storedBlock.height),
            pixelLimit: limits.blockPixelLimit)
    }

    /// The windows of each block that is read at once, from top to bottom, then from left to right: ranges that are made of whole
    /// ones read no pixel twice but for the borders of windows.
    ///
    /// - Parameter network: the model's.
    package static func blockWindows(
        of task: ScanTask, scene: Scene, network: Network, limits: ScanLimits
    ) throws -> [WindowRange] {
        guard let blockSize = task.denseBlock else {
            return blocks(of: task, scene: scene, limits: limits).map(\.windows)
        }
        let geometry = try network.denseGeometry(stride: task.grid.stride)
        return try DensePlan(task.grid, geometry: geometry, blockSize: blockSize).blocks.map(\.windows)
    }

    /// Those of some windows that lie in the area which a task is about.
    package static func windowsInArea(of task: ScanTask, among windows: [WindowRange]) -> [WindowRange] {
        WindowChooser(task).divide(windows).wanted
    }

    /// Those that no pixel is needed to skip, with the reason.
    package static func skippedWithoutPixels(
        of task: ScanTask, among windows: [WindowRange]
    ) -> [(windows: WindowRange, reason: SkipReason)] {
        WindowChooser(task).divide(windows).skipped.map { ($0.windows, $0.reason) }
    }

    /// - Parameter largest: of all blocks.
    private static func windowScorer(
        _ task: ScanTask, _ largest: BlockSize, _ network: Network, _ weights: Weights, _ engine: any Engine,
        batchSize: Int
    ) throws -> WindowScorer {
        func program(_ blockSize: BlockSize) throws -> any WindowScoringProgram {
            try engine.windowScoringProgram(
                for: network, weights: weights, blockSize: blockSize, batchSize: batchSize)
        }
        let upright = try program(largest)
        let isTurned = WindowViews.symmetries(task.views).contains { $0.swapsSides }
        let sideways =
            isTurned && largest.width != largest.height
            ? try program(BlockSize(height: largest.width, width: largest.height)) : upright
        return WindowScorer(
            program: upright, sidewaysProgram: sideways, grid: task.grid,
            classCount: network.architecture.classCount, views: task.views)
    }

    private static func denseProgram(
        _ plan: DensePlan, _ network: Network, _ weights: Weights, _ engine: any Engine
    ) throws -> any DenseScoringProgram {
        try namingDenseBlock {
            try engine.denseScoringProgram(
                for: network, weights: weights, blockSize: plan.blockSize, stride: plan.step)
        }
    }

    /// Adds to the error of a device without memory for a block what helps.
    private static func namingDenseBlock<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch var error as EngineError where error.code == .outOfMemory {
            error.cause += "; smaller blocks may fit: --dense-block"
            throw error
        }
    }

    /// Scores the windows of a range that the task's selection wants, and skips the others.
    ///
    /// - Parameter finished: windows that are left out.
    /// - Returns: where the time went. Windows that touch what cannot be read are left out; once the others are done, `ScanError`
    ///   says how many are missing, where and why.
    /// - Throws: also `Cancelled`, within one call of the engine; what the collector throws; `RasterError` where nothing can
    ///   be read at all, or the scene was replaced. What was delivered before is good in each case.
    public func score(
        _ range: WindowRange, except finished: FinishedWindows? = nil,
        into collector: inout some ScoreCollector, job: Job<ScanProgress>
    ) throws -> ScanTiming {
        try score([range], except: finished, into: &collector, job: job)
    }

    /// The same for several ranges, in which each window is once.
    package func score(
        _ ranges: [WindowRange], except finished: FinishedWindows? = nil,
        into collector: inout some ScoreCollector, job: Job<ScanProgress>
    ) throws -> ScanTiming {
        precondition(ranges.allSatisfy(task.grid.range.contains))
        var scorer = scorer
        let missing = ranges.flatMap { missingParts(of: $0, except: finished) }
        var outside: [WindowChooser.Skipped] = []
        let parts = missing.compactMap { part -> (block: Block, windows: [WindowRange])? in
            let (wanted, skipped) = chooser.divide(part.windows)
            outside += skipped
            return wanted.isEmpty ? nil : (narrowed(part.block, to: wanted), wanted)
        }
        var tally = ScanTally(
            windowCount: chooser.count(ranges), missingCount: chooser.count(missing.flatMap(\.windows)))
        var damage = Damage(task, reach: reach)
        // Where it goes on with a scan, that is what there is to say.
        if tally.progress.finishedWindowCount > 0 { job.report(tally.progress) }
        func skip(_ skipped: [WindowChooser.Skipped]) throws {
            for skipped in skipped {
                try collector.skip(skipped.windows, skipped.reason)
                if skipped.reason != .beside { tally.skippedCount += skipped.windows.windowCount }
            }
        }
        try skip(outside)
        let reader = BlockReader(scene, blocks: parts.map(\.block.bounds), ahead: Self.blocksAhead)
        defer { reader.finish() }
        func deliver(_ found: WindowScores) throws {
            try collector.collect(found)
            tally.scoredCount += found.windows.windowCount
            job.report(tally.progress)
        }
        for part in parts {
            let waitStart = ContinuousClock.now
            let read = try reader.next(job.cancellation)
            tally.timing.waitSeconds += waitStart.secondsSince
            try job.checkCancellation()
            let windows = damage.add(read.lost, of: part.windows)
            guard !windows.isEmpty else { continue }
            let scoreStart = ContinuousClock.now
            let (wanted, skipped) = chooser.divide(windows, of: part.block, read.pixels)
            try skip(skipped)
            if !wanted.isEmpty {
                try Self.namingDenseBlock {
                    try scorer.score(
                        wanted, of: part.block, pixels: read.pixels.image, cancellation: job.cancellation,
                        deliver: deliver)
                }
            }
            tally.timing.scoreSeconds += scoreStart.secondsSince
        }
        let endStart = ContinuousClock.now
        try Self.namingDenseBlock { try scorer.finish(deliver: deliver) }
        tally.timing.scoreSeconds += endStart.secondsSince
        tally.timing.readSeconds = reader.time.seconds
        tally.timing.fetchSeconds = reader.time.fetchSeconds
        job.logger.debug(
            "windows scored",
            metadata: [
                "scene": "\(scene.address)", "windows": "\(tally.scoredCount)",
                "skipped": "\(tally.skippedCount)",
                "unreadable": "\(damage.windowCount)", "readSeconds": "\(tally.timing.readSeconds)",
                "fetchSeconds": "\(tally.timing.fetchSeconds ?? 0)",
                "waitSeconds": "\(tally.timing.waitSeconds)",
                "scoreSeconds": "\(tally.timing.scoreSeconds)",
            ])
        return try tally.finished(damage)
    }

    /// What is missing of each block.
    private func missingParts(
        of range: WindowRange, except finished: FinishedWindows?
    ) -> [(block: Block, windows: [WindowRange])] {
        blocks.compactMap { block in
            guard let own = block.windows.intersection(range) else { return nil }
            let missing = finished?.missing(in: own) ?? [own]
            return missing.isEmpty ? nil : (block, missing)
        }
    }

    /// In an exact scan no more of a block is read than its windows need.
    private func narrowed(_ block: Block, to windows: [WindowRange]) -> Block {
        guard task.denseBlock == nil, let all = WindowRange(enclosing: windows) else { return block }
        return Block(windows: all, bounds: task.grid.bounds(of: all))
    }
}

extension [WindowRange] {
    fileprivate var windowCount: Int { reduce(0) { $0 + $1.windowCount } }
}

/// How far scoring is, and what could not be read.
private struct ScanTally {
    let windowCount: Int
    let missingCount: Int
    var scoredCount = 0
    var skippedCount = 0
    var timing = ScanTiming()
    private let start = ContinuousClock.now

    init(windowCount: Int, missingCount: Int) {
        (self.windowCount, self.missingCount) = (windowCount, missingCount)
    }

    var progress: ScanProgress {
        ScanProgress(
            finishedWindowCount: windowCount - missingCount + scoredCount + skippedCount,
            windowCount: windowCount,
            scoredWindowCount: scoredCount, seconds: start.secondsSince)
    }

    /// - Throws: where not everything could be read.
    func finished(_ damage: Damage) throws -> ScanTiming {
        if let error = damage.firstError {
            // Of a scene of which there is nothing at all, there is nothing else to say.
            guard scoredCount + skippedCount > 0 || missingCount < windowCount else { throw error }
            throw ScanError(
                unreadable: damage.rectangles, of: windowCount, cause: "\(error)")
        }
        var timing = timing
        timing.scoredWindowCount = scoredCount
        timing.scanSeconds = start.secondsSince
        return timing
    }
}

/// How far a scan is.
public struct ScanProgress: Hashable, Sendable {
    /// Windows of the range, with those that were finished before.
    public var finishedWindowCount: Int
    public var windowCount: Int
    /// Since this job began.
    public var scoredWindowCount: Int
    /// Since the first block was asked for.
    public var seconds: Double

    public var windowsPerSecond: Double { seconds > 0 ? Double(scoredWindowCount) / seconds : 0 }
    /// Estimated from the rate so far; `nil` before anything is done.
    public var remainingSeconds: Double? {
        guard scoredWindowCount > 0 else { return nil }
        return Double(windowCount - finishedWindowCount) / windowsPerSecond
    }
}

/// Where the time of a scan went, in seconds.
public struct ScanTiming: Hashable, Sendable, Codable {
    /// Windows that were scored in this run.
    public var scoredWindowCount = 0
    /// Reading and decoding, on a thread beside the others.
    public var readSeconds = 0.0
    /// Of it, waiting for bytes of stores and web servers; `nil` where an older version wrote it.
    public var fetchSeconds: Double? = 0.0
    /// Time in which scoring stood still because the next block was not there yet.
    public var waitSeconds = 0.0
    /// Cutting windows, scoring them and keeping the candidates.
    public var scoreSeconds = 0.0
    /// From the candidates in files to the detections.
    public var mergeSeconds = 0.0
    /// The outputs, with their pictures.
    public var writeSeconds = 0.0
    /// From the first block to the last window; the model's compilation, merging and outputs are not in it.
    public var scanSeconds = 0.0

    public init() {}

    /// Windows that were scored over `scanSeconds`.
    public var windowsPerSecond: Double { scanSeconds > 0 ? Double(scoredWindowCount) / scanSeconds : 0 }
}
