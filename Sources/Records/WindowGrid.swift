/// Windows of one size at regular places of a canvas, with their labels.
public struct WindowGrid: Hashable, Sendable {
    /// What the windows show, as class indices.
    public enum Labels: Hashable, Sendable {
        case all(Int)
        /// One for each window, row by row.
        case each([UInt16])
    }
    /// Left edge of the first column, in canvas pixels.
    public var x0: Int
    /// Top edge of the first row.
    public var y0: Int
    /// From one window to the next, in both directions; positive.
    public var stride: Int
    public var columns: Int
    public var rows: Int
    public var labels: Labels

    public init(x0: Int = 0, y0: Int = 0, stride: Int, columns: Int, rows: Int, labels: Labels) {
        precondition(x0 >= 0 && y0 >= 0 && stride > 0 && columns >= 0 && rows >= 0)
        if case .each(let labels) = labels { precondition(labels.count == columns * rows) }
        (self.x0, self.y0, self.stride) = (x0, y0, stride)
        (self.columns, self.rows, self.labels) = (columns, rows, labels)
    }

    /// All windows of `width` x `height` that lie inside a canvas, from its top left corner on; none on a smaller one.
    public init(
        covering canvasWidth: Int, _ canvasHeight: Int, width: Int, height: Int, stride: Int, label: Int
    ) {
        self.init(
            stride: stride,
            columns: canvasWidth < width ? 0 : (canvasWidth - width) / stride + 1,
            rows: canvasHeight < height ? 0 : (canvasHeight - height) / stride + 1, labels: .all(label))
    }

    public var count: Int { columns * rows }

    /// The class of a window, counted row by row.
    public func label(of index: Int) -> Int {
        switch labels {
        case .all(let label): label
        case .each(let labels): Int(labels[index])
        }
    }

    /// -1 where there are no windows.
    var largestLabel: Int {
        switch labels {
        case .all(let label): count == 0 ? -1 : label
        case .each(let labels): labels.max().map { Int($0) } ?? -1
        }
    }

    /// The top left corner of a window, counted row by row, in canvas pixels.
    func corner(of index: Int) -> (x: Int, y: Int) {
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        return (x0 + column * stride, y0 + row * stride)
    }

    /// Adds a row to a grid of one column with a label for each window.
    mutating func appendRow(label: UInt16) {
        guard columns == 1, case .each(var list) = labels else {
            preconditionFailure("not a grid of single tiles")
        }
        // Else the list would have two owners and be copied each time.
        labels = .all(0)
        list.append(label)
        labels = .each(list)
        rows += 1
    }

    /// Whether every window of `width` x `height` lies inside a canvas.
    func fits(_ canvas: TilePackIndex.Canvas, width: Int, height: Int) -> Bool {
        count == 0
            || x0 + (columns - 1) * stride + width <= canvas.width
                && y0 + (rows - 1) * stride + height <= canvas.height
    }
}
