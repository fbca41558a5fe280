import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Files that are damaged in places: what can be read is right, and what cannot is told.
@Suite struct SceneReaderTests {
    private let folder: TemporaryFolder
    private static let (width, height) = (600, 500)

    init() throws { folder = try TemporaryFolder() }

    struct Form: CustomTestStringConvertible {
        var testDescription: String
        var driver: String
        var options: [String]
        var isLossy = false
    }

    static let forms = [
        Form(
            testDescription: "tiled deflate", driver: "GTiff",
            options: ["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"]),
        Form(
            testDescription: "tiled, a band at a time", driver: "GTiff",
            options: ["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "INTERLEAVE=BAND"]),
        Form(testDescription: "striped LZW", driver: "GTiff", options: ["COMPRESS=LZW", "BLOCKYSIZE=16"]),
        Form(testDescription: "not compressed", driver: "GTiff", options: ["BLOCKYSIZE=16"]),
        Form(
            testDescription: "JPEG in TIFF", driver: "GTiff",
            options: ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"],
            isLossy: true),
        Form(testDescription: "COG", driver: "COG", options: ["COMPRESS=DEFLATE", "BLOCKSIZE=128"]),
        Form(testDescription: "PNG", driver: "PNG", options: []),
        Form(testDescription: "JPEG", driver: "JPEG", options: ["QUALITY=90"], isLossy: true),
    ]

    /// A scene as it should be, and its file.
    private func scene(_ form: Form) throws -> (image: Image, path: String) {
        let image =
            form.isLossy
            ? Image.gradient(width: Self.width, height: Self.height)
            : Image.noise(width: Self.width, height: Self.height, seed: 3)
        let path = folder.file("scene")
        try TestRaster(
            width: Self.width, height: Self.height, bandCount: 3, samples: image.pixelsHWC.map(Double.init),
            options: form.options
                + (form.driver == "GTiff" ? ["PHOTOMETRIC=RGB"] : []).filter { _ in !form.isLossy }
        ).write(to: path, driver: form.driver)
        return (try Image(reading: path), path)
    }

    /// Overlapping parts, as a scan reads them, of a whole scene.
    private static func parts(width: Int, height: Int) -> [PixelRect] {
        stride(from: 0, to: height, by: 90).flatMap { y in
            stride(from: 0, to: width, by: 170).map { x in
                PixelRect(x0: x, y0: y, x1: min(x + 200, width), y1: min(y + 120, height))
            }
        }
    }

    /// Reads all parts in order, and holds each pixel that is not told as lost to what it should be.
    ///
    /// - Returns: the share of pixels that are lost.
    private func lostShare(
        _ path: String, of image: Image, view: SceneView? = nil, upTo end: Int = .max
    ) throws -> Double {
        var reader = try SceneReader(Scene(opening: Address(path), view: view))
        var lost = [Bool](repeating: false, count: image.width * image.height)
        var wrongCount = 0
        for part in Self.parts(width: image.width, height: image.height) {
            let read = try reader.read(part, cancellation: Cancellation())
            for y in part.y0..<part.y1 {
                for x in part.x0..<part.x1 {
                    let pixel = PixelRect(x: x, y: y, width: 1, height: 1)
                    if read.lost.contains(where: { $0.bounds.contains(pixel) }) {
                        lost[y * image.width + x] = true
                    } else if y < end, read.pixels.image[x - part.x0, y - part.y0] != image[x, y] {
                        wrongCount += 1
                    }
                }
            }
            #expect(read.lost.allSatisfy { !$0.error.cause.isEmpty })
        }
        #expect(wrongCount == 0)
        return Double(lost.count { $0 }) / Double(lost.count)
    }

    @Test(arguments: forms) func aWholeFileLosesNothing(form: Form) throws {
        let (image, path) = try scene(form)
        #expect(try lostShare(path, of: image) == 0)
    }

    /// libjpeg warns first, and says then that it does not know the marker; GDAL's read succeeds.
    @Test(arguments: [UInt8(0xAD), 0xC1, 0xE5]) func aMarkerInTheMiddleOfATileIsDamage(marker: UInt8) throws {
        let form = try #require(Self.forms.first { $0.testDescription == "JPEG in TIFF" })
        let (image, path) = try scene(form)
        var bytes = try folder.bytes("scene")
        // In the data of the tile that stands in the middle of the file.
        let middle = bytes.count / 2
        bytes.replaceSubrange(middle..<middle + 12, with: [3, 1, 4, 1, 5, 9, 2, 6, 0xFF, marker, 0, 2])
        _ = try folder.write(bytes, to: "scene")
        var reader = try SceneReader(Scene(opening: Address(path)))
        let whole = PixelRect(x0: 0, y0: 0, x1: image.width, y1: image.height)
        #expect(try !reader.read(whole, cancellation: Cancellation()).lost.isEmpty)
    }

    @Test(arguments: forms) func aFileThatIsCutOffKeepsWhatIsThere(form: Form) throws {
        let (image, path) = try scene(form)
        let bytes = try folder.bytes("scene")
        try Data(bytes[..<(bytes.count * 6 / 10)]).write(to: URL(filePath: path))
        let share = try lostShare(path, of: image)
        // What comes last is the blue of all pixels, or all of the last ones.
        let isByBand = form.options.contains("INTERLEAVE=BAND")
        #expect((isByBand ? 1...1 : 0.2...0.7).contains(share), "\(share)")
    }

    /// Of what lies behind the zeros some decodes to wrong pixels, and nobody says so.
    @Test(arguments: 1..<9) func aSectorOfZerosInAJPEGLosesWhatFollows(tenths: Int) throws {
        let image = Image.noise(width: Self.width, height: Self.height, seed: 3)
        var bytes = try image.jpegData(quality: 80)
        let path = try folder.write(bytes, to: "scene")
        let whole = try Image(reading: path)
        let start = bytes.count * tenths / 10
        for place in start..<start + 4096 { bytes[place] = 0 }
        try Data(bytes).write(to: URL(filePath: path))
        let share = try lostShare(path, of: whole)
        let expected = 1 - Double(tenths) / 10
        #expect((expected - 0.05...expected + 0.05).contains(share), "\(share)")
    }

    /// Data that is left over behind the last row says only that something is wrong.
    @Test func aJPEGWithDataLeftOverIsLost() throws {
        let bytes = try Image.noise(width: Self.width, height: Self.height, seed: 3).jpegData(quality: 80)
        for (count, share) in [(16, 0.0), (25, 1)] {
            let stray = (0..<count).map { UInt8($0 % 200 + 1) }
            let path = try folder.write(Array(bytes.dropLast(2)) + stray + [0xFF, 0xD9], to: "scene")
            #expect(try lostShare(path, of: Image(decoding: bytes.span.bytes)) == share)
        }
    }

    static let turnedViews: [SceneView] =
        (1...8).map { SceneView(orientation: $0) } + [
            SceneView(
                orientation: 6, scale: SceneScale(x: 0.5, y: 0.4, fullWidth: height, fullHeight: width)),
            SceneView(
                orientation: 3, scale: SceneScale(x: 1.7, y: 1.7, fullWidth: width, fullHeight: height)),
        ]

    /// Rows of the file are lost, whichever way it is turned: at the top, or at a side, of what is seen.
    @Test(arguments: forms.suffix(2), turnedViews)
    func aTurnedPictureThatIsCutOffKeepsWhatIsThere(form: Form, view: SceneView) throws {
        let (_, path) = try scene(form)
        let whole = try Raster(opening: Address(path), view: view)
        let image = try whole.read(whole.bounds)
        let bytes = try folder.bytes("scene")
        try Data(bytes[..<(bytes.count * 6 / 10)]).write(to: URL(filePath: path))
        let share = try lostShare(path, of: image, view: view)
        #expect((0.2...0.7).contains(share), "\(share)")
    }

    /// A PNG file with a chunk whose checksum is wrong.
    ///
    /// - Parameter end: where it is put: before pixels, or before the end.
    private func pngWithWrongChunk(_ type: String, beforeEnd: Bool) throws -> (image: Image, path: String) {
        let (image, path) = try scene(Self.forms[6])
        let bytes = try folder.bytes("scene")
        let place = beforeEnd ? bytes.count - 12 : 33
        let chunk: [UInt8] = [0, 0, 0, 6] + Array(type.utf8) + [0, 1, 0, 1, 0, 1] + [1, 2, 3, 4]
        try Data(bytes[..<place] + chunk + bytes[place...]).write(to: URL(filePath: path))
        return (image, path)
    }

    @Test(arguments: ["tEXt", "tIME", "teSt"], [false, true])
    func aWrongChecksumOfAChunkWithoutPixelsLosesNothing(type: String, beforeEnd: Bool) throws {
        let (image, path) = try pngWithWrongChunk(type, beforeEnd: beforeEnd)
        #expect(try lostShare(path, of: image) == 0)
    }

    @Test func aWrongTransparencyLosesThePixelsThatItIsAbout() throws {
        let (image, path) = try pngWithWrongChunk("tRNS", beforeEnd: false)
        #expect(try lostShare(path, of: image) == 1)
    }

    /// The checksum of a chunk is about its type, too.
    @Test func pixelsThatAreCalledSomethingElseAreLostWithWhatFollows() throws {
        let (image, path) = try scene(Self.forms[6])
        var bytes = try folder.bytes("scene")
        let starts = bytes.indices.dropLast(4).filter { bytes[$0..<$0 + 4].elementsEqual("IDAT".utf8) }
        try #require(starts.count > 4)
        bytes[starts[starts.count / 2]] |= 0x20
        try Data(bytes).write(to: URL(filePath: path))
        let share = try lostShare(path, of: image)
        #expect((0.3...0.7).contains(share), "\(share)")
    }

    /// Of data without checksums only some changes can be noticed: here the first bytes of a tile or a strip are no beginning of one.
    @Test(arguments: forms.filter { $0.testDescription != "not compressed" })
    func bytesThatWereChangedCostTheirStoredBlock(form: Form) throws {
        let (image, path) = try scene(form)
        let isInPlace = try Scene(opening: Address(path)).isReadInPlace
        var bytes = try folder.bytes("scene")
        let place = isInPlace ? try blockOffset(path) : bytes.count / 2
        for index in place..<place + (isInPlace ? 64 : 300) {
            bytes[index] = isInPlace ? 0xFF : ~bytes[index]
        }
        try Data(bytes).write(to: URL(filePath: path))
        // A JPEG decoder may go on with wrong colours for some rows before it finds that it has lost its way.
        let share = try lostShare(
            path, of: image, upTo: form.driver == "JPEG" ? Self.height * 4 / 10 : .max)
        #expect((isInPlace ? 0.01...0.1 : 0.3...0.7).contains(share), "\(share)")
    }

    /// Where a stored block in the middle of the picture begins in its file.
    private func blockOffset(_ path: String) throws -> Int {
        let dataset = try #require(GDALOpen(path, GA_ReadOnly))
        defer { GDALClose(dataset) }
        let band = GDALGetRasterBand(dataset, 1)
        let names: [String] = ["BLOCK_OFFSET_2_2", "BLOCK_OFFSET_0_15"]
        let texts: [String] = names.compactMap { (name: String) -> String? in
            GDALGetMetadataItem(band, name, "TIFF").map { String(cString: $0) }
        }
        return try #require(texts.first.flatMap { Int($0) })
    }

    /// What the decoder of one part made up must not come out of a cache as a part of another.
    @Test(arguments: [true, false]) func aVirtualRasterLosesWhatItsSourceLacks(isMissing: Bool) throws {
        let (_, path) = try scene(Self.forms[4])
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("source.tif"))
        let (width, height) = (Self.width, Self.height)
        let bands = (1...3).map { band in
            """
            <VRTRasterBand dataType="Byte" band="\(band)"><ColorInterp>\(["Red", "Green", "Blue"][band - 1])</ColorInterp>
            <SimpleSource><SourceFilename relativeToVRT="1">source.tif</SourceFilename><SourceBand>\(band)</SourceBand>
            <SrcRect xOff="0" yOff="0" xSize="\(width)" ySize="\(height)"/>
            <DstRect xOff="200" yOff="200" xSize="\(width)" ySize="\(height)"/></SimpleSource></VRTRasterBand>
            """
        }
        try Data(
            "<VRTDataset rasterXSize=\"\(width)\" rasterYSize=\"\(height)\">\(bands.joined())</VRTDataset>"
                .utf8
        ).write(to: URL(filePath: folder.file("scene.vrt")))
        let whole = try Image(reading: folder.file("scene.vrt"))
        if isMissing {
            try FileManager.default.removeItem(atPath: folder.file("source.tif"))
        } else {
            var bytes = try folder.bytes("source.tif")
            bytes.replaceSubrange(bytes.count / 2..<bytes.count / 2 + 2, with: [0xFF, 0xD9])
            try Data(bytes).write(to: URL(filePath: folder.file("source.tif")))
        }
        let share = try lostShare(folder.file("scene.vrt"), of: whole)
        #expect((isMissing ? 0.5...0.7 : 0.01...0.4).contains(share), "\(share)")
    }

    /// Each of its parts would else be decoded from the beginning, again and again.
    @Test func aCutOffPictureIsNotDecodedAgainForEachPart() throws {
        let (image, path) = try scene(Self.forms[7])
        let bytes = try folder.bytes("scene")
        try Data(bytes[..<(bytes.count / 10)]).write(to: URL(filePath: path))
        var reader = try SceneReader(Scene(opening: Address(path)))
        let first = try reader.read(
            PixelRect(x0: 0, y0: 0, x1: image.width, y1: image.height), cancellation: Cancellation())
        let lost = try #require(first.lost.first)
        #expect(first.lost.count == 1 && lost.bounds.y0 > 0 && lost.bounds.y1 == image.height)
        // Nobody needs the file for what is known to be lost.
        unlink(path)
        let guards = Result { try reader.read(lost.bounds, cancellation: Cancellation()) }
        #expect(try guards.get().lost == first.lost)
    }
}
