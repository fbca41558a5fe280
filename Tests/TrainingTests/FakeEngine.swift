import Engines
import Networks
import Synchronization

/// An engine whose programs only write down what they are asked, so that the loop around them can be seen.
final class FakeEngine: Engine {
    struct Step: Hashable, Sendable {
        /// The first byte of each tile.
        var firstBytes: [UInt8]
        var labels: [Int32]
        var learningRate: Float
    }

    private let log = Mutex<[Step]>([])
    /// By number of steps done before.
    private let loss: @Sendable (Int) -> Float

    init(loss: @escaping @Sendable (Int) -> Float = { 2 / Float($0 + 1) }) { self.loss = loss }

    var description: String { "fake" }
    let abilities = Abilities.training
    let numerics = Numerics(engine: "fake", precision: .fp32, library: "none")
    var steps: [Step] { log.withLock { $0 } }

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        throw EngineError(code: .unsupportedGraph, operation: "evaluate", cause: "this one only pretends")
    }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram { FakeScoring() }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram { FakeTraining(engine: self, state: state) }

    /// - Parameter stepCount: steps done before.
    /// - Returns: the step's loss.
    fileprivate func add(_ step: Step, stepCount: Int) -> Float {
        log.withLock { $0.append(step) }
        return loss(stepCount)
    }
}

private final class FakeScoring: ScoringProgram {
    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        for index in scores.indices { scores[index] = index == 0 ? 1 : 0 }
    }
}

/// Counts the steps in every momentum, and adds all of a batch to every weight.
private final class FakeTraining: TrainingProgram {
    private let engine: FakeEngine
    private var current: TrainingState
    private var stepCount: Int

    init(engine: FakeEngine, state: TrainingState) {
        (self.engine, current) = (engine, state)
        stepCount = Int(state.momenta.values.first?.values.first ?? 0)
    }

    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult {
        stepCount += 1
        let sum = pixelsNHWC.indices.reduce(0) { $0 + Int(pixelsNHWC[$1]) }
        for (name, tensor) in current.weights {
            let changed = tensor.values.map { $0 + Float(sum) * learningRate }
            current.weights[name] = Tensor(shape: tensor.shape, values: changed)
            current.momenta[name] = Tensor(shape: tensor.shape, repeating: Float(stepCount))
        }
        let tileByteCount = pixelsNHWC.count / targets.labels.count
        let step = FakeEngine.Step(
            firstBytes: targets.labels.indices.map { pixelsNHWC[$0 * tileByteCount] },
            labels: targets.labels, learningRate: learningRate)
        return StepResult(
            loss: engine.add(step, stepCount: stepCount - 1), correctCount: targets.labels.count / 2,
            topFiveCount: targets.labels.count)
    }

    func state() throws(EngineError) -> TrainingState { current }
}
