import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// What one command reads, all read, with the same colours: decoded in memory (`predict`, `pack`, a mosaic's guide), as a scene
/// (`scan`) and as a picture on a page (`report`).
@Suite struct PictureFormatTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func image(_ name: String, _ bytes: [UInt8]) throws -> Image {
        let path = try folder.write(bytes, to: name)
        let image = try Image(decoding: bytes.span.bytes)
        let address = Address(path)
        #expect(try Image(pictureAt: address) == image, "\(name)")
        let raster = try Raster(opening: address)
        #expect(try raster.read(raster.bounds) == image, "\(name)")
        #expect(try raster.overview(maxSide: 4096) == image, "\(name)")
        let page = try Raster(openingPicture: address)
        #expect(try page.read(page.bounds) == image, "\(name)")
        let scene = try Scene(opening: address)
        #expect(try scene.open().read(scene.bounds) == image, "\(name)")
        #expect(scene.files == [address] && scene.identity.parts.count == 1, "\(name)")
        return image
    }

    @Test(arguments: PictureSamples.all.keys.sorted()) func isReadAlikeEverywhere(name: String) throws {
        let image = try image(name, #require(PictureSamples.all[name]))
        #expect(image.width >= 32 && image.height >= 32)
    }

    @Test func theFirstFrameStandsOnItsCanvas() throws {
        let image = try image("a.webp", PictureSamples.animatedWebP)
        let bytes = PictureSamples.webP
        let still = try Image(decoding: bytes.span.bytes)
        #expect((image.width, image.height) == (48, 40) && (still.width, still.height) == (32, 32))
        #expect(image.cropped(to: PixelRect(x: 8, y: 4, width: 32, height: 32)) == still)
        #expect(image[7, 20] == RGB(0, 0, 0) && image[40, 20] == RGB(0, 0, 0) && image[20, 3] == RGB(0, 0, 0))
    }

    @Test func aGIFsPictureStandsOnItsScreen() throws {
        let image = try image("a.gif", PictureSamples.canvasGIF)
        #expect((image.width, image.height) == (32, 32))
        #expect(image[6, 10] == RGB(200, 30, 40) && image[12, 10] == RGB(20, 180, 60))
        #expect(image[21, 17] == RGB(10, 40, 220))
        #expect(image[5, 10] == RGB(250, 250, 250) && image[22, 10] == RGB(250, 250, 250))
        #expect(image[6, 9] == RGB(250, 250, 250) && image[6, 18] == RGB(250, 250, 250))
    }

    @Test func twelveBitsOfAJPEGAreTheWholeLight() throws {
        let image = try image("deep.jpg", PictureSamples.deepJPEG)
        // Left to right red, top to bottom green, blue against red.
        let (first, last) = (image[1, 1], image[30, 30])
        #expect(first.red < 20 && first.green < 20 && first.blue > 235, "\(first)")
        #expect(last.red > 230 && last.green > 230 && last.blue < 25, "\(last)")
    }

    /// Some builds of GDAL do without libheif.
    private static let readsHEIC: Bool = {
        GDAL.start()
        return GDALGetDriverByName("HEIF") != nil
    }()

    @Test(.enabled(if: readsHEIC, "needs GDAL with libheif")) func aPhotoInHEICHasItsColours() throws {
        let image = try image("a.heic", PictureSamples.heic)
        #expect((image.width, image.height) == (64, 48))
        #expect(abs(Int(image[8, 8].red) - 220) < 6 && abs(Int(image[8, 8].green) - 60) < 6)
        #expect(abs(Int(image[50, 40].red) - 40) < 6 && abs(Int(image[50, 40].green) - 200) < 6)
    }

    @Test(
        arguments: ["animated.webp", "canvas.gif", "deep.jpg"] + (readsHEIC ? ["photo.heic"] : []),
        [0.3, 0.6, 0.95])
    func aPictureThatIsCutOffIsAnError(name: String, share: Double) throws {
        let whole = try #require(PictureSamples.all[name])
        let bytes = Array(whole[..<Int(Double(whole.count) * share)])
        let path = try folder.write(bytes, to: name)
        // The second frame of the animation is not looked at.
        guard name != "animated.webp" || share < 0.5 else { return }
        // A GIF's last byte says only that it ends.
        guard name != "canvas.gif" || share < 0.9 else { return }
        #expect(throws: RasterError.self) { try Image(decoding: bytes.span.bytes) }
        #expect(throws: RasterError.self) { try Image(reading: path) }
    }
}
