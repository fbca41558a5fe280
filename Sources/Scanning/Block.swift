package import Pixels

/// Windows that are read and scored together, in memory as one image.
package struct Block: Hashable, Sendable {
    package let windows: WindowRange
    /// What is read, in scene pixels: the smallest rectangle that holds the windows, or a larger one.
    package let bounds: PixelRect

    /// - Parameter bounds: which hold all windows.
    init(windows: WindowRange, bounds: PixelRect) { (self.windows, self.bounds) = (windows, bounds) }
}

extension ScanGrid {
    /// Rows of windows that one block should have at least before a scene of whole rows is split in width.
    private static let leastBandHeight = 8

    /// A range grouped into blocks of bounded size; each window is in exactly one.
    ///
    /// Blocks begin and end where the file's stored blocks do, so that each of these is decoded about once: squares in a file of
    /// squares, bands as wide as the scene in a file of whole rows (a very wide one is split in width too). How a range is
    /// grouped changes no score.
    ///
    /// - Parameter storedBlock: sides of the blocks in which the file keeps its pixels.
    /// - Parameter pixelLimit: bound on the pixels of a block; one window always fits.
    /// - Returns: from top to bottom, then from left to right.
    package func blocks(
        of range: WindowRange, storedBlock: (width: Int, height: Int), pixelLimit: Int
    ) -> [Block] {
        guard !range.isEmpty else { return [] }
        let isBanded = storedBlock.width >= sceneWidth
        let side = Int(Double(pixelLimit).squareRoot())
        let columnRuns = runs(
            of: range.columns, fitting: isBanded ? pixelLimit / (Self.leastBandHeight * windowSize) : side,
            alignedTo: storedBlock.width, start: x)
        let width = columnRuns.map { extent(of: $0, start: x) }.max() ?? windowSize
        let rowRuns = runs(
            of: range.rows, fitting: pixelLimit / width, alignedTo: storedBlock.height, start: y)
        return rowRuns.flatMap { rows in
            columnRuns.map { columns in
                let windows = WindowRange(rows: rows, columns: columns)
                return Block(windows: windows, bounds: bounds(of: windows))
            }
        }
    }

    /// Neighbours grouped so that their windows together are at most `length` pixels long, or single.
    ///
    /// - Parameter unit: a group ends where a multiple of it lies, if the length allows.
    private func runs(
        of indexes: Range<Int>, fitting length: Int, alignedTo unit: Int, start: (Int) -> Int
    ) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var begin = indexes.lowerBound
        while begin < indexes.upperBound {
            // Where the next group's first window may begin at the latest.
            let limit = max(start(begin) + 1, start(begin) + length - windowSize + 1)
            let aligned = limit / unit * unit
            let border = aligned > start(begin) ? aligned : limit
            var end = min(indexes.upperBound, max(begin + 1, (border + stride - 1) / stride))
            while end < indexes.upperBound, start(end) < border { end += 1 }
            runs.append(begin..<end)
            begin = end
        }
        return runs
    }

    private func extent(of indexes: Range<Int>, start: (Int) -> Int) -> Int {
        start(indexes.upperBound - 1) + windowSize - start(indexes.lowerBound)
    }
}
