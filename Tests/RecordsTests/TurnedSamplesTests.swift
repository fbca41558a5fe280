import Bytes
import Files
import Pixels
import Records
import TestSupport
import Testing

/// Samples whose class is how they are turned.
struct TurnedSamplesTests {
    @Test func eachSampleAppearsInFourTurns() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let tiles = (0..<3).map { _ in Image.random(width: 5, height: 5, using: &random) }
        let writer = try TilePackWriter(
            .new(folder.file("a.tiles")), tileWidth: 5, tileHeight: 5, classNames: ["a", "b"])
        for (number, tile) in tiles.enumerated() { try writer.append(tile, label: number % 2) }
        try writer.commit()
        let turned = TurnedSamples(try TilePack(opening: folder.file("a.tiles")))
        #expect(turned.count == 12 && turned.classNames.count == 4 && turned.squareSide == 5)
        #expect(turned.objection(toSide: 6) != nil && turned.objection(toSide: 5) == nil)
        for sample in 0..<12 {
            var pixels = [UInt8](repeating: 0, count: 75)
            var target = pixels.mutableSpan
            let variation = Variation(turned.evaluation, seed: 0, epoch: 0, position: sample)
            try turned.write(sample, varied: variation, side: 5, into: &target)
            // By the definition: the pixel in column x and row y of the tile, after so many quarters clockwise.
            #expect(turned.label(of: sample) == sample % 4)
            for y in 0..<5 {
                for x in 0..<5 {
                    let (to, down) = [(x, y), (4 - y, x), (4 - x, 4 - y), (y, 4 - x)][sample % 4]
                    for channel in 0..<3 {
                        #expect(
                            pixels[(down * 5 + to) * 3 + channel]
                                == tiles[sample / 4].pixelsHWC[(y * 5 + x) * 3 + channel])
                    }
                }
            }
        }
    }
}
