import Networks

/// How many samples should go through a node together.
///
/// Few, so that their activations stay in the second-level cache; but where weights are larger than activations, as
/// in the last stages of large networks, enough of them that reading the weights is worth it.
struct MicroBatchCosts {
    let graph: Graph
    let element: Element
    let cacheByteCount: Int

    /// More samples than this gain nothing.
    static let limit = 16

    /// The micro-batch of a phase that computes `nodes`.
    func microBatch(for nodes: [NodeID]) -> Int {
        max(nodes.map(cacheFit).min() ?? Self.limit, nodes.map(weightFit).max() ?? 1)
    }

    /// Samples of which the value fits the cache.
    func cacheFit(_ id: NodeID) -> Int { clamped(cacheByteCount, by: sampleByteCount(id)) }

    /// Samples of which the value is half as large as the weights it meets.
    func weightFit(_ id: NodeID) -> Int {
        let node = graph[id]
        let weights: [Int]
        switch node.op {
        case .conv2d, .conv2dGradientInput: weights = graph[node.inputs[1]].shape
        case .conv2dGradientWeights: weights = node.shape
        default: return 1
        }
        let activation = node.op.isReduction ? node.inputs[1] : id
        return clamped(weights.reduce(2, *), by: sampleByteCount(activation))
    }

    private func clamped(_ byteCount: Int, by sample: Int) -> Int {
        min(Self.limit, max(1, byteCount / max(1, sample)))
    }

    private func sampleByteCount(_ id: NodeID) -> Int {
        graph[id].shape.dropFirst().reduce(element.byteCount, *)
    }
}
