import Pixels
import Records
import TestSupport
import Testing

@Suite struct AugmentationTests {
    /// The plain version: pads with black, crops, mirrors, one pixel at a time.
    private func plainly(_ tile: Image, _ crop: Crop) -> Image {
        var result = Image(width: tile.width, height: tile.height)
        for y in 0..<tile.height {
            for x in 0..<tile.width {
                let (fromX, fromY) = (x + crop.x, y + crop.y)
                guard (0..<tile.width).contains(fromX), (0..<tile.height).contains(fromY) else { continue }
                result[crop.mirrored ? tile.width - 1 - x : x, y] = tile[fromX, fromY]
            }
        }
        return result
    }

    @Test(arguments: [false, true]) func agreesWithThePlainVersion(mirrored: Bool) throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let canvas = Image.random(width: 20, height: 20, using: &random)
        let writer = try TilePackWriter(
            path: folder.file("a"), tileWidth: 7, tileHeight: 5, classNames: ["a"])
        let grid = WindowGrid(x0: 6, y0: 7, stride: 1, columns: 1, rows: 1, labels: .all(0))
        try writer.append(canvas, windows: [grid])
        try writer.commit()
        let pack = try TilePack(opening: folder.file("a"))
        let tile = canvas.cropped(to: PixelRect(x: 6, y: 7, width: 7, height: 5))
        for x in -9...9 {
            for y in -7...7 {
                let crop = Crop(x: x, y: y, mirrored: mirrored)
                var pixels = [UInt8](repeating: 1, count: 7 * 5 * 3)
                pixels.withUnsafeMutableBufferPointer { pack.copy(0, into: $0, crop: crop) }
                #expect(pixels == plainly(tile, crop).pixelsHWC, "\(crop)")
            }
        }
    }

    @Test func isAFunctionOfSeedEpochAndPosition() {
        let augmentation = Augmentation.cifar
        let crop = augmentation.crop(seed: 1, epoch: 2, position: 3)
        #expect(augmentation.crop(seed: 1, epoch: 2, position: 3) == crop)
        func crops(seed: UInt64, epoch: Int) -> [Crop] {
            (0..<20).map { augmentation.crop(seed: seed, epoch: epoch, position: $0) }
        }
        #expect(Set(crops(seed: 1, epoch: 2)).count > 10)
        #expect(crops(seed: 1, epoch: 2) != crops(seed: 2, epoch: 2))
        #expect(crops(seed: 1, epoch: 2) != crops(seed: 1, epoch: 3))
    }

    /// 2 x 81 variations, 100 of each expected; 5.5 standard deviations.
    @Test func everyVariationIsAsLikely() {
        var counts: [Crop: Int] = [:]
        for position in 0..<16_200 {
            counts[Augmentation.cifar.crop(seed: 4, epoch: 0, position: position), default: 0] += 1
        }
        #expect(counts.count == 162)
        #expect(counts.keys.allSatisfy { abs($0.x) <= 4 && abs($0.y) <= 4 })
        #expect(counts.values.allSatisfy { (45...155).contains($0) })
    }

    @Test func noneLeavesTilesAsTheyAre() {
        #expect((0..<50).allSatisfy { Augmentation.none.crop(seed: 1, epoch: 0, position: $0) == .whole })
    }
}
