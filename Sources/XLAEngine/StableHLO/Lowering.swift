import Engines
import Networks

/// Writes the nodes of a graph as lines of a program.
///
/// Activations stand as `[N, H, W, C]` and in `activations`' numbers, in which a convolution's results are rounded once,
/// also the gradients of its weights; weights and their gradients stand as the graph has them, `[K, C, R, S]` in 32-bit
/// floats, and so does all that has fewer than four axes. Sums, moments and what follows the global mean are computed in
/// 32-bit floats.
struct Lowering {
    /// A node's value, and how its axes stand.
    struct Lowered {
        var value: Value
        /// Whether four axes stand as `[N, H, W, C]` instead of the graph's `[N, C, H, W]`.
        var isChannelsLast: Bool
    }

    let graph: Graph
    /// In which activations and their gradients are kept, and what convolutions multiply.
    let activations: Element
    /// Whether moments and the sums of batch norms' gradients are those of all replicas together.
    let synchronizesBatchNorm: Bool
    var function: FunctionText
    private var lowered: [NodeID: Lowered] = [:]
    /// Activations of nodes that stand otherwise, once they were asked for.
    private var converted: [NodeID: Value] = [:]
    /// Batch norms with fixed moments that a convolution takes into its weights.
    private let folded: [NodeID: NodeID]

    init(
        _ graph: Graph, activations: Element, function: FunctionText, synchronizesBatchNorm: Bool = false
    ) {
        (self.graph, self.activations, self.function) = (graph, activations, function)
        self.synchronizesBatchNorm = synchronizesBatchNorm
        folded = graph.foldableNorms
    }

    /// Takes a source's tensor from outside; its axes stand as in the graph.
    mutating func bind(_ source: NodeID, to value: Value) {
        lowered[source] = Lowered(value: value, isChannelsLast: false)
    }

    /// Writes all nodes; every source must be bound.
    mutating func lowerAll() {
        let takenIn = Set(folded.values)
        for id in graph.nodeIDs where graph[id].op.binding == nil && !takenIn.contains(id) {
            function.comment("\(graph[id].op)")
            lowered[id] = lower(id)
        }
    }

    // MARK: Values

    /// As the graph has it, in 32-bit floats.
    mutating func asInGraph(_ id: NodeID) -> Value {
        let found = self[id]
        let value = function.convert(found.value, to: .f32)
        return found.isChannelsLast ? function.transpose(value, [0, 3, 1, 2]) : value
    }

    private subscript(id: NodeID) -> Lowered {
        guard let found = lowered[id] else {
            preconditionFailure("node \(id.index) is used before it is made")
        }
        return found
    }

    /// `[N, H, W, C]` in the activations' numbers; what has not four axes as it is.
    mutating func activation(_ id: NodeID) -> Value {
        if let found = converted[id] { return found }
        let found = self[id]
        guard found.value.shape.count == 4 else { return found.value }
        var value = function.convert(found.value, to: activations)
        if !found.isChannelsLast { value = function.transpose(value, [0, 2, 3, 1]) }
        converted[id] = value
        return value
    }

    /// `[N, H, W, C]` in 32-bit floats.
    mutating func wideActivation(_ id: NodeID) -> Value {
        let value = activation(id)
        return function.convert(value, to: .f32)
    }

    /// What is narrow or weights.
    func plain(_ id: NodeID) -> Value { self[id].value }

    private func channelsLast(_ value: Value) -> Lowered {
        Lowered(value: value, isChannelsLast: value.shape.count == 4)
    }

    private func asGiven(_ value: Value) -> Lowered { Lowered(value: value, isChannelsLast: false) }

    // MARK: Ops

    /// The one table of how each op is computed.
    private mutating func lower(_ id: NodeID) -> Lowered {
        let node = graph[id]
        let inputs = node.inputs
        switch node.op {
        case .input, .parameter: preconditionFailure("sources are bound, not lowered")
        case .constant(let number, let shape): return asGiven(function.constant(number, shape))
        case .normalize(let preprocessing): return channelsLast(normalized(plain(inputs[0]), preprocessing))
        case .conv2d(let stride, let padding):
            let kernel = plain(inputs[1])
            return channelsLast(convolution(inputs[0], kernel, stride: stride, padding: padding))
        case .conv2dGradientInput(let stride, let padding, let height, let width):
            return channelsLast(
                gradientOfInput(inputs[0], plain(inputs[1]), stride, padding, height: height, width: width))
        case .conv2dGradientWeights(let stride, let padding, let size):
            return asGiven(gradientOfWeights(inputs[0], inputs[1], stride, padding, size: size))
        case .moments: return asGiven(moments(inputs[0]))
        case .stack:
            let rows = inputs.map { input in
                function.reshape(plain(input), to: [1] + plain(input).shape)
            }
            return asGiven(function.concatenate(rows, axis: 0))
        case .row(let index): return asGiven(row(index, of: plain(inputs[0])))
        case .batchNorm(let epsilon):
            if let convolution = folded[id] {
                return channelsLast(foldedNorm(id, into: convolution, epsilon: epsilon))
            }
            return channelsLast(batchNorm(inputs, epsilon: epsilon))
        case .batchNormGradientSums(let epsilon):
            return asGiven(batchNormGradientSums(inputs, epsilon: epsilon))
        case .batchNormGradient(let epsilon): return channelsLast(batchNormGradient(inputs, epsilon: epsilon))
        case .relu:
            let x = activation(inputs[0])
            return channelsLast(function.binary("maximum", x, 0))
        case .reluGradient:
            let (dy, y) = (activation(inputs[0]), activation(inputs[1]))
            let zero = function.constant(0, y.shape, y.element)
            let isPositive = function.compare("GT", y, zero)
            return channelsLast(function.select(isPositive, dy, zero))
        case .add: return sum(inputs)
        case .paddedShortcut(let stride, let channels):
            return channelsLast(paddedShortcut(inputs[0], stride: stride, channels: channels))
        case .paddedShortcutGradient(let stride, let channels, let height, let width):
            return channelsLast(
                paddedShortcutGradient(
                    inputs[0], stride: stride, channels: channels, height: height, width: width))
        case .maxPool(let size, let stride, let padding):
            let x = activation(inputs[0])
            let pool = FunctionText.Pool(size: size, stride: stride, padding: padding)
            return channelsLast(function.reduce("maximum", x, pool: pool, from: -.infinity))
        case .maxPoolGradient(let size, let stride, let padding):
            let (dy, x) = (activation(inputs[0]), activation(inputs[1]))
            let pool = FunctionText.Pool(size: size, stride: stride, padding: padding)
            return channelsLast(function.scatterToMaxima(of: x, dy, pool: pool))
        case .globalMean: return asGiven(globalMean(inputs[0]))
        case .windowMeans(let size, let stride):
            return asGiven(windowMeans(inputs[0], size: size, stride: stride))
        case .globalMeanGradient(let height, let width):
            return channelsLast(globalMeanGradient(plain(inputs[0]), height: height, width: width))
        case .windowMeansGradient(let size, let stride, let height, let width):
            return channelsLast(
                windowMeansGradient(
                    plain(inputs[0]), size: size, stride: stride, height: height, width: width))
        case .dense: return asGiven(dense(plain(inputs[0]), plain(inputs[1]), plain(inputs[2])))
        case .denseGradientInput:
            return asGiven(function.dot(plain(inputs[0]), axis: 1, plain(inputs[1]), axis: 0))
        case .denseGradientWeights:
            return asGiven(function.dot(plain(inputs[1]), axis: 0, plain(inputs[0]), axis: 0))
        case .denseGradientBias: return asGiven(function.reduce("add", plain(inputs[0]), axes: [0]))
        case .softmax: return asGiven(softmax(plain(inputs[0])))
        case .softmaxCrossEntropy: return asGiven(crossEntropy(plain(inputs[0]), plain(inputs[1])))
        case .softmaxCrossEntropyGradient:
            return asGiven(crossEntropyGradient(plain(inputs[0]), plain(inputs[1])))
        case .sigmoidCrossEntropy:
            return asGiven(sigmoidCrossEntropy(plain(inputs[0]), plain(inputs[1])))
        case .sigmoidCrossEntropyGradient:
            return asGiven(sigmoidCrossEntropyGradient(plain(inputs[0]), plain(inputs[1])))
        case .correctCount(let highest):
            return asGiven(correctCount(plain(inputs[0]), labels: plain(inputs[1]), highest: highest))
        }
    }

    /// Of two activations, or of two tensors that stand as in the graph, such as gradients of the same weights.
    private mutating func sum(_ inputs: [NodeID]) -> Lowered {
        guard inputs.contains(where: { self[$0].isChannelsLast }) else {
            return asGiven(function.binary("add", plain(inputs[0]), plain(inputs[1])))
        }
        let (a, b) = (activation(inputs[0]), activation(inputs[1]))
        return channelsLast(function.binary("add", a, b))
    }
}
