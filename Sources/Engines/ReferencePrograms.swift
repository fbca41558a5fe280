package import Networks

/// Scores one image at a time.
final class ReferenceScoringProgram: FeatureScoringProgram {
    private let network: Network
    private let weights: Weights
    /// The graph for one image, with features.
    private let graph: Graph

    init(network: Network, weights: Weights) throws(EngineError) {
        try weights.check(against: network)
        graph = try network.graph { network throws(GraphError) in try network.featureGraph(batchSize: 1) }
        (self.network, self.weights) = (network, weights)
    }

    var featureCount: Int { graph[graph.outputs[1]].shape[1] }

    func score(_ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>) throws(EngineError) {
        let classCount = network.architecture.classCount
        precondition(scores.count == imageCount(pixelsNHWC) * classCount)
        for image in 0..<imageCount(pixelsNHWC) {
            scores.fill(with: try outputs(of: image, pixelsNHWC)[0].values, at: image * classCount)
        }
    }

    func score(
        _ pixelsNHWC: Span<UInt8>, into scores: inout MutableSpan<Float>,
        features: inout MutableSpan<Float>
    ) throws(EngineError) {
        let (imageCount, classCount) = (self.imageCount(pixelsNHWC), network.architecture.classCount)
        precondition(scores.count == imageCount * classCount && features.count == imageCount * featureCount)
        for image in 0..<imageCount {
            let outputs = try outputs(of: image, pixelsNHWC)
            scores.fill(with: outputs[0].values, at: image * classCount)
            features.fill(with: outputs[1].values, at: image * featureCount)
        }
    }

    private func imageCount(_ pixelsNHWC: Span<UInt8>) -> Int {
        let size = network.architecture.inputSize
        precondition(pixelsNHWC.count.isMultiple(of: size * size * 3), "not whole images")
        return pixelsNHWC.count / (size * size * 3)
    }

    private func outputs(of image: Int, _ pixelsNHWC: Span<UInt8>) throws(EngineError) -> [Tensor] {
        let size = network.architecture.inputSize
        let count = size * size * 3
        var inputs = weights
        inputs[Network.pixels] = Tensor(
            shape: [1, size, size, 3], values: (0..<count).map { Float(pixelsNHWC[image * count + $0]) })
        return try ReferenceEngine().evaluate(graph, inputs: inputs)
    }
}

extension MutableSpan<Float> {
    /// Copies numbers to a place.
    fileprivate mutating func fill(with values: [Float], at start: Int) {
        for (index, value) in values.enumerated() { self[start + index] = value }
    }
}

/// Evaluates the training graph for each replica, then updates each number by the textbook.
final class ReferenceTrainingProgram: TrainingProgram {
    private let network: Network
    private let configuration: TrainingConfiguration
    /// Of one replica.
    private let training: TrainingGraph
    private let replicaBatchSize: Int
    private var current: TrainingState

    init(
        network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) {
        replicaBatchSize = try configuration.replicaBatchSize()
        let replicaBatchSize = replicaBatchSize
        training = try network.graph { network throws(GraphError) in
            try network.trainingGraph(
                batchSize: replicaBatchSize, frozenStageCount: configuration.frozenStageCount,
                cropWindows: configuration.cropWindows, loss: configuration.loss)
        }
        (self.network, self.configuration, current) = (network, configuration, state)
        current.startAverages(network, configuration.optimizer)
        current.momenta = current.momenta.filter { training.parameters.contains($0.key) }
    }

    func state() -> TrainingState { current }

    func step(
        _ pixelsNHWC: Span<UInt8>, targets: Targets, learningRate: Float
    ) throws(EngineError) -> StepResult {
        configuration.check(pixelsNHWC, targets, of: network)
        var replicas: [TrainingGraph.Parts<Tensor>] = []
        for replica in 0..<configuration.replicaCount {
            replicas.append(try parts(ofReplica: replica, pixelsNHWC, targets))
        }
        update(Tensor.means(of: replicas.map(\.gradients)), learningRate)
        for (statistic, moments) in zip(training.statistics, Tensor.means(of: replicas.map(\.moments))) {
            current.weights.follow(statistic, moments: moments)
        }
        current.moveAverages(configuration.optimizer)
        func sum(_ tensor: KeyPath<TrainingGraph.Parts<Tensor>, Tensor>) -> Float {
            replicas.reduce(0) { $0 + $1[keyPath: tensor].values[0] }
        }
        return StepResult(
            loss: sum(\.loss) / Float(replicas.count), correctCount: Int(sum(\.topOneCount)),
            topFiveCount: Int(sum(\.topFiveCount)))
    }

    private func parts(
        ofReplica replica: Int, _ pixelsNHWC: Span<UInt8>, _ targets: Targets
    ) throws(EngineError) -> TrainingGraph.Parts<Tensor> {
        let (side, classCount) = (configuration.sampleSide(of: network), targets.classCount)
        func part(_ count: Int) -> Range<Int> { replica * count..<(replica + 1) * count }
        let pixels = part(replicaBatchSize * side * side * 3)
        let labels = part(replicaBatchSize * configuration.labelsPerSample)
        let shares = part(labels.count * classCount)
        var inputs = current.weights
        inputs[Network.pixels] = Tensor(
            shape: [replicaBatchSize, side, side, 3], values: pixels.map { Float(pixelsNHWC[$0]) })
        inputs[Network.labels] = Tensor(
            shape: [labels.count], values: targets.labels[labels].map { Float($0) })
        inputs[Network.targets] = Tensor(
            shape: [labels.count, classCount], values: Array(targets.shares[shares]))
        return training.parts(of: try ReferenceEngine().evaluate(training.graph, inputs: inputs))
    }

    private func update(_ gradients: [Tensor], _ learningRate: Float) {
        let (optimizer, clip) = (configuration.optimizer, configuration.optimizer.gradientClip)
        let squaredNorm = gradients.reduce(0) { sum, gradient in
            gradient.values.reduce(sum) { $0 + Double($1) * Double($1) }
        }
        let factor = clip?.factor(squaredNorm: squaredNorm) ?? 1
        for (name, gradient) in zip(training.parameters, gradients) {
            guard var weights = current.weights[name] else { preconditionFailure("\(name) was checked") }
            var momenta = current.momenta[name] ?? Tensor(shape: weights.shape, repeating: 0)
            let rates = optimizer.rates(of: name, shape: weights.shape)
            for i in weights.values.indices {
                var g = gradient.values[i] * factor
                if case .value(let limit) = clip { g = min(max(g, -limit), limit) }
                g += rates.weightDecay * weights.values[i]
                momenta.values[i] = optimizer.momentum * momenta.values[i] + g
                let change =
                    optimizer.isNesterov ? g + optimizer.momentum * momenta.values[i] : momenta.values[i]
                weights.values[i] -= rates.factor * learningRate * change
            }
            (current.weights[name], current.momenta[name]) = (weights, momenta)
        }
    }
}

extension TrainingConfiguration {
    /// Samples in each replica's part.
    package func replicaBatchSize() throws(EngineError) -> Int {
        precondition(batchSize > 0 && replicaCount > 0)
        guard batchSize.isMultiple(of: replicaCount) else {
            throw EngineError(
                code: .wrongInput, operation: "divide a batch of \(batchSize) among \(replicaCount) replicas",
                cause: "the batch size must be a multiple of the number of replicas")
        }
        return batchSize / replicaCount
    }
}

extension TrainingState {
    /// Lets each average that is missing begin as the weight or statistic, and forgets those that nobody keeps.
    package mutating func startAverages(_ network: Network, _ optimizer: Optimizer) {
        guard optimizer.averageDecay != nil else {
            averages = [:]
            return
        }
        for parameter in network.parameters where averages[parameter.name] == nil {
            averages[parameter.name] = weights[parameter.name]
        }
    }

    /// Moves the averages of `names`, by default all, towards the weights.
    package mutating func moveAverages(_ optimizer: Optimizer, of names: [String]? = nil) {
        guard let decay = optimizer.averageDecay else { return }
        for name in names ?? Array(averages.keys) {
            if let weights = weights[name] { averages.move(name, to: weights.values[...], keeping: decay) }
        }
    }
}

extension Tensor {
    /// - Parameter replicas: lists of tensors, each with the same shapes.
    /// - Returns: for each place in the lists, the mean over all of them.
    package static func means(of replicas: [ArraySlice<Tensor>]) -> [Tensor] {
        guard replicas.count > 1 else { return replicas.first.map { Array($0) } ?? [] }
        let lists = replicas.map { Array($0) }
        return lists[0].indices.map { place in
            var mean = lists[0][place]
            for i in mean.values.indices {
                mean.values[i] = lists.reduce(0) { $0 + $1[place].values[i] } / Float(lists.count)
            }
            return mean
        }
    }
}

extension Weights {
    /// Moves the running mean and variance of one batch norm towards the moments `[2, C]` of a batch.
    ///
    /// The running variance is the unbiased one, as in torch.
    package mutating func follow(_ statistic: TrainingGraph.Statistic, moments: Tensor) {
        let (channels, kept) = (moments.shape[1], TrainingGraph.statisticMomentum)
        let unbiased = Float(statistic.elementCount) / Float(Swift.max(1, statistic.elementCount - 1))
        move(statistic.meanName, to: moments.values[..<channels], keeping: kept)
        let variances = moments.values[channels...].map { $0 * unbiased }
        move(statistic.varianceName, to: variances[...], keeping: kept)
    }

    fileprivate mutating func move(_ name: String, to values: ArraySlice<Float>, keeping kept: Float) {
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
