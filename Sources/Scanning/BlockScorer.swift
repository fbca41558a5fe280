import Engines
import Pixels

/// Cuts blocks into windows, has them scored, and keeps what might be a detection.
package struct BlockScorer {
    /// Windows that the engine scores at once: enough to keep every worker busy, few enough that progress moves and
    /// that windows of any size take about 6 MB.
    package static func windowsPerCall(windowSize: Int) -> Int {
        max(16, min(2048, (6 << 20) / (windowSize * windowSize * 3)))
    }

    private let program: any ScoringProgram
    private let classCount: Int
    private let labels: [Int]
    private let windowSize: Int
    private let windowsPerCall: Int
    private let lowestScore: Float
    private var pixelsNHWC: [UInt8] = []
    /// Windows scored so far.
    private(set) var windowCount = 0
    /// Every window and label with at least the lowest score, in the order of the windows.
    private(set) var candidates: [Detection] = []

    init(
        program: any ScoringProgram, classCount: Int, labels: [Int], windowSize: Int, lowestScore: Float
    ) {
        (self.program, self.classCount, self.labels) = (program, classCount, labels)
        (self.windowSize, self.lowestScore) = (windowSize, lowestScore)
        windowsPerCall = Self.windowsPerCall(windowSize: windowSize)
        pixelsNHWC.reserveCapacity(windowsPerCall * windowSize * windowSize * 3)
    }

    /// - Parameter pixels: what the block's bounds hold.
    /// - Parameter progress: called with the number of windows scored so far, of all blocks.
    /// - Parameter shouldStop: asked between two calls of the engine.
    /// - Returns: whether the block is finished; one that was stopped leaves nothing.
    mutating func score(
        _ block: Block, pixels: Image, progress: (Int) -> Void, shouldStop: () -> Bool
    ) throws(EngineError) -> Bool {
        precondition(pixels.width == block.bounds.width && pixels.height == block.bounds.height)
        let (oldWindowCount, oldCandidateCount) = (windowCount, candidates.count)
        var windows: [PixelRect] = []
        for y in block.rows {
            for x in block.columns {
                if windows.isEmpty && windowCount > oldWindowCount && shouldStop() {
                    windowCount = oldWindowCount
                    candidates.removeLast(candidates.count - oldCandidateCount)
                    return false
                }
                windows.append(PixelRect(x: x, y: y, width: windowSize, height: windowSize))
                append(x: x - block.bounds.x0, y: y - block.bounds.y0, of: pixels)
                if windows.count == windowsPerCall { try scoreCut(&windows, progress: progress) }
            }
        }
        if !windows.isEmpty { try scoreCut(&windows, progress: progress) }
        return true
    }

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
        for (index, box) in windows.enumerated() {
            for label in labels {
                let score = scores[index * classCount + label]
                guard score >= lowestScore else { continue }
                candidates.append(Detection(box: box, label: label, score: score))
            }
        }
        windowCount += windows.count
        windows.removeAll(keepingCapacity: true)
        pixelsNHWC.removeAll(keepingCapacity: true)
        progress(windowCount)
    }
}
