import Bytes
import Files
import Foundation
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// Squares of pictures that lie in files.
@Suite struct PictureFilesTests {
    /// `Golden/pictures.py` made it.
    private struct GoldenFile: Decodable {
        struct Picture: Decodable {
            var kind: String
            var bytes: Data
            var square: Data
        }
        var side: Int
        var pictures: [Picture]
    }

    private func golden() throws -> GoldenFile {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/pictures.json")
        return try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: file))
    }

    private func square(_ files: PictureFiles, _ sample: Int = 0, side: Int) throws -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var span = pixels.mutableSpan
        try files.write(
            sample, varied: Variation(files.evaluation, seed: 0, epoch: 0, position: sample), side: side,
            into: &span)
        return pixels
    }

    private static func noise(width: Int, height: Int) -> Image {
        var random = SplitMix64(seed: 1)
        return .random(width: width, height: height, using: &random)
    }

    private func memory(_ bytes: some Sequence<UInt8>) -> [PictureFiles.Picture] {
        [.memory(Array(bytes), name: "a picture")]
    }

    /// Equal but for the rounding between the two passes of a resize, where a picture lies on its side.
    @Test func everyKindIsCutAsPILAndTorchvisionDo() throws {
        let golden = try golden()
        for picture in golden.pictures {
            let ours = try square(PictureFiles(memory(picture.bytes)), side: golden.side)
            let differences = zip(ours, picture.square).map { abs(Int($0) - Int($1)) }
            #expect(ours.count == picture.square.count)
            #expect((differences.max() ?? 255) <= 1, "\(picture.kind): \(differences.max() ?? 0)")
        }
    }

    /// What timm's evaluation makes of pictures; `Golden/framings.py` made it.
    private struct GoldenFramings: Decodable {
        struct Square: Decodable {
            var mode: Framing.Mode
            var length: Int
            var filter: ResizeFilter
            var square: Data
        }
        struct Picture: Decodable {
            var bytes: Data
            var squares: [Square]
        }
        var side: Int
        var fill: [UInt8]
        var pictures: [Picture]
    }

    private func framings() throws -> GoldenFramings {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/framings.json")
        return try JSONDecoder().decode(GoldenFramings.self, from: Data(contentsOf: file))
    }

    /// Centre, both sides alike, and with a border; from records, too, where the picture is not turned.
    @Test func aFramingMakesTheSquaresOfTimm() throws {
        let golden = try framings()
        let folder = try TemporaryFolder()
        for (index, picture) in golden.pictures.enumerated() {
            let bytes = Array(picture.bytes)
            let isTurned = Orientation(of: bytes.span.bytes) != .upright
            for way in picture.squares {
                let framing = Framing(
                    way.mode, length: way.length, filter: way.filter,
                    fill: way.mode == .border ? golden.fill : nil)
                #expect(framing.objection(toSide: golden.side) == nil)
                let ours = try square(
                    PictureFiles(memory(picture.bytes), framing: framing), side: golden.side)
                let differences = zip(ours, way.square).map { abs(Int($0) - Int($1)) }
                #expect(
                    ours.count == way.square.count && (differences.max() ?? 255) <= 1,
                    "picture \(index), \(way.mode) \(way.length) \(way.filter): \(differences.max() ?? 0)")
                guard !isTurned else { continue }
                let record = ImageRecordHeader(labels: [0], id: 0).encoded() + picture.bytes
                let path = try folder.write(RecordIO.encoded(record.span.bytes), to: "a.rec")
                let samples = try openSamples(path, framing: framing)
                var pixels = [UInt8](repeating: 0, count: ours.count)
                var span = pixels.mutableSpan
                try samples.write(
                    0, varied: Variation(samples.evaluation, seed: 0, epoch: 0, position: 0),
                    side: golden.side, into: &span, cancellation: Cancellation())
                #expect(pixels == ours)
            }
        }
    }

    /// The same rule for all models, so that a tile counts the same in every file. Only `shorterSide` is for all pictures.
    @Test func aFramingLeavesAPictureOfTheNetworksSizeAsItIs() throws {
        let tile = Self.noise(width: 20, height: 20)
        let framing = Framing(.squash, length: 25, filter: .bicubic)
        #expect(
            try square(PictureFiles(memory(tile.pngData()), framing: framing), side: 20) == tile.pixelsHWC)
    }

    @Test func aFramingThatMakesNoSquareIsRefused() {
        #expect(Framing(.centre, length: 20, filter: .bilinear).objection(toSide: 20) == nil)
        #expect(Framing(.centre, length: 19, filter: .bilinear).objection(toSide: 20) != nil)
        #expect(Framing(.squash, length: 19, filter: .bilinear).objection(toSide: 20) != nil)
        #expect(
            Framing(.border, length: 19, filter: .bilinear, fill: [1, 2, 3]).objection(toSide: 20) == nil)
        #expect(Framing(.border, length: 19, filter: .bilinear).objection(toSide: 20) != nil)
        #expect(Framing(.border, length: 19, filter: .bilinear, fill: [1, 2]).objection(toSide: 20) != nil)
        #expect(Framing(.centre, length: 1 << 20, filter: .bilinear).objection(toSide: 20) != nil)
    }

    @Test func theOrientationMayBeIgnored() throws {
        let golden = try golden()
        let pictures = golden.pictures.filter { $0.kind.hasPrefix("PNG orientation") }
        let squares = try pictures.map {
            try square(PictureFiles(memory($0.bytes), turnsUpright: false), side: golden.side)
        }
        #expect(squares.count == 8 && Set(squares).count == 1)
        #expect(squares[0] == Array(pictures[0].square))
    }

    @Test func aPictureOfTheNetworksSizeIsTakenAsItIs() throws {
        let tile = Self.noise(width: 20, height: 20)
        let bytes = try tile.pngData()
        #expect(try square(PictureFiles(memory(bytes)), side: 20) == tile.pixelsHWC)
        #expect(try square(PictureFiles(memory(bytes), shorterSide: 24), side: 20) != tile.pixelsHWC)
    }

    @Test func fiveViewsAreTheCornersAndTheCentre() throws {
        let picture = Self.noise(width: 30, height: 24)
        let views = PictureFiles.View.five
        let files = PictureFiles(
            memory(try picture.pngData()), views: views + views.map(\.mirrored), shorterSide: 24)
        let places = [(0, 0), (10, 0), (0, 4), (10, 4), (5, 2)]
        for (sample, place) in places.enumerated() {
            let cropped = picture.cropped(to: PixelRect(x: place.0, y: place.1, width: 20, height: 20))
            #expect(try square(files, sample, side: 20) == cropped.pixelsHWC)
            let mirrored = (0..<400).flatMap { index in
                let pixel = (index / 20 * 20 + 19 - index % 20) * 3
                return cropped.pixelsHWC[pixel..<pixel + 3]
            }
            #expect(try square(files, sample + 5, side: 20) == mirrored)
        }
    }

    /// 25 million pixels: more than are held at once.
    @Test func largePicturesAreAveragedOnTheWay() throws {
        let folder = try TemporaryFolder()
        let (path, side, colours) = (folder.file("large.tif"), 5000, [UInt8(200), 40])
        var writer = try TiledTIFFWriter(.replacing(path), width: side, height: side)
        let row = (0..<side).flatMap { [UInt8](repeating: colours[$0 < side / 2 ? 0 : 1], count: 3) }
        let band = Image(width: side, height: 500, pixelsHWC: (0..<500).flatMap { _ in row })
        for y in stride(from: 0, to: side, by: 500) { try writer.write(band, x: 0, y: y) }
        try writer.commit()
        let pixels = try square(PictureFiles([.file(Address(path))]), side: 56)
        #expect((0..<26).allSatisfy { pixels[$0 * 3] == colours[0] })
        #expect((30..<56).allSatisfy { pixels[$0 * 3] == colours[1] })
        // Beside the border an eighth comes from beyond it.
        #expect(abs(Int(pixels[27 * 3]) - 180) <= 2 && abs(Int(pixels[28 * 3]) - 60) <= 2)
    }

    @Test(arguments: UInt64(0)..<20) func nonsenseInTheHeaderIsNoOrientation(seed: UInt64) throws {
        let golden = try golden()
        var random = SplitMix64(seed: seed)
        for picture in golden.pictures where picture.kind.contains("orientation") {
            var bytes = Array(picture.bytes)
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<min(120, bytes.count), using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            let cut = Array(bytes[..<Int.random(in: 0...bytes.count, using: &random)])
            #expect((1...8).contains(Orientation(of: cut.span.bytes).tag))
            _ = try? square(PictureFiles(memory(bytes)), side: 20)
        }
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let missing = #expect(throws: RecordsError.self) {
            _ = try square(PictureFiles([.file(Address("/none/cat.jpg"))]), side: 20)
        }
        #expect(missing?.path == "/none/cat.jpg")
        let nothing = #expect(throws: RecordsError.self) {
            _ = try square(PictureFiles(memory([1, 2, 3])), side: 20)
        }
        #expect(nothing?.path == "a picture")
    }
}
