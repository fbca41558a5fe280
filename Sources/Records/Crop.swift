import Pixels

/// A square's own rectangle, moved, perhaps mirrored, perhaps turned.
package struct Crop: Hashable {
    /// In pixels to the right.
    package var x: Int
    /// In pixels down.
    package var y: Int
    package var mirrored: Bool
    /// Clockwise, in `0...3`; after the mirror.
    package var quarterTurns: Int
    /// Where it leaves the square.
    package var border: Augmentation.Border

    package init(
        x: Int, y: Int, mirrored: Bool, quarterTurns: Int = 0, border: Augmentation.Border = .black
    ) {
        (self.x, self.y) = (x, y)
        (self.mirrored, self.quarterTurns) = (mirrored, quarterTurns)
        self.border = border
    }

    package static let whole = Crop(x: 0, y: 0, mirrored: false)

    /// Whether the square stays as it is.
    var changesNothing: Bool { x == 0 && y == 0 && symmetry == .identity }

    var symmetry: Symmetry { Symmetry(isMirrored: mirrored, quarterTurns: quarterTurns) }

    /// Copies a tile through the crop, row by row.
    ///
    /// - Parameter source: the tile's first byte to its last; rows are `stride` bytes apart.
    /// - Parameter target: `height * width * 3` bytes.
    /// - Parameter width: of the tile; the height where the crop turns by one or three quarters.
    package func copy(
        _ source: UnsafeRawBufferPointer, stride: Int, into target: UnsafeMutableBufferPointer<UInt8>,
        width: Int, height: Int
    ) {
        precondition(target.count == width * height * 3)
        precondition(source.count >= (height - 1) * stride + width * 3)
        precondition(width == height || !symmetry.swapsSides, "only squares are turned by a quarter")
        guard let to = target.baseAddress, let from = source.baseAddress else { return }
        // Columns and rows of the target whose source lies inside the tile.
        let columns = min(width, max(0, -x))..<max(min(width, max(0, -x)), min(width, width - x))
        let rows = min(height, max(0, -y))..<max(min(height, max(0, -y)), min(height, height - y))
        let isInside = columns.count == width && rows.count == height
        if border == .black && !isInside { target.update(repeating: 0) }
        let steps = symmetry.steps(width: width, height: height)
        for row in border == .black ? rows : 0..<height {
            let sourceRow = (from + Self.reflected(row + y, height) * stride).assumingMemoryBound(
                to: UInt8.self)
            // Where the row's first pixel goes.
            let targetRow = to + (steps.first + row * steps.row) * 3
            copy(columns, of: sourceRow, into: targetRow, step: steps.column)
            guard border == .reflect else { continue }
            for column in 0..<columns.lowerBound {
                copy(column, of: sourceRow, into: targetRow, step: steps.column, width: width)
            }
            for column in columns.upperBound..<width {
                copy(column, of: sourceRow, into: targetRow, step: steps.column, width: width)
            }
        }
    }

    /// Columns of the target that lie inside the tile.
    ///
    /// - Parameter step: from one pixel's place in the target to the next one's, in pixels.
    private func copy(
        _ columns: Range<Int>, of source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>,
        step: Int
    ) {
        let bytes = source + (columns.lowerBound + x) * 3
        var pixel = target + columns.lowerBound * step * 3
        guard step != 1 else { return pixel.update(from: bytes, count: columns.count * 3) }
        for column in 0..<columns.count {
            (pixel[0], pixel[1], pixel[2]) = (
                bytes[3 * column], bytes[3 * column + 1], bytes[3 * column + 2]
            )
            pixel += step * 3
        }
    }

    /// One column that lies outside.
    private func copy(
        _ column: Int, of source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>, step: Int,
        width: Int
    ) {
        let pixel = source + Self.reflected(column + x, width) * 3
        let place = target + column * step * 3
        (place[0], place[1], place[2]) = (pixel[0], pixel[1], pixel[2])
    }

    /// The place in `0..<count` that a line of mirrors at the first and the last place shows at `place`.
    private static func reflected(_ place: Int, _ count: Int) -> Int {
        if place >= 0 && place < count || count == 1 { return count == 1 ? 0 : place }
        let period = 2 * (count - 1)
        let rest = abs(place) % period
        return rest < count ? rest : period - rest
    }
}
