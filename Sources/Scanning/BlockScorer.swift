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
    private let symmetries: [Symmetry]
    private var batch: BatchSize
    private var pixelsNHWC: [UInt8] = []

    init(program: any ScoringProgram, grid: ScanGrid, classCount: Int, views: WindowViews?) {
        self.init(program, featureProgram: nil, grid, classCount: classCount, views: views)
    }

    /// Delivers the pooled features beside the scores: where there are views, their means, too.
    init(featureProgram: any FeatureScoringProgram, grid: ScanGrid, classCount: Int, views: WindowViews?) {
        self.init(
            featureProgram, featureProgram: featureProgram, grid, classCount: classCount, views: views)
    }

    private init(
        _ program: any ScoringProgram, featureProgram: (any FeatureScoringProgram)?, _ grid: ScanGrid,
        classCount: Int, views: WindowViews?
    ) {
        self.program = program
        self.featureProgram = featureProgram
        self.grid = grid
        self.classCount = classCount
        symmetries = WindowViews.symmetries(views)
        batch = BatchSize(
            windowSize: grid.windowSize, windowCount: grid.windowCount, viewCount: symmetries.count)
    }

    mutating func score(
        _ windows: [WindowRange], of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        precondition(pixels.width == block.bounds.width && pixels.height == block.bounds.height)
        let views = symmetries.map { BlockView(of: pixels, bounds: block.bounds, $0) }
        // Small ranges are scored together: what a selection leaves of a block is in pieces.
        var waiting: [WindowRange] = []
        var waitingCount = 0
        // The next one is the last.
        var rest = Array(windows.reversed())
        while let band = nextBand(of: &rest) {
            if !waiting.isEmpty, waitingCount + band.windowCount > batch.limit {
                try score(waiting, in: views, cancellation, deliver)
                (waiting, waitingCount) = ([], 0)
            }
            waiting.append(band)
            waitingCount += band.windowCount
        }
        if !waiting.isEmpty { try score(waiting, in: views, cancellation, deliver) }
    }

    /// Takes as many windows as one batch may have: whole rows of a range, or a part of one.
    ///
    /// - Parameter rest: what is still to be scored, the next range last.
    private func nextBand(of rest: inout [WindowRange]) -> WindowRange? {
        guard var range = rest.popLast() else { return nil }
        let band: WindowRange
        if range.columns.count <= batch.limit {
            // As few bands as the limit allows, and of one height: a small last one would not keep the workers busy.
            let mostRows = batch.limit / range.columns.count
            let bandCount = (range.rows.count + mostRows - 1) / mostRows
            band = range.removeFirstRows((range.rows.count + bandCount - 1) / bandCount)
            if !range.isEmpty { rest.append(range) }
        } else {
            var row = range.removeFirstRows(1)
            band = row.removeFirstColumns(batch.limit)
            if !range.isEmpty { rest.append(range) }
            if !row.isEmpty { rest.append(row) }
        }
        return band
    }

    /// Scores one batch: all views of some windows.
    private mutating func score(
        _ ranges: [WindowRange], in views: [BlockView], _ cancellation: Cancellation,
        _ deliver: (WindowScores) throws -> Void
    ) throws {
        try cancellation.check()
        let start = ContinuousClock.now
        let windowCount = ranges.reduce(0) { $0 + $1.windowCount }
        let imageCount = windowCount * views.count
        pixelsNHWC.removeAll(keepingCapacity: true)
        pixelsNHWC.reserveCapacity(imageCount * grid.windowSize * grid.windowSize * 3)
        for view in views {
            for range in ranges {
                for row in range.rows {
                    for column in range.columns {
                        append(view.place(of: grid.box(row: row, column: column)), of: view.image)
                    }
                }
            }
        }
        var scores = [Float](repeating: 0, count: imageCount * classCount)
        var features = [Float](repeating: 0, count: imageCount * (featureProgram?.featureCount ?? 0))
        var span = scores.mutableSpan
        if let featureProgram {
            var featureSpan = features.mutableSpan
            try featureProgram.score(pixelsNHWC.span, into: &span, features: &featureSpan)
        } else {
            try program.score(pixelsNHWC.span, into: &span)
        }
        batch.adapt(windowCount: windowCount, seconds: start.secondsSince)
        (scores, features) = (scores.means(ofLists: views.count), features.means(ofLists: views.count))
        let featureCount = features.count / windowCount
        var first = 0
        for range in ranges {
            let end = first + range.windowCount
            try deliver(
                WindowScores(
                    windows: range, scores: Array(scores[first * classCount..<end * classCount]),
                    features: Array(features[first * featureCount..<end * featureCount])))
            first = end
        }
    }

    private mutating func append(_ window: PixelRect, of image: Image) {
        for row in window.y0..<window.y1 {
            let start = (row * image.width + window.x0) * 3
            pixelsNHWC.append(contentsOf: image.pixelsHWC[start..<start + window.width * 3])
        }
    }
}

extension WindowRange {
    mutating func removeFirstRows(_ count: Int) -> WindowRange {
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
