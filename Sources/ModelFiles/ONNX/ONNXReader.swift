import Networks

/// Reads an ONNX graph as a network of our ops.
///
/// It follows the nodes in their order, for a batch of one picture. What only prepares shapes is computed on the way;
/// what several nodes say together (padding and a convolution, a slice and padded channels, a product and a sum) is
/// gathered until the op is whole.
struct ONNXReader {
    /// What a name of the file stands for.
    enum Value {
        case constant(ONNXTensor)
        case pixels(ONNXPixels)
        case tensor(NodeID)
        /// With zeros around each plane, which the next convolution or pool takes along.
        case padded(NodeID, Int)
        /// Every so manieth pixel, for a shortcut whose channels are padded next.
        case strided(NodeID, height: Int, width: Int)
        /// `[N, C]` in the shape `[N, C, 1, 1]`.
        case pooled(NodeID)
        /// `[N, C]` in one row of N · C.
        case row(NodeID)
        /// Made of logits `[N, C]` by an operator that leaves their order as it is; only at the end of a network.
        case scores(NodeID, op: String)
        /// A product with weights `[K, C]` to which a bias is added next.
        case product(NodeID, weights: Tensor)
    }

    /// Nodes of a file; the deepest of our networks has about a tenth.
    static let nodeCountLimit = 20_000
    /// Numbers that transposed weights, sums of batch norms and the like may have in all: a small file shall not become
    /// a large memory.
    private static let computedElementLimit = 1 << 27
    private static let oldestOpset = 7
    /// Channels that a shortcut may be padded to: those that are added cost a file nothing.
    static let paddedChannelLimit = 1 << 16

    let opset: Int
    /// The batch that the file was written for, where it is not left open.
    private(set) var fixedBatch: Int?
    var network = ForeignNetwork()
    private var values: [String: Value] = [:]
    private var initializers: [String: ONNXTensorProto] = [:]
    private let files: ONNXExternalFiles?
    private var computedElementCount = 0
    /// The pixels as the network takes them, once something has read them.
    private(set) var normalized: (pixels: ONNXPixels, id: NodeID)?
    /// Whether the file scores each class by itself, by a sigmoid: the order of the classes is that of a softmax, the scores are others.
    private(set) var scoresClassesAlone = false

    /// - Parameter inputSize: the side of the pictures where the file leaves it open; must be the file's where not.
    /// - Parameter files: beside the file, where tensors may stand.
    init(
        _ file: ONNXModelProto, inputSize: Int?, files: ONNXExternalFiles?
    ) throws(Malformed) {
        let versions = file.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }.map(\.version)
        guard file.hasGraph, let version = versions.first else {
            throw Malformed("it has no graph or no opset: it is not an ONNX file, or it was truncated")
        }
        guard version >= Self.oldestOpset, version < 1000 else {
            throw Malformed("its opset is \(version); only opset \(Self.oldestOpset) and newer are supported")
        }
        guard file.graph.node.count <= Self.nodeCountLimit else {
            throw Malformed("it has \(file.graph.node.count) nodes, more than \(Self.nodeCountLimit)")
        }
        (opset, self.files) = (Int(version), files)
        for tensor in file.graph.initializer { initializers[tensor.name] = tensor }
        let inputs = file.graph.input.filter { initializers[$0.name] == nil }
        guard inputs.count == 1, file.graph.output.count == 1 else {
            throw Malformed(
                "it has \(inputs.count) inputs and \(file.graph.output.count) outputs; one input of images and one "
                    + "output of scores or logits are needed")
        }
        fixedBatch = ONNXPixels.fixedBatch(of: inputs[0])
        values[inputs[0].name] = .pixels(try ONNXPixels(inputs[0], inputSize: inputSize))
        for proto in file.graph.node { try read(ONNXNode(proto)) }
        try finish(file.graph.output[0].name)
    }

    private mutating func read(_ node: ONNXNode) throws(Malformed) {
        network.label = node.label
        do throws(Malformed) {
            let value = try value(of: node)
            if case .constant(let tensor) = value, node.op != "Constant" { try count(tensor.count) }
            guard let name = node.outputs.first, values.updateValue(value, forKey: name) == nil else {
                throw Malformed("its output has no name, or the name of another value")
            }
        } catch {
            throw Malformed("node \(node.label): \(error.reason)")
        }
    }

    /// Counts numbers that are computed of the file's.
    mutating func count(_ elementCount: Int) throws(Malformed) {
        computedElementCount += elementCount
        guard computedElementCount <= Self.computedElementLimit else {
            throw Malformed("a value computed from its constants is too large")
        }
    }

    /// Makes the output scores.
    private mutating func finish(_ name: String) throws(Malformed) {
        guard let value = values[name] else { throw Malformed("no node computes its output \(shown(name))") }
        if case .scores(let logits, let op) = value {
            scoresClassesAlone = op == "Sigmoid"
            return network.finish(try network.add(.softmax, [logits]))
        }
        let output = try tensor(value)
        guard network.graph[output].shape.count == 2 else {
            throw Malformed("its output \(shown(name)) is not a row of scores")
        }
        if case .softmax = network.graph[output].op {
            network.finish(output)
        } else {
            network.finish(try network.add(.softmax, [output]))
        }
    }

    // MARK: What a node's inputs are

    /// Whether a node has an input at this place.
    func has(_ index: Int, of node: ONNXNode) -> Bool {
        index < node.inputs.count && !node.inputs[index].isEmpty
    }

    mutating func value(_ index: Int, of node: ONNXNode) throws(Malformed) -> Value {
        guard has(index, of: node) else { throw Malformed("it has no input \(index)") }
        let name = node.inputs[index]
        if let value = values[name] { return value }
        guard let proto = initializers[name] else {
            throw Malformed("no earlier node computes its input \(shown(name))")
        }
        let value = Value.constant(try ONNXTensor(proto, files: files))
        values[name] = value
        return value
    }

    mutating func constant(_ index: Int, of node: ONNXNode) throws(Malformed) -> ONNXTensor {
        guard case .constant(let tensor) = try value(index, of: node) else {
            throw Malformed("its input \(shown(node.inputs[index])) is computed, but must be a constant")
        }
        return tensor
    }

    /// Floats of two axes or four.
    mutating func weights(_ index: Int, of node: ONNXNode, axes: Int) throws(Malformed) -> ONNXTensor {
        let weights = try constant(index, of: node)
        guard case .floats = weights.elements, weights.shape.count == axes else {
            throw Malformed("its weights have the shape \(weights.shape), or are not floats")
        }
        return weights
    }

    mutating func integers(_ index: Int, of node: ONNXNode) throws(Malformed) -> [Int] {
        guard let integers = try constant(index, of: node).integers else {
            throw Malformed("its input \(shown(node.inputs[index])) holds no integers")
        }
        return integers
    }

    mutating func tensor(_ index: Int, of node: ONNXNode) throws(Malformed) -> NodeID {
        try tensor(try value(index, of: node))
    }

    func file(_ tensor: ONNXTensorProto) throws(Malformed) -> ONNXTensor {
        try ONNXTensor(tensor, files: files)
    }

    /// The node of a value on which nothing is outstanding.
    mutating func tensor(_ value: Value) throws(Malformed) -> NodeID {
        switch value {
        case .tensor(let id): return id
        case .padded(let id, 0): return id
        case .strided(let id, 1, 1): return id
        case .pixels(let pixels): return try normalized(pixels)
        case .product(let x, let weights):
            let bias = Tensor(shape: [weights.shape[0]], repeating: 0)
            return try dense(x, weights: weights, bias: bias)
        case .constant: throw Malformed("its input is a constant, but must be a computed value")
        case .padded:
            throw Malformed("padding is followed by something other than a convolution or a max pool")
        case .strided:
            throw Malformed("a slice of pixels is followed by something other than padding of channels")
        case .scores(_, let op): throw Malformed("the scores of \(op) are used in another computation")
        case .pooled, .row: throw Malformed("the means over pixels are used without being flattened")
        }
    }

    mutating func dense(_ x: NodeID, weights: Tensor, bias: Tensor) throws(Malformed) -> NodeID {
        let operands = [x, try network.parameter(weights), try network.parameter(bias)]
        return try network.add(.dense, operands)
    }

    /// The first time something reads the pixels as numbers, the network's input and its preprocessing.
    private mutating func normalized(_ pixels: ONNXPixels) throws(Malformed) -> NodeID {
        if let normalized {
            guard normalized.pixels == pixels else {
                throw Malformed("it normalises the pixels twice, in different ways")
            }
            return normalized.id
        }
        guard !pixels.isChannelsLast else {
            throw Malformed("it uses pixels with channels last; a Transpose to [N, 3, H, W] is missing")
        }
        let side = pixels.side
        let input = try network.add(.input(name: Network.pixels, shape: [1, side, side, 3]), [])
        // The numbers of the preprocessing are held apart: what stands before the file's own is not known here.
        let id = try network.add(.normalize(.imageNet), [input])
        normalized = (pixels, id)
        return id
    }

    /// Sizes of a value for a batch of one.
    func shape(of value: Value) -> [Int] {
        switch value {
        case .constant(let tensor): tensor.shape
        case .pixels(let pixels): pixels.shape
        case .tensor(let id): network.graph[id].shape
        case .padded(let id, let padding):
            network.graph[id].shape[..<2] + network.graph[id].shape[2...].map { $0 + 2 * padding }
        case .strided(let id, let height, let width):
            network.graph[id].shape[..<2]
                + zip(network.graph[id].shape[2...], [height, width]).map { ($0 + $1 - 1) / $1 }
        case .scores(let id, _): network.graph[id].shape
        case .pooled(let id): network.graph[id].shape + [1, 1]
        case .row(let id): [network.graph[id].shape.elementCount]
        case .product(let x, let weights): [network.graph[x].shape[0], weights.shape[0]]
        }
    }
}
