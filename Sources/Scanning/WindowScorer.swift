import Engines
import Files
import Pixels

/// Gives whole blocks to a program that cuts their windows itself.
struct WindowScorer: SceneScorer {
    private let program: any WindowScoringProgram
    private let grid: ScanGrid
    private let classCount: Int

    init(program: any WindowScoringProgram, grid: ScanGrid, classCount: Int) {
        self.program = program
        self.grid = grid
        self.classCount = classCount
    }

    mutating func score(
        _ windows: [WindowRange], of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        for range in windows {
            try score(range, of: block, pixels: pixels, cancellation: cancellation, deliver: deliver)
        }
    }

    private func score(
        _ windows: WindowRange, of block: Block, pixels: Image, cancellation: Cancellation,
        deliver: (WindowScores) throws -> Void
    ) throws {
        let corners = windows.rows.flatMap { row in
            windows.columns.map { column in
                WindowCorner(
                    x: grid.x(ofColumn: column) - block.bounds.x0, y: grid.y(ofRow: row) - block.bounds.y0)
            }
        }
        let rowScoreCount = windows.columns.count * classCount
        // Of whole rows that are not delivered yet, and of one that is not whole.
        var (row, scores) = (windows.rows.lowerBound, [Float]())
        var failure: (any Error)?
        let size = BlockSize(height: pixels.height, width: pixels.width)
        _ = try program.score(corners, of: pixels.pixelsHWC.span, size: size) { _, batch in
            scores += batch
            let rowCount = scores.count / rowScoreCount
            do {
                if rowCount > 0 {
                    let whole = WindowRange(rows: row..<row + rowCount, columns: windows.columns)
                    try deliver(
                        WindowScores(windows: whole, scores: Array(scores[..<(rowCount * rowScoreCount)])))
                    scores.removeFirst(rowCount * rowScoreCount)
                    row += rowCount
                }
                try cancellation.check()
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }
}
