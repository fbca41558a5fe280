import Engines
import Foundation
import Networks
import Testing
import XLAEngine

/// The programs' texts, run by jax: an engine that only trains, on so many virtual devices.
struct JaxEngine: Engine {
    let harness: JaxHarness
    let deviceCount: Int

    var description: String { "jax" }
    var abilities: Abilities { .training }
    var numerics: Numerics { Numerics(engine: "jax", precision: .fp32, library: "jax") }

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        preconditionFailure("it only trains")
    }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram { preconditionFailure("it only trains") }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        do {
            return try JaxTrainingProgram(self, network, state, configuration)
        } catch {
            throw EngineError(code: .deviceFailed, operation: "write the step", cause: "\(error)")
        }
    }
}

private final class JaxTrainingProgram: TrainingProgram {
    private let engine: JaxEngine
    private let configuration: TrainingConfiguration
    private let side: Int
    private let program: StableHLO.Training
    private var stateArrays: [JaxHarness.Array]
    private let fixedArrays: [JaxHarness.Array]
    private let start: TrainingState

    init(
        _ engine: JaxEngine, _ network: Network, _ state: TrainingState,
        _ configuration: TrainingConfiguration
    ) throws {
        (self.engine, self.configuration) = (engine, configuration)
        side = configuration.sampleSide(of: network)
        program = try StableHLO.training(network, configuration, deviceCount: engine.deviceCount)
        var start = state
        // Averages begin as the weights.
        start.averages = state.weights.merging(state.averages) { $1 }
        (stateArrays, fixedArrays) = (
            program.state.map { JaxHarness.Array($0.values(in: start)) },
            program.fixed.map { JaxHarness.Array($0.values(in: start)) }
        )
        self.start = start
    }

    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult {
        let bytes = pixelsNHWC.indices.map { pixelsNHWC[$0] }
        do {
            return try step(bytes, targets, learningRate)
        } catch {
            throw EngineError(code: .deviceFailed, operation: "run the step", cause: "\(error)")
        }
    }

    private func step(_ pixels: [UInt8], _ targets: Targets, _ learningRate: Float) throws -> StepResult {
        let count = configuration.batchSize / engine.deviceCount
        let rows = configuration.labelsPerSample
        func part<Element>(_ values: [Element], of device: Int, _ size: Int) -> ArraySlice<Element> {
            values[device * count * size..<(device + 1) * count * size]
        }
        let arguments = (0..<engine.deviceCount).map { device in
            stateArrays + fixedArrays + [
                JaxHarness.Array(
                    type: "ui8", shape: [count, side, side, 3],
                    bytes: Data(part(pixels, of: device, side * side * 3))),
                JaxHarness.Array(
                    type: "i32", shape: [count * rows],
                    bytes: part(targets.labels, of: device, rows).withUnsafeBytes { Data($0) }),
                JaxHarness.Array(
                    Tensor(
                        shape: [count * rows, targets.classCount],
                        values: Array(part(targets.shares, of: device, rows * targets.classCount)))),
                JaxHarness.Array(Tensor(shape: [], values: [learningRate])),
            ]
        }
        let (results, donated) = try engine.harness.run(program.text, arguments)
        // The sums and the new state are the same on every device, and the state lies where the old one was.
        #expect(Set(results).count == 1)
        #expect(donated == Array(program.state.indices))
        let sums = results[0][0].floats
        stateArrays = Array(results[0].dropFirst())
        return StepResult(loss: sums[0], correctCount: Int(sums[1]), topFiveCount: Int(sums[2]))
    }

    func state() throws(EngineError) -> TrainingState {
        var state = TrainingState(weights: [:])
        for (tensor, array) in zip(program.state, stateArrays) {
            tensor.put(Tensor(shape: tensor.shape, values: array.floats), into: &state)
        }
        for tensor in program.fixed { tensor.put(tensor.values(in: start), into: &state) }
        return state
    }
}
