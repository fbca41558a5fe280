import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

@Suite struct AugmentationTests {
    /// The plain version: pads with black, crops, mirrors, turns, one pixel at a time.
    private func plainly(_ tile: Image, _ crop: Crop) -> Image {
        var result = Image(width: tile.width, height: tile.height)
        for y in 0..<tile.height {
            for x in 0..<tile.width {
                let (fromX, fromY) = (x + crop.x, y + crop.y)
                let isInside = (0..<tile.width).contains(fromX) && (0..<tile.height).contains(fromY)
                guard isInside || crop.border == .reflect else { continue }
                result[crop.mirrored ? tile.width - 1 - x : x, y] =
                    tile[reflected(fromX, tile.width), reflected(fromY, tile.height)]
            }
        }
        return turned(result, crop.quarterTurns)
    }

    /// By quarters, clockwise: the top row becomes the right column.
    private func turned(_ image: Image, _ quarterTurns: Int) -> Image {
        var result = image
        for _ in 0..<quarterTurns {
            let before = result
            result = Image(width: before.height, height: before.width)
            for y in 0..<before.height {
                for x in 0..<before.width { result[before.height - 1 - y, x] = before[x, y] }
            }
        }
        return result
    }

    /// Step by step, turning round at the first and the last place.
    private func reflected(_ place: Int, _ count: Int) -> Int {
        var (at, step) = (0, place < 0 ? -1 : 1)
        guard count > 1 else { return 0 }
        for _ in 0..<abs(place) {
            if !(0..<count).contains(at + step) { step = -step }
            at += step
        }
        return at
    }

    @Test(arguments: [false, true], [Augmentation.Border.black, .reflect])
    func agreesWithThePlainVersion(mirrored: Bool, border: Augmentation.Border) throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let canvas = Image.random(width: 20, height: 20, using: &random)
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 7, tileHeight: 5, classNames: ["a"])
        let grid = WindowGrid(x0: 6, y0: 7, stride: 1, columns: 1, rows: 1, labels: .all(0))
        try writer.append(canvas, windows: [grid])
        try writer.commit()
        let pack = try TilePack(opening: folder.file("a"))
        let tile = canvas.cropped(to: PixelRect(x: 6, y: 7, width: 7, height: 5))
        for x in -15...15 {
            for y in -11...11 {
                let crop = Crop(x: x, y: y, mirrored: mirrored, border: border)
                var pixels = [UInt8](repeating: 1, count: 7 * 5 * 3)
                try pixels.withUnsafeMutableBufferPointer { try pack.copy(0, into: $0, crop: crop) }
                #expect(pixels == plainly(tile, crop).pixelsHWC, "\(crop)")
            }
        }
    }

    @Test(arguments: 1...3, [Augmentation.Border.black, .reflect])
    func turnsWhatWasMovedAndMirrored(quarterTurns: Int, border: Augmentation.Border) throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 2)
        let canvas = Image.random(width: 20, height: 20, using: &random)
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 6, tileHeight: 6, classNames: ["a"])
        let grid = WindowGrid(x0: 6, y0: 7, stride: 1, columns: 1, rows: 1, labels: .all(0))
        try writer.append(canvas, windows: [grid])
        try writer.commit()
        let pack = try TilePack(opening: folder.file("a"))
        let tile = canvas.cropped(to: PixelRect(x: 6, y: 7, width: 6, height: 6))
        for mirrored in [false, true] {
            for x in -8...8 {
                for y in -8...8 {
                    let crop = Crop(
                        x: x, y: y, mirrored: mirrored, quarterTurns: quarterTurns, border: border)
                    var pixels = [UInt8](repeating: 1, count: 6 * 6 * 3)
                    try pixels.withUnsafeMutableBufferPointer { try pack.copy(0, into: $0, crop: crop) }
                    #expect(pixels == plainly(tile, crop).pixelsHWC, "\(crop)")
                }
            }
        }
    }

    @Test func isAFunctionOfSeedEpochAndPosition() {
        func crops(seed: UInt64, epoch: Int) -> [Crop?] {
            (0..<20).map { Variation(.cifar, seed: seed, epoch: epoch, position: $0).crop(of: 0) }
        }
        #expect(crops(seed: 1, epoch: 2) == crops(seed: 1, epoch: 2))
        #expect(Set(crops(seed: 1, epoch: 2)).count > 10)
        #expect(crops(seed: 1, epoch: 2) != crops(seed: 2, epoch: 2))
        #expect(crops(seed: 1, epoch: 2) != crops(seed: 1, epoch: 3))
    }

    /// 2 x 81 variations, 100 of each expected; 5.5 standard deviations.
    @Test func everyVariationIsAsLikely() {
        var counts: [Crop: Int] = [:]
        for position in 0..<16_200 {
            let crop = Variation(.cifar, seed: 4, epoch: 0, position: position).crop(of: 0)
            counts[crop ?? .whole, default: 0] += 1
        }
        #expect(counts.count == 162)
        #expect(counts.keys.allSatisfy { abs($0.x) <= 4 && abs($0.y) <= 4 })
        #expect(counts.values.allSatisfy { (45...155).contains($0) })
    }

    @Test func noneLeavesTilesAsTheyAre() {
        for position in 0..<50 {
            #expect(Variation(.none, seed: 1, epoch: 0, position: position).crop(of: position) == .whole)
        }
    }

    // MARK: Turns

    private let turning = Augmentation(.moved(padding: 4, border: .black), mirror: .random, turns: true)

    /// 2 x 4 ways, 1,000 of each expected; more than five standard deviations.
    @Test func everyTurnIsAsLikelyWithAndWithoutTheMirror() {
        var counts: [Symmetry: Int] = [:]
        for position in 0..<8000 {
            let crop = Variation(turning, seed: 4, epoch: 0, position: position).crop(of: 0) ?? .whole
            counts[Symmetry(isMirrored: crop.mirrored, quarterTurns: crop.quarterTurns), default: 0] += 1
        }
        #expect(counts.count == 8)
        #expect(counts.values.allSatisfy { (840...1160).contains($0) })
    }

    /// So that a run of a plan without turns comes to the bits that it came to before there were turns.
    @Test func theTurnIsDrawnAfterAllThatWasDrawnBeforeThereWereTurns() {
        for position in 0..<200 {
            var random = SplitMix64(seed: 4, stream: 3, position)
            func next(_ count: UInt64) -> Int { Int(random.next().multipliedFullWidth(by: count).high) }
            var expected = Crop(x: next(9) - 4, y: next(9) - 4, mirrored: next(2) == 1)
            let plain = Augmentation(padding: 4, mirror: true)
            #expect(Variation(plain, seed: 4, epoch: 3, position: position).crop(of: 7) == expected)
            expected.quarterTurns = next(4)
            #expect(Variation(turning, seed: 4, epoch: 3, position: position).crop(of: 7) == expected)
        }
    }

    @Test(
        arguments: [
            .imageNet, .centre, .cifar, Augmentation(.random(shorterSide: 20), mirror: .alternating),
            Augmentation(.moved(padding: 0, border: .reflect), jitter: ColourJitter(contrast: 0.5)),
        ] as [Augmentation])
    func aTurnedPictureIsTheOneWithoutTurnsTurned(plain: Augmentation) throws {
        var random = SplitMix64(seed: 6)
        let bytes = try Image.random(width: 31, height: 24, using: &random).pngData()
        func square(_ variation: Variation) throws -> Image {
            var pixels = [UInt8](repeating: 0, count: 16 * 16 * 3)
            var span = pixels.mutableSpan
            try PictureCutter().cut(
                bytes.span.bytes, path: "a", sample: 3, varied: variation, side: 16, into: &span,
                cancellation: Cancellation())
            return Image(width: 16, height: 16, pixelsHWC: pixels)
        }
        var turning = plain
        turning.turns = true
        var seen: Set<Int> = []
        for position in 0..<40 {
            let variation = Variation(turning, seed: 1, epoch: 1, position: position)
            let turns = variation.frame(of: 3, width: 31, height: 24, side: 16).crop.quarterTurns
            seen.insert(turns)
            let before = try square(Variation(plain, seed: 1, epoch: 1, position: position))
            #expect(try square(variation) == turned(before, turns))
        }
        #expect(seen == [0, 1, 2, 3])
    }

    @Test func tilesThatAreNoSquaresAreRefusedBeforeTheyAreTurned() throws {
        let folder = try TemporaryFolder()
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 7, tileHeight: 5, classNames: ["a"])
        try writer.append(Image(width: 7, height: 5), label: 0)
        try writer.commit()
        let loader = BatchLoader(
            source: try TilePack(opening: folder.file("a")), side: 7, batchSize: 1, seed: 1, epoch: 0,
            augmentation: turning)
        let error = #expect(throws: RecordsError.self) { try loader.next() }
        #expect(error?.code == .unsuitable)
        #expect(error?.cause == "its tiles have 7×5 pixels, not 7×7")
    }

    // MARK: Mirrors

    private func isMirrored(_ mirror: Augmentation.Mirror, epoch: Int, sample: Int) -> Bool {
        let augmentation = Augmentation(.moved(padding: 0, border: .black), mirror: mirror)
        return Variation(augmentation, seed: 9, epoch: epoch, position: sample * 7 % 100).crop(of: sample)?
            .mirrored
            ?? false
    }

    @Test func alternatingMirrorsShowEachSampleBothWaysInTurn() {
        for epoch in 0..<4 {
            let mirrored = (0..<1000).filter { isMirrored(.alternating, epoch: epoch, sample: $0) }
            #expect((430...570).contains(mirrored.count))
            for sample in 0..<1000 {
                let next = isMirrored(.alternating, epoch: epoch + 1, sample: sample)
                #expect(next != isMirrored(.alternating, epoch: epoch, sample: sample))
            }
        }
        #expect((0..<1000).allSatisfy { !isMirrored(.none, epoch: 1, sample: $0) })
    }

    // MARK: Pictures of any size

    private func frames(_ cut: Augmentation.Cut, width: Int, height: Int, side: Int) -> [Frame] {
        (0..<2000).map { position in
            Variation(Augmentation(cut), seed: 3, epoch: 1, position: position)
                .frame(of: position, width: width, height: height, side: side)
        }
    }

    @Test func randomResizedCropsHaveTheSharesAndShapesAskedFor() {
        let (width, height) = (300, 200)
        let frames = frames(
            .randomResized(scale: 0.2...0.5, ratio: 0.5...2), width: width, height: height, side: 64)
        var areas: [Double] = []
        for frame in frames {
            let rect = frame.visible
            #expect(frame.box == PixelBox(rect) && frame.crop == .whole)
            #expect(PixelRect(x: 0, y: 0, width: width, height: height).contains(rect))
            let share = Double(rect.area) / Double(width * height)
            let ratio = Double(rect.width) / Double(rect.height)
            // Sides are rounded to whole pixels.
            #expect(share > 0.19 && share < 0.51 && ratio > 0.49 && ratio < 2.05)
            areas.append(share)
        }
        // The mean of uniform shares; shapes that do not fit take away some of the large ones.
        let mean = areas.reduce(0, +) / Double(areas.count)
        #expect(mean > 0.33 && mean < 0.36)
        #expect(Set(frames.map(\.visible.x0)).count > 100 && Set(frames.map(\.visible.y0)).count > 60)
        #expect(frames.contains { $0.visible.x0 == 0 } && frames.contains { $0.visible.x1 == width })
    }

    /// No rectangle of such a shape fits.
    @Test(arguments: [
        (1000, 10, PixelRect(x: 493, y: 0, width: 13, height: 10)),
        (10, 1000, PixelRect(x: 0, y: 493, width: 10, height: 13)),
        (1, 1, PixelRect(x: 0, y: 0, width: 1, height: 1)),
    ])
    func fallsBackToTheCentre(width: Int, height: Int, rect: PixelRect) {
        let frames = frames(
            .randomResized(scale: 0.99...1, ratio: 0.75...4.0 / 3), width: width, height: height, side: 8)
        #expect(frames.allSatisfy { $0.visible == rect })
    }

    @Test(arguments: [(500, 375, 38.0, 0.0), (375, 500, 0.0, 38.0), (256, 256, 16.0, 16.0)])
    func theCentreIsThatOfTorchvision(width: Int, height: Int, x: Double, y: Double) {
        // Resize(256): 341x256; CenterCrop(224): from 58, 16.
        let frame = frames(.centre(shorterSide: nil), width: width, height: height, side: 224)[0]
        let resized = width > height ? (341.0, 256.0) : width < height ? (256, 341) : (256, 256)
        let corner = width > height ? (58.0, 16.0) : width < height ? (16, 58) : (16, 16)
        let scale = (Double(width) / resized.0, Double(height) / resized.1)
        #expect(
            abs(frame.box.x0 - corner.0 * scale.0) < 1e-9 && abs(frame.box.y0 - corner.1 * scale.1) < 1e-9)
        #expect(abs(frame.box.width - 224 * scale.0) < 1e-9 && abs(frame.box.height - 224 * scale.1) < 1e-9)
        #expect(frame.visible == PixelRect(x: 0, y: 0, width: width, height: height))
    }

    @Test func randomCropsOfAResizedPictureReachAllOfIt() {
        let frames = frames(.random(shorterSide: 40), width: 100, height: 50, side: 32)
        // 80 x 40: 49 x 9 places.
        #expect(Set(frames.map(\.box.x0)).count == 49 && Set(frames.map(\.box.y0)).count == 9)
        for frame in frames {
            #expect(abs(frame.box.width - 40) < 1e-9 && abs(frame.box.height - 40) < 1e-9)
            #expect(frame.box.x1 <= 100 && frame.box.y1 <= 50)
        }
    }

    /// A part of the resized picture is what it is in the whole resized picture.
    @Test(arguments: UInt64(0)..<10) func aCropOfAResizedPictureIsTakenBeforeIt(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let image = Image.random(
            width: .random(in: 20...70, using: &random), height: .random(in: 20...70, using: &random),
            using: &random)
        let bytes = try image.pngData()
        let shorter = Int.random(in: 16...90, using: &random)
        let short = min(image.width, image.height)
        let whole = image.resized(
            width: image.width <= image.height ? shorter : shorter * image.width / short,
            height: image.width <= image.height ? shorter * image.height / short : shorter)
        let side = Int.random(in: 8...16, using: &random)
        let variation = Variation(
            Augmentation(.random(shorterSide: shorter), mirror: .random), seed: seed, epoch: 0, position: 5)
        let frame = variation.frame(of: 0, width: image.width, height: image.height, side: side)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var span = pixels.mutableSpan
        try PictureCutter().cut(
            bytes.span.bytes, path: "a", sample: 0, varied: variation, side: side, into: &span,
            cancellation: Cancellation())
        let x = Int((frame.box.x0 * Double(whole.width) / Double(image.width)).rounded())
        let y = Int((frame.box.y0 * Double(whole.height) / Double(image.height)).rounded())
        let square = whole.cropped(to: PixelRect(x: x, y: y, width: side, height: side))
        let expected = plainly(square, frame.crop)
        #expect(zip(pixels, expected.pixelsHWC).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        #expect(zip(pixels, expected.pixelsHWC).filter { $0 != $1 }.count <= pixels.count / 100)
    }

    @Test func aCutOfATileIsThatOfThePictureInTheFile() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let tile = Image.random(width: 20, height: 20, using: &random)
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 20, tileHeight: 20, classNames: ["a"])
        try writer.append(tile, label: 0)
        try writer.commit()
        let (pack, bytes) = (try TilePack(opening: folder.file("a")), try tile.pngData())
        for augmentation in [Augmentation.imageNet, .centre, Augmentation(padding: 3, mirror: true)] {
            for position in 0..<10 {
                let variation = Variation(augmentation, seed: 1, epoch: 1, position: position)
                var (ofTile, ofFile) = (
                    [UInt8](repeating: 0, count: 1200), [UInt8](repeating: 1, count: 1200)
                )
                var tileSpan = ofTile.mutableSpan
                var fileSpan = ofFile.mutableSpan
                try pack.write(0, varied: variation, side: 20, into: &tileSpan)
                try PictureCutter().cut(
                    bytes.span.bytes, path: "a", sample: 0, varied: variation, side: 20, into: &fileSpan,
                    cancellation: Cancellation())
                #expect(ofTile == ofFile)
            }
        }
    }

    @Test(arguments: [
        (Augmentation.none, true), (.cifar, true), (.imageNet, true), (.centre, true),
        (Augmentation(.centre(shorterSide: 31)), false), (Augmentation(.random(shorterSide: 32)), true),
        (Augmentation(.moved(padding: -1, border: .black)), false),
        (Augmentation(.randomResized(scale: 0...1, ratio: 1...1)), false),
        (Augmentation(.randomResized(scale: 0.1...1.5, ratio: 1...1)), false),
        (Augmentation(.randomResized(scale: 0.1...1, ratio: 0...1)), false),
    ])
    func objectsToWhatCannotBe(augmentation: Augmentation, isPossible: Bool) {
        #expect((augmentation.objection(toSide: 32) == nil) == isPossible)
    }

    @Test func aPlanKeepsIt() throws {
        for augmentation in [
            Augmentation.none, .cifar, .imageNet, .centre,
            Augmentation(
                .random(shorterSide: 40), mirror: .alternating,
                jitter: ColourJitter(brightness: 0.4, saturation: 0.2)),
            Augmentation(.moved(padding: 2, border: .reflect)), turning,
        ] {
            let text = try JSONEncoder().encode(augmentation)
            #expect(try JSONDecoder().decode(Augmentation.self, from: text) == augmentation)
        }
    }

    @Test func aPlanOfAVersionWithoutTurnsHasNone() throws {
        let json = #"{"cut":{"moved":{"padding":4,"border":"black"}},"mirror":"random"}"#
        #expect(try JSONDecoder().decode(Augmentation.self, from: Data(json.utf8)) == .cifar)
    }
}
