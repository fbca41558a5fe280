/// Scales an image of any size down by averaging, block by block.
///
/// Each pixel of the result is the mean of the area that it covers, pixels at its edge counting by their share.
public struct AreaAverage: Sendable {
    private let width: Int
    private let height: Int
    private let columns: [Share]
    private let rows: [Share]
    /// `[rows, W, 3]`, of the result's rows from `firstRow` on that have got something.
    private var sums: [Float] = []
    /// Rows before are finished.
    private var firstRow = 0
    /// `[firstRow, W, 3]`.
    private var finished: [UInt8] = []

    /// - Parameter width: of the result; at most `sourceWidth`, and at least 1.
    public init(sourceWidth: Int, sourceHeight: Int, width: Int, height: Int) {
        precondition((1...sourceWidth).contains(width) && (1...sourceHeight).contains(height))
        (self.width, self.height) = (width, height)
        columns = Share.shares(of: sourceWidth, among: width)
        rows = Share.shares(of: sourceHeight, among: height)
        finished.reserveCapacity(width * height * 3)
    }

    /// Adds the source pixels of `block`, whose top left corner is at `x`, `y`. Add each source pixel once.
    /// O(pixels of the block).
    public mutating func add(_ block: Image, x: Int, y: Int) {
        let blockColumns = columns[x..<x + block.width]
        let first = columns[x].index
        let count = columns[x + block.width - 1].index + 2 - first
        var line = [Float](repeating: 0, count: count * 3)
        for row in 0..<block.height {
            for i in line.indices { line[i] = 0 }
            var source = row * block.width * 3
            for share in blockColumns {
                let target = (share.index - first) * 3
                for channel in 0..<3 {
                    let light = Float(block.pixelsHWC[source + channel])
                    line[target + channel] += share.here * light
                    line[target + 3 + channel] += share.next * light
                }
                source += 3
            }
            let share = rows[y + row]
            add(line, weight: share.here, column: first, row: share.index)
            if share.next > 0 { add(line, weight: share.next, column: first, row: share.index + 1) }
        }
    }

    private mutating func add(_ line: [Float], weight: Float, column: Int, row: Int) {
        precondition(row >= firstRow, "the row is finished")
        let start = ((row - firstRow) * width + column) * 3
        let missing = (row - firstRow + 1) * width * 3 - sums.count
        if missing > 0 { sums += repeatElement(0, count: missing) }
        // What falls beyond the last column has no weight.
        for i in 0..<min(line.count, (width - column) * 3) { sums[start + i] += weight * line[i] }
    }

    /// Says that all source pixels above a row were added, so that less has to be kept for what is complete: a byte for four.
    ///
    /// - Parameter sourceRow: no block that is added later reaches above it.
    public mutating func finishRows(aboveSource sourceRow: Int) {
        let end = sourceRow < rows.count ? rows[sourceRow].index : height
        let count = min((end - firstRow) * width * 3, sums.count)
        guard count > 0 else { return }
        finished += sums[..<count].lazy.map(Self.byte)
        sums.removeFirst(count)
        firstRow = end
    }

    /// The result, once every source pixel was added; rounded to nearest.
    public var image: Image {
        let pixels = sums.isEmpty ? finished : finished + sums.map(Self.byte)
        return Image(width: width, height: height, pixelsHWC: pixels)
    }

    private static func byte(_ sum: Float) -> UInt8 { UInt8(min(255, max(0, sum + 0.5))) }
}

/// How a source pixel is shared between a pixel of the result and the next one; all shares of one result pixel sum to 1.
private struct Share {
    var index: Int
    var here: Float
    var next: Float

    static func shares(of sourceCount: Int, among count: Int) -> [Share] {
        (0..<sourceCount).map { source in
            let index = source * count / sourceCount
            // Source pixel: from `source * count` to `(source + 1) * count`; edge: in the same units.
            let beyond = max(0, (source + 1) * count - (index + 1) * sourceCount)
            let next = Float(beyond) / Float(sourceCount)
            return Share(index: index, here: Float(count - beyond) / Float(sourceCount), next: next)
        }
    }
}

extension Image {
    /// A smaller copy by area averaging; no side may grow.
    public func downscaled(width: Int, height: Int) -> Image {
        if (width, height) == (self.width, self.height) { return self }
        var average = AreaAverage(
            sourceWidth: self.width, sourceHeight: self.height, width: width, height: height)
        average.add(self, x: 0, y: 0)
        return average.image
    }
}

extension PixelRect {
    /// The size with the same shape whose longer side is `maxSide`; its own where that is smaller. No side is 0.
    public func sizeFitting(maxSide: Int) -> (width: Int, height: Int) {
        let longer = max(width, height)
        guard longer > maxSide else { return (width, height) }
        return (
            max(1, (width * maxSide + longer / 2) / longer), max(1, (height * maxSide + longer / 2) / longer)
        )
    }
}
