public import Networks

/// A network compiled to run once over whole blocks. Call it from one thread at a time.
public protocol DenseScoringProgram: AnyObject {
    /// Blocks that are scored together for full speed.
    var blocksPerCall: Int { get }

    /// Begins to score blocks; the scores may be asked for later, so that the next blocks are on their way meanwhile.
    ///
    /// - Parameter blocks: at most `blocksPerCall`, each of exactly the program's size, 8-bit RGB, row by row.
    func begin(_ blocks: [[UInt8]]) throws(EngineError) -> PendingScores
}

/// Scores of blocks that were begun.
public struct PendingScores {
    private let wait: () throws(EngineError) -> [[Float]]

    /// - Parameter wait: waits for the scores; called once at most.
    public init(_ wait: @escaping () throws(EngineError) -> [[Float]]) { self.wait = wait }

    /// Waits for the scores. Ask once, and in the order in which blocks were begun.
    ///
    /// - Returns: for each block `[P · Q, classCount]`, as `Network.denseScoringGraph` gives them.
    public func result() throws(EngineError) -> [[Float]] { try wait() }
}

extension Engine {
    public func denseScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, stride: Int
    ) throws(EngineError) -> any DenseScoringProgram {
        throw EngineError(
            code: .unsupportedGraph, operation: "score densely on \(description)",
            cause: "it scores window by window only; accelerators can do both")
    }
}

extension Network {
    /// `denseScoringGraph` of blocks.
    package func denseScoringGraph(
        of blockSize: BlockSize, stride: Int, blockCount: Int = 1
    ) throws(EngineError) -> Graph {
        try graph { network throws(GraphError) in
            try network.denseScoringGraph(
                batchSize: blockCount, height: blockSize.height, width: blockSize.width, stride: stride)
        }
    }
}
