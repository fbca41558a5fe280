import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// Slides as Aperio's scanners write them: tiled TIFFs with a description.
@Suite struct SlideTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let description = "Aperio Image Library v10.0.51\n700x600 |AppMag = 40|MPP = 0.2500"

    /// - Parameter hole: a square of 256 pixels that was not scanned, from the left upper corner on.
    private func write(
        _ image: Image, to name: String, description: String? = Self.description, hasHole: Bool = false,
        isJPEG: Bool = false
    ) throws -> String {
        let path = folder.file(name)
        GDAL.start()
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in [
            "TILED=YES", isJPEG ? "PHOTOMETRIC=YCBCR" : "PHOTOMETRIC=RGB", "INTERLEAVE=PIXEL",
            "SPARSE_OK=TRUE", "PROFILE=BASELINE", isJPEG ? "COMPRESS=JPEG" : "COMPRESS=NONE",
        ] {
            list = CSLAddString(list, option)
        }
        defer { CSLDestroy(list) }
        let (width, height) = (Int32(image.width), Int32(image.height))
        let dataset = try #require(
            GDALCreate(GDALGetDriverByName("GTiff"), path, width, height, 3, GDT_Byte, list))
        if let description {
            GDALSetMetadataItem(dataset, "TIFFTAG_IMAGEDESCRIPTION", description, nil)
        }
        let start: Int32 = hasHole ? 256 : 0
        var pixels = image.pixelsHWC
        // Rows below the hole, then what is beside it.
        var places: [(x: Int32, y: Int32)] = [(x: 0, y: start)]
        if hasHole { places.append((x: start, y: 0)) }
        for (x, y) in places {
            let (columns, rows) = (width - x, y == 0 && hasHole ? start : height - y)
            let offset = (Int(y) * image.width + Int(x)) * 3
            let status = pixels.withUnsafeMutableBytes {
                GDALDatasetRasterIOEx(
                    dataset, GF_Write, x, y, columns, rows, $0.baseAddress.map { $0 + offset }, columns, rows,
                    GDT_Byte, 3, nil, 3, Int64(image.width * 3), 1, nil)
            }
            #expect(status == CE_None)
        }
        if !hasHole {
            var factors: [Int32] = [2, 4]
            #expect(GDALBuildOverviews(dataset, "AVERAGE", 2, &factors, 0, nil, nil, nil) == CE_None)
        }
        GDALClose(dataset)
        return path
    }

    @Test func aSlideHasThePixelsAndTheSizeThatItsScannerTells() throws {
        let image = Image.gradient(width: 700, height: 600)
        let raster = try Raster(opening: write(image, to: "a.svs"))
        #expect(raster.bounds == image.bounds)
        #expect(raster.pixelSize == PixelSize(x: 0.25e-6, y: 0.25e-6))
        // Transparency is a band of its own.
        #expect(raster.bandCount == 4)
        #expect(try raster.read(raster.bounds) == image)
        let part = PixelRect(x: 500, y: 30, width: 200, height: 500)
        #expect(try raster.read(part) == image.cropped(to: part))
    }

    /// The larger one is made of the half level. OpenSlide cannot show the quarter level, which is smaller than a tile.
    @Test(arguments: [170, 70]) func itsLevelsMakeTheOverview(side: Int) throws {
        let image = Image.gradient(width: 700, height: 600)
        let overview = try Raster(opening: write(image, to: "a.svs")).overview(maxSide: side)
        let plain = try Raster(opening: write(image, to: "a.tif", description: nil)).overview(maxSide: side)
        let largest = zip(overview.pixelsHWC, plain.pixelsHWC).map { abs(Int($0) - Int($1)) }.max()
        #expect(overview.bounds == plain.bounds && (largest ?? 255) <= (side == 170 ? 0 : 1))
    }

    @Test func aTIFFOfNoScannerIsGDALs() throws {
        let image = Image.gradient(width: 700, height: 600)
        let raster = try Raster(opening: write(image, to: "a.tif", description: nil))
        #expect(raster.bandCount == 3 && raster.pixelSize == nil)
    }

    @Test func whatWasNotScannedIsWhiteAndNotThere() throws {
        let image = Image.noise(width: 700, height: 600, seed: 1)
        let path = try write(image, to: "hole.svs", hasHole: true)
        let raster = try Raster(opening: path)
        let pixels = try raster.read(raster.bounds)
        #expect(pixels[0, 0] == RGB(255, 255, 255) && pixels[255, 255] == RGB(255, 255, 255))
        #expect(pixels[256, 0] == image[256, 0] && pixels[0, 256] == image[0, 256])
    }

    @Test func aSceneOfASlideIsItsFile() throws {
        let image = Image.gradient(width: 700, height: 600)
        let path = try write(image, to: "a.svs")
        let scene = try Scene(opening: Address(path))
        #expect(scene.files == [Address(path)] && scene.isReadInPlace)
        #expect((scene.storedBlock.width, scene.storedBlock.height) == (512, 512))
        let copy = folder.file("b.svs")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        #expect(try Scene(opening: Address(copy)).identity == scene.identity)
    }

    @Test func aSlideWhosePixelsAreGoneIsAnError() throws {
        let path = try write(Image.noise(width: 700, height: 600, seed: 2), to: "cut.svs")
        let scene = try Scene(opening: Address(path))
        let raster = try scene.open()
        // Its directories stand at the beginning.
        let size = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        #expect(truncate(path, off_t(size / 3)) == 0)
        let error = try #require(throws: RasterError.self) { try raster.read(raster.bounds) }
        #expect(error.code == .cannotRead && error.path == path, "\(error)")
    }

    /// Where a tile of 256 pixels stands in a slide's file.
    ///
    /// - Parameter overview: of this smaller level, from 0; `nil` for the largest.
    private func tile(_ column: Int, _ row: Int, overview: Int32? = nil, of path: String) throws -> Range<Int>
    {
        let dataset = try #require(GDALOpen(path, GA_ReadOnly))
        defer { GDALClose(dataset) }
        let largest = GDALGetRasterBand(dataset, 1)
        let band = overview.map { GDALGetOverview(largest, $0) } ?? largest
        func number(_ name: String) throws -> Int {
            let text = try #require(GDALGetMetadataItem(band, "\(name)_\(column)_\(row)", "TIFF"))
            return try #require(Int(String(cString: text)))
        }
        let (start, byteCount) = (try number("BLOCK_OFFSET"), try number("BLOCK_SIZE"))
        return start..<start + byteCount
    }

    enum TileDamage: CaseIterable {
        /// A mark of the end in the middle, as where the rest was never written.
        case ended
        /// Zeros from the middle on.
        case zeros
        /// Other data in the middle.
        case changed

        func apply(to bytes: inout [UInt8], _ tile: Range<Int>) {
            let middle = tile.lowerBound + tile.count / 2
            switch self {
            case .ended: bytes.replaceSubrange(middle..<middle + 2, with: [0xFF, 0xD9])
            case .zeros: for place in middle..<tile.upperBound { bytes[place] = 0 }
            case .changed: for place in middle..<middle + 40 { bytes[place] = 0xFF }
            }
        }
    }

    /// OpenSlide shows grey for what is missing, and says nothing.
    @Test(arguments: TileDamage.allCases, [false, true])
    func aDamagedTileOfJPEGDataIsLost(damage: TileDamage, isSmallerLevel: Bool) throws {
        let image = Image.noise(width: 1500, height: 1300, seed: 4)
        let path = try write(image, to: "a.svs", isJPEG: true)
        let view =
            isSmallerLevel
            ? SceneView(scale: SceneScale(x: 0.5, y: 0.5, fullWidth: 1500, fullHeight: 1300)) : nil
        let scene = try Scene(opening: Address(path), view: view)
        let whole = try scene.open().read(scene.bounds)
        // Of the second row and column of what is read at once, 512 pixels each.
        let place = try isSmallerLevel ? tile(1, 1, overview: 0, of: path) : tile(2, 3, of: path)
        var bytes = try folder.bytes("a.svs")
        damage.apply(to: &bytes, place)
        try Data(bytes).write(to: URL(filePath: folder.file("damaged.svs")))
        let damaged = try Scene(opening: Address(folder.file("damaged.svs")), view: view)
        var reader = try SceneReader(damaged)
        let read = try reader.read(damaged.bounds, cancellation: Cancellation())
        let side = isSmallerLevel ? 0 : 512
        let lost = try #require(read.lost.first)
        #expect(read.lost.count == 1 && lost.bounds.x0 == side && lost.bounds.y0 == side, "\(read.lost)")
        #expect(lost.bounds.width <= 512 && lost.bounds.height <= 512)
        #expect(lost.error.cause.contains("is damaged"), "\(lost.error)")
        for y in 0..<damaged.height {
            for x in 0..<damaged.width
            where !lost.bounds.contains(PixelRect(x: x, y: y, width: 1, height: 1)) {
                guard read.pixels.image[x, y] != whole[x, y] else { continue }
                Issue.record("another pixel at \(x),\(y)")
                return
            }
        }
    }

    @Test func aSoundSlideOfJPEGTilesIsReadAtAnyScale() throws {
        let path = try write(.gradient(width: 1500, height: 1300), to: "a.svs", isJPEG: true)
        for factor in [1, 0.5, 0.3, 0.25] {
            var request = SceneViewRequest(scales: [.factor(factor)], windowSize: 16)
            request.fill = RGB(1, 2, 3)
            let view = try SceneView.resolve(request, for: Address(path)).view
            let scene = try Scene(opening: Address(path), view: view)
            var reader = try SceneReader(scene)
            let read = try reader.read(scene.bounds, cancellation: Cancellation())
            #expect(scene.width == Int(1500 * factor) && read.lost.isEmpty && read.pixels.validHW == nil)
            let plain = Image.gradient(width: 1500, height: 1300).resized(
                width: scene.width, height: scene.height)
            let differences = zip(read.pixels.image.pixelsHWC, plain.pixelsHWC).map {
                abs(Int($0) - Int($1))
            }
            #expect((differences.max() ?? 255) <= 8, "\(factor)")
        }
    }

    @Test func aSlideOfSeveralFilesIsNotReadFromAStore() throws {
        let error = try #require(throws: RasterError.self) {
            _ = try Raster(opening: Address("https://127.0.0.1:1/slide.mrxs"))
        }
        #expect(error.code == .unsupported && error.cause.contains("copy all of them"))
    }
}
