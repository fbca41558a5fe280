/// A named tensor of a network and how it starts.
public struct Parameter: Hashable, Sendable {
    /// Who changes it.
    public enum Role: Hashable, Sendable {
        /// Changed by the optimiser.
        case trainable
        /// Mean or variance that batch norm keeps for scoring.
        case runningStatistic
    }
    /// What it holds before training.
    public enum Start: Hashable, Sendable {
        case zero, one
        /// Uniform with variance 2 / fanIn.
        case he(fanIn: Int)
    }
    /// torchvision's key.
    public let name: String
    public let shape: [Int]
    public let role: Role
    public let start: Start
}

/// Writes one network into a graph, either for scoring or for training; the layers' names are torchvision's.
struct NetworkBuilder {
    /// Where batch norm takes its moments from.
    enum Mode: Hashable {
        /// Running statistics.
        case scoring
        /// The batch's own moments, but for the first parts of the network, which do not learn.
        case training(frozenStageCount: Int)
    }

    /// The moments of one batch norm in a training graph.
    struct Statistic {
        var name: String
        var moments: NodeID
    }

    let mode: Mode
    var graph = Graph()
    private(set) var parameters: [Parameter] = []
    /// Those that learn, in the order of the forward pass.
    private(set) var learningParameters: [(name: String, id: NodeID)] = []
    private(set) var statistics: [Statistic] = []

    /// Parts of the network that are complete: the stem, then each stage.
    var finishedStageCount = 0

    init(mode: Mode) { self.mode = mode }

    /// Whether what is added now keeps its weights and statistics.
    private var isFixed: Bool {
        switch mode {
        case .scoring: true
        case .training(let frozenStageCount): finishedStageCount < frozenStageCount
        }
    }

    /// A convolution without bias that keeps the size at stride 1.
    mutating func convolution(
        _ x: NodeID, _ name: String, channels: Int, size: Int, stride: Int = 1
    ) throws(GraphError) -> NodeID {
        let shape = [channels, graph[x].shape[1], size, size]
        let start = Parameter.Start.he(fanIn: shape[1...].reduce(1, *))
        let weights = try parameter(name + ".weight", shape, start: start)
        return try graph.add(.conv2d(stride: stride, padding: size / 2), x, weights)
    }

    /// Batch norm: with the batch's own moments in training, with the running ones in scoring.
    mutating func norm(
        _ x: NodeID, _ name: String, epsilon: Float, hasScale: Bool = true
    ) throws(GraphError) -> NodeID {
        let channels = [graph[x].shape[1]]
        let scale =
            hasScale
            ? try parameter(name + ".weight", channels, start: .one)
            : try graph.add(.constant(1, shape: channels))
        let shift = try parameter(name + ".bias", channels, start: .zero)
        let moments = try self.moments(of: x, name)
        return try graph.add(.batchNorm(epsilon: epsilon), x, scale, shift, moments)
    }

    mutating func normRelu(_ x: NodeID, _ name: String, epsilon: Float) throws(GraphError) -> NodeID {
        let y = try norm(x, name, epsilon: epsilon)
        return try graph.add(.relu, y)
    }

    /// A mean, then a dense layer named `fc`.
    ///
    /// - Parameter means: `globalMean` or `windowMeans`.
    mutating func head(_ x: NodeID, _ means: Op, classCount: Int) throws(GraphError) -> NodeID {
        let mean = try graph.add(means, x)
        let channels = graph[mean].shape[1]
        let weights = try parameter("fc.weight", [classCount, channels], start: .he(fanIn: channels))
        let bias = try parameter("fc.bias", [classCount], start: .zero)
        return try graph.add(.dense, mean, weights, bias)
    }

    private mutating func moments(of x: NodeID, _ name: String) throws(GraphError) -> NodeID {
        let channels = [graph[x].shape[1]]
        let names = (name + ".running_mean", name + ".running_var")
        if isFixed {
            let mean = try parameter(names.0, channels, role: .runningStatistic, start: .zero)
            let variance = try parameter(names.1, channels, role: .runningStatistic, start: .one)
            return try graph.add(.stack, mean, variance)
        }
        let moments = try graph.add(.moments, x)
        statistics.append(Statistic(name: name, moments: moments))
        return moments
    }

    private mutating func parameter(
        _ name: String, _ shape: [Int], role: Parameter.Role = .trainable, start: Parameter.Start
    ) throws(GraphError) -> NodeID {
        let id = try graph.add(.parameter(name: name, shape: shape))
        parameters.append(Parameter(name: name, shape: shape, role: role, start: start))
        if !isFixed { learningParameters.append((name, id)) }
        return id
    }
}
