import Bytes
package import Engines
import Networks
import Testing

/// Each option of a training program, alone and together.
package struct TrainingOption: CustomTestStringConvertible, Sendable {
    package var testDescription: String
    package var configuration: TrainingConfiguration

    package init(_ name: String, _ change: (inout TrainingConfiguration) -> Void) {
        testDescription = name
        configuration = TrainingConfiguration(
            batchSize: 12, optimizer: Optimizer(momentum: 0.9, weightDecay: 0.01))
        change(&configuration)
    }

    package static let all = [
        TrainingOption("nesterov") { $0.optimizer.isNesterov = true },
        TrainingOption("decay of weights only") { $0.optimizer.decaysNormsAndBiases = false },
        TrainingOption("fast shifts") { $0.optimizer.normShiftRateFactor = 8 },
        TrainingOption("clip by value") { $0.optimizer.gradientClip = .value(0.02) },
        TrainingOption("clip by norm") { $0.optimizer.gradientClip = .norm(0.3) },
        TrainingOption("averages") { $0.optimizer.averageDecay = 0.9 },
        TrainingOption("frozen stem") { $0.frozenStageCount = 1 },
        TrainingOption("frozen stages") { $0.frozenStageCount = 3 },
        TrainingOption("head alone") { $0.frozenStageCount = 4 },
        TrainingOption("two replicas") { $0.replicaCount = 2 },
        TrainingOption("crops") {
            ($0.batchSize, $0.cropWindows) = (3, CropWindows(perSide: 3, stride: 8))
        },
        TrainingOption("crops on replicas") {
            ($0.batchSize, $0.cropWindows) = (4, CropWindows(perSide: 2, stride: 4))
            ($0.replicaCount, $0.frozenStageCount) = (2, 1)
        },
        TrainingOption("all together") {
            $0.optimizer.isNesterov = true
            $0.optimizer.gradientClip = .norm(0.3)
            $0.optimizer.averageDecay = 0.9
            $0.frozenStageCount = 1
            $0.replicaCount = 3
        },
    ]

    /// The state after some steps on random images, from random weights, momenta and averages.
    ///
    /// - Parameter name: of an architecture, with windows of 16 pixels and seven classes.
    package func train(
        _ name: String, on engine: any Engine, steps: Int, learningRate: Float = 0.05
    ) throws -> (state: TrainingState, results: [StepResult]) {
        let network = try Network(#require(Architecture(name: name, classCount: 7, inputSize: 16)))
        var random = SplitMix64(seed: 5)
        let side = configuration.sampleSide(of: network)
        let pixels = (0..<configuration.batchSize * side * side * 3).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        let count = configuration.batchSize * configuration.labelsPerSample
        var targets = try Targets(
            labels: (0..<count).map { Int32($0 % 7) }, classCount: 7, smoothing: 0.1)
        targets.mix(with: (0..<count).map { ($0 + 5) % count }, keeping: 0.7)
        var start = TrainingState(weights: network.initialWeights(seed: 9))
        start.momenta = network.initialWeights(seed: 10)
        start.averages = network.initialWeights(seed: 11)
        let program = try engine.trainingProgram(for: network, state: start, configuration: configuration)
        let results = try (0..<steps).map { _ in
            try program.step(pixels.span, targets: targets, learningRate: learningRate)
        }
        return (try program.state(), results)
    }
}

extension TrainingState {
    /// The relative error of each tensor, infinite for one that only one of the two has.
    package func errors(from expected: TrainingState) -> [String: Float] {
        var errors: [String: Float] = [:]
        for (kind, path) in [
            ("weight", \TrainingState.weights), ("momentum", \.momenta), ("average", \.averages),
        ] {
            let (found, expected) = (self[keyPath: path], expected[keyPath: path])
            for name in Set(found.keys).union(expected.keys) {
                let error = found[name].flatMap { found in expected[name].map { relativeError(found, $0) } }
                errors["\(kind) \(name)"] = error ?? .infinity
            }
        }
        return errors
    }
}
