import Engines
import Files
import Pixels

/// Gives whole blocks to a program that cuts their windows itself; where there are views, each view of a block.
struct WindowScorer: SceneScorer {
    /// Scores that wait for those of other views, at most; but at least a row of windows is scored at a time.
    private static let waitingScoreLimit = 1 << 22

    private let program: any WindowScoringProgram
    /// For blocks whose sides have changed places; may be the same program.
    private let sidewaysProgram: any WindowScoringProgram
    private let grid: ScanGrid
    private let classCount: Int
    private let symmetries: [Symmetry]

    init(
        program: any WindowScoringProgram, sidewaysProgram: any WindowScoringProgram, grid: ScanGrid,
        classCount: Int, views: WindowViews?
    ) {
        self.program = program
        self.sidewaysProgram = sidewaysProgram
        self.grid = grid
        self.classCount = classCount
        symmetries = WindowViews.symmetries(views)
    }

    mutating func score(
        _ windows: [WindowRange], of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        let views = symmetries.map { BlockView(of: pixels, bounds: block.bounds, $0) }
        for range in windows {
            if views.count == 1 {
                try score(range, in: views[0], cancellation: cancellation, deliver: deliver)
            } else {
                try scoreMeans(range, in: views, cancellation: cancellation, deliver: deliver)
            }
        }
    }

    /// Delivers rows of windows as soon as they are scored.
    private func score(
        _ windows: WindowRange, in view: BlockView, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        let rowScoreCount = windows.columns.count * classCount
        // Of whole rows that are not delivered yet, and of one that is not whole.
        var (row, scores) = (windows.rows.lowerBound, [Float]())
        try score(windows, in: view) { batch in
            scores += batch
            let rowCount = scores.count / rowScoreCount
            if rowCount > 0 {
                let whole = WindowRange(rows: row..<row + rowCount, columns: windows.columns)
                try deliver(
                    WindowScores(windows: whole, scores: Array(scores[..<(rowCount * rowScoreCount)])))
                scores.removeFirst(rowCount * rowScoreCount)
                row += rowCount
            }
            try cancellation.check()
        }
    }

    /// Delivers bands of rows when all their views are scored.
    private func scoreMeans(
        _ windows: WindowRange, in views: [BlockView], cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        let rowScoreCount = windows.columns.count * classCount * views.count
        var rest = windows
        while !rest.isEmpty {
            let band = rest.removeFirstRows(max(1, Self.waitingScoreLimit / rowScoreCount))
            var scores: [Float] = []
            scores.reserveCapacity(band.rows.count * rowScoreCount)
            for view in views {
                try score(band, in: view) { batch in
                    scores += batch
                    try cancellation.check()
                }
            }
            try deliver(WindowScores(windows: band, scores: scores.means(ofLists: views.count)))
        }
    }

    /// Has windows scored row by row.
    ///
    /// - Parameter take: called for each batch in order; what it throws ends the work.
    private func score(
        _ windows: WindowRange, in view: BlockView, take: (_ scores: [Float]) throws -> Void
    ) throws {
        let corners = windows.rows.flatMap { row in
            windows.columns.map { column in
                let place = view.place(of: grid.box(row: row, column: column))
                return WindowCorner(x: place.x0, y: place.y0)
            }
        }
        let (program, image) = (view.symmetry.swapsSides ? sidewaysProgram : program, view.image)
        var failure: (any Error)?
        let size = BlockSize(height: image.height, width: image.width)
        _ = try program.score(corners, of: image.pixelsHWC.span, size: size) { _, batch in
            do {
                try take(batch)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }
}
