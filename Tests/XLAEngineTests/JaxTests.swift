import CPUEngine
import EngineCases
import Engines
import Foundation
import Networks
import Pixels
import Testing
import XLAEngine

/// The numbers of our programs, computed by jax's compiler for the CPU: what `make test` can do without a plugin.
@Suite(.enabled(if: JaxHarness.isThere), .serialized) struct JaxTests {
    @Test func everyOpAgreesWithTheReference() throws {
        let harness = try JaxHarness()
        for op in OpCase.all + OpCase.dense {
            let inputs = op.inputs(seed: 3)
            let arguments = try op.graph.nodes.compactMap(\.op.binding).map { name, _ in
                JaxHarness.Array(try #require(inputs[name]))
            }
            let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
            let found = try harness.run(StableHLO.evaluating(op.graph), [arguments]).results[0]
            for (index, (a, b)) in zip(found, expected).enumerated() {
                let error = relativeError(Tensor(shape: a.shape, values: a.floats), b)
                #expect(error <= op.tolerance, "\(op.name), output \(index): \(error)")
            }
        }
    }

    @Test(arguments: Architecture.Family.allCases, [Precision.fp32, .bf16])
    func everyFamilysProgramsAreWellFormed(family: Architecture.Family, precision: Precision) throws {
        let harness = try JaxHarness()
        let network = try #require(
            (1...60).lazy.compactMap { depth in
                try? Network(Architecture(family: family, depth: depth, classCount: 7, inputSize: 32))
            }.first)
        var configuration = TrainingConfiguration(batchSize: 4)
        configuration.optimizer.gradientClip = .norm(1)
        let texts = [
            try StableHLO.scoring(network, batchSize: 3, precision: precision),
            try StableHLO.training(network, configuration, precision: precision, deviceCount: 2).text,
            try StableHLO.training(network, configuration, precision: precision, heldTileCount: 10).text,
        ]
        for text in texts { #expect(try harness.objection(to: text) == nil) }
    }

    @Test func saysWhatIsWrongWithAProgram() throws {
        let objection = try JaxHarness().objection(to: "module { func.func @main() { return %0 : f32 } }")
        #expect(objection?.isEmpty == false)
    }

    /// Three steps on one device and on four, with batch norm of its own on each: every weight, momentum, statistic and
    /// average against the CPU engine's.
    @Test(arguments: ["cifar-resnet20-v2", "cifar-resnet11-v2-bottleneck"], [1, 4])
    func threeStepsAgreeWithTheCPU(name: String, deviceCount: Int) throws {
        let (batchSize, side, rate) = (32, 16, Float(0.01))
        let network = try Network(#require(Architecture(name: name, classCount: 7, inputSize: side)))
        var configuration = TrainingConfiguration(batchSize: batchSize)
        configuration.replicaCount = deviceCount
        configuration.optimizer.averageDecay = 0.9
        var random = SplitMix64(seed: 6)
        let pixels = (0..<batchSize * side * side * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let targets = try Targets(
            labels: (0..<batchSize).map { Int32($0 % 7) }, classCount: 7, smoothing: 0.1)
        let start = TrainingState(weights: network.initialWeights(seed: 4))
        let program = try CPUEngine(workerCount: 2, cacheFolder: nil).trainingProgram(
            for: network, state: start, configuration: configuration)
        let losses = try (0..<3).map { _ in
            try program.step(pixels.span, targets: targets, learningRate: rate).loss
        }
        let expected = try program.state()

        let step = try StableHLO.training(network, configuration, deviceCount: deviceCount)
        var begun = start
        // Averages begin as the weights, momenta as zeros.
        begun.averages = start.weights
        let part = batchSize / deviceCount
        let sides = targets.shares.count / deviceCount
        let harness = try JaxHarness()
        var state = step.state.map { JaxHarness.Array($0.values(in: begun)) }
        for loss in losses {
            let arguments = (0..<deviceCount).map { device in
                state + step.fixed.map { JaxHarness.Array($0.values(in: begun)) } + [
                    JaxHarness.Array(
                        type: "ui8", shape: [part, side, side, 3],
                        bytes: Data(
                            pixels[device * part * side * side * 3..<(device + 1) * part * side * side * 3])),
                    JaxHarness.Array(
                        type: "i32", shape: [part],
                        bytes: targets.labels[device * part..<(device + 1) * part].withUnsafeBytes {
                            Data($0)
                        }),
                    JaxHarness.Array(
                        Tensor(
                            shape: [part, 7],
                            values: Array(targets.shares[device * sides..<(device + 1) * sides]))),
                    JaxHarness.Array(Tensor(shape: [], values: [rate])),
                ]
            }
            let (results, donated) = try harness.run(step.text, arguments)
            // The sums and the new state are the same on every device, and the state lies where the old one was.
            #expect(Set(results).count == 1)
            #expect(donated == Array(0..<step.state.count))
            #expect(abs(results[0][0].floats[0] - loss) < 1e-4 * loss)
            state = Array(results[0].dropFirst())
        }
        var found = TrainingState(weights: [:])
        for (tensor, array) in zip(step.state, state) {
            tensor.put(Tensor(shape: tensor.shape, values: array.floats), into: &found)
        }
        let errors = found.errors(from: expected)
        #expect(errors.count == step.state.count)
        // Some ReLU is always near its kink: see TrainingProgramTests.
        for (name, error) in errors { #expect(error < 0.15, "\(name): \(error)") }
        let sorted = errors.values.sorted()
        #expect(sorted[sorted.count / 2] < 1e-3, "the middle error is \(sorted[sorted.count / 2])")
    }
}
