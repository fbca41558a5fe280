public import Pixels

/// Which windows of a scene are scored.
///
/// Windows stand at multiples of the stride. Where the last of a row or column ends before the edge of the scene,
/// one more stands flush with that edge, or as near to it as the alignment allows, so that no pixel is missed (unless the
/// stride is larger than a window).
public struct WindowPlan: Hashable, Sendable {
    /// Side of a window in pixels.
    public let windowSize: Int
    /// The windows' left edges, ascending.
    public let columns: [Int]
    /// The windows' top edges, ascending.
    public let rows: [Int]

    /// - Parameter alignment: what the places of all windows are multiples of, as the stride is.
    /// - Throws: `ScanError` when the scene is smaller than one window.
    public init(
        sceneWidth: Int, sceneHeight: Int, windowSize: Int, stride: Int, alignment: Int = 1
    ) throws(ScanError) {
        precondition(windowSize > 0 && stride > 0 && stride.isMultiple(of: alignment))
        guard sceneWidth >= windowSize, sceneHeight >= windowSize else {
            throw ScanError(
                code: .sceneTooSmall, operation: "scan with windows of \(windowSize)×\(windowSize) pixels",
                cause: "the scene has only \(sceneWidth)×\(sceneHeight)")
        }
        self.windowSize = windowSize
        columns = Self.starts(upTo: (sceneWidth - windowSize) / alignment * alignment, stride)
        rows = Self.starts(upTo: (sceneHeight - windowSize) / alignment * alignment, stride)
    }

    public var windowCount: Int { columns.count * rows.count }

    private static func starts(upTo last: Int, _ stride: Int) -> [Int] {
        let regular = Array(Swift.stride(from: 0, through: last, by: stride))
        return regular.last == last ? regular : regular + [last]
    }
}

/// Windows that are read and scored together, in memory as one image.
public struct Block: Hashable, Sendable {
    /// Left edges of its windows, in scene pixels.
    public let columns: ArraySlice<Int>
    /// Top edges of its windows, in scene pixels.
    public let rows: ArraySlice<Int>
    /// What is read, in scene pixels: the smallest rectangle that holds its windows, or a larger one.
    public let bounds: PixelRect

    public var windowCount: Int { columns.count * rows.count }

    /// - Parameter columns: at least one; `rows` likewise.
    init(columns: ArraySlice<Int>, rows: ArraySlice<Int>, windowSize: Int) {
        self.init(
            columns: columns, rows: rows,
            bounds: PixelRect(
                x0: columns[columns.startIndex], y0: rows[rows.startIndex],
                x1: columns[columns.endIndex - 1] + windowSize, y1: rows[rows.endIndex - 1] + windowSize))
    }

    /// - Parameter bounds: which hold all windows.
    init(columns: ArraySlice<Int>, rows: ArraySlice<Int>, bounds: PixelRect) {
        (self.columns, self.rows, self.bounds) = (columns, rows, bounds)
    }
}

extension WindowPlan {
    /// Rows of windows that one block should have at least before a scene is split in width.
    private static let leastBandHeight = 8

    /// All windows, grouped into blocks of bounded size; each window is in exactly one.
    ///
    /// Blocks are bands as wide as the scene, because many files can only be read in rows; a very wide scene is
    /// split in width too.
    ///
    /// - Parameter pixelLimit: bound on the pixels of a block; one window always fits.
    /// - Returns: from top to bottom, then from left to right.
    public func blocks(pixelLimit: Int) -> [Block] {
        let columnRuns = runs(of: columns, fitting: pixelLimit / (Self.leastBandHeight * windowSize))
        let width = columnRuns.map { extent(of: $0) }.max() ?? windowSize
        return runs(of: rows, fitting: pixelLimit / width).flatMap { rows in
            columnRuns.map { Block(columns: $0, rows: rows, windowSize: windowSize) }
        }
    }

    /// Neighbours grouped so that their windows together are at most `length` pixels long, or single.
    private func runs(of starts: [Int], fitting length: Int) -> [ArraySlice<Int>] {
        var runs: [ArraySlice<Int>] = []
        var begin = starts.startIndex
        while begin < starts.endIndex {
            let rest = starts[begin...].dropFirst()
            let end = rest.firstIndex { $0 + windowSize - starts[begin] > length } ?? starts.endIndex
            runs.append(starts[begin..<end])
            begin = end
        }
        return runs
    }

    private func extent(of starts: ArraySlice<Int>) -> Int {
        starts[starts.endIndex - 1] + windowSize - starts[starts.startIndex]
    }
}
