import Networks

/// Writes a scoring graph in ONNX's operators.
///
/// Results are named after the layer where there is one (`layer1.0.conv1`), else after what they are (`relu_12`).
struct ONNXLowering {
    /// Name of the softmax's result.
    private static let scores = "scores"

    private let graph: Graph
    private let weights: Weights
    private let quantization: ONNXQuantization?
    private(set) var writer = ONNXGraphWriter()
    /// Names of results by node; moments have two.
    private var names: [NodeID: [String]] = [:]

    /// - Parameter weights: every parameter that the graph names.
    /// - Parameter quantization: which convolutions compute in bytes; none without it.
    init(_ graph: Graph, weights: Weights, quantization: ONNXQuantization? = nil) {
        (self.graph, self.weights, self.quantization) = (graph, weights, quantization)
    }

    /// Writes all nodes; the graph's one output is its scores.
    mutating func lower() -> ONNXGraphProto {
        for id in graph.nodeIDs { names[id] = lower(id) }
        for id in graph.outputs {
            writer.output(name(id), .float32, shape: Array(graph[id].shape.dropFirst()))
        }
        return writer.graph
    }

    private func name(_ id: NodeID) -> String { names[id]?.first ?? "" }

    private mutating func lower(_ id: NodeID) -> [String] {
        let node = graph[id]
        let inputs = node.inputs.map(name)
        let number = "_\(id.index)"
        switch node.op {
        case .input(let name, let shape):
            writer.input(name, .uint8, shape: Array(shape.dropFirst()))
            return [name]
        case .parameter(let name, _): return [name]
        case .constant(let value, let shape):
            return [writer.constant("constant" + number, Tensor(shape: shape, repeating: value))]
        case .normalize(let preprocessing): return [normalize(inputs[0], preprocessing)]
        case .conv2d(let stride, let padding):
            return [convolution(id, inputs, stride: stride, padding: padding)]
        case .stack: return inputs
        case .batchNorm(let epsilon):
            if quantization?.isFolded(id) == true { return [inputs[0]] }
            for input in node.inputs[1...2] { keep(input) }
            for input in graph[node.inputs[3]].inputs { keep(input) }
            let moments = names[node.inputs[3]] ?? []
            return [
                writer.node(
                    "BatchNormalization", inputs[..<3] + moments,
                    layer(of: node.inputs[2]) ?? "norm" + number,
                    ["epsilon": .float(epsilon)])
            ]
        case .relu: return [writer.node("Relu", inputs, "relu" + number)]
        case .add: return [writer.node("Add", inputs, "add" + number)]
        case .paddedShortcut(let stride, let channels):
            return [shortcut(id, inputs[0], stride: stride, channels: channels)]
        case .maxPool(let size, let stride, let padding):
            return [
                writer.node(
                    "MaxPool", inputs, "pool" + number,
                    [
                        "kernel_shape": .integers([size, size]), "strides": .integers([stride, stride]),
                        "pads": .integers([padding, padding, padding, padding]),
                    ])
            ]
        case .globalMean:
            let mean = writer.node("GlobalAveragePool", inputs, "mean" + number)
            return [writer.node("Flatten", [mean], "features" + number, ["axis": .integer(1)])]
        case .dense:
            for input in node.inputs[1...2] { keep(input) }
            return [
                writer.node("Gemm", inputs, layer(of: node.inputs[1]) ?? "dense", ["transB": .integer(1)])
            ]
        case .softmax: return [writer.node("Softmax", inputs, Self.scores, ["axis": .integer(1)])]
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .moments, .softmaxCrossEntropy, .correctCount, .conv2dGradientInput, .conv2dGradientWeights,
            .batchNormGradientSums, .batchNormGradient, .reluGradient, .paddedShortcutGradient,
            .maxPoolGradient, .globalMeanGradient, .windowMeansGradient, .denseGradientInput,
            .denseGradientWeights,
            .denseGradientBias, .softmaxCrossEntropyGradient, .row, .windowMeans:
            preconditionFailure("\(node.op) is no op of a scoring graph")
        }
    }

    /// Writes a parameter as it is.
    private mutating func keep(_ id: NodeID) {
        guard case .parameter(let name, _) = graph[id].op else { return }
        writer.constant(name, weight(name))
    }

    private func weight(_ name: String) -> Tensor {
        guard let tensor = weights[name] else { preconditionFailure("no weights \(name)") }
        return tensor
    }

    /// `layer1.0.bn1` of its shift's name.
    private func layer(of parameter: NodeID) -> String? {
        guard case .parameter(let name, _) = graph[parameter].op, let dot = name.lastIndex(of: ".") else {
            return nil
        }
        return String(name[..<dot])
    }

    /// Bytes `[N, H, W, 3]` → floats `[N, 3, H, W]`, `(x - mean) / deviation`.
    private mutating func normalize(_ pixels: String, _ preprocessing: Preprocessing) -> String {
        let mean = writer.constant("pixels.mean", Tensor(shape: [3, 1, 1], values: preprocessing.mean))
        let deviation = writer.constant(
            "pixels.deviation", Tensor(shape: [3, 1, 1], values: preprocessing.deviation))
        let floats = writer.node(
            "Cast", [pixels], "pixels.floats", ["to": .integer(Int(ONNXDataType.float32.rawValue))])
        let planes = writer.node("Transpose", [floats], "pixels.planes", ["perm": .integers([0, 3, 1, 2])])
        let centred = writer.node("Sub", [planes, mean], "pixels.centred")
        return writer.node("Div", [centred, deviation], "pixels.normalized")
    }

    private mutating func convolution(
        _ id: NodeID, _ inputs: [String], stride: Int, padding: Int
    ) -> String {
        let weightsID = graph[id].inputs[1]
        let size = graph[weightsID].shape[2]
        let layer = layer(of: weightsID) ?? "conv_\(id.index)"
        let operands: [String]
        if let convolution = quantization?.convolutions[id] {
            operands = quantized(inputs[0], of: graph[id].inputs[0], convolution, layer)
        } else {
            keep(weightsID)
            operands = inputs
        }
        return writer.node(
            "Conv", operands, layer,
            [
                "kernel_shape": .integers([size, size]), "strides": .integers([stride, stride]),
                "pads": .integers([padding, padding, padding, padding]),
            ])
    }

    /// Every `stride`-th pixel, then zero channels on both sides.
    private mutating func shortcut(_ id: NodeID, _ x: String, stride: Int, channels: Int) -> String {
        let name = "shortcut_\(id.index)"
        let before = (channels - graph[graph[id].inputs[0]].shape[1]) / 2
        let lists = [
            ("starts", [0, 0]), ("ends", [Int.max, Int.max]), ("axes", [2, 3]), ("steps", [stride, stride]),
        ]
        .map { writer.constant("\(name).\($0.0)", $0.1) }
        let pixels = writer.node("Slice", [x] + lists, name + ".pixels")
        let pads = writer.constant(name + ".pads", [0, before, 0, 0, 0, before, 0, 0])
        return writer.node("Pad", [pixels, pads], name)
    }

    // MARK: Bytes

    /// A convolution's operands through bytes: input, weights, and the bias where a batch norm was folded in.
    private mutating func quantized(
        _ x: String, of value: NodeID, _ convolution: ONNXQuantization.Convolution, _ layer: String
    ) -> [String] {
        let bytes = x + ".quantized"
        let step = bytes + ".scale"
        if names[value, default: []].count == 1 {
            // The first reader makes the bytes for all.
            writer.constant(step, Tensor(shape: [], values: [convolution.inputStep]))
            writer.constant(bytes + ".zero", shape: [], .uint8, [UInt8(0)])
            writer.node("QuantizeLinear", [x, step, bytes + ".zero"], bytes)
            writer.node("DequantizeLinear", [bytes, step, bytes + ".zero"], bytes + ".floats")
            names[value]?.append(bytes)
        }
        let channels = convolution.weightSteps.count
        let name = layer + ".weight"
        writer.constant(name + ".quantized", shape: convolution.shape, .int8, convolution.weights)
        writer.constant(name + ".scale", Tensor(shape: [channels], values: convolution.weightSteps))
        writer.constant(name + ".zero", shape: [channels], .int8, [Int8](repeating: 0, count: channels))
        let weights = writer.node(
            "DequantizeLinear", [name + ".quantized", name + ".scale", name + ".zero"], name,
            ["axis": .integer(0)])
        guard let bias = convolution.bias else { return [bytes + ".floats", weights] }
        let biasName = layer + ".bias"
        let steps = convolution.weightSteps.map { $0 * convolution.inputStep }
        writer.constant(biasName + ".quantized", shape: [channels], .int32, bias)
        writer.constant(biasName + ".scale", Tensor(shape: [channels], values: steps))
        writer.constant(biasName + ".zero", shape: [channels], .int32, [Int32](repeating: 0, count: channels))
        let shift = writer.node(
            "DequantizeLinear", [biasName + ".quantized", biasName + ".scale", biasName + ".zero"], biasName,
            ["axis": .integer(0)])
        return [bytes + ".floats", weights, shift]
    }
}
