import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Pictures that ask for more than anybody has, and decodes that somebody ends.
@Suite struct BoundedDecodingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What decoding in memory and reading as a scene say.
    private func errors(of bytes: [UInt8], named name: String) throws -> [RasterError] {
        let path = try folder.write(bytes, to: name)
        return [
            try #require(throws: RasterError.self) { _ = try Image(decoding: bytes.span.bytes, path: path) },
            try #require(throws: RasterError.self) { _ = try Image(reading: path) },
        ]
    }

    @Test func aTileLargerThanTheMemoryIsRefused() throws {
        let bytes = PictureBytes.tiff(
            width: 20_000, height: 20_000,
            tags: [
                258: 8, 259: 1, 262: 1, 277: 1, 322: 1 << 16, 323: 1 << 15, 324: 0, 325: 0,
            ])
        #expect(bytes.count < 160)
        for error in try errors(of: bytes, named: "tile.tif") {
            #expect(
                error.cause.contains("it takes 4.3 GB of memory at once; the limit is 2.1 GB"), "\(error)")
            #expect(error.operation.contains("65536x32768"))
        }
    }

    @Test func sidesThatOverflowAreAnError() throws {
        for side in [1 << 16, (1 << 31) - 16] {
            let tags = [258: 16, 259: 1, 262: 1, 277: 1, 322: side, 323: side, 324: 0, 325: 0]
            let bytes = PictureBytes.tiff(width: (1 << 31) - 1, height: (1 << 31) - 1, tags: tags)
            _ = try errors(of: bytes, named: "tile.tif")
        }
    }

    /// GDAL decodes all of a larger one for each part.
    @Test func aLargeInterlacedPNGIsRefused() throws {
        let bytes = PictureBytes.png(width: 12_000, height: 12_000, isInterlaced: true, data: [0x78, 1, 0])
        for error in try errors(of: bytes, named: "interlaced.png") {
            #expect(error.code == .unsupported && error.cause.contains("0.4 GB"), "\(error)")
            #expect(error.cause.contains("without interlacing"))
        }
    }

    @Test func anInterlacedPNGHasThePixelsOfAPlainOne() throws {
        let image = Image.noise(width: 37, height: 21, seed: 5)
        for isInterlaced in [false, true] {
            let bytes = PictureBytes.png(
                width: 37, height: 21, pixelsHWC: image.pixelsHWC, isInterlaced: isInterlaced)
            #expect(try Image(decoding: bytes.span.bytes) == image)
            #expect(try Image(reading: folder.write(bytes, to: "a.png")) == image)
            _ = try errors(of: Array(bytes[..<(bytes.count * 2 / 3)]), named: "cut.png")
        }
    }

    @Test func moreBandsThanAnybodyDecodesAreRefused() throws {
        let path = folder.file("bands.tif")
        try TestRaster.writeEmptyTIFF(to: path, side: 12_000, bandCount: 20)
        let error = try #require(throws: RasterError.self) { _ = try Image(pictureAt: Address(path)) }
        #expect(error.cause.contains("5.8 GB would have to be decoded; the limit is 4.3 GB"), "\(error)")
        // A scene is read window by window.
        #expect(
            try Raster(opening: path).read(PixelRect(x: 0, y: 0, width: 9, height: 9))[0, 0] == RGB(0, 0, 0))
    }

    @Test func stripsMakeTheSamePictureAsOneRead() throws {
        let (width, height) = (2100, 2100)
        var samples = [Double](repeating: 0, count: width * height)
        for index in samples.indices { samples[index] = Double(index % 65_521) }
        let path = folder.file("grey.tif")
        try TestRaster(width: width, height: height, type: GDT_UInt16, bandCount: 1, samples: samples)
            .write(to: path)
        let image = try Image(reading: path)
        for y in [0, 1996, 1997, 1998, 2099] {
            for x in [0, 1000, 2099] {
                let sample = (y * width + x) % 65_521
                #expect(image[x, y].red == UInt8((sample * 255 + 32_767) / 65_535), "\(x),\(y)")
            }
        }
    }

    // MARK: Interruptions

    /// The request comes when the decoder knows the picture's size.
    private func errorOfInterrupting(_ bytes: [UInt8]) throws -> RasterError {
        let cancellation = Cancellation()
        return try #require(throws: RasterError.self) {
            _ = try ImageDecoder().decode(
                bytes.span.bytes, path: "a", cancellation: cancellation
            ) { width, height in
                cancellation.request()
                return DecodingRequest(PixelRect(x: 0, y: 0, width: width, height: height))
            }
        }
    }

    @Test func aRequestEndsADecode() throws {
        let image = Image.gradient(width: 64, height: 64)
        for bytes in [try image.jpegData(quality: 90), try image.pngData()] {
            #expect(try errorOfInterrupting(bytes).code == .interrupted)
        }
    }

    @Test func theDecoderIsAsGoodAsBeforeARequest() throws {
        let decoder = try ImageDecoder()
        let bytes = try Image.gradient(width: 64, height: 64).jpegData(quality: 90)
        let cancellation = Cancellation()
        cancellation.request()
        #expect(throws: RasterError.self) {
            _ = try decoder.decode(bytes.span.bytes, path: "a", cancellation: cancellation) as Image
        }
        let image: Image = try decoder.decode(bytes.span.bytes, path: "a")
        #expect(try image == Image(decoding: bytes.span.bytes))
    }

    @Test func aRequestEndsAnOverview() throws {
        let path = folder.file("a.png")
        try Image.noise(width: 64, height: 64, seed: 1).writePNG(to: .replacing(path))
        let cancellation = Cancellation()
        cancellation.request()
        #expect(throws: Cancelled.self) {
            _ = try Raster(opening: path).overview(maxSide: 8, cancellation: cancellation)
        }
    }

    @Test func nobodyWaitsForAPipe() throws {
        let path = folder.file("scene.tif")
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: RasterError.self) { _ = try Image(pictureAt: Address(path)) }
        for open in [
            { _ = try Raster(opening: path) }, { _ = try Raster(openingPicture: Address(path)) },
            { _ = try Scene(opening: Address(path)) },
        ] as [() throws -> Void] {
            let error = try #require(throws: RasterError.self) { try open() }
            #expect(error.cause.contains("named pipe"))
        }
    }

    // MARK: Formats

    @Test func aPictureIsNoListOfOtherFiles() throws {
        try Image.noise(width: 9, height: 7, seed: 1).writePNG(to: .replacing(folder.file("a.png")))
        let source = "<SimpleSource><SourceFilename>\(folder.file("a.png"))</SourceFilename></SimpleSource>"
        let bands = (1...3).map {
            "<VRTRasterBand dataType=\"Byte\" band=\"\($0)\">\(source)</VRTRasterBand>"
        }
        let document = "<VRTDataset rasterXSize=\"9\" rasterYSize=\"7\">\(bands.joined())</VRTDataset>"
        let path = try folder.write(Array(document.utf8), to: "list.png")
        // A scene may be one.
        #expect(try Raster(opening: path).width == 9)
        #expect(throws: RasterError.self) { _ = try Raster(openingPicture: Address(path)) }
        #expect(throws: RasterError.self) { _ = try Image(pictureAt: Address(path)) }
        // Nor do overviews come from it.
        let picture = Address(folder.file("a.png"))
        _ = try folder.write(Array(document.utf8), to: "a.png.ovr")
        #expect(try Raster(openingPicture: picture).overview(maxSide: 9) == Image(pictureAt: picture))
    }

    @Test(arguments: ["PNG", "JPEG", "WEBP", "BMP", "GTiff"]) func picturesOfAllKindsOpen(driver: String)
        throws
    {
        let path = folder.file("picture")
        try TestRaster(
            width: 8, height: 8, bandCount: 3, samples: [Double](repeating: 100, count: 8 * 8 * 3)
        ).write(to: path, driver: driver)
        let raster = try Raster(openingPicture: Address(path))
        #expect(try raster.read(raster.bounds) == Image(pictureAt: Address(path)))
    }

    @Test(arguments: [(4, true), (64, false)])
    func aPictureOfTinyCodeBlocksIsRefused(side: Int, isRefused: Bool) throws {
        let path = folder.file("picture.jp2")
        try TestRaster(
            width: 600, height: 600, bandCount: 1, samples: [Double](repeating: 7, count: 600 * 600),
            options: ["CODEBLOCK_WIDTH=\(side)", "CODEBLOCK_HEIGHT=\(side)"]
        ).write(to: path, driver: "JP2OpenJPEG")
        let bytes = try folder.bytes("picture.jp2")
        guard isRefused else {
            #expect(try Image(decoding: bytes.span.bytes)[5, 5] == Image(reading: path)[5, 5])
            return
        }
        for error in try errors(of: bytes, named: "copy.jp2") {
            #expect(error.code == .unsupported && error.cause.contains("blocks have only 16 pixels"))
        }
    }

    // MARK: Damage

    @Test(arguments: ["GIF", "BMP", "WEBP", "JP2OpenJPEG"], [0.3, 0.6, 0.95])
    func aPictureThatIsCutOffIsAnError(driver: String, share: Double) throws {
        let path = folder.file("picture")
        let bandCount = driver == "GIF" ? 1 : 3
        let noise = Image.noise(width: 60, height: 60, seed: 2).pixelsHWC.prefix(60 * 60 * bandCount)
        try TestRaster(
            width: 60, height: 60, bandCount: bandCount, samples: noise.map(Double.init),
            palette: driver == "GIF" ? (0..<256).map { RGB(UInt8($0), 0, 0) } : []
        ).write(to: path, driver: driver)
        let bytes = try folder.bytes("picture")
        _ = try Image(decoding: bytes.span.bytes)
        _ = try errors(of: Array(bytes[..<Int(Double(bytes.count) * share)]), named: "cut")
    }

    /// libtiff warns of it and goes on with grey.
    @Test func damageOfAJPEGInATIFFIsAnError() throws {
        let path = folder.file("scene.tif")
        let noise = Image.noise(width: 256, height: 256, seed: 2)
        try TestRaster(
            width: 256, height: 256, bandCount: 3, samples: noise.pixelsHWC.map(Double.init),
            options: ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "BLOCKYSIZE=256"]
        ).write(to: path)
        var bytes = try folder.bytes("scene.tif")
        _ = try Image(decoding: bytes.span.bytes)
        let middle = bytes.count / 2
        // A mark of the end amid the picture.
        bytes.replaceSubrange(middle..<middle + 2, with: [0xFF, 0xD9])
        for error in try errors(of: bytes, named: "damaged.tif") { #expect(error.code == .cannotRead) }
    }
}
