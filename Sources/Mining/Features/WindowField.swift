package import Pixels
package import Scanning

/// The windows of one scene that may be looked at without a model.
package struct WindowField {
    package var grid: ScanGrid
    /// Whether a window, in pixels of the scene as it is seen, lies in the area that is asked for; `nil` where all do.
    private let isWanted: ((PixelRect) -> Bool)?
    private let range: WindowRange

    /// - Parameter bounds: of the area, in pixels of the scene as it is seen: windows with their centre outside are not asked about.
    package init(
        _ grid: ScanGrid, bounds: (x: ClosedRange<Double>, y: ClosedRange<Double>)? = nil,
        isWanted: ((PixelRect) -> Bool)? = nil
    ) {
        self.grid = grid
        self.isWanted = isWanted
        range =
            bounds.map { bounds in
                WindowRange(
                    rows: grid.indices(centredIn: bounds.y, count: grid.rowCount),
                    columns: grid.indices(centredIn: bounds.x, count: grid.columnCount))
            } ?? grid.range
    }

    var count: Int { range.windowCount }
    var hasArea: Bool { isWanted != nil }

    /// - Parameter index: below `count`, row by row.
    func window(_ index: Int) -> PixelRect? {
        let (row, column) = index.quotientAndRemainder(dividingBy: range.columns.count)
        let box = grid.box(row: range.rows.lowerBound + row, column: range.columns.lowerBound + column)
        return isWanted?(box) ?? true ? box : nil
    }
}

extension ScanGrid {
    /// Rows or columns that may have their centre in an interval: all that have, and few others.
    fileprivate func indices(centredIn interval: ClosedRange<Double>, count: Int) -> Range<Int> {
        let half = Double(windowSize) / 2
        func index(_ place: Double, _ slack: Int) -> Int {
            let number = ((place - half) / Double(stride)).rounded(.down)
            return min(max(Int(min(max(number, -1), Double(count))) + slack, 0), count)
        }
        let (first, end) = (index(interval.lowerBound, -1), index(interval.upperBound, 3))
        // The only window of a small scene reaches beyond it.
        return count == 1 ? 0..<1 : first..<max(first, end)
    }
}
