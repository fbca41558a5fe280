package import Rasters

/// How an image is changed before it is packed.
package struct ImageTransform: Hashable, Sendable, Codable {
    package enum Encoding: String, Hashable, Sendable, Codable {
        /// The bytes of the image's file as they are; what comes from no file becomes PNG.
        case original
        case jpg, png
        /// The pixels, `[H, W, 3]`, for a tile pack.
        case raw
    }
    package var encoding: Encoding
    /// Of JPEG, `1...100`.
    package var quality: Int
    /// The middle of the longer side is kept, as long as the shorter side.
    package var isCropped: Bool
    /// The shorter side becomes so many pixels, the other keeps the shape; up or down, antialiased, as PIL's bilinear
    /// resize.
    package var shorterSide: Int?
    /// Whether pictures are turned upright as their EXIF orientation says, where they are encoded anew. Plans of older versions do
    /// not have it.
    package let turnsUpright: Bool?
    /// Which samples are black and white; `nil` for the whole range of their bits.
    package var ranges: [SampleRange]?
    /// Which bands are red, green and blue, from 1; `nil` for what a picture says.
    package var bands: [Int]?
    /// The side of a pixel of the packed pictures in metres; `nil` where nobody knows.
    package var pixelSize: Double?

    /// - Parameter encoding: `original` only where nothing is cropped or resized.
    package init(
        encoding: Encoding = .original, quality: Int = 95, isCropped: Bool = false, shorterSide: Int? = nil,
        bands: [Int]? = nil, ranges: [SampleRange]? = nil
    ) {
        precondition(
            encoding != .original || !isCropped && shorterSide == nil && bands == nil && ranges == nil)
        (self.bands, self.ranges) = (bands, ranges)
        turnsUpright = encoding == .original ? nil : true
        precondition((1...100).contains(quality) && shorterSide ?? 1 > 0)
        (self.encoding, self.quality) = (encoding, quality)
        (self.isCropped, self.shorterSide) = (isCropped, shorterSide)
    }

    /// What a pack of tiles says of its pixels; `nil` where nobody knows.
    var origin: TilePackOrigin? {
        pixelSize == nil && ranges == nil ? nil : TilePackOrigin(pixelSize: pixelSize, ranges: ranges)
    }
}
