import Bytes
import Files
import Foundation
import Pixels
import Records
import TestSupport

extension TemporaryFolder {
    /// A pack of flat tiles of the given colours; tile `i` is of class `i % classNames.count`.
    func pack(
        _ colours: [RGB], classNames: [String], width: Int = 8, height: Int = 8
    ) throws -> TilePack {
        let path = file("tiles-\(UUID().uuidString).tiles")
        let writer = try TilePackWriter(
            .replacing(path), tileWidth: width, tileHeight: height, classNames: classNames)
        for (index, colour) in colours.enumerated() {
            try writer.append(.flat(colour, width: width, height: height), label: index % classNames.count)
        }
        try writer.commit()
        return try TilePack(opening: path)
    }

    /// Flat tiles of random colours.
    func pack(
        count: Int, classNames: [String] = ["car", "boat", "dog"], width: Int = 8, height: Int = 8
    ) throws -> TilePack {
        var random = SplitMix64(seed: 77)
        let colours = (0..<count).map { _ in
            RGB(
                .random(in: 0...255, using: &random), .random(in: 0...255, using: &random),
                .random(in: 0...255, using: &random))
        }
        return try pack(colours, classNames: classNames, width: width, height: height)
    }
}

extension Image {
    static func flat(_ colour: RGB, width: Int, height: Int) -> Image {
        let pixel = [colour.red, colour.green, colour.blue]
        return Image(
            width: width, height: height, pixelsHWC: (0..<width * height).flatMap { _ in pixel })
    }

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
}
