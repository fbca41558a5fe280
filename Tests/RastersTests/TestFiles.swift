import Bytes
import Foundation
import Pixels
import Rasters

extension Image {
    /// A whole image file, read as a raster is.
    init(reading path: String) throws(RasterError) {
        let raster = try Raster(opening: path)
        self = try raster.read(raster.bounds)
    }
}

extension Image {
    /// Smooth colours, so that JPEG keeps them nearly.
    static func gradient(width: Int, height: Int) -> Image {
        var image = Image(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                image[x, y] = RGB(
                    UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8(255 - x * 255 / width))
            }
        }
        return image
    }

    static func noise(width: Int, height: Int, seed: UInt64) -> Image {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Image(width: width, height: height, pixelsHWC: bytes)
    }
}
