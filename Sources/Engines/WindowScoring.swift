public import Networks

/// Height and width of a part of a scene that is in memory as one image, in pixels.
public struct BlockSize: Hashable, Sendable, Codable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        precondition(height > 0 && width > 0)
        (self.height, self.width) = (height, width)
    }
}

/// The top left pixel of a window in its block.
public struct WindowCorner: Hashable, Sendable {
    public var x: Int
    public var y: Int

    public init(x: Int, y: Int) { (self.x, self.y) = (x, y) }
}

/// A network compiled to score windows of blocks, which it cuts out itself. Call it from one thread at a time.
public protocol WindowScoringProgram: AnyObject {
    /// Scores windows of a block, batch by batch.
    ///
    /// A window's scores do not depend on the windows beside it. Several batches are under way at a time.
    ///
    /// - Parameter corners: of windows of the network's input size inside the block.
    /// - Parameter pixelsHWC: the block, 8-bit RGB, row by row.
    /// - Parameter size: the block's, in no direction larger than what the program was made for.
    /// - Parameter take: called for each batch in order with the windows' places in `corners` and their scores,
    ///   `[n, classCount]`; returns whether to go on.
    /// - Returns: whether all windows were scored.
    func score(
        _ corners: [WindowCorner], of pixelsHWC: Span<UInt8>, size: BlockSize,
        take: (_ windows: Range<Int>, _ scores: [Float]) -> Bool
    ) throws(EngineError) -> Bool
}

extension Engine {
    public func windowScoringProgram(
        for network: Network, weights: Weights, blockSize: BlockSize, batchSize: Int
    ) throws(EngineError) -> any WindowScoringProgram {
        throw EngineError(
            code: .unsupportedGraph, operation: "cut windows on \(description)",
            cause: "it takes whole windows; accelerators can cut them")
    }
}
