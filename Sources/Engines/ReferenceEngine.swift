public import Networks

/// Every op in plain Swift and double precision: small, slow, right. The other engines are held to it.
public struct ReferenceEngine: Engine {
    public init() {}

    public var description: String { "reference (plain Swift, double precision)" }

    public let abilities: Abilities = [.training, .denseScoring, .features]

    public var numerics: Numerics {
        Numerics(engine: "reference", precision: .fp32, library: "plain Swift, double precision")
    }

    public func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        try graph.check()
        var values: [ReferenceValue] = []
        for node in graph.nodes {
            let operands = node.inputs.map { values[$0.index] }
            values.append(try Self.value(of: node, operands, inputs))
        }
        return graph.outputs.map { values[$0.index].tensor }
    }

    public func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        try ReferenceScoringProgram(network: network, weights: weights)
    }

    public func featureScoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any FeatureScoringProgram {
        try ReferenceScoringProgram(network: network, weights: weights)
    }

    public func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        try weights.check(against: network)
        return try ReferenceDenseProgram(
            network: network, weights: weights, blockSize: blockSize, stride: stride)
    }

    public func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        try state.weights.check(against: network)
        return try ReferenceTrainingProgram(network: network, state: state, configuration: configuration)
    }

    /// A source's tensor from `inputs`, or an op's result.
    private static func value(
        of node: Node, _ operands: [ReferenceValue], _ inputs: [String: Tensor]
    ) throws(EngineError) -> ReferenceValue {
        guard let (name, shape) = node.op.binding else {
            return node.op.evaluate(operands, shape: node.shape)
        }
        guard let tensor = inputs[name], tensor.shape == shape else {
            throw .wrongTensor(name, shape: inputs[name]?.shape, expected: shape)
        }
        return ReferenceValue(tensor)
    }
}

/// A tensor in double precision.
struct ReferenceValue {
    var shape: [Int]
    /// Row-major.
    var values: [Double]

    init(shape: [Int], repeating value: Double = 0) {
        (self.shape, values) = (shape, [Double](repeating: value, count: shape.elementCount))
    }

    init(_ tensor: Tensor) { (shape, values) = (tensor.shape, tensor.values.map(Double.init)) }

    var tensor: Tensor { Tensor(shape: shape, values: values.map(Float.init)) }

    /// Number of elements of one channel of one sample; for `[N, C, H, W]`.
    var planeCount: Int { shape[2] * shape[3] }
}

extension Graph {
    /// Verifies the graph before an engine lowers it.
    package func check() throws(EngineError) {
        do {
            try verify()
        } catch {
            throw EngineError(code: .unsupportedGraph, operation: "lower the graph", cause: error.description)
        }
    }
}

extension Weights {
    /// Checks that every parameter of `network` is there with its shape; others may be there too.
    package func check(against network: Network) throws(EngineError) {
        for parameter in network.parameters where self[parameter.name]?.shape != parameter.shape {
            throw .wrongTensor(
                "\(parameter.name) of \(network.architecture.name)", shape: self[parameter.name]?.shape,
                expected: parameter.shape)
        }
    }
}
