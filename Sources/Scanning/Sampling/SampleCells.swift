package import Pixels
package import Rasters

/// A grid's windows cut into cells of about equal size: what a sample of a scene is drawn from.
///
/// Each window, and each box by its centre, belongs to exactly one cell. Of a cell in the sample more windows are scored than its own: a
/// margin, so that boxes in the cell are merged with all that they would meet in a whole scan.
package struct SampleCells: Hashable, Sendable {
    /// Fewer cells say too little.
    package static let leastCount = 10
    /// With so many, what the interval promises is kept also where objects stand in groups.
    static let wantedCount = 100
    /// Sides of cells that are tried, in windows; with the largest, margins cost least.
    private static let sides = [64, 48, 40, 32, 24, 20, 16, 12, 10, 8, 6, 5, 4]

    package let grid: ScanGrid
    /// Windows on each side of a cell that are scored as well.
    package let margin: Int
    /// Where rows of cells begin, and where the last one ends.
    private let rowBounds: [Int]
    private let columnBounds: [Int]

    /// - Parameter side: of a cell in windows, about.
    /// - Parameter moveReach: as the merge rule has it.
    package init(_ grid: ScanGrid, side: Int, moveReach: Int? = nil) {
        precondition(side > 0)
        self.grid = grid
        margin = Self.margin(of: grid, moveReach: moveReach)
        func bounds(_ count: Int) -> [Int] {
            let cells = max(1, Int((Double(count) / Double(side)).rounded()))
            return (0...cells).map { $0 * count / cells }
        }
        (rowBounds, columnBounds) = (bounds(grid.rowCount), bounds(grid.columnCount))
    }

    /// With cells as large as may be when so much of the scene is scored that a hundred of them are in the sample; where there are fewer
    /// of any size, with the smallest.
    ///
    /// - Parameter fraction: of the wanted windows that are scored; in `0...1`.
    /// - Parameter wantedWindowCount: of the windows in the area that is looked at.
    /// - Parameter moveReach: as the merge rule has it.
    package init(_ grid: ScanGrid, fraction: Double, wantedWindowCount: Int, moveReach: Int? = nil) {
        let candidates = Self.sides.lazy.map { SampleCells(grid, side: $0, moveReach: moveReach) }
        self =
            candidates.first { cells in
                let count = cells.sampleCount(fraction: fraction, wantedWindowCount: wantedWindowCount)
                return count >= min(Self.wantedCount, cells.count)
            } ?? SampleCells(grid, side: Self.sides.last ?? 4, moveReach: moveReach)
    }

    /// A box may be suppressed by one that overlaps it, and that one by another, and each of them moves: two windows, and as far as windows
    /// lie that move a box, or half a stride where only the next do.
    private static func margin(of grid: ScanGrid, moveReach: Int?) -> Int {
        (2 * grid.windowSize + (moveReach ?? grid.stride / 2) + grid.stride - 1) / grid.stride
    }

    package var count: Int { (rowBounds.count - 1) * (columnBounds.count - 1) }

    /// How many cells may be scored with their margins; at most all.
    ///
    /// - Parameter fraction: of the wanted windows that are scored; in `0...1`.
    /// - Parameter wantedWindowCount: of the windows in the area that is looked at.
    package func sampleCount(fraction: Double, wantedWindowCount: Int) -> Int {
        let rows = Double(grid.rowCount) / Double(rowBounds.count - 1)
        let columns = Double(grid.columnCount) / Double(columnBounds.count - 1)
        let windows =
            min(Double(grid.rowCount), rows + 2 * Double(margin))
            * min(Double(grid.columnCount), columns + 2 * Double(margin))
        return min(count, Int(fraction * Double(wantedWindowCount) / windows))
    }

    /// The windows that belong to a cell; cells go by row, then by column.
    package func windows(ofCell cell: Int) -> WindowRange {
        let (row, column) = cell.quotientAndRemainder(dividingBy: columnBounds.count - 1)
        return WindowRange(
            rows: rowBounds[row]..<rowBounds[row + 1],
            columns: columnBounds[column]..<columnBounds[column + 1])
    }

    /// The same with the margin, as far as there are windows.
    package func scoredWindows(ofCell cell: Int) -> WindowRange {
        let windows = windows(ofCell: cell)
        return WindowRange(
            rows: max(
                0, windows.rows.lowerBound - margin)..<min(grid.rowCount, windows.rows.upperBound + margin),
            columns: max(
                0, windows.columns.lowerBound - margin)..<min(
                    grid.columnCount, windows.columns.upperBound + margin))
    }

    /// The cell in which a box has its centre: that of a window, if the box is one.
    package func cell(of box: PixelRect) -> Int {
        /// - Parameter centre: twice the place of it.
        func index(_ bounds: [Int], _ start: (Int) -> Int, _ centre: Int) -> Int {
            var (low, high) = (0, bounds.count - 2)
            while low < high {
                let middle = (low + high + 1) / 2
                // Halfway between the last window of one cell and the first of the next.
                let border = start(bounds[middle] - 1) + start(bounds[middle]) + grid.windowSize
                if centre >= border { low = middle } else { high = middle - 1 }
            }
            return low
        }
        let row = index(rowBounds, grid.y(ofRow:), box.y0 + box.y1)
        let column = index(columnBounds, grid.x(ofColumn:), box.x0 + box.x1)
        return row * (columnBounds.count - 1) + column
    }

    /// Detections in each of some cells.
    ///
    /// - Parameter scale: at which the grid's scene is seen; boxes are those of the full size.
    /// - Returns: by label, in the order of the cells.
    package func counts(
        _ detections: some Sequence<Detection>, inCells cells: [Int], scale: SceneScale? = nil
    ) -> [Int: [Int]] {
        let places = Dictionary(uniqueKeysWithValues: cells.enumerated().map { ($1, $0) })
        var counts: [Int: [Int]] = [:]
        for detection in detections {
            guard let place = places[cell(of: scale?.seen(detection.box) ?? detection.box)] else { continue }
            counts[detection.label, default: [Int](repeating: 0, count: cells.count)][place] += 1
        }
        return counts
    }
}

extension SceneScale {
    /// Where a rectangle of the whole scene lies in what is seen, to the nearest pixels.
    fileprivate func seen(_ rect: PixelRect) -> PixelRect {
        func place(_ value: Int, _ factor: Double) -> Int { Int((Double(value) * factor).rounded()) }
        return PixelRect(
            x0: place(rect.x0, x), y0: place(rect.y0, y), x1: place(rect.x1, x), y1: place(rect.y1, y))
    }
}
