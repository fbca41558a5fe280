public import Engines
public import Networks

/// Runs graphs on the CPU with oneDNN's kernels and our own.
public struct CPUEngine: Engine {
    public let workerCount: Int

    public init(workerCount: Int) throws(EngineError) {
        precondition(workerCount > 0)
        self.workerCount = workerCount
    }

    public var description: String { "cpu (\(workerCount) workers)" }

    public func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        throw EngineError(code: .unsupportedGraph, operation: "evaluate", cause: "not written yet")
    }

    public func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        throw EngineError(code: .unsupportedGraph, operation: "compile", cause: "not written yet")
    }

    public func trainingProgram(
        for network: Network, state: TrainingState, batchSize: Int, optimizer: Optimizer
    ) throws(EngineError) -> any TrainingProgram {
        throw EngineError(code: .unsupportedGraph, operation: "compile", cause: "not written yet")
    }
}
