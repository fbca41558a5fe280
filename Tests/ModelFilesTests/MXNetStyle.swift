import Networks

/// Our networks as exporters for MXNet write them: an old opset, weights among the inputs, names of their own, padding
/// and biases as nodes of their own, a Flatten before the Gemm.
struct MXNetStyle {
    private let graph: Graph
    private let weights: Weights
    private var file = TinyONNX()
    private var names: [NodeID: String] = [:]

    /// Whether the 1x1 convolution before a 3x3 one with a stride has the stride instead.
    var strideOfFirst = false

    /// What makes scores of the logits.
    var head = "Softmax"
    /// The batch that it is written for; a Reshape then flattens to it, as torch's exporters write that.
    var batch = 1
    /// Whether its pixels go through floats of 16 bits first.
    var castsToHalf = false

    init(of network: Network, weights: Weights) throws {
        (graph, self.weights) = (try network.scoringGraph(batchSize: 1), weights)
        let size = network.architecture.inputSize
        file.opset = 9
        file.inputShape = [1, 3, size, size]
        file.namesWeightsAsInputs = true
    }

    /// - Parameter isFolded: whether a batch norm behind a convolution is in its weights and bias.
    func bytes(isFolded: Bool = false) -> [UInt8] {
        var style = self
        style.file.inputShape[0] = batch
        for id in graph.nodeIDs { style.names[id] = style.lower(id, isFolded: isFolded) }
        style.file.output = style.names[graph.outputs[0]] ?? ""
        return style.file.bytes
    }

    private func values(_ id: NodeID) -> [Float] {
        if case .constant(let value, let shape) = graph[id].op {
            return [Float](repeating: value, count: shape.elementCount)
        }
        return graph[id].op.binding.flatMap { weights[$0.name]?.values } ?? []
    }

    private mutating func lower(_ id: NodeID, isFolded: Bool) -> String {
        let (node, name) = (graph[id], "node\(id.index)")
        let inputs = node.inputs.map { names[$0] ?? "" }
        switch node.op {
        case .normalize where castsToHalf:
            return file.node("Cast", ["data"], name, ["to": .integer(10)])
        case .input, .normalize: return "data"
        case .parameter, .constant, .stack: return ""
        case .conv2d(var stride, let padding):
            let shape = graph[node.inputs[1]].shape
            if strideOfFirst, shape[2] == 3 { stride = 1 }
            if strideOfFirst, shape[2] == 1, shape[0] * 2 == shape[1] { stride = 2 }
            var kernel = values(node.inputs[1])
            var operands = [padding > 0 ? pad(inputs[0], padding, name) : inputs[0], name + "_weight"]
            if isFolded, let norm = onlyNorm(of: id) {
                let (factors, shifts) = affine(norm)
                let size = kernel.count / shape[0]
                for index in kernel.indices { kernel[index] *= factors[index / size] }
                operands.append(file.floats(name + "_bias", [shape[0]], shifts))
            }
            file.floats(name + "_weight", shape, kernel)
            return file.node(
                "Conv", operands, name,
                [
                    "kernel_shape": .integers([shape[2], shape[3]]), "strides": .integers([stride, stride]),
                    "pads": .integers([0, 0, 0, 0]), "dilations": .integers([1, 1]), "group": .integer(1),
                ])
        case .batchNorm(let epsilon):
            if isFolded, onlyNorm(of: node.inputs[0]) == id { return inputs[0] }
            let moments = graph[node.inputs[3]].inputs
            let operands = (node.inputs[1...2] + moments).enumerated().map { index, input in
                file.floats("\(name)_\(index)", [node.shape[1]], values(input))
            }
            return file.node(
                "BatchNormalization", [inputs[0]] + operands, name,
                ["epsilon": .float(epsilon), "momentum": .float(0.9), "spatial": .integer(1)])
        case .relu: return file.node("Relu", inputs, name)
        case .add: return file.node("Add", inputs.reversed(), name)
        case .paddedShortcut(let stride, let channels):
            let before = (channels - graph[node.inputs[0]].shape[1]) / 2
            // Opset 9 has no steps: a pool of single pixels does the same.
            let taken = file.node(
                "MaxPool", inputs, name + "_taken",
                ["kernel_shape": .integers([1, 1]), "strides": .integers([stride, stride])])
            return file.node(
                "Pad", [taken], name,
                ["mode": .text("constant"), "pads": .integers([0, before, 0, 0, 0, before, 0, 0])])
        case .maxPool(let size, let stride, let padding):
            return file.node(
                "MaxPool", inputs, name,
                [
                    "kernel_shape": .integers([size, size]), "strides": .integers([stride, stride]),
                    "pads": .integers([padding, padding, padding, padding]),
                ])
        case .globalMean:
            let pool = file.node("GlobalAveragePool", inputs, name + "_pool")
            guard batch > 1 else { return file.node("Flatten", [pool], name) }
            return file.node(
                "Reshape", [pool, file.integers(name + "_shape", [batch, node.shape[1]])], name)
        case .dense:
            let weights = file.floats(name + "_weight", graph[node.inputs[1]].shape, values(node.inputs[1]))
            let bias = file.floats(name + "_bias", graph[node.inputs[2]].shape, values(node.inputs[2]))
            return file.node(
                "Gemm", [inputs[0], weights, bias], name,
                ["alpha": .float(1), "beta": .float(1), "transA": .integer(0), "transB": .integer(1)])
        case .softmax:
            return head == "Sigmoid"
                ? file.node(head, inputs, name) : file.node(head, inputs, name, ["axis": .integer(1)])
        default: preconditionFailure("\(node.op) is no op of a scoring graph")
        }
    }

    private mutating func pad(_ x: String, _ padding: Int, _ name: String) -> String {
        let pads = [0, 0, padding, padding, 0, 0, padding, padding]
        return file.node("Pad", [x], name + "_pad", ["mode": .text("constant"), "pads": .integers(pads)])
    }

    /// The batch norm that alone reads a convolution.
    private func onlyNorm(of id: NodeID) -> NodeID? {
        let readers = graph.nodeIDs.filter { graph[$0].inputs.contains(id) }
        guard case .conv2d = graph[id].op, readers.count == 1, case .batchNorm = graph[readers[0]].op else {
            return nil
        }
        return readers[0]
    }

    private func affine(_ norm: NodeID) -> (factors: [Float], shifts: [Float]) {
        guard case .batchNorm(let epsilon) = graph[norm].op else { return ([], []) }
        let moments = graph[graph[norm].inputs[3]].inputs.map(values)
        let factors = zip(values(graph[norm].inputs[1]), moments[1]).map { $0 / ($1 + epsilon).squareRoot() }
        let centred = zip(values(graph[norm].inputs[2]), zip(moments[0], factors)).map { $0 - $1.0 * $1.1 }
        return (factors, centred)
    }
}
