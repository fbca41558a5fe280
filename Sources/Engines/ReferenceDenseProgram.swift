import Networks

/// Runs a network over one block at a time.
final class ReferenceDenseProgram: DenseScoringProgram {
    private let graph: Graph
    private let weights: Weights
    private let blockSize: BlockSize

    init(
        network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) {
        graph = try network.denseScoringGraph(of: blockSize, stride: stride)
        (self.weights, self.blockSize) = (weights, blockSize)
    }

    let blocksPerCall = 1

    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores {
        var scores: [[Float]] = []
        for block in blocks {
            var inputs = weights
            inputs[Network.pixels] = Tensor(
                shape: [1, blockSize.height, blockSize.width, 3], values: block.map { Float($0) })
            scores.append(try ReferenceEngine().evaluate(graph, inputs: inputs)[0].values)
        }
        return PendingScores { [scores] in scores }
    }
}
