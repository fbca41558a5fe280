import Engines
import Pixels

/// Has a network run once over each block, and takes the scores of the plan's windows.
struct DenseScorer: SceneScorer {
    /// Calls of the engine under way: one that is computed, one that is on its way.
    private static let callsAhead = 2

    private let program: any DenseScoringProgram
    private let plan: DensePlan
    private let classCount: Int
    private var waiting: [(block: Block, pixelsHWC: [UInt8])] = []
    private var begun: [(blocks: [Block], scores: PendingScores)] = []
    private(set) var candidates: Candidates
    private(set) var finishedBlockCount = 0

    init(program: any DenseScoringProgram, plan: DensePlan, classCount: Int, candidates: Candidates) {
        (self.program, self.plan, self.classCount) = (program, plan, classCount)
        self.candidates = candidates
    }

    mutating func score(
        _ block: Block, pixels: Image, progress: (Int) -> Void, shouldStop: () -> Bool
    ) throws(EngineError) -> Bool {
        waiting.append((block, pixels.pixelsHWC))
        if waiting.count == program.blocksPerCall { try begin() }
        if begun.count == Self.callsAhead { try take(begun.removeFirst(), progress) }
        return true
    }

    mutating func finish(progress: (Int) -> Void) throws(EngineError) {
        if !waiting.isEmpty { try begin() }
        while !begun.isEmpty { try take(begun.removeFirst(), progress) }
    }

    private mutating func begin() throws(EngineError) {
        begun.append((waiting.map(\.block), try program.begin(waiting.map(\.pixelsHWC))))
        waiting = []
    }

    private mutating func take(
        _ call: (blocks: [Block], scores: PendingScores), _ progress: (Int) -> Void
    ) throws(EngineError) {
        let side = plan.windows.windowSize
        let windowsPerRow = (plan.blockSize.width - side) / plan.step + 1
        for (block, scores) in zip(call.blocks, try call.scores.result()) {
            for y in block.rows {
                for x in block.columns {
                    let (row, column) = ((y - block.bounds.y0) / plan.step, (x - block.bounds.x0) / plan.step)
                    let first = (row * windowsPerRow + column) * classCount
                    candidates.add(
                        PixelRect(x: x, y: y, width: side, height: side),
                        scores: scores[first..<first + classCount])
                }
            }
            finishedBlockCount += 1
            progress(candidates.windowCount)
        }
    }
}
