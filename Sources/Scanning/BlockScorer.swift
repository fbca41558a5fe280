import Engines
import Pixels

/// Cuts blocks into windows and has them scored.
package struct BlockScorer: SceneScorer {
    /// Windows that the engine scores at once: enough to keep every worker busy, few enough that progress moves and
    /// that windows of any size take about 6 MB.
    package static func windowsPerCall(windowSize: Int) -> Int {
        max(16, min(2048, (6 << 20) / (windowSize * windowSize * 3)))
    }

    private let program: any ScoringProgram
    private let classCount: Int
    private let windowSize: Int
    private let windowsPerCall: Int
    private var pixelsNHWC: [UInt8] = []
    private(set) var candidates: Candidates
    private(set) var finishedBlockCount = 0

    init(program: any ScoringProgram, classCount: Int, windowSize: Int, candidates: Candidates) {
        (self.program, self.classCount, self.windowSize) = (program, classCount, windowSize)
        self.candidates = candidates
        windowsPerCall = Self.windowsPerCall(windowSize: windowSize)
        pixelsNHWC.reserveCapacity(windowsPerCall * windowSize * windowSize * 3)
    }

    mutating func score(
        _ block: Block, pixels: Image, progress: (Int) -> Void, shouldStop: () -> Bool
    ) throws(EngineError) -> Bool {
        precondition(pixels.width == block.bounds.width && pixels.height == block.bounds.height)
        let old = candidates
        var windows: [PixelRect] = []
        for y in block.rows {
            for x in block.columns {
                if windows.isEmpty && candidates.windowCount > old.windowCount && shouldStop() {
                    candidates = old
                    return false
                }
                windows.append(PixelRect(x: x, y: y, width: windowSize, height: windowSize))
                append(x: x - block.bounds.x0, y: y - block.bounds.y0, of: pixels)
                if windows.count == windowsPerCall { try scoreCut(&windows, progress: progress) }
            }
        }
        if !windows.isEmpty { try scoreCut(&windows, progress: progress) }
        finishedBlockCount += 1
        return true
    }

    /// Nothing goes on between blocks.
    mutating func finish(progress: (Int) -> Void) {}

    private mutating func append(x: Int, y: Int, of image: Image) {
        for row in y..<y + windowSize {
            let start = (row * image.width + x) * 3
            pixelsNHWC.append(contentsOf: image.pixelsHWC[start..<start + windowSize * 3])
        }
    }

    /// Scores the windows that were cut since the last call.
    private mutating func scoreCut(_ windows: inout [PixelRect], progress: (Int) -> Void) throws(EngineError)
    {
        var scores = [Float](repeating: 0, count: windows.count * classCount)
        var span = scores.mutableSpan
        try program.score(pixelsNHWC.span, into: &span)
        candidates.add(windows, scores: scores)
        windows.removeAll(keepingCapacity: true)
        pixelsNHWC.removeAll(keepingCapacity: true)
        progress(candidates.windowCount)
    }
}
