public import Engines
public import ModelFiles
import Networks
import Pixels
import Rasters

/// Finds what a model knows in a scene of any size.
///
/// Block by block, the windows are cut out and scored, or in a dense scan the block as a whole; what reaches the lowest score is kept, and of overlapping
/// detections of one class the best. The next blocks are read meanwhile on a thread of their own. Memory is bounded
/// by the plan's `blockPixelLimit` and the number of detections, not by the scene. The detections are the same for
/// every block size and number of workers.
///
/// - Parameter model: what `plan.modelPath` holds.
/// - Parameter progress: called after each call of the engine.
/// - Parameter shouldStop: asked after each call of the engine; when true, the scan ends with what the finished blocks
///   hold.
/// - Returns: what was found. A block that cannot be read ends the scan with what the blocks before it hold, and with
///   the reason as `failure`.
/// - Throws: `ScanError` for a plan that does not fit itself, the model or the scene; the rasters' errors where not even
///   the first block can be read; the engine's errors.
public func scan(
    _ plan: ScanPlan, model: Model, engine: any Engine,
    progress: (ScanProgress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
) throws -> ScanResult {
    try plan.check()
    let labels = try plan.labels(in: model)
    let scene = try Raster(opening: plan.scenePath)
    var prepared = try PreparedScan(
        plan, sceneWidth: scene.width, sceneHeight: scene.height, model: model, labels: labels, engine: engine
    )
    let (windows, blocks) = (prepared.windows, prepared.blocks)

    let reader = BlockReader(scenePath: plan.scenePath, blocks: blocks, ahead: 2)
    defer { reader.finish() }
    var timing = ScanTiming()
    var failure: String?
    let start = ContinuousClock.now
    func show(_ windowCount: Int) {
        progress(
            ScanProgress(
                finishedWindowCount: windowCount, windowCount: windows.windowCount,
                seconds: start.secondsSince))
    }
    for (index, block) in blocks.enumerated() {
        let waitStart = ContinuousClock.now
        let image: Image
        do {
            image = try reader.next()
        } catch {
            guard index > 0 else { throw error }
            failure = "\(error)"
            break
        }
        timing.waitSeconds += waitStart.secondsSince
        let scoreStart = ContinuousClock.now
        let goesOn = try prepared.scorer.score(
            block, pixels: image, progress: show, shouldStop: shouldStop)
        timing.scoreSeconds += scoreStart.secondsSince
        if !goesOn || shouldStop() { break }
    }
    let endStart = ContinuousClock.now
    try prepared.scorer.finish(progress: show)
    timing.scoreSeconds += endStart.secondsSince
    let scorer = prepared.scorer
    let mergeStart = ContinuousClock.now
    let detections = nonMaximumSuppression(scorer.candidates.detections, iouThreshold: plan.iouThreshold)
    timing.mergeSeconds = mergeStart.secondsSince
    timing.readSeconds = reader.readSeconds
    timing.totalSeconds = start.secondsSince
    timing.windowsPerSecond = Double(scorer.candidates.windowCount) / timing.totalSeconds
    return ScanResult(
        plan: plan, sceneWidth: scene.width, sceneHeight: scene.height, classes: model.classes,
        labels: labels, allDetections: detections, windowCount: scorer.candidates.windowCount,
        blockCount: blocks.count, finishedBlockCount: scorer.finishedBlockCount, failure: failure,
        timing: timing)
}
