import Engines
import ModelFiles
import Networks
import Pixels

/// A scan that only needs to be given its blocks.
struct PreparedScan {
    let windows: WindowPlan
    let blocks: [Block]
    var scorer: any SceneScorer

    /// - Parameter labels: those that are looked for.
    init(
        _ plan: ScanPlan, sceneWidth: Int, sceneHeight: Int, model: Model, labels: [Int], engine: any Engine
    ) throws {
        let network = try Network(model.architecture)
        let candidates = Candidates(
            labels: labels, classCount: model.classes.count, lowestScore: plan.keptScore)
        guard !plan.isDense else {
            let geometry = try plan.denseGeometry(of: network)
            let (dense, program) = try Self.denseProgram(pixelLimit: plan.blockPixelLimit) { pixelLimit in
                try DensePlan(
                    sceneWidth: sceneWidth, sceneHeight: sceneHeight, windowSize: plan.windowSize,
                    stride: plan.stride, geometry: geometry, pixelLimit: pixelLimit)
            } program: { plan throws(EngineError) in
                try engine.denseScoringProgram(
                    for: network, weights: model.weights, blockSize: plan.blockSize, stride: plan.step)
            }
            (windows, blocks) = (dense.windows, dense.blocks)
            scorer = DenseScorer(
                program: program, plan: dense, classCount: model.classes.count, candidates: candidates)
            return
        }
        windows = try WindowPlan(
            sceneWidth: sceneWidth, sceneHeight: sceneHeight, windowSize: plan.windowSize,
            stride: plan.stride)
        blocks = windows.blocks(pixelLimit: plan.blockPixelLimit)
        let largest = BlockSize(
            height: blocks.map(\.bounds.height).max() ?? 1, width: blocks.map(\.bounds.width).max() ?? 1)
        let batchSize = BlockScorer.windowsPerCall(windowSize: plan.windowSize)
        if engine.abilities.contains(.windowScoring) {
            let program = try engine.windowScoringProgram(
                for: network, weights: model.weights, blockSize: largest, batchSize: batchSize)
            scorer = WindowScorer(program: program, windowSize: plan.windowSize, candidates: candidates)
        } else {
            let program = try engine.scoringProgram(
                for: network, weights: model.weights, batchSize: batchSize)
            scorer = BlockScorer(
                program: program, classCount: model.classes.count, windowSize: plan.windowSize,
                candidates: candidates)
        }
    }

    /// The plan with the largest blocks for which the device has memory.
    private static func denseProgram(
        pixelLimit: Int, plan: (Int) throws -> DensePlan,
        program: (DensePlan) throws(EngineError) -> any DenseScoringProgram
    ) throws -> (DensePlan, any DenseScoringProgram) {
        var tried = try plan(pixelLimit)
        while true {
            do throws(EngineError) {
                return (tried, try program(tried))
            } catch {
                let smaller = try plan(tried.blockSize.height * tried.blockSize.width / 2)
                guard error.code == .outOfMemory, smaller.blockSize != tried.blockSize else { throw error }
                tried = smaller
            }
        }
    }
}

extension ScanPlan {
    /// How the network sees a scene that it runs over once.
    ///
    /// - Throws: where windows cannot be scored so, with the strides that would do.
    func denseGeometry(of network: Network) throws(ScanError) -> DenseGeometry {
        let operation = "scan densely with a stride of \(stride)"
        let geometry: DenseGeometry
        do throws(GraphError) {
            geometry = try network.denseGeometry()
        } catch {
            throw ScanError(code: .wrongStride, operation: operation, cause: error.description)
        }
        let unit = geometry.totalStride
        guard stride.isMultiple(of: unit) else {
            let lower = stride / unit * unit
            let advice = lower > 0 ? "\(lower) or \(lower + unit)" : "\(unit)"
            throw ScanError(
                code: .wrongStride, operation: operation,
                cause:
                    "\(network.architecture.name) makes one feature of \(unit) pixels, so that windows can "
                    + "stand at multiples of \(unit) only: use \(advice)")
        }
        return geometry
    }
}
