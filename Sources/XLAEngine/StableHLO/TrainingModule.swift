import Engines
import Networks

/// A whole training step as one program: the batch's pixels, forward, gradients, their mean over the replicas, update.
///
/// It takes the tensors of `state` in order, then those of `fixed`, the samples, labels `[N]`, targets `[N, K]` (of crops, for
/// each of their windows) and the learning rate. It gives back loss, samples with the right label first, and those with it among the first five, as one
/// tensor `[3]`, and then the state anew, in the memory of the old one.
struct TrainingModule {
    /// How the pixels of a batch come.
    enum Samples: Hashable {
        /// Bytes `[N, H, W, 3]`.
        case pixels
        /// Tiles of a store, bytes `[count, side, side, 3]`: which `[N]`, their moves `[N, 2]`, mirrored or not `[N]`.
        case store(count: Int, reflectsBorder: Bool)
    }

    /// What each step changes.
    private(set) var state: [StateTensor] = []
    /// Weights and statistics of frozen stages.
    private(set) var fixed: [StateTensor] = []
    private(set) var module: ModuleText

    private let training: TrainingGraph
    private let optimizer: Optimizer
    private var lowering: Lowering
    private var arguments: [StateTensor: Value] = [:]

    /// - Parameter batchSize: samples of each replica.
    init(
        _ network: Network, configuration: TrainingConfiguration, batchSize: Int, replicaCount: Int,
        activations: Element, samples: Samples
    ) throws(EngineError) {
        training = try network.graph { network throws(GraphError) in
            try network.trainingGraph(
                batchSize: batchSize, frozenStageCount: configuration.frozenStageCount,
                cropWindows: configuration.cropWindows, loss: configuration.loss)
        }
        optimizer = configuration.optimizer
        module = ModuleText(replicaCount: replicaCount)
        lowering = Lowering(
            training.graph, activations: activations, function: module.function,
            synchronizesBatchNorm: configuration.replicaCount == 1)
        bindState(of: network)
        let rate = bindSamples(samples, configuration.sampleSide(of: network), batchSize)
        lowering.lowerAll()
        let parts = training.parts(of: training.graph.outputs)
        giveBackResults(parts)
        updateWeights(parts, learningRate: rate)
        updateStatistics(parts)
        updateAverages()
        giveBackState()
    }

    // MARK: Arguments

    /// All that the network names, and what the optimiser keeps beside it.
    private mutating func bindState(of network: Network) {
        let learning = Set(training.parameters)
        let followed = Set(training.statistics.flatMap { [$0.meanName, $0.varianceName] })
        let weights = network.parameters.map { StateTensor(kind: .weight, name: $0.name, shape: $0.shape) }
        state = weights.filter { learning.contains($0.name) || followed.contains($0.name) }
        fixed = weights.filter { !learning.contains($0.name) && !followed.contains($0.name) }
        state += weights.filter { learning.contains($0.name) }.map { $0.with(.momentum) }
        if optimizer.averageDecay != nil { state += weights.map { $0.with(.average) } }
        for tensor in state + fixed { arguments[tensor] = module.argument(.f32, tensor.shape) }
        for (id, name, shape) in training.graph.bound(.parameter) {
            lowering.bind(id, to: argument(StateTensor(kind: .weight, name: name, shape: shape)))
        }
    }

    /// - Returns: the learning rate.
    private mutating func bindSamples(_ samples: Samples, _ side: Int, _ batchSize: Int) -> Value {
        let pixels: Value
        switch samples {
        case .pixels: pixels = module.argument(.ui8, [batchSize, side, side, 3])
        case .store(let count, let reflectsBorder):
            let store = module.argument(.ui8, [count, side, side, 3])
            let tiles = module.argument(.i32, [batchSize])
            let moves = module.argument(.i32, [batchSize, 2])
            let mirrored = module.argument(.i1, [batchSize])
            lowering.function.comment("tiles of the store")
            pixels = lowering.function.movedTiles(
                of: store, tiles, moves: moves, mirrored: mirrored, reflectsBorder: reflectsBorder)
        }
        for (id, name, shape) in training.graph.bound(.input) {
            switch name {
            case Network.pixels: lowering.bind(id, to: pixels)
            case Network.labels: lowering.bind(id, to: module.argument(.i32, shape))
            default: lowering.bind(id, to: module.argument(.f32, shape))
            }
        }
        return module.argument(.f32, [])
    }

    private func argument(_ tensor: StateTensor) -> Value {
        guard let value = arguments[tensor] else { preconditionFailure("\(tensor.name) was not bound") }
        return value
    }

    // MARK: Results

    private mutating func giveBackResults(_ parts: TrainingGraph.Parts<NodeID>) {
        lowering.function.comment("results")
        let loss = lowering.function.meanOverReplicas(lowering.plain(parts.loss))
        let counts = [parts.topOneCount, parts.topFiveCount].map {
            lowering.function.sumOverReplicas(lowering.plain($0))
        }
        let parts = ([loss] + counts).map { lowering.function.reshape($0, to: [1]) }
        module.results = [lowering.function.concatenate(parts, axis: 0)]
    }

    /// What each tensor of the state becomes.
    private var updated: [StateTensor: Value] = [:]

    private mutating func giveBackState() {
        module.function = lowering.function
        for tensor in state {
            guard let value = updated[tensor] else { preconditionFailure("\(tensor.name) was not updated") }
            module.giveBack(value, inPlaceOf: argument(tensor))
        }
    }

    // MARK: Update

    /// - Source: as `Optimizer` says.
    private mutating func updateWeights(_ parts: TrainingGraph.Parts<NodeID>, learningRate: Value) {
        lowering.function.comment("update")
        var gradients = parts.gradients.map { gradient in
            lowering.function.meanOverReplicas(lowering.asInGraph(gradient))
        }
        clip(&gradients)
        for (name, gradient) in zip(training.parameters, gradients) {
            update(StateTensor(kind: .weight, name: name, shape: gradient.shape), gradient, learningRate)
        }
    }

    private mutating func update(_ tensor: StateTensor, _ gradient: Value, _ learningRate: Value) {
        let rates = optimizer.rates(of: tensor.name, shape: tensor.shape)
        let weight = argument(tensor)
        var change = gradient
        if rates.weightDecay != 0 {
            let decay = lowering.function.binary("multiply", weight, rates.weightDecay)
            change = lowering.function.binary("add", change, decay)
        }
        let kept = lowering.function.binary("multiply", argument(tensor.with(.momentum)), optimizer.momentum)
        let momentum = lowering.function.binary("add", kept, change)
        updated[tensor.with(.momentum)] = momentum
        if optimizer.isNesterov {
            let ahead = lowering.function.binary("multiply", momentum, optimizer.momentum)
            change = lowering.function.binary("add", change, ahead)
        } else {
            change = momentum
        }
        let rate = lowering.function.binary("multiply", learningRate, rates.factor)
        let everywhere = lowering.function.broadcast(rate, axes: [], to: tensor.shape)
        let step = lowering.function.binary("multiply", everywhere, change)
        updated[tensor] = lowering.function.binary("subtract", weight, step)
    }

    private mutating func clip(_ gradients: inout [Value]) {
        switch optimizer.gradientClip {
        case nil: return
        case .value(let limit):
            gradients = gradients.map { gradient in
                let least = lowering.function.binary("maximum", gradient, -limit)
                return lowering.function.binary("minimum", least, limit)
            }
        case .norm(let limit):
            let squares = gradients.map { gradient in
                let square = lowering.function.binary("multiply", gradient, gradient)
                return lowering.function.reduce("add", square, axes: Array(gradient.shape.indices))
            }
            let sum = squares.dropFirst().reduce(squares[0]) { lowering.function.binary("add", $0, $1) }
            let allowed = lowering.function.constant(limit * limit)
            let isLarger = lowering.function.compare("GT", sum, allowed)
            let smaller = lowering.function.binary("multiply", lowering.function.unary("rsqrt", sum), limit)
            let one = lowering.function.constant(1)
            let factor = lowering.function.select(isLarger, smaller, one)
            gradients = gradients.map { gradient in
                let factors = lowering.function.broadcast(factor, axes: [], to: gradient.shape)
                return lowering.function.binary("multiply", gradient, factors)
            }
        }
    }

    /// `kept` of the old value, the rest of the new one.
    private mutating func moved(_ old: Value, to new: Value, keeping kept: Float) -> Value {
        let rest = lowering.function.binary("multiply", new, 1 - kept)
        let part = lowering.function.binary("multiply", old, kept)
        return lowering.function.binary("add", part, rest)
    }

    /// The running means and variances follow the batch's; the variance is the unbiased one.
    private mutating func updateStatistics(_ parts: TrainingGraph.Parts<NodeID>) {
        lowering.function.comment("running statistics")
        for (statistic, id) in zip(training.statistics, parts.moments) {
            var moments = lowering.plain(id)
            var count = Float(statistic.elementCount)
            if lowering.synchronizesBatchNorm {
                count *= Float(lowering.function.replicaCount)
            } else {
                moments = lowering.function.meanOverReplicas(moments)
            }
            let channels = [moments.shape[1]]
            let mean = StateTensor(kind: .weight, name: statistic.meanName, shape: channels)
            let variance = StateTensor(kind: .weight, name: statistic.varianceName, shape: channels)
            let kept = TrainingGraph.statisticMomentum
            updated[mean] = moved(argument(mean), to: lowering.row(0, of: moments), keeping: kept)
            let unbiased = lowering.function.binary(
                "multiply", lowering.row(1, of: moments), count / max(1, count - 1))
            updated[variance] = moved(argument(variance), to: unbiased, keeping: kept)
        }
    }

    private mutating func updateAverages() {
        guard let decay = optimizer.averageDecay else { return }
        lowering.function.comment("averages")
        for average in state where average.kind == .average {
            let weight = average.with(.weight)
            updated[average] = moved(
                argument(average), to: updated[weight] ?? argument(weight), keeping: decay)
        }
    }
}
