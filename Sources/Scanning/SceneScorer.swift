import Engines
import Files
import Pixels

/// Has a scene's blocks scored, one after the other.
protocol SceneScorer {
    /// Scores windows of the next block, or begins to.
    ///
    /// - Parameter windows: of the block, to be scored; at least one.
    /// - Parameter pixels: what the block's bounds hold.
    /// - Parameter cancellation: looked up between two calls of the engine; where it is requested, `Cancelled` is thrown.
    /// - Parameter deliver: takes what was found as soon as it is there; of blocks before this one, too.
    mutating func score(
        _ windows: [WindowRange], of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws

    /// Waits for the blocks that were begun.
    mutating func finish(deliver: (WindowScores) throws -> Void) throws
}

extension SceneScorer {
    /// Nothing goes on between blocks.
    mutating func finish(deliver: (WindowScores) throws -> Void) throws {}
}
