package import Engines
package import Networks
import Pixels

/// How a scene is cut for a network that runs once over each block.
///
/// All blocks have one size. They overlap by margins of true pixels, as wide as the network sees beyond a window, so that a
/// window's score is the same whichever block it lies in but for rounding; where the scene ends the network pads, and there is
/// no margin. Windows stand at multiples of the network's total stride: what is left of a side that is no multiple of it is not
/// looked at.
package struct DensePlan {
    /// With the network's total stride as alignment.
    package let grid: ScanGrid
    /// Pixels from one window that a block's run scores to the next; each window of the grid is among them.
    package let step: Int
    package let blockSize: BlockSize
    /// From top to bottom, then from left to right; their bounds include the margins.
    package let blocks: [Block]

    /// With the largest blocks that a bound allows.
    ///
    /// - Parameter grid: of stride and alignment that are multiples of the network's total stride.
    /// - Parameter pixelLimit: bound on the pixels of a block; one window with its margins always fits.
    package init(_ grid: ScanGrid, geometry: DenseGeometry, pixelLimit: Int) {
        let (columns, rows) = Self.axes(of: grid, geometry)
        let width = columns.blockLength(within: Int(Double(pixelLimit).squareRoot()))
        let height = rows.blockLength(within: pixelLimit / width)
        self.init(grid, columns, rows, BlockSize(height: height, width: width))
    }

    /// With blocks of a size that a plan of the same grid and geometry had.
    ///
    /// - Throws: `ScanError` where no plan can have had it.
    package init(_ grid: ScanGrid, geometry: DenseGeometry, blockSize: BlockSize) throws(ScanError) {
        let (columns, rows) = Self.axes(of: grid, geometry)
        guard columns.isPossible(blockLength: blockSize.width), rows.isPossible(blockLength: blockSize.height)
        else {
            throw ScanError(
                code: .wrongTask, operation: "scan densely",
                cause:
                    "blocks of \(blockSize.height)×\(blockSize.width) pixels do not fit this model and scene")
        }
        self.init(grid, columns, rows, blockSize)
    }

    private init(_ grid: ScanGrid, _ columns: DenseAxis, _ rows: DenseAxis, _ blockSize: BlockSize) {
        self.grid = grid
        self.blockSize = blockSize
        step = columns.step
        blocks = rows.runs(blockLength: blockSize.height).flatMap { row in
            columns.runs(blockLength: blockSize.width).map { column in
                Block(
                    windows: WindowRange(rows: row.windows, columns: column.windows),
                    bounds: PixelRect(
                        x: column.begin, y: row.begin, width: blockSize.width, height: blockSize.height))
            }
        }
    }

    private static func axes(
        of grid: ScanGrid, _ geometry: DenseGeometry
    ) -> (columns: DenseAxis, rows: DenseAxis) {
        precondition(grid.alignment == geometry.totalStride)
        let lastX = grid.x(ofColumn: grid.columnCount - 1)
        let lastY = grid.y(ofRow: grid.rowCount - 1)
        let step = [lastX, lastY].reduce(grid.stride, greatestCommonDivisor)
        let margin = (geometry.reach + step - 1) / step * step
        return (
            DenseAxis(
                count: grid.columnCount, start: grid.x, windowSize: grid.windowSize, margin: margin,
                step: step
            ),
            DenseAxis(
                count: grid.rowCount, start: grid.y, windowSize: grid.windowSize, margin: margin, step: step)
        )
    }
}

/// One direction of a dense plan; lengths and places in pixels.
private struct DenseAxis {
    /// Windows in this direction.
    let count: Int
    /// Where a window begins: ascending multiples of `step`.
    let start: (Int) -> Int
    let windowSize: Int
    /// A multiple of `step`.
    let margin: Int
    let step: Int

    /// Where the last window ends, and for this scan the scene.
    var end: Int { start(count - 1) + windowSize }

    private var least: Int { min(end, windowSize + 2 * margin) }

    func isPossible(blockLength: Int) -> Bool {
        (least...end).contains(blockLength) && (end - blockLength).isMultiple(of: step)
    }

    /// The length of blocks: as few as the bound allows, and then as short as they can be.
    func blockLength(within limit: Int) -> Int {
        let most = min(end, max(least, windowSize + (limit - windowSize) / step * step))
        let count = runs(blockLength: most).count
        return stride(from: least, to: most, by: step).first { runs(blockLength: $0).count == count } ?? most
    }

    /// Blocks of a length, and the windows of each that are a margin away from its ends, or at the scene's.
    func runs(blockLength: Int) -> [(begin: Int, windows: Range<Int>)] {
        var runs: [(begin: Int, windows: Range<Int>)] = []
        var next = 0
        while next < count {
            let begin = min(max(0, start(next) - margin), end - blockLength)
            let inside = begin + blockLength - (begin + blockLength == end ? 0 : margin)
            let stop = (next..<count).first { start($0) + windowSize > inside } ?? count
            runs.append((begin, next..<stop))
            next = stop
        }
        return runs
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}
