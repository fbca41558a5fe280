public import Pixels

/// All windows of a scene, by row and column.
///
/// Windows stand at multiples of the stride. Where the last regular window of a row or column ends before the edge of the
/// scene, one more stands flush with that edge, or as near to it as the alignment allows, so that no pixel is missed (unless
/// the stride is larger than a window). It is a row or column like the others. In a scene that is smaller than a window, one window
/// reaches beyond the right or lower edge.
public struct ScanGrid: Hashable, Sendable, Codable {
    /// Rows and columns of a grid, at most: indexes take three bytes in a file of candidates.
    public static let sideLimit = 1 << 24

    /// In pixels.
    public let sceneWidth: Int
    /// In pixels.
    public let sceneHeight: Int
    /// Side of a window in pixels.
    public let windowSize: Int
    /// Pixels from one window to the next.
    public let stride: Int
    /// What the places of all windows are multiples of, as the stride is; 1 but in a dense scan.
    public let alignment: Int

    /// - Parameter stride: a positive multiple of `alignment`.
    /// - Throws: `ScanError` where there are too many windows in one direction.
    public init(
        sceneWidth: Int, sceneHeight: Int, windowSize: Int, stride: Int, alignment: Int = 1
    ) throws(ScanError) {
        precondition(windowSize > 0 && stride > 0 && alignment > 0 && stride.isMultiple(of: alignment))
        self.sceneWidth = sceneWidth
        self.sceneHeight = sceneHeight
        self.windowSize = windowSize
        (self.stride, self.alignment) = (stride, alignment)
        guard max(rowCount, columnCount) <= Self.sideLimit else {
            throw ScanError(
                code: .wrongStride, operation: "scan with a stride of \(stride)",
                cause:
                    "\(max(rowCount, columnCount)) windows in one direction are more than \(Self.sideLimit)"
            )
        }
    }

    /// Whether a grid that was read from a file can be one.
    var isPossible: Bool {
        let sides = 1...1 << 20
        guard sides.contains(windowSize), sides.contains(stride), sides.contains(alignment),
            stride.isMultiple(of: alignment)
        else { return false }
        // Places are kept in 32 bits.
        let lengths = 1...Int(Int32.max)
        return lengths.contains(sceneWidth) && lengths.contains(sceneHeight)
            && max(rowCount, columnCount) <= Self.sideLimit
    }

    public var rowCount: Int { count(along: sceneHeight) }
    public var columnCount: Int { count(along: sceneWidth) }
    public var windowCount: Int { rowCount * columnCount }

    /// All windows.
    public var range: WindowRange { WindowRange(rows: 0..<rowCount, columns: 0..<columnCount) }

    /// The top edge of a row's windows, in scene pixels.
    public func y(ofRow row: Int) -> Int { min(row * stride, last(along: sceneHeight)) }

    /// The left edge of a column's windows, in scene pixels.
    public func x(ofColumn column: Int) -> Int { min(column * stride, last(along: sceneWidth)) }

    /// A window, in scene pixels.
    public func box(row: Int, column: Int) -> PixelRect {
        PixelRect(x: x(ofColumn: column), y: y(ofRow: row), width: windowSize, height: windowSize)
    }

    /// The smallest rectangle that holds some windows, in scene pixels; it reaches beyond a scene that is smaller than a window.
    ///
    /// - Parameter range: not empty, in the grid.
    public func bounds(of range: WindowRange) -> PixelRect {
        PixelRect(
            x0: x(ofColumn: range.columns.lowerBound), y0: y(ofRow: range.rows.lowerBound),
            x1: x(ofColumn: range.columns.upperBound - 1) + windowSize,
            y1: y(ofRow: range.rows.upperBound - 1) + windowSize)
    }

    private func last(along length: Int) -> Int { max(0, length - windowSize) / alignment * alignment }

    private func count(along length: Int) -> Int { (last(along: length) + stride - 1) / stride + 1 }
}

/// Some windows of a grid: those of rows `rows` in columns `columns`.
public struct WindowRange: Hashable, Sendable, Codable {
    public var rows: Range<Int>
    public var columns: Range<Int>

    public init(rows: Range<Int>, columns: Range<Int>) { (self.rows, self.columns) = (rows, columns) }

    /// The smallest range that holds some others; `nil` for none.
    init?(enclosing ranges: [WindowRange]) {
        guard let first = ranges.first else { return nil }
        self = ranges.dropFirst().reduce(first) { all, range in
            WindowRange(
                rows: min(
                    all.rows.lowerBound, range.rows.lowerBound)..<max(
                        all.rows.upperBound, range.rows.upperBound),
                columns: min(
                    all.columns.lowerBound, range.columns.lowerBound)..<max(
                        all.columns.upperBound, range.columns.upperBound))
        }
    }

    public var windowCount: Int { rows.count * columns.count }
    public var isEmpty: Bool { rows.isEmpty || columns.isEmpty }

    /// The windows that are in both; `nil` when there are none.
    public func intersection(_ other: WindowRange) -> WindowRange? {
        let common = WindowRange(
            rows: rows.clamped(to: other.rows), columns: columns.clamped(to: other.columns))
        return common.isEmpty ? nil : common
    }

    /// Whether no window of `other` is missing.
    public func contains(_ other: WindowRange) -> Bool {
        other.isEmpty || intersection(other) == other
    }

    /// One of several parts of about equal size: bands of whole rows, which together are the range.
    ///
    /// - Parameter number: from 1 on.
    /// - Returns: no windows where there are more parts than rows and this one got none.
    public func part(_ number: Int, of count: Int) -> WindowRange {
        precondition(count > 0 && (1...count).contains(number))
        let first = rows.lowerBound + rows.count * (number - 1) / count
        let end = rows.lowerBound + rows.count * number / count
        return WindowRange(rows: first..<end, columns: columns)
    }
}
