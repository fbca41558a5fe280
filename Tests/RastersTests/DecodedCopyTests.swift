import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Scenes that cannot be read in parts: decoded once where that saves work, with the same pixels.
@Suite struct DecodedCopyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let kinds = [
        "grey.jpg", "colours.jpg", "inks.jpg", "opaque.png", "glass.png", "words.png", "palette.gif",
        "interlaced.png",
        "strip.tif", "masked.tif",
    ]

    private func write(_ name: String) throws -> String {
        let path = folder.file(name)
        let (width, height) = name == "strip.tif" ? (24, 2100) : (120, 90)
        let noise = Image.noise(width: width * 2, height: height, seed: 7).pixelsHWC.map(Double.init)
        func raster(_ bandCount: Int, _ type: GDALDataType = GDT_Byte, _ options: [String] = []) -> TestRaster
        {
            let largest = type == GDT_UInt16 ? 257.0 : 1
            return TestRaster(
                width: width, height: height, type: type, bandCount: bandCount,
                samples: noise.prefix(width * height * bandCount).map { $0 * largest }, options: options)
        }
        switch name {
        case "grey.jpg": try raster(1).write(to: path, driver: "JPEG")
        case "colours.jpg": try raster(3).write(to: path, driver: "JPEG")
        case "inks.jpg": try raster(4).write(to: path, driver: "JPEG")
        case "opaque.png": try raster(3).write(to: path, driver: "PNG")
        case "glass.png": try raster(4).write(to: path, driver: "PNG")
        case "words.png": try raster(3, GDT_UInt16).write(to: path, driver: "PNG")
        case "palette.gif":
            var raster = raster(1)
            raster.palette = (0..<256).map { RGB(UInt8($0), UInt8(255 - $0), 9) }
            try raster.write(to: path, driver: "GIF")
        case "interlaced.png":
            let bytes = PictureBytes.png(
                width: width, height: height, pixelsHWC: noise.prefix(width * height * 3).map { UInt8($0) },
                isInterlaced: true)
            _ = try folder.write(bytes, to: name)
        case "strip.tif": try raster(3, GDT_Byte, ["COMPRESS=DEFLATE", "BLOCKYSIZE=2100"]).write(to: path)
        default:
            try raster(3, GDT_Byte, ["COMPRESS=DEFLATE"]).write(to: path)
            try addMask(to: path, height: height)
        }
        return path
    }

    /// The upper half is there.
    private func addMask(to path: String, height: Int) throws {
        let dataset = try #require(GDALOpen(path, GA_Update))
        defer { GDALClose(dataset) }
        #expect(GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET) == CE_None)
        var mask = (0..<120 * height).map { UInt8($0 < 120 * height / 2 ? 255 : 0) }
        let band = GDALGetMaskBand(GDALGetRasterBand(dataset, 1))
        let rows = Int32(height)
        #expect(GDALRasterIO(band, GF_Write, 0, 0, 120, rows, &mask, 120, rows, GDT_Byte, 0, 0) == CE_None)
    }

    @Test(arguments: kinds) func readersThatBeginAtTheEndHaveTheSamePixelsDecodedOnce(name: String) throws {
        let scene = try Scene(opening: Address(write(name)))
        let whole = try Image(reading: scene.address.description)
        let part = PixelRect(x: 3, y: scene.height - 20, width: 17, height: 20)
        for _ in 0..<4 { #expect(try scene.open().read(part) == whole.cropped(to: part), "\(name)") }
        #expect(scene.isDecoded == (name != "masked.tif"))
        #expect(try scene.open().read(scene.bounds) == whole, "\(name)")
        #expect(
            try scene.open().overview(maxSide: 30) == Raster(opening: scene.address).overview(maxSide: 30))
    }

    @Test(arguments: kinds) func onePassInOrderNeedsNoCopy(name: String) throws {
        let scene = try Scene(opening: Address(write(name)))
        let whole = try Image(reading: scene.address.description)
        for _ in 0..<3 {
            let raster = try scene.open()
            for y in stride(from: 0, to: scene.height, by: 15) {
                let band = PixelRect(x: 0, y: y, width: scene.width, height: min(15, scene.height - y))
                #expect(try raster.read(band) == whole.cropped(to: band))
            }
        }
        #expect(!scene.isDecoded, "\(name)")
    }

    @Test func whatLiesBeforeTheDamageIsReadAndTheRestIsAnError() throws {
        let bytes = try Data(contentsOf: URL(filePath: write("colours.jpg")))
        let path = try folder.write(Array(bytes.prefix(bytes.count / 2)), to: "cut.jpg")
        let whole = try Image(reading: folder.file("colours.jpg"))
        let scene = try Scene(opening: Address(path))
        let (top, end) = (
            PixelRect(x: 0, y: 0, width: 120, height: 16), PixelRect(x: 0, y: 70, width: 9, height: 20)
        )
        for _ in 0..<4 {
            let error = #expect(throws: RasterError.self) { try scene.open().read(end) }
            #expect(error?.code == .cannotRead)
            #expect(try scene.open().read(top) == whole.cropped(to: top))
        }
        #expect(scene.isDecoded)
    }

    /// Where the same rows are lost, with a copy and without.
    @Test func aCopyLosesTheRowsThatItsFileLoses() throws {
        let bytes = try Data(contentsOf: URL(filePath: write("colours.jpg")))
        let path = try folder.write(Array(bytes.prefix(bytes.count / 2)), to: "cut.jpg")
        func read(isDecoded: Bool) throws -> ReadPart {
            let scene = try Scene(opening: Address(path))
            while isDecoded, !scene.isDecoded {
                #expect(throws: RasterError.self) {
                    try scene.open().read(PixelRect(x: 0, y: 80, width: 120, height: 10))
                }
            }
            var reader = try SceneReader(scene)
            return try reader.read(scene.bounds, cancellation: Cancellation())
        }
        let (plain, copied) = (try read(isDecoded: false), try read(isDecoded: true))
        #expect(copied == plain && plain.lost.count == 1)
        let first = try #require(plain.lost.first).bounds.y0
        #expect((16...60).contains(first), "\(first)")
    }

    /// Two strips of JPEG data that GDAL's cache does not keep; the second one ends in its middle.
    private func largeStrips() throws -> (path: String, offset: Int, byteCount: Int) {
        let path = folder.file("large.tif")
        let (width, height) = (20_000, 608)
        var pixels = (0..<width * 3 * height).map { UInt8(truncatingIfNeeded: $0 / 300) }
        GDAL.start()
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "INTERLEAVE=PIXEL", "BLOCKYSIZE=304"] {
            list = CSLAddString(list, option)
        }
        defer { CSLDestroy(list) }
        let (columns, rows) = (Int32(width), Int32(height))
        let made = try #require(
            GDALCreate(GDALGetDriverByName("GTiff"), path, columns, rows, 3, GDT_Byte, list))
        let status = pixels.withUnsafeMutableBytes {
            GDALDatasetRasterIOEx(
                made, GF_Write, 0, 0, columns, rows, $0.baseAddress, columns, rows, GDT_Byte, 3, nil, 3,
                Int64(width * 3), 1, nil)
        }
        #expect(status == CE_None)
        GDALClose(made)
        let dataset = try #require(GDALOpen(path, GA_ReadOnly))
        defer { GDALClose(dataset) }
        func number(_ name: String) -> Int? {
            GDALGetMetadataItem(GDALGetRasterBand(dataset, 1), name, "TIFF").flatMap {
                Int(String(cString: $0))
            }
        }
        return (path, try #require(number("BLOCK_OFFSET_0_1")), try #require(number("BLOCK_SIZE_0_1")))
    }

    @Test func aLargeStripThatIsDamagedIsLostAsAWhole() throws {
        let (path, offset, byteCount) = try largeStrips()
        let top = PixelRect(x: 0, y: 100, width: 60, height: 204)
        let whole = try Raster(opening: path).read(top)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes.replaceSubrange(offset + byteCount / 2..<offset + byteCount / 2 + 2, with: [0xFF, 0xD9])
        try bytes.write(to: URL(filePath: path))
        let scene = try Scene(opening: Address(path))
        #expect(scene.isReadInPlace)
        for _ in 0..<4 {
            // What was made up for one window stands in no cache for the next.
            for y in [304, 450, 590] {
                let part = PixelRect(x: 0, y: y, width: 60, height: 10)
                let error = #expect(throws: RasterError.self) { try scene.open().read(part) }
                #expect(error?.code == .cannotRead)
            }
            #expect(try scene.open().read(top) == whole)
        }
        #expect(scene.isDecoded)
    }

    @Test func aFileThatOthersUseIsMadeOnceAndGoesWithTheLast() throws {
        let contents = folder.path
        func scratch(_ make: (String) throws -> Bool) throws -> ScratchFile {
            try ScratchFile(contents, byteCount: 4, cancellation: Cancellation(), make: make)
        }
        func text(_ file: ScratchFile) throws -> String {
            try String(contentsOfFile: file.descriptorPath, encoding: .utf8)
        }
        var path = ""
        var first: ScratchFile? = try scratch {
            path = $0
            try Data("once".utf8).write(to: URL(filePath: $0), options: [])
            return true
        }
        var second: ScratchFile? = try scratch { _ in
            Issue.record("it was made again")
            return true
        }
        #expect(try text(#require(first)) == "once" && text(#require(second)) == "once")
        let name = try FileManager.default.destinationOfSymbolicLink(
            atPath: #require(second).descriptorPath)
        first = nil
        #expect(try text(#require(second)) == "once" && FileManager.default.fileExists(atPath: name))
        second = nil
        #expect(!FileManager.default.fileExists(atPath: name))
        #expect(path != name && !FileManager.default.fileExists(atPath: path))
    }

    @Test func aFileThatNobodyShallShareHasNoName() throws {
        var path = ""
        let file = try ScratchFile(folder.path, byteCount: 4, cancellation: Cancellation()) {
            path = $0
            try Data("mine".utf8).write(to: URL(filePath: $0))
            return false
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try String(contentsOfFile: file.descriptorPath, encoding: .utf8) == "mine")
    }

    @Test func whatDoesNotFitOnTheDiskIsRefusedWithBothSizes() throws {
        let error = try #require(throws: FileError.self) {
            try ScratchFile(folder.path, byteCount: (5 << 50) + (3 << 29), cancellation: Cancellation()) {
                _ in true
            }
        }
        #expect(error.code == .noSpace)
        #expect(error.cause.contains("they take 5242881.5 GiB") && error.cause.contains("TILESCOPE_CACHE"))
    }
}
