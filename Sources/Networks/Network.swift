import Bytes

/// A residual network: its parameters, their first values, and its graphs.
public struct Network: Hashable, Sendable {
    public let architecture: Architecture
    /// Every named tensor, running statistics included, in the order of the forward pass.
    public let parameters: [Parameter]

    /// Name of the graphs' input of 8-bit pixels.
    public static let pixels = "pixels"
    /// Name of the training graph's input of class indices.
    public static let labels = "labels"
    /// Name of the training graph's input of what the loss asks of each score.
    public static let targets = "targets"

    /// - Throws: `GraphError` where the family has no such depth, or the input is too small for it.
    public init(_ architecture: Architecture) throws(GraphError) {
        self.architecture = architecture
        var builder = NetworkBuilder(mode: .scoring)
        _ = try builder.network(architecture, batchSize: 1)
        parameters = builder.parameters
    }

    /// Numbers that the optimiser may change.
    public var parameterCount: Int {
        parameters.filter { $0.role == .trainable }.reduce(0) { $0 + $1.shape.elementCount }
    }

    /// All numbers that the network names, running statistics included.
    public var elementCount: Int { parameters.reduce(0) { $0 + $1.shape.elementCount } }

    /// Pixels → scores `[batchSize, classCount]`, the graph's one output; batch norm uses running statistics.
    public func scoringGraph(batchSize: Int) throws(GraphError) -> Graph {
        var builder = NetworkBuilder(mode: .scoring)
        let logits = try builder.network(architecture, batchSize: batchSize)
        builder.graph.outputs = [try builder.graph.add(.softmax, logits)]
        return builder.graph
    }

    /// `scoringGraph` with a second output: the pooled features `[batchSize, C]`, which the dense layer at the end turns
    /// into logits.
    public func featureGraph(batchSize: Int) throws(GraphError) -> Graph {
        var graph = try scoringGraph(batchSize: batchSize)
        let logits = graph[graph.outputs[0]].inputs[0]
        graph.outputs.append(graph[logits].inputs[0])
        return graph
    }

    /// Pixels, labels and targets → loss, correct samples, every gradient, the moments of each batch norm.
    ///
    /// - Parameter frozenStageCount: parts from the input on that have no gradients and whose batch norms use their
    ///   running statistics; at most `Architecture.stageCount`.
    /// - Parameter cropWindows: the samples are crops, with a label and targets for each of these windows, crop by crop, row by
    ///   row; `nil` for pictures of the network's input size.
    /// - Throws: `GraphError` where the network itself is impossible, or cannot have such windows.
    public func trainingGraph(
        batchSize: Int, frozenStageCount: Int = 0, cropWindows: CropWindows? = nil,
        loss: Loss = .crossEntropy
    ) throws(GraphError) -> TrainingGraph {
        precondition((0...architecture.stageCount).contains(frozenStageCount))
        var builder = NetworkBuilder(mode: .training(frozenStageCount: frozenStageCount))
        let logits = try self.logits(batchSize: batchSize, cropWindows, &builder)
        let labels = try builder.graph.add(
            .input(name: Self.labels, shape: [builder.graph[logits].shape[0]]))
        let targets = try builder.graph.add(.input(name: Self.targets, shape: builder.graph[logits].shape))
        let loss = try builder.graph.add(loss.op, logits, targets)
        let counts = try [1, 5].map { highest throws(GraphError) in
            try builder.graph.add(.correctCount(highest: highest), logits, labels)
        }
        let learning = builder.learningParameters
        let gradients = try builder.graph.addGradients(of: loss, by: learning.map(\.id))
        let moments = builder.statistics.map(\.moments)
        builder.graph.outputs = [loss] + counts + gradients + moments
        return TrainingGraph(
            graph: builder.graph, parameters: learning.map(\.name),
            statistics: zip(builder.statistics, moments).map { statistic, moments in
                let x = builder.graph[builder.graph[moments].inputs[0]].shape
                return TrainingGraph.Statistic(name: statistic.name, elementCount: x[0] * x[2] * x[3])
            })
    }

    /// Adds the logits of each sample, or of each window of its crops.
    private func logits(
        batchSize: Int, _ cropWindows: CropWindows?, _ builder: inout NetworkBuilder
    ) throws(GraphError) -> NodeID {
        guard let cropWindows else { return try builder.network(architecture, batchSize: batchSize) }
        if let objection = cropWindows.objection { throw GraphError(reason: objection) }
        let means = try windowMeans(stride: cropWindows.stride)
        let side = cropWindows.side(window: architecture.inputSize)
        let features = try builder.features(architecture, of: [batchSize, side, side, 3])
        return try builder.head(features, means, classCount: architecture.classCount)
    }

    /// First values: He for convolutions and the dense layer, 1 and 0 for batch norm.
    ///
    /// The same on every machine. Uniform rather than normal, which needs no transcendental function.
    /// - Source: He et al., Delving deep into rectifiers, 2015 (the forward variant: variance 2 / fan-in).
    public func initialWeights(seed: UInt64) -> Weights {
        var weights: Weights = [:]
        for (index, parameter) in parameters.enumerated() {
            var tensor = Tensor(shape: parameter.shape, repeating: parameter.start == .one ? 1 : 0)
            if case .he(let fanIn) = parameter.start {
                var random = SplitMix64(seed: seed, stream: index)
                let bound = (6 / Float(fanIn)).squareRoot()
                for i in tensor.values.indices {
                    tensor.values[i] = .random(in: -bound...bound, using: &random)
                }
            }
            weights[parameter.name] = tensor
        }
        return weights
    }
}

/// One whole training step up to the gradients; the update is the program's.
///
/// The graph's outputs are the loss, the numbers of samples whose label had the highest logit and one of the five
/// highest, the gradient of each of `parameters`, and the moments `[2, C]` of each of `statistics`, in these orders.
public struct TrainingGraph: Hashable, Sendable {
    /// A batch norm whose running mean and variance follow the batch's moments.
    public struct Statistic: Hashable, Sendable {
        /// `layer1.0.bn1`.
        public var name: String
        /// Numbers in each channel's moments: N · H · W.
        public var elementCount: Int

        public var meanName: String { name + ".running_mean" }
        public var varianceName: String { name + ".running_var" }
    }
    public var graph: Graph
    /// Those that learn.
    public var parameters: [String]
    public var statistics: [Statistic]

    /// One thing per output, by what it belongs to.
    public struct Parts<Output> {
        public var loss: Output
        public var topOneCount: Output
        public var topFiveCount: Output
        /// In the order of `parameters`.
        public var gradients: ArraySlice<Output>
        /// In the order of `statistics`.
        public var moments: ArraySlice<Output>
    }

    /// - Parameter outputs: one thing for each of the graph's outputs, in their order.
    public func parts<Output>(of outputs: [Output]) -> Parts<Output> {
        precondition(outputs.count == graph.outputs.count)
        let firstMoments = 3 + parameters.count
        return Parts(
            loss: outputs[0], topOneCount: outputs[1], topFiveCount: outputs[2],
            gradients: outputs[3..<firstMoments], moments: outputs[firstMoments...])
    }

    /// Share of the old value that a running statistic keeps at each step.
    public static let statisticMomentum: Float = 0.9
}
