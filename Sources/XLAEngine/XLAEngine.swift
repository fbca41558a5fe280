public import Engines
public import Foundation
public import Networks

/// Runs graphs on accelerators: each program is written as StableHLO text, compiled and run through a PJRT plugin.
///
/// - Source of the design: `docs/architecture.md`.
public struct XLAEngine: Engine {
    public let precision: Precision
    let devices: DeviceGroup

    /// - Parameter indices: the devices that compute together, each on its part of every batch; the first one by default.
    /// - Parameter precision: fp32 or bf16.
    /// - Parameter cacheFolder: where compiled programs are kept; `nil` for nowhere.
    /// - Throws: where there is no such device, or for a precision that there is not.
    public init(
        _ accelerator: Accelerator, devices indices: [Int] = [0], precision: Precision = .fp32,
        cacheFolder: URL? = nil
    ) throws(EngineError) {
        guard precision != .int8 else {
            throw EngineError(
                code: .unsupportedGraph, operation: "compute in int8 on \(accelerator.platformName)",
                cause: "int8 works only on the CPU; use fp32 or bf16 on accelerators")
        }
        self.precision = precision
        devices = try DeviceGroup(accelerator, indices, cache: ProgramCache(folder: cacheFolder))
    }

    public var description: String { "\(devices.description), \(precision.rawValue)" }

    public let abilities: Abilities = [.training, .windowScoring, .denseScoring]

    public var numerics: Numerics {
        Numerics(
            engine: devices.client.platformName.lowercased(), precision: precision,
            library: devices.client.platformVersion, instructions: devices.kind)
    }

    /// The numbers that activations are kept in.
    var activations: Element { Element(precision) }

    public func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        try graph.check()
        let module = ModuleText(evaluating: graph, activations: activations)
        let one = devices.first
        let program = try one.compile(module, cached: false)
        var arguments: [DeviceBuffer] = []
        for case let (name, shape)? in graph.nodes.map(\.op.binding) {
            guard let tensor = inputs[name], tensor.shape == shape else {
                throw .wrongTensor(name, shape: inputs[name]?.shape, expected: shape)
            }
            arguments += try one.upload(tensor)
        }
        let results = try program.run([arguments], results: module.results.map(\.type))[0]
        var tensors: [Tensor] = []
        for (result, id) in zip(results, graph.outputs) {
            tensors.append(Tensor(shape: graph[id].shape, values: try result.floats()))
        }
        return tensors
    }

    public func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        try withBatchThatFits(batchSize) { batchSize throws(EngineError) in
            try XLAScoringProgram(
                network: network, weights: weights, batchSize: batchSize, activations: activations,
                devices: devices)
        }
    }

    public func windowScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int
    ) throws(EngineError) -> any WindowScoringProgram {
        try withBatchThatFits(batchSize) { batchSize throws(EngineError) in
            try XLAWindowScoringProgram(
                network: network, weights: weights, blockSize: blockSize, batchSize: batchSize,
                activations: activations, devices: devices)
        }
    }

    /// Halves a batch that the devices have no memory for: scores do not depend on it.
    private func withBatchThatFits<Program>(
        _ batchSize: Int, _ make: (Int) throws(EngineError) -> Program
    ) throws(EngineError) -> Program {
        var batchSize = batchSize
        while true {
            do throws(EngineError) {
                return try make(batchSize)
            } catch {
                guard error.code == .outOfMemory, batchSize > devices.count else { throw error }
                batchSize = max(devices.count, batchSize / 2)
            }
        }
    }

    public func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        try XLADenseScoringProgram(
            network: network, weights: weights, blockSize: blockSize, stride: stride,
            activations: activations, devices: devices)
    }

    public func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        try XLATrainingProgram(
            network: network, state: state, configuration: configuration, activations: activations,
            devices: devices)
    }
}
