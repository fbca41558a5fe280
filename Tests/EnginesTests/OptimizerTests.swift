import Engines
import Networks
import Testing

/// One step from given momenta, by the formula of each option, from gradients that the graph itself gives.
@Suite struct OptimizerTests {
    private let network: Network
    private let weights: Weights
    private let pixels = (0..<2 * 8 * 8 * 3).map { UInt8(truncatingIfNeeded: $0 * 37) }
    private let targets: Targets
    private let gradients: Weights

    init() throws {
        let architecture = try #require(
            Architecture(name: "cifar-resnet8-v2", classCount: 2, inputSize: 8))
        network = try Network(architecture)
        weights = network.initialWeights(seed: 1)
        targets = try Targets(labels: [0, 1], classCount: 2, smoothing: 0.1)
        let training = try network.trainingGraph(batchSize: 2)
        var inputs = weights
        inputs[Network.pixels] = Tensor(shape: [2, 8, 8, 3], values: pixels.map(Float.init))
        inputs[Network.labels] = Tensor(shape: [2], values: [0, 1])
        inputs[Network.targets] = Tensor(shape: [2, 2], values: targets.shares)
        let outputs = try ReferenceEngine().evaluate(training.graph, inputs: inputs)
        gradients = Dictionary(
            uniqueKeysWithValues: zip(training.parameters, training.parts(of: outputs).gradients))
    }

    /// The state after one step with a learning rate of 0.1, from momenta of 0.5.
    private func state(after optimizer: Optimizer) throws -> TrainingState {
        let momenta = gradients.mapValues { Tensor(shape: $0.shape, repeating: 0.5) }
        let program = try ReferenceEngine().trainingProgram(
            for: network, state: TrainingState(weights: weights, momenta: momenta),
            configuration: .init(batchSize: 2, optimizer: optimizer))
        _ = try program.step(pixels.span, targets: targets, learningRate: 0.1)
        return try program.state()
    }

    /// - Parameter change: what `w` loses, over the learning rate, from `g`, `w` and the parameter's shape.
    private func expectChange(
        by optimizer: Optimizer, _ change: (_ g: Float, _ w: Float, _ shape: [Int]) -> Float
    ) throws {
        try expectNamedChange(by: optimizer) { _, g, w, shape in change(g, w, shape) }
    }

    private func expectNamedChange(
        by optimizer: Optimizer, _ change: (_ name: String, _ g: Float, _ w: Float, _ shape: [Int]) -> Float
    ) throws {
        let after = try state(after: optimizer)
        for (name, gradient) in gradients {
            let (old, new) = (try #require(weights[name]), try #require(after.weights[name]))
            for i in old.values.indices {
                let expected = 0.1 * change(name, gradient.values[i], old.values[i], old.shape)
                #expect(abs(old.values[i] - new.values[i] - expected) < 1e-6, "\(name)")
            }
        }
    }

    @Test func nesterovLooksAhead() throws {
        try expectChange(by: Optimizer(momentum: 0.9, weightDecay: 0.01, isNesterov: true)) { g, w, _ in
            let d = g + 0.01 * w
            return d + 0.9 * (0.9 * 0.5 + d)
        }
    }

    @Test func normsAndBiasesCanBeSparedDecay() throws {
        var optimizer = Optimizer(momentum: 0, weightDecay: 0.3)
        optimizer.decaysNormsAndBiases = false
        try expectChange(by: optimizer) { g, w, shape in shape.count > 1 ? g + 0.3 * w : g }
    }

    @Test func shiftsOfNormsCanLearnFaster() throws {
        var optimizer = Optimizer(momentum: 0, weightDecay: 0.3)
        optimizer.normShiftRateFactor = 4
        try expectNamedChange(by: optimizer) { name, g, w, _ in
            name.contains("bn") && name.hasSuffix("bias") ? 4 * (g + 0.075 * w) : g + 0.3 * w
        }
    }

    @Test func clipsEachNumberBeforeDecay() throws {
        var optimizer = Optimizer(momentum: 0, weightDecay: 0.3)
        optimizer.gradientClip = .value(0.01)
        try expectChange(by: optimizer) { g, w, _ in min(max(g, -0.01), 0.01) + 0.3 * w }
        #expect(gradients.values.contains { $0.values.contains { abs($0) > 0.01 } })
    }

    @Test(arguments: [Float(0.1), 1000]) func clipsTheNormOfAllGradientsTogether(limit: Float) throws {
        var optimizer = Optimizer(momentum: 0.9, weightDecay: 0.3)
        optimizer.gradientClip = .norm(limit)
        let norm = gradients.values.reduce(0) { $1.values.reduce($0) { $0 + $1 * $1 } }.squareRoot()
        #expect(norm > 0.1 && norm < 1000)
        try expectChange(by: optimizer) { g, w, _ in 0.9 * 0.5 + g * min(1, limit / norm) + 0.3 * w }
    }

    @Test func averagesFollowWeightsAndStatistics() throws {
        var optimizer = Optimizer()
        optimizer.averageDecay = 0.75
        let after = try state(after: optimizer)
        #expect(Set(after.averages.keys) == Set(network.parameters.map(\.name)))
        for (name, average) in after.averages {
            let (old, new) = (try #require(weights[name]), try #require(after.weights[name]))
            for i in average.values.indices {
                #expect(abs(average.values[i] - (0.75 * old.values[i] + 0.25 * new.values[i])) < 1e-6)
            }
        }
        #expect(try state(after: Optimizer()).averages.isEmpty)
    }

    @Test func frozenStagesKeepWeightsAndStatistics() throws {
        var configuration = TrainingConfiguration(batchSize: 2)
        configuration.frozenStageCount = 2
        let program = try ReferenceEngine().trainingProgram(
            for: network, state: TrainingState(weights: weights), configuration: configuration)
        _ = try program.step(pixels.span, targets: targets, learningRate: 0.1)
        let after = try program.state().weights
        for (name, tensor) in weights {
            let isFrozen = name.hasPrefix("conv1") || name.hasPrefix("layer1")
            #expect((after[name] == tensor) == isFrozen, "\(name)")
        }
    }

    @Test func refusesReplicasThatDoNotShareTheBatchEvenly() throws {
        var configuration = TrainingConfiguration(batchSize: 4)
        configuration.replicaCount = 3
        let error = #expect(throws: EngineError.self) {
            try ReferenceEngine().trainingProgram(
                for: network, state: TrainingState(weights: weights), configuration: configuration)
        }
        #expect(error?.description.contains("divide a batch of 4 among 3 replicas") == true)
    }
}
