// Pixels out of larger stores.
extension FunctionText {
    /// Tiles of a store, each moved over its border and perhaps mirrored; as `Records` cuts them on the host.
    ///
    /// - Parameter store: bytes `[count, side, side, 3]`.
    /// - Parameter tiles: `[N]`, which ones.
    /// - Parameter moves: `[N, 2]`, in pixels down and to the right.
    /// - Parameter mirrored: `[N]`, whether left and right change places after the move.
    /// - Parameter reflectsBorder: whether what moves in is the tile's own mirror image rather than 0.
    /// - Returns: `[N, side, side, 3]`.
    mutating func movedTiles(
        of store: Value, _ tiles: Value, moves: Value, mirrored: Value, reflectsBorder: Bool
    ) -> Value {
        let (count, side) = (tiles.shape[0], store.shape[1])
        let shape = [count, side, side]
        let column = iota(shape, axis: 2)
        let opposite = binary("subtract", constant(Float(side - 1), shape, .i32), column)
        let isMirrored = broadcast(mirrored, axes: [0], to: shape)
        let turned = select(isMirrored, opposite, column)
        let down = reshape(slice(moves, [0..<count, 0..<1]), to: [count])
        let right = reshape(slice(moves, [0..<count, 1..<2]), to: [count])
        var rows = binary("add", iota(shape, axis: 1), broadcast(down, axes: [0], to: shape))
        var columns = binary("add", turned, broadcast(right, axes: [0], to: shape))
        let isInside = binary("and", isWithin(rows, side), isWithin(columns, side))
        if reflectsBorder {
            rows = reflected(rows, side)
            columns = reflected(columns, side)
        }
        let entries = broadcast(tiles, axes: [0], to: shape)
        let pixels = gatherPixels(store, at: joined([entries, rows, columns]))
        guard !reflectsBorder else { return pixels }
        let black = constant(0, pixels.shape, pixels.element)
        return select(broadcast(isInside, axes: [0, 1, 2], to: pixels.shape), pixels, black)
    }

    /// Squares of a block.
    ///
    /// - Parameter block: `[1, H, W, 3]`.
    /// - Parameter corners: `[N, 2]`, a row and a column each; the squares must lie inside.
    mutating func windows(of block: Value, at corners: Value, side: Int) -> Value {
        let count = corners.shape[0]
        let shape = [count, side, side]
        let top = reshape(slice(corners, [0..<count, 0..<1]), to: [count])
        let left = reshape(slice(corners, [0..<count, 1..<2]), to: [count])
        let rows = binary("add", iota(shape, axis: 1), broadcast(top, axes: [0], to: shape))
        let columns = binary("add", iota(shape, axis: 2), broadcast(left, axes: [0], to: shape))
        return gatherPixels(block, at: joined([constant(0, shape, .i32), rows, columns]))
    }

    /// Tensors of one shape along a new last axis.
    private mutating func joined(_ parts: [Value]) -> Value {
        let columns = parts.map { reshape($0, to: $0.shape + [1]) }
        return concatenate(columns, axis: parts[0].shape.count)
    }

    private mutating func isWithin(_ places: Value, _ count: Int) -> Value {
        let isHighEnough = compare("GE", places, constant(0, places.shape, .i32))
        let isLowEnough = compare("LT", places, constant(Float(count), places.shape, .i32))
        return binary("and", isHighEnough, isLowEnough)
    }

    /// The place in `0..<count` that mirrors at the first and the last place show.
    private mutating func reflected(_ places: Value, _ count: Int) -> Value {
        guard count > 1 else { return constant(0, places.shape, .i32) }
        let period = Float(2 * (count - 1))
        let rest = binary("remainder", unary("abs", places), period)
        let opposite = binary("subtract", constant(period, places.shape, .i32), rest)
        return binary("minimum", rest, opposite)
    }
}
