import Networks

/// A batch norm whose moments are parameters: an affine map for each channel, worked out anew when `prepare` asks.
struct FixedNorm {
    private let scale: Source
    private let shift: Source
    private let mean: Source
    private let variance: Source
    private let epsilon: Float
    let channelCount: Int

    /// A parameter's memory, or a constant.
    private enum Source {
        case memory(UnsafeMutablePointer<Float>)
        case constant(Float)

        subscript(channel: Int) -> Float {
            switch self {
            case .memory(let start): start[channel]
            case .constant(let value): value
            }
        }
    }

    /// - Parameter id: for which `isFixedBatchNorm` holds.
    init(_ id: NodeID, in executable: Executable) {
        let graph = executable.graph
        guard case .batchNorm(let epsilon) = graph[id].op else {
            preconditionFailure("\(graph[id].op) is not batch norm")
        }
        func source(_ id: NodeID) -> Source {
            if case .constant(let value, _) = graph[id].op { return .constant(value) }
            guard let start = executable.small[id] else { preconditionFailure("a parameter has memory") }
            return .memory(start)
        }
        let (inputs, moments) = (graph[id].inputs, graph[graph[id].inputs[3]].inputs)
        (scale, shift) = (source(inputs[1]), source(inputs[2]))
        (mean, variance) = (source(moments[0]), source(moments[1]))
        (self.epsilon, channelCount) = (epsilon, graph[id].shape[1])
    }

    /// `y = scale · x + shift`.
    func factors() -> (scale: [Float], shift: [Float]) {
        let factors = (0..<channelCount).map { scale[$0] / (variance[$0] + epsilon).squareRoot() }
        return (factors, factors.indices.map { shift[$0] - factors[$0] * mean[$0] })
    }
}
