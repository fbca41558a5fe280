/// What a training step learns from.
public enum StepSamples: Hashable, Sendable {
    /// Exactly `batchSize` images of the network's input size, or crops, `[N, H, W, 3]`, 8-bit RGB.
    case pixels([UInt8])
    /// `batchSize` of the tiles that the program holds.
    case held([TilePlacement])
}

/// One of the tiles that a program holds, moved and perhaps mirrored.
public struct TilePlacement: Hashable, Sendable {
    /// From 0 on.
    public var tile: Int32
    /// In pixels to the right: column `c` of the sample shows the tile's column `c + x`.
    public var x: Int32
    /// In pixels down: row `r` of the sample shows the tile's row `r + y`.
    public var y: Int32
    /// Whether left and right of the moved tile change places.
    public var isMirrored: Bool

    public init(tile: Int32, x: Int32, y: Int32, isMirrored: Bool) {
        (self.tile, self.x, self.y, self.isMirrored) = (tile, x, y, isMirrored)
    }
}
