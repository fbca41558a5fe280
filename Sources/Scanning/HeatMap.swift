import Files
import Pixels
import Rasters

/// Where in a scene a class scores how high: for each cell of the grid the highest score of the windows around it.
///
/// A cell is as large as the stride; at several scales, as large as that of the finest one. A window counts for each cell that it
/// touches. Cells of windows that were scored and kept no score are 0: their scores are below the floor.
package struct HeatMap {
    /// Cells in which no window was scored.
    package static let missing: Float = -1

    /// In cells.
    package let width: Int
    /// In cells.
    package let height: Int
    /// In pixels of the whole scene.
    package let cellWidth: Double
    /// In pixels of the whole scene.
    package let cellHeight: Double
    private let grid: ScanGrid
    private let levels: [Level]

    /// One scale of the grid.
    private struct Level {
        var rows: Range<Int>
        var columns: Range<Int>
        /// Of the level in what is seen.
        var top: Int
        /// Pixels that are seen for one of the scene.
        var scaleX: Double
        var scaleY: Double
    }

    package init(of task: ScanTask) {
        grid = task.grid
        let size = task.fullSize
        if let stack = task.view?.stack {
            levels = stack.levels.map { level in
                Level(
                    rows: level.rows, columns: level.columns, top: level.place.y0, scaleX: level.scale.x,
                    scaleY: level.scale.y)
            }
        } else {
            let scale = task.view?.scale
            levels = [
                Level(
                    rows: grid.range.rows, columns: grid.range.columns, top: 0, scaleX: scale?.x ?? 1,
                    scaleY: scale?.y ?? 1)
            ]
        }
        cellWidth = Double(grid.stride) / (levels.map(\.scaleX).max() ?? 1)
        cellHeight = Double(grid.stride) / (levels.map(\.scaleY).max() ?? 1)
        width = Self.cells(0, Double(size.width) / cellWidth, limit: .max).upperBound
        height = Self.cells(0, Double(size.height) / cellHeight, limit: .max).upperBound
    }

    /// Cells that an interval touches; it is given in cells. At least one.
    private static func cells(_ start: Double, _ end: Double, limit: Int) -> Range<Int> {
        // A millionth of a cell forgives the rounding of scales.
        let first = min(limit - 1, max(0, Int((start + 1e-6).rounded(.down))))
        return first..<min(limit, max(first + 1, Int((end - 1e-6).rounded(.up))))
    }

    private func cellColumns(_ column: Int, _ level: Level) -> Range<Int> {
        let x = Double(grid.x(ofColumn: column))
        return Self.cells(
            x / level.scaleX / cellWidth, (x + Double(grid.windowSize)) / level.scaleX / cellWidth,
            limit: width)
    }

    private func cellRows(_ row: Int, _ level: Level) -> Range<Int> {
        let y = Double(grid.y(ofRow: row) - level.top)
        return Self.cells(
            y / level.scaleY / cellHeight, (y + Double(grid.windowSize)) / level.scaleY / cellHeight,
            limit: height)
    }

    /// The rows of windows that touch some rows of cells.
    private func windowRows(touching rows: Range<Int>, _ level: Level) -> Range<Int> {
        let first = level.rows.firstPlace { cellRows($0, level).upperBound > rows.lowerBound }
        let end = level.rows.firstPlace { cellRows($0, level).lowerBound >= rows.upperBound }
        return first..<max(first, end)
    }

    /// Some rows of cells.
    ///
    /// - Returns: `[rows, width]`, row-major.
    package func cells(inRows rows: Range<Int>, label: Int, of set: CandidateSet) throws -> [Float] {
        var cells = [Float](repeating: Self.missing, count: rows.count * width)
        func raise(_ cellRows: Range<Int>, _ columns: Range<Int>, to score: Float) {
            for row in cellRows.clamped(to: rows) {
                let start = (row - rows.lowerBound) * width
                for index in start + columns.lowerBound..<start + columns.upperBound
                where cells[index] < score {
                    cells[index] = score
                }
            }
        }
        for level in levels {
            let windowRows = windowRows(touching: rows, level)
            guard !windowRows.isEmpty else { continue }
            let skipped = Dictionary(grouping: try set.skipped(inRows: windowRows)) { Int($0.row) }
            for row in windowRows {
                let lost = (skipped[row] ?? []).compactMap { $0.skipped?.columns }.merged
                let cellRows = cellRows(row, level)
                let scored = set.finished.intervals(ofRow: row).flatMap { interval in
                    interval.gaps(between: lost.map { $0.clamped(to: interval) }.filter { !$0.isEmpty })
                }
                for columns in scored {
                    let columns = columns.clamped(to: level.columns)
                    guard let last = columns.last else { continue }
                    // Windows that leave pixels out between them may leave out cells of a finer scale.
                    guard grid.stride > grid.windowSize else {
                        let first = cellColumns(columns.lowerBound, level).lowerBound
                        raise(cellRows, first..<cellColumns(last, level).upperBound, to: 0)
                        continue
                    }
                    for column in columns { raise(cellRows, cellColumns(column, level), to: 0) }
                }
            }
            for candidate in try set.candidates(inRows: windowRows, where: { $0.label == label }) {
                let (row, column) = (Int(candidate.row), Int(candidate.column))
                raise(cellRows(row, level), cellColumns(column, level), to: candidate.score)
            }
        }
        return cells
    }
}

extension Range<Int> {
    /// The first place from which on something is so; `upperBound` where it is nowhere.
    fileprivate func firstPlace(where isSo: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if isSo(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
