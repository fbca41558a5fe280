package import Engines
package import Networks
import Pixels

/// How a scene is cut for a network that runs once over each block.
///
/// All blocks have one size. They overlap by margins of true pixels, as wide as the network sees beyond a window, so that a
/// window's score is the same whichever block it lies in; where the scene ends the network pads, and there is no margin.
/// Windows stand at multiples of the network's total stride: what is left of a side that is no multiple of it is not looked
/// at.
package struct DensePlan {
    package let windows: WindowPlan
    /// Pixels from one window that a block's run scores to the next; each of `windows` is among them.
    package let step: Int
    package let blockSize: BlockSize
    /// From top to bottom, then from left to right; their bounds include the margins.
    package let blocks: [Block]

    /// - Parameter stride: a multiple of the network's total stride.
    /// - Parameter pixelLimit: bound on the pixels of a block; one window with its margins always fits.
    /// - Throws: `ScanError` when the scene is smaller than one window.
    package init(
        sceneWidth: Int, sceneHeight: Int, windowSize: Int, stride: Int, geometry: DenseGeometry,
        pixelLimit: Int
    ) throws(ScanError) {
        windows = try WindowPlan(
            sceneWidth: sceneWidth, sceneHeight: sceneHeight, windowSize: windowSize, stride: stride,
            alignment: geometry.totalStride)
        step = (windows.columns.suffix(1) + windows.rows.suffix(1)).reduce(stride, greatestCommonDivisor)
        let margin = (geometry.reach + step - 1) / step * step
        let columns = DenseAxis(
            starts: windows.columns, windowSize: windowSize, margin: margin, step: step)
        let rows = DenseAxis(starts: windows.rows, windowSize: windowSize, margin: margin, step: step)
        let width = columns.blockLength(within: Int(Double(pixelLimit).squareRoot()))
        let height = rows.blockLength(within: pixelLimit / width)
        blockSize = BlockSize(height: height, width: width)
        blocks = rows.runs(blockLength: height).flatMap { row in
            columns.runs(blockLength: width).map { column in
                Block(
                    columns: column.windows, rows: row.windows,
                    bounds: PixelRect(x: column.begin, y: row.begin, width: width, height: height))
            }
        }
    }
}

/// One direction of a dense plan; lengths and places in pixels.
private struct DenseAxis {
    /// Of the windows, ascending, all of them multiples of `step`.
    let starts: [Int]
    let windowSize: Int
    /// A multiple of `step`.
    let margin: Int
    let step: Int

    /// Where the last window ends, and for this scan the scene.
    var end: Int { (starts.last ?? 0) + windowSize }

    /// The length of blocks: as few as the bound allows, and then as short as they can be.
    func blockLength(within limit: Int) -> Int {
        let least = min(end, windowSize + 2 * margin)
        let most = min(end, max(least, windowSize + (limit - windowSize) / step * step))
        let count = runs(blockLength: most).count
        return stride(from: least, to: most, by: step).first { runs(blockLength: $0).count == count } ?? most
    }

    /// Blocks of a length, and the windows of each that are a margin away from its ends, or at the scene's.
    func runs(blockLength: Int) -> [(begin: Int, windows: ArraySlice<Int>)] {
        var runs: [(begin: Int, windows: ArraySlice<Int>)] = []
        var next = starts.startIndex
        while next < starts.endIndex {
            let begin = min(max(0, starts[next] - margin), end - blockLength)
            let inside = begin + blockLength - (begin + blockLength == end ? 0 : margin)
            let stop = starts[next...].firstIndex { $0 + windowSize > inside } ?? starts.endIndex
            runs.append((begin, starts[next..<stop]))
            next = stop
        }
        return runs
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}
