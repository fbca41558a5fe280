import Files
import Rasters

extension ImageCollection {
    /// What the files of a collection say of their pixels.
    package enum TilePixelSize: Hashable, Sendable {
        /// The side of a pixel of the tiles, in metres.
        case one(Double)
        /// From the smallest to the largest; too different for one number.
        case several(ClosedRange<Double>)
    }

    /// Files that are looked at, at most.
    private static let measuredCount = 64
    /// Sides that differ by a smaller share are one: pixels of degrees become narrower towards the poles.
    private static let tolerance = 0.02

    /// How large the pixels of tiles are that are made of georeferenced TIFF files, by a sample of up to 64 of them.
    ///
    /// - Parameter side: of a tile, to which the shorter side of each image is resized.
    /// - Returns: `nil` where a file says nothing, or is no TIFF of its own.
    package func pixelSize(ofTilesWithSide side: Int) -> TilePixelSize? {
        let measured = (0..<min(count, Self.measuredCount)).map {
            items[$0 * count / min(count, Self.measuredCount)]
        }
        var sizes: [Double] = []
        for item in measured {
            guard ["tif", "tiff"].contains(Records.ending(of: item.name)),
                let file = store.files(of: [item]).first(where: { _ in true }),
                let size = Self.pixelSize(of: file, tileSide: side)
            else { return nil }
            sizes.append(size)
        }
        sizes.sort()
        guard let first = sizes.first, let last = sizes.last else { return nil }
        return last <= first * (1 + Self.tolerance) ? .one(sizes[sizes.count / 2]) : .several(first...last)
    }

    /// - Returns: `nil` where it does not say it, or cannot be read: packing will tell.
    private static func pixelSize(of file: Address, tileSide: Int) -> Double? {
        guard let raster = try? Raster(openingPicture: file), let size = raster.pixelSize else { return nil }
        return (size.x * size.y).squareRoot() * Double(min(raster.width, raster.height)) / Double(tileSide)
    }
}
