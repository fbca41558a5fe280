public import Networks

/// Finds how large the inputs of a network's convolutions become, which scoring in bytes has to know.
///
/// The ranges are tensors that travel among the weights: `layer1.0.conv1.input_range` beside
/// `layer1.0.conv1.weight`.
public struct Calibration: Sendable {
    private let network: Network
    private let weights: Weights
    private let engine: any Engine
    private var largest: [String: Float] = [:]

    /// - Parameter engine: one that computes with floats.
    public init(network: Network, weights: Weights, engine: any Engine) {
        (self.network, self.weights, self.engine) = (network, weights, engine)
    }

    /// Images that should come together: all inputs of their convolutions are held at once.
    public var batchSize: Int {
        let side = network.architecture.inputSize
        return max(1, min(64, 64 * 64 * 64 / (side * side)))
    }

    /// Scores images, and sees what the convolutions get.
    ///
    /// - Parameter pixelsNHWC: whole images of the network's input size, 8-bit RGB.
    public mutating func add(_ pixelsNHWC: Span<UInt8>) throws(EngineError) {
        let side = network.architecture.inputSize
        let imageByteCount = side * side * 3
        precondition(pixelsNHWC.count % imageByteCount == 0, "not whole images")
        for start in stride(from: 0, to: pixelsNHWC.count, by: batchSize * imageByteCount) {
            let end = min(start + batchSize * imageByteCount, pixelsNHWC.count)
            let values = (start..<end).map { Float(pixelsNHWC[$0]) }
            try addBatch(Tensor(shape: [(end - start) / imageByteCount, side, side, 3], values: values))
        }
    }

    private mutating func addBatch(_ pixels: Tensor) throws(EngineError) {
        var graph = try network.graph { network throws(GraphError) in
            try network.scoringGraph(batchSize: pixels.shape[0])
        }
        let convolutions = graph.rangedConvolutions
        // Convolutions may share an input: each value is an output once.
        let inputs = Set(convolutions.map { graph[$0.id].inputs[0] }).sorted()
        graph.outputs = inputs
        var tensors = weights
        tensors[Network.pixels] = pixels
        let maxima = try engine.evaluate(graph, inputs: tensors).map { input throws(EngineError) in
            guard input.values.allSatisfy(\.isFinite) else {
                throw EngineError(
                    code: .wrongInput, operation: "measure the range of the inputs of convolutions",
                    cause: "they are not numbers; the model's weights are damaged, or too large")
            }
            return input.values.max() ?? 0
        }
        let found = Dictionary(uniqueKeysWithValues: zip(inputs, maxima))
        for convolution in convolutions {
            let maximum = found[graph[convolution.id].inputs[0]] ?? 0
            largest[convolution.rangeName] = max(largest[convolution.rangeName] ?? 0, maximum)
        }
    }

    /// A tensor `[1]` for each convolution whose input is never negative; empty before the first image.
    public var ranges: Weights {
        // An input that was never above 0 may have any range.
        largest.mapValues { Tensor(shape: [1], values: [$0 > 0 ? $0 : 1]) }
    }
}
