import Engines
import Pixels

/// Gives whole blocks to a program that cuts their windows itself.
struct WindowScorer: SceneScorer {
    private let program: any WindowScoringProgram
    private let windowSize: Int
    private(set) var candidates: Candidates
    private(set) var finishedBlockCount = 0

    init(program: any WindowScoringProgram, windowSize: Int, candidates: Candidates) {
        (self.program, self.windowSize, self.candidates) = (program, windowSize, candidates)
    }

    mutating func score(
        _ block: Block, pixels: Image, progress: (Int) -> Void, shouldStop: () -> Bool
    ) throws(EngineError) -> Bool {
        let old = candidates
        let boxes = block.rows.flatMap { y in
            block.columns.map { x in PixelRect(x: x, y: y, width: windowSize, height: windowSize) }
        }
        let corners = boxes.map { WindowCorner(x: $0.x0 - block.bounds.x0, y: $0.y0 - block.bounds.y0) }
        let isFinished = try program.score(
            corners, of: pixels.pixelsHWC.span, size: BlockSize(height: pixels.height, width: pixels.width)
        ) { windows, scores in
            candidates.add(boxes[windows], scores: scores)
            progress(candidates.windowCount)
            return windows.upperBound == boxes.count || !shouldStop()
        }
        if isFinished {
            finishedBlockCount += 1
        } else {
            candidates = old
        }
        return isFinished
    }

    /// Nothing goes on between blocks.
    mutating func finish(progress: (Int) -> Void) {}
}
