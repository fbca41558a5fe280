public import Engines
public import Networks

/// Runs graphs on the CPU with oneDNN's convolutions and our own kernels between them.
///
/// - Source of the design: measurements in `docs/benchmarks.md`; why it is ours: `docs/architecture.md`.
public struct CPUEngine: Engine {
    /// Threads that compute; best one per core.
    public let workerCount: Int

    public init(workerCount: Int) {
        precondition(workerCount > 0)
        self.workerCount = workerCount
    }

    public var description: String {
        "cpu (oneDNN \(DNNLDevice.version), \(workerCount) \(workerCount == 1 ? "worker" : "workers"))"
    }

    public func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        let executable = try Executable(graph, pool: WorkerPool(workerCount: workerCount))
        for name in executable.parameters.keys { try executable.setParameter(name, to: inputs[name]) }
        for name in executable.inputs.keys { try executable.setInput(name, to: inputs[name]) }
        try executable.prepare(executable.parameters.keys)
        try executable.run(finalTasks: executable.laneSumTasks())
        return graph.outputs.map(executable.output)
    }

    public func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        try CPUScoringProgram(
            network: network, weights: weights, batchSize: batchSize, workerCount: workerCount)
    }

    public func trainingProgram(
        for network: Network, state: TrainingState, batchSize: Int, optimizer: Optimizer
    ) throws(EngineError) -> any TrainingProgram {
        try CPUTrainingProgram(
            network: network, state: state, batchSize: batchSize, optimizer: optimizer,
            workerCount: workerCount)
    }
}
