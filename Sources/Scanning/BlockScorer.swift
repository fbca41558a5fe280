import Engines
import Files
import Pixels

/// Cuts blocks into windows and has them scored.
struct BlockScorer: SceneScorer {
    private let program: any ScoringProgram
    /// The same program where features are asked for; else `nil`.
    private let featureProgram: (any FeatureScoringProgram)?
    private let grid: ScanGrid
    private let classCount: Int
    private var batch: BatchSize
    private var pixelsNHWC: [UInt8] = []

    init(program: any ScoringProgram, grid: ScanGrid, classCount: Int) {
        self.program = program
        featureProgram = nil
        self.grid = grid
        self.classCount = classCount
        batch = BatchSize(windowSize: grid.windowSize, windowCount: grid.windowCount)
    }

    /// Delivers the pooled features beside the scores.
    init(featureProgram: any FeatureScoringProgram, grid: ScanGrid, classCount: Int) {
        program = featureProgram
        self.featureProgram = featureProgram
        self.grid = grid
        self.classCount = classCount
        batch = BatchSize(windowSize: grid.windowSize, windowCount: grid.windowCount)
    }

    mutating func score(
        _ windows: [WindowRange], of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        precondition(pixels.width == block.bounds.width && pixels.height == block.bounds.height)
        for range in windows {
            var rest = range
            while !rest.isEmpty {
                if rest.columns.count <= batch.limit {
                    // As few bands as the limit allows, and of one height: a small last one would not keep the workers busy.
                    let mostRows = batch.limit / rest.columns.count
                    let bandCount = (rest.rows.count + mostRows - 1) / mostRows
                    let band = rest.removeFirstRows((rest.rows.count + bandCount - 1) / bandCount)
                    try score(band, of: block, pixels, cancellation, deliver)
                } else {
                    var row = rest.removeFirstRows(1)
                    while !row.isEmpty {
                        let part = row.removeFirstColumns(batch.limit)
                        try score(part, of: block, pixels, cancellation, deliver)
                    }
                }
            }
        }
    }

    /// Scores one batch.
    private mutating func score(
        _ windows: WindowRange, of block: Block, _ pixels: Image, _ cancellation: Cancellation,
        _ deliver: (WindowScores) throws -> Void
    ) throws {
        try cancellation.check()
        let start = ContinuousClock.now
        pixelsNHWC.removeAll(keepingCapacity: true)
        pixelsNHWC.reserveCapacity(windows.windowCount * grid.windowSize * grid.windowSize * 3)
        for row in windows.rows {
            for column in windows.columns {
                append(
                    x: grid.x(ofColumn: column) - block.bounds.x0, y: grid.y(ofRow: row) - block.bounds.y0,
                    of: pixels)
            }
        }
        var scores = [Float](repeating: 0, count: windows.windowCount * classCount)
        var features = [Float](
            repeating: 0, count: windows.windowCount * (featureProgram?.featureCount ?? 0))
        var span = scores.mutableSpan
        if let featureProgram {
            var featureSpan = features.mutableSpan
            try featureProgram.score(pixelsNHWC.span, into: &span, features: &featureSpan)
        } else {
            try program.score(pixelsNHWC.span, into: &span)
        }
        batch.adapt(windowCount: windows.windowCount, seconds: start.secondsSince)
        try deliver(WindowScores(windows: windows, scores: scores, features: features))
    }

    private mutating func append(x: Int, y: Int, of image: Image) {
        for row in y..<y + grid.windowSize {
            let start = (row * image.width + x) * 3
            pixelsNHWC.append(contentsOf: image.pixelsHWC[start..<start + grid.windowSize * 3])
        }
    }
}

extension WindowRange {
    fileprivate mutating func removeFirstRows(_ count: Int) -> WindowRange {
        let end = Swift.min(rows.lowerBound + count, rows.upperBound)
        defer { rows = end..<rows.upperBound }
        return WindowRange(rows: rows.lowerBound..<end, columns: columns)
    }

    fileprivate mutating func removeFirstColumns(_ count: Int) -> WindowRange {
        let end = Swift.min(columns.lowerBound + count, columns.upperBound)
        defer { columns = end..<columns.upperBound }
        return WindowRange(rows: rows, columns: columns.lowerBound..<end)
    }
}
