import Engines
import Pixels

/// Has a scene's blocks scored, one after the other.
protocol SceneScorer {
    /// Of the blocks that are finished; in the middle of a block, of its first windows too.
    var candidates: Candidates { get }
    var finishedBlockCount: Int { get }

    /// Scores the next block's windows, or begins to.
    ///
    /// - Parameter pixels: what the block's bounds hold.
    /// - Parameter progress: called with the number of windows scored so far, of all blocks.
    /// - Parameter shouldStop: asked between two calls of the engine.
    /// - Returns: whether to go on; a block that was stopped leaves nothing.
    mutating func score(
        _ block: Block, pixels: Image, progress: (Int) -> Void, shouldStop: () -> Bool
    ) throws(EngineError) -> Bool

    /// Waits for the blocks that were begun.
    mutating func finish(progress: (Int) -> Void) throws(EngineError)
}
