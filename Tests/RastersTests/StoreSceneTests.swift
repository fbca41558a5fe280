import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// Scenes in a real object store: how much is asked for, and what goes wrong on the way.
@Suite(.enabled(if: TestStore.isThere, Comment(rawValue: TestStore.skipped)), .serialized)
struct StoreSceneTests {
    let folder: StoreFolder
    let local: String
    let stored: Address
    private static let (width, height) = (1600, 1100)

    /// A tiled TIFF in a store and on this machine.
    init() throws {
        folder = try StoreFolder()
        local = folder.local.file("scene.tif")
        stored = Address(folder.address("scene.tif"))
        for path in [local, stored.description] { try Self.write(to: path, seed: 1) }
    }

    /// Noise of few colours, which deflates to a part of its size.
    private static func image(seed: Int) -> Image {
        let pixels = (0..<width * height * 3).map {
            UInt8(truncatingIfNeeded: ($0 &* (seed + 7) &* 2_654_435_761) >> 15) & 0x3F
        }
        return Image(width: width, height: height, pixelsHWC: pixels)
    }

    private static func write(to path: String, seed: Int) throws {
        var writer = try TiledTIFFWriter(.replacing(path), width: width, height: height)
        try writer.write(image(seed: seed), x: 0, y: 0)
        try writer.commit()
    }

    /// Compressed bytes of the tiles that a window touches.
    private func tileByteCount(_ window: PixelRect) throws -> Int {
        let dataset = try #require(GDALOpen(local, GA_ReadOnly))
        defer { GDALClose(dataset) }
        let band = GDALGetRasterBand(dataset, 1)
        var (width, height): (Int32, Int32) = (0, 0)
        GDALGetBlockSize(band, &width, &height)
        var sum = 0
        for row in window.y0 / Int(height)...(window.y1 - 1) / Int(height) {
            for column in window.x0 / Int(width)...(window.x1 - 1) / Int(width) {
                let name = "BLOCK_SIZE_\(column)_\(row)"
                let text = try #require(GDALGetMetadataItem(band, name, "TIFF"))
                sum += try #require(Int(String(cString: text)))
            }
        }
        return sum
    }

    @Test(arguments: [
        (PixelRect(x: 0, y: 0, width: 200, height: 200)), PixelRect(x: 300, y: 300, width: 512, height: 512),
        PixelRect(x: 0, y: 0, width: 1600, height: 1100), PixelRect(x: 500, y: 0, width: 400, height: 1100),
    ])
    func aWindowTakesItsTilesAndLittleMore(window: PixelRect) throws {
        let raster = try Raster(opening: stored)
        let here = try Raster(opening: local)
        var pixels: Image?
        let requests = try folder.store.requests(of: folder.path("scene.tif")) {
            pixels = try raster.read(window)
        }
        #expect(try pixels == here.read(window))
        let wanted = try tileByteCount(window)
        let got = requests.reduce(0) { $0 + $1.sent }
        // GDAL rounds a single tile up to 16 KiB.
        #expect(got <= max(wanted * 105 / 100, wanted + (16 << 10)), "\(got) for \(wanted)")
        // Neighbours come together: one request for each row of tiles at most.
        let rows = (window.y1 - 1) / 256 - window.y0 / 256 + 1
        #expect(requests.count <= rows, "\(requests.count) requests for \(rows) rows of tiles")
    }

    /// Right pixels, or an error: never others.
    @Test(arguments: [0, 1], [(nil, 503), (0, nil), (1, nil), (2_000, nil)] as [(Int?, Int?)])
    func faultsCostNoPixel(skip: Int, fault: (cut: Int?, status: Int?)) throws {
        let window = PixelRect(x: 100, y: 100, width: 900, height: 700)
        var rule = TestStore.Rule(path: folder.path("scene.tif"))
        (rule.skip, rule.count, rule.cut, rule.status, rule.code) = (
            skip, 2, fault.cut, fault.status, "SlowDown"
        )
        StoredFile.forget(stored)
        let pixels = try folder.store.with(rule) { try Raster(opening: stored).read(window) }
        #expect(try pixels == Raster(opening: local).read(window))
    }

    @Test func aStoreThatStaysBusyIsAnError() throws {
        let raster = try Raster(opening: stored)
        var rule = TestStore.Rule(path: folder.path("scene.tif"))
        (rule.status, rule.code) = (503, "SlowDown")
        let error = try folder.store.with(rule) {
            #expect(throws: RasterError.self) {
                try raster.read(PixelRect(x: 0, y: 0, width: 99, height: 99))
            }
        }
        #expect(error?.code == .cannotRead)
    }

    @Test func aSceneThatIsReplacedWhileItIsReadIsAnError() throws {
        let scene = try Scene(opening: stored)
        let raster = try scene.open()
        _ = try raster.read(PixelRect(x: 0, y: 0, width: 50, height: 50))
        try Self.write(to: stored.description, seed: 2)
        #expect(throws: RasterError.self) {
            try raster.read(PixelRect(x: 900, y: 700, width: 300, height: 300))
        }
        let error = #expect(throws: RasterError.self) { try scene.checkStores() }
        #expect(error?.code == .sceneChanged)
        #expect(throws: RasterError.self) { _ = try scene.open() }
    }

    /// As a picture has no parts that could be read alone.
    @Test func aPictureIsFetchedOnce() throws {
        let path = folder.address("scene.png")
        let image = Self.image(seed: 3)
        try image.writePNG(to: .replacing(path))
        let byteCount = try StoredFile(opening: Address(path)).byteCount
        let requests = try folder.store.requests(of: folder.path("scene.png")) {
            let raster = try Raster(opening: Address(path))
            for x in [0, 700, 100] {
                let window = PixelRect(x: x, y: 1000 - x, width: 80, height: 80)
                let pixels = try raster.read(window)
                #expect(pixels == image.cropped(to: window))
            }
        }
        let got = requests.reduce(0) { $0 + $1.sent }
        #expect(got <= byteCount + byteCount / 20 + (128 << 10), "\(got) for \(byteCount)")
    }

    @Test func whatIsNoPictureIsNamed() throws {
        for (name, bytes) in [("empty.tif", []), ("text.tif", Array("no picture".utf8))]
            as [(String, [UInt8])]
        {
            var file = try FileWriter(.replacing(folder.address(name)))
            try file.write(bytes)
            try file.commit()
            let error = #expect(throws: RasterError.self) {
                _ = try Raster(opening: Address(folder.address(name)))
            }
            #expect(error?.path == folder.address(name))
        }
        let error = #expect(throws: RasterError.self) {
            _ = try Raster(opening: Address(folder.address("none.tif")))
        }
        #expect(error?.code == .cannotOpen, "\(String(describing: error))")
    }
}
