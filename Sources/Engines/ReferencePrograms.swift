package import Networks

/// Scores one image at a time.
final class ReferenceScoringProgram: ScoringProgram {
    private let network: Network
    private let weights: Weights

    init(network: Network, weights: Weights) {
        (self.network, self.weights) = (network, weights)
    }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        let size = network.architecture.inputSize
        let (imageByteCount, classCount) = (size * size * 3, network.architecture.classCount)
        let imageCount = pixelsNHWC.count / imageByteCount
        precondition(
            pixelsNHWC.count == imageCount * imageByteCount && scores.count == imageCount * classCount)
        let graph = try network.graph { network throws(GraphError) in try network.scoringGraph(batchSize: 1) }
        for image in 0..<imageCount {
            let pixels = (0..<imageByteCount).map { Float(pixelsNHWC[image * imageByteCount + $0]) }
            var inputs = weights
            inputs[Network.pixels] = Tensor(shape: [1, size, size, 3], values: pixels)
            let result = try ReferenceEngine().evaluate(graph, inputs: inputs)[0]
            for (label, score) in result.values.enumerated() { scores[image * classCount + label] = score }
        }
    }
}

/// Evaluates the training graph, then updates each number by the textbook.
final class ReferenceTrainingProgram: TrainingProgram {
    private let network: Network
    private let training: TrainingGraph
    private let batchSize: Int
    private let optimizer: Optimizer
    private var current: TrainingState

    init(network: Network, state: TrainingState, batchSize: Int, optimizer: Optimizer) throws(EngineError) {
        training = try network.graph { network throws(GraphError) in
            try network.trainingGraph(batchSize: batchSize)
        }
        (self.network, self.batchSize, self.optimizer, current) = (network, batchSize, optimizer, state)
    }

    func state() -> TrainingState { current }

    func step(
        _ pixelsNHWC: Span<UInt8>, labels: Span<Int32>, learningRate: Float
    ) throws(EngineError) -> StepResult {
        let size = network.architecture.inputSize
        precondition(labels.count == batchSize && pixelsNHWC.count == batchSize * size * size * 3)
        var inputs = current.weights
        inputs[Network.pixels] = Tensor(
            shape: [batchSize, size, size, 3], values: pixelsNHWC.indices.map { Float(pixelsNHWC[$0]) })
        inputs[Network.labels] = Tensor(shape: [batchSize], values: labels.indices.map { Float(labels[$0]) })
        let outputs = try ReferenceEngine().evaluate(training.graph, inputs: inputs)
        for (name, gradient) in zip(training.parameters, outputs[2...]) {
            update(name, gradient, learningRate)
        }
        for (statistic, moments) in zip(training.statistics, outputs[(2 + training.parameters.count)...]) {
            current.weights.follow(statistic, moments: moments)
        }
        return StepResult(loss: outputs[0].values[0], correctCount: Int(outputs[1].values[0]))
    }

    private func update(_ name: String, _ gradient: Tensor, _ learningRate: Float) {
        guard var weights = current.weights[name] else { preconditionFailure("\(name) was checked") }
        var momenta = current.momenta[name] ?? Tensor(shape: weights.shape, repeating: 0)
        for i in weights.values.indices {
            let decayed = gradient.values[i] + optimizer.weightDecay * weights.values[i]
            momenta.values[i] = optimizer.momentum * momenta.values[i] + decayed
            weights.values[i] -= learningRate * momenta.values[i]
        }
        (current.weights[name], current.momenta[name]) = (weights, momenta)
    }
}

extension Weights {
    /// Moves the running mean and variance of one batch norm towards the moments `[2, C]` of a batch.
    ///
    /// The running variance is the unbiased one, as in torch.
    package mutating func follow(_ statistic: TrainingGraph.Statistic, moments: Tensor) {
        let (channels, kept) = (moments.shape[1], TrainingGraph.statisticMomentum)
        let unbiased = Float(statistic.elementCount) / Float(Swift.max(1, statistic.elementCount - 1))
        move(statistic.name + ".running_mean", to: moments.values[..<channels], keeping: kept)
        let variances = moments.values[channels...].map { $0 * unbiased }
        move(statistic.name + ".running_var", to: variances[...], keeping: kept)
    }

    private mutating func move(_ name: String, to values: ArraySlice<Float>, keeping kept: Float) {
        guard let old = self[name] else { return }
        let moved = zip(old.values, values).map { kept * $0 + (1 - kept) * $1 }
        self[name] = Tensor(shape: old.shape, values: moved)
    }
}

extension Network {
    /// Builds a graph of this network; what the network was checked for at its creation cannot fail here.
    package func graph<Result>(
        _ build: (Network) throws(GraphError) -> Result
    ) throws(EngineError) -> Result {
        do {
            return try build(self)
        } catch {
            throw EngineError(
                code: .unsupportedGraph, operation: "build a graph of \(architecture.name)",
                cause: error.description)
        }
    }
}
