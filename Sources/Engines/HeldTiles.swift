/// Tiles that a training program can take to its device.
public struct HeldTiles: Sendable {
    /// What a placement shows beyond the edge of its tile.
    public enum Border: Hashable, Sendable {
        /// 0 bytes, before the preprocessing.
        case black
        /// What lies as far inside; the edge itself is not repeated. In a tile of one pixel, that pixel.
        case reflect
    }

    /// Number of tiles, at most `Int32.max`.
    public let count: Int
    /// Of each tile, in pixels: the network's input size.
    public let side: Int
    public let border: Border
    /// How far a placement moves its tile at most in each direction, in pixels; it may exceed the side.
    public let padding: Int
    /// Copies a tile, `[side, side, 3]`, into exactly so many bytes. Several threads may do so at a time.
    public let copy:
        @Sendable (_ tile: Int, _ pixelsHWC: inout MutableSpan<UInt8>) throws(EngineError) -> Void

    public init(
        count: Int, side: Int, border: Border, padding: Int,
        copy:
            @escaping @Sendable (_ tile: Int, _ pixelsHWC: inout MutableSpan<UInt8>) throws(EngineError) ->
            Void
    ) {
        precondition((0...Int(Int32.max)).contains(count) && side > 0 && padding >= 0)
        (self.count, self.side, self.border, self.padding) = (count, side, border, padding)
        self.copy = copy
    }
}
