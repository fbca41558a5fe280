import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Colours that decoders get wrong; decoding in memory and reading a scene must agree.
@Suite struct PictureColourTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func image(of bytes: [UInt8], named name: String) throws -> Image {
        let path = try folder.write(bytes, to: name)
        let image = try Image(decoding: bytes.span.bytes)
        #expect(try image == Image(reading: path), "\(name)")
        return image
    }

    @Test(arguments: [
        (32, [0xFF0000, 0xFF00, 0xFF], 0xC8_6432), (32, [0xFF, 0xFF00, 0xFF0000], 0x32_64C8),
        (32, [0xFF00, 0xFF, 0xFF0000], 0x32_C864), (16, [0xF800, 0x7E0, 0x1F], 0xC326),
    ])
    func bitFieldsOfABMPSayWhatIsRed(bitCount: Int, masks: [Int], pixel: Int) throws {
        let bytes = PictureBytes.bmp(width: 4, height: 3, bitCount: bitCount, masks: masks, pixel: pixel)
        let colour = try image(of: bytes, named: "a.bmp")[2, 1]
        let expected = bitCount == 32 ? RGB(200, 100, 50) : RGB(197, 101, 49)
        #expect(colour == expected)
    }

    @Test(arguments: [[0xFF00_0000, 0xFF0000, 0xFF00], [0x3FF0_0000, 0xFFC00, 0x3FF], [0xFF, 0xFF, 0xFF]])
    func otherBitFieldsAreRefused(masks: [Int]) throws {
        let bytes = PictureBytes.bmp(width: 4, height: 3, bitCount: 32, masks: masks, pixel: 0x1234_5678)
        let path = try folder.write(bytes, to: "a.bmp")
        for read in [
            { _ = try Image(decoding: bytes.span.bytes) }, { _ = try Image(reading: path) },
        ] as [() throws -> Void] {
            let error = try #require(throws: RasterError.self) { try read() }
            #expect(error.code == .unsupported && error.cause.contains("bit fields"))
        }
    }

    /// A picture whose inks are the four given bytes, as libjpeg stores them without loss, or nearly.
    private func inks(_ inks: [Double], options: [String] = []) throws -> [UInt8] {
        let path = folder.file("inks.jpg")
        let samples = (0..<16 * 16).flatMap { _ in inks }
        try TestRaster(
            width: 16, height: 16, bandCount: 4, samples: samples, options: ["QUALITY=100"] + options
        ).write(to: path, driver: "JPEG")
        return try folder.bytes("inks.jpg")
    }

    @Test func inksMeanTheSameWithAdobesMarkAndWithout() throws {
        let bytes = try inks([255, 127, 0, 204])
        let marked = PictureBytes.jpeg(bytes, adobeTransform: 0)
        let unmarked = PictureBytes.jpeg(bytes, adobeTransform: nil)
        #expect(unmarked.count < marked.count)
        let colour = try image(of: unmarked, named: "unmarked.jpg")[8, 8]
        #expect(try colour == image(of: marked, named: "marked.jpg")[8, 8])
        #expect(abs(Int(colour.red) - 204) < 4 && abs(Int(colour.green) - 102) < 4 && colour.blue < 4)
    }

    /// Adobe's mark with the transform 2: blue and red differences instead of inks.
    @Test func inksMayBeStoredAsDifferences() throws {
        // Ink 0, no differences, no black.
        let bytes = PictureBytes.jpeg(try inks([128, 128, 128, 255]), adobeTransform: 2)
        let colour = try image(of: bytes, named: "differences.jpg")[8, 8]
        #expect(colour.red == colour.green && colour.green == colour.blue)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func everyInkIsTheSameInAllCommands(seed: UInt64) throws {
        let noise = Image.noise(width: 64, height: 64, seed: seed)
        let path = folder.file("noise.jpg")
        try TestRaster(
            width: 48, height: 64, bandCount: 4, samples: noise.pixelsHWC.map(Double.init),
            options: ["QUALITY=90"]
        ).write(to: path, driver: "JPEG")
        let bytes = try folder.bytes("noise.jpg")
        let marked = PictureBytes.jpeg(bytes, adobeTransform: 0)
        let unmarked = PictureBytes.jpeg(bytes, adobeTransform: nil)
        #expect(try image(of: marked, named: "a.jpg") == image(of: unmarked, named: "b.jpg"))
    }
}
