import Bytes
import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Views of scenes: bands, ranges, what is invalid, which way is up, and scales.
@Suite struct SceneViewTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ raster: TestRaster, _ name: String = "scene.tif", driver: String = "GTiff") throws
        -> Address
    {
        try raster.write(to: folder.file(name), driver: driver)
        return Address(folder.file(name))
    }

    private func read(_ address: Address, _ view: SceneView?) throws -> MaskedImage {
        let raster = try Scene(opening: address, view: view).open()
        return try raster.readMasked(raster.bounds)
    }

    private func resolve(_ address: Address, _ change: (inout SceneViewRequest) -> Void = { _ in }) throws
        -> SceneView.Resolved
    {
        var request = SceneViewRequest(windowSize: 1)
        change(&request)
        return try SceneView.resolve(request, for: address)
    }

    @Test func aPlainSceneIsSeenAsItIsStored() throws {
        let scene = try write(TestRaster(width: 2, height: 1, bandCount: 3, samples: [1, 2, 3, 4, 5, 6]))
        let found = try resolve(scene)
        #expect(found.view == nil && found.pixelSize == nil && !found.canHaveInvalidPixels)
        #expect(found.warnings.isEmpty)
    }

    @Test func bandsAreThoseThatAreNamed() throws {
        let scene = try write(
            TestRaster(width: 1, height: 1, bandCount: 5, samples: [10, 20, 30, 40, 50]))
        let view = try resolve(scene) { $0.bands = [5, 1, 3] }.view
        #expect(try read(scene, view).image[0, 0] == RGB(50, 10, 30))
        #expect(try read(scene, resolve(scene) { $0.bands = [2] }.view).image[0, 0] == RGB(20, 20, 20))
        #expect { try resolve(scene) { $0.bands = [1, 2, 6] } } throws: { "\($0)".contains("it has 5 bands") }
        #expect { try resolve(scene) } throws: { "\($0)".contains("--bands 1,2,3") }
    }

    @Test func ofTwoBandsOneIsAdvisedAndSeenAsGrey() throws {
        let scene = try write(TestRaster(width: 1, height: 1, bandCount: 2, samples: [10, 20]))
        #expect { try resolve(scene) } throws: {
            "\($0)".contains("it has 2 bands") && "\($0)".contains("--bands 1 in scan")
        }
        #expect(try read(scene, resolve(scene) { $0.bands = [1] }.view).image[0, 0] == RGB(10, 10, 10))
    }

    @Test func aRangeSaysWhichSamplesAreBlackAndWhite() throws {
        let samples: [Double] = [0, 1500, 3000, 4000, -5, 750]
        let scene = try write(
            TestRaster(width: 6, height: 1, type: GDT_Int16, bandCount: 1, samples: samples))
        #expect { try resolve(scene) } throws: { "\($0)".contains("--range MIN,MAX") }
        let view = try resolve(scene) { $0.range = .samples([SampleRange(0, 3000)]) }.view
        let expected: [UInt8] = [0, 128, 255, 255, 0, 64]
        #expect(try read(scene, view).image.pixelsHWC == expected.flatMap { [$0, $0, $0] })
        // Without a sign, by a table.
        let words = try write(
            TestRaster(
                width: 2, height: 1, type: GDT_UInt16, bandCount: 3, samples: [0, 100, 500, 3000, 50, 1000]),
            "words.tif")
        let ranges = [SampleRange(0, 3000), SampleRange(0, 100), SampleRange(500, 1000)]
        #expect(
            try read(words, resolve(words) { $0.range = .samples(ranges) }.view).image.pixelsHWC
                == [0, 255, 0, 255, 128, 255])
    }

    @Test func numbersWithAFractionNeedNotBeNumbers() throws {
        let scene = try write(
            TestRaster(
                width: 3, height: 1, type: GDT_Float32, bandCount: 1, samples: [0.25, .nan, 1e9]))
        let found = try resolve(scene) { $0.range = .samples([SampleRange(0, 0.5)]) }
        #expect(found.canHaveInvalidPixels && found.view?.fill == RGB(128, 128, 128))
        let read = try read(scene, found.view)
        #expect(read.validHW == [1, 0, 1])
        #expect(read.image.pixelsHWC == [128, 128, 128, 128, 128, 128, 255, 255, 255])
    }

    @Test func percentOfTheSamplesAreLeftOut() throws {
        let samples = (0..<1000).map { Double($0 == 999 ? 60000 : 1000 + $0) }
        let scene = try write(
            TestRaster(width: 100, height: 10, type: GDT_UInt16, bandCount: 1, samples: samples))
        let view = try resolve(scene) { $0.range = .percent(2) }.view
        #expect(view?.ranges == [SampleRange(1019, 1980)])
        #expect(try resolve(scene) { $0.range = .percent(0) }.view?.ranges == [SampleRange(1000, 60000)])
        let flat = try write(
            TestRaster(width: 4, height: 1, type: GDT_UInt16, bandCount: 1, samples: [7, 7, 7, 7]), "flat.tif"
        )
        #expect { try resolve(flat) { $0.range = .percent(2) } } throws: {
            "\($0)".contains("all its samples are 7")
        }
    }

    @Test(arguments: [(0...3000, "nearly black"), (63000...65535, "nearly white"), (0...65535, nil)])
    func aSceneThatComesOutDarkOrBrightIsAWarning(range: ClosedRange<Int>, word: String?) throws {
        var random = SplitMix64(seed: 1)
        let samples = (0..<90 * 80).map { _ in Double(Int.random(in: range, using: &random)) }
        let scene = try write(
            TestRaster(width: 90, height: 80, type: GDT_UInt16, bandCount: 1, samples: samples))
        let warnings = try resolve(scene).warnings
        #expect(warnings.count == (word == nil ? 0 : 1))
        #expect(warnings.allSatisfy { $0.contains(word ?? "") && $0.contains("--range") })
        #expect(try resolve(scene) { $0.range = .percent(2) }.warnings.isEmpty)
    }

    @Test func transparentPixelsAreInvalid() throws {
        let scene = try write(
            TestRaster(
                width: 2, height: 1, bandCount: 4, samples: [10, 20, 30, 0, 1, 2, 3, 5],
                options: ["PHOTOMETRIC=RGB", "ALPHA=YES"]))
        let found = try resolve(scene) { $0.fill = RGB(9, 8, 7) }
        #expect(found.canHaveInvalidPixels)
        let read = try read(scene, found.view)
        #expect(read.validHW == [0, 1] && read.image.pixelsHWC == [9, 8, 7, 1, 2, 3])
        // As it is stored, without a view.
        #expect(try self.read(scene, nil).image.pixelsHWC == [10, 20, 30, 1, 2, 3])
    }

    @Test(arguments: [GDT_Byte, GDT_UInt16, GDT_Float32]) func noDataInAllBandsIsInvalid(type: GDALDataType)
        throws
    {
        let scene = try write(
            TestRaster(
                width: 3, height: 1, type: type, bandCount: 3, samples: [7, 7, 7, 7, 1, 7, 1, 2, 3], noData: 7
            ))
        let view = try resolve(scene) { $0.range = .samples([SampleRange(0, 255)]) }.view
        #expect(try read(scene, view).validHW == [0, 1, 1])
    }

    @Test func alphaCountsBesideOtherBandsAndNoData() throws {
        // Red, green, blue, infrared and alpha; the last pixel has the "no data" value everywhere.
        let samples: [Double] = [10, 20, 30, 40, 0, 1, 2, 3, 4, 255, 7, 7, 7, 7, 255]
        let scene = try write(
            TestRaster(
                width: 3, height: 1, bandCount: 5, samples: samples,
                options: ["PHOTOMETRIC=RGB", "ALPHA=NO"], noData: 7, alphaBand: 5))
        let view = try resolve(scene) { $0.bands = [1, 2, 3] }.view
        #expect(try read(scene, view).validHW == [0, 1, 0])
        // Whoever names the band as a colour does not mean it as a mask.
        let named = try resolve(scene) { $0.bands = [5, 1, 2] }.view
        #expect(try read(scene, named).validHW == [1, 1, 1] || read(scene, named).validHW == nil)
    }

    @Test func whatIsInvalidDoesNotCountForRangesAndWarnings() throws {
        var random = SplitMix64(seed: 3)
        // A border of "no data" around samples from 300 to 3000, with some clouds.
        let samples = (0..<100 * 100).map { place -> Double in
            guard place % 100 >= 60 else { return 65535 }
            return Int.random(in: 0..<100, using: &random) == 0
                ? 12000 : Double(Int.random(in: 300...3000, using: &random))
        }
        let scene = try write(
            TestRaster(
                width: 100, height: 100, type: GDT_UInt16, bandCount: 1, samples: samples, noData: 65535))
        #expect(try resolve(scene).warnings.contains { $0.contains("nearly black") })
        let range = try #require(try resolve(scene) { $0.range = .percent(2) }.view?.ranges?.first)
        #expect(range.lower >= 300 && range.upper <= 3000, "\(range)")
    }

    @Test func rangesThatDoNotFitTheBandsAreRefused() throws {
        let scene = try write(
            TestRaster(width: 2, height: 1, type: GDT_UInt16, bandCount: 1, samples: [1, 2]))
        let three = [SampleRange(0, 1), SampleRange(0, 2), SampleRange(0, 3)]
        #expect { try resolve(scene) { $0.range = .samples(three) } } throws: { "\($0)".contains("one pair") }
        // What only the model's contract says is left out.
        #expect(try resolve(scene) { $0.trainedRanges = three }.view == nil)
    }

    @Test func transparentColoursOfAPaletteAreInvalid() throws {
        let scene = try write(
            TestRaster(
                width: 3, height: 1, bandCount: 1, samples: [1, 0, 1],
                palette: [RGB(9, 8, 7), RGB(255, 0, 0)], noData: 0))
        let view = try resolve(scene).view
        #expect(try read(scene, view).validHW == [1, 0, 1])
    }

    @Test(arguments: 1...8) func aPictureIsTurnedUprightAsItsTagSays(tag: Int) throws {
        let image = Image.noise(width: 37, height: 21, seed: 5)
        let bytes = try image.pngData()
        let path = folder.file("photo.png")
        try Data(bytes).inserting(exifOrientation: tag).write(to: URL(filePath: path))
        let scene = Address(path)
        let view = try resolve(scene).view
        #expect(view?.orientation == (tag == 1 ? nil : tag))
        let raster = try Scene(opening: scene, view: view).open()
        let upright = Orientation(tag: tag).upright(width: 37, height: 21)
        #expect(raster.width == upright.width && raster.height == upright.height)
        let whole = try raster.read(raster.bounds)
        // Any square of it, as `predict` turns it.
        let square = PixelRect(x: 3, y: 5, width: 11, height: 11)
        let stored = Orientation(tag: tag).stored(PixelBox(square), width: 37, height: 21)
        var pixels = image.cropped(
            to: PixelRect(x: Int(stored.x0), y: Int(stored.y0), width: 11, height: 11)
        ).pixelsHWC
        var span = pixels.mutableSpan
        Orientation(tag: tag).turn(&span, side: 11)
        #expect(whole.cropped(to: square).pixelsHWC == pixels)
        #expect(try raster.read(square).pixelsHWC == pixels)
    }

    @Test(arguments: [1, 3, 6]) func aTIFFSaysItsOrientationToo(tag: Int) throws {
        let scene = try write(
            TestRaster(
                width: 3, height: 2, bandCount: 1, samples: [1, 2, 3, 4, 5, 6]))
        try setOrientation(of: scene, to: tag)
        let expected: [Int: [UInt8]] = [
            1: [1, 2, 3, 4, 5, 6], 3: [6, 5, 4, 3, 2, 1], 6: [4, 1, 5, 2, 6, 3],
        ]
        let read = try read(scene, resolve(scene).view).image
        #expect(stride(from: 0, to: 18, by: 3).map { read.pixelsHWC[$0] } == expected[tag])
    }

    @Test func aSceneOnEarthIsNotTurned() throws {
        let scene = try write(
            TestRaster(
                width: 3, height: 2, bandCount: 1, samples: [1, 2, 3, 4, 5, 6],
                transform: [500_000, 2, 0, 5_400_000, 0, -2], crs: "EPSG:32633"))
        try setOrientation(of: scene, to: 6)
        #expect(try resolve(scene).view == nil)
        #expect(try resolve(scene).pixelSize == PixelSize(x: 2, y: 2))
    }

    /// Replaces the tag of the number of samples' format, which a TIFF of bytes can do without.
    private func setOrientation(of scene: Address, to tag: Int) throws {
        let path = try #require(scene.localPath)
        var bytes = try Array(Data(contentsOf: URL(filePath: path)))
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        let directory = number(4, 4)
        let entries = (0..<number(directory, 2)).map { directory + 2 + 12 * $0 }
        // Tags ascend; what stands at 273 to 277 is needed, so a new directory is written at the end.
        var copies = entries.map { Array(bytes[$0..<$0 + 12]) }
        copies.append([0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(tag), 0, 0, 0])
        copies.sort { Int($0[0]) | Int($0[1]) << 8 < Int($1[0]) | Int($1[1]) << 8 }
        let place = bytes.count + bytes.count % 2
        bytes += repeatElement(0, count: place - bytes.count)
        bytes += [UInt8(copies.count), 0] + copies.joined() + [0, 0, 0, 0]
        for byte in 0..<4 { bytes[4 + byte] = UInt8(truncatingIfNeeded: place >> (8 * byte)) }
        try Data(bytes).write(to: URL(filePath: path))
    }

    @Test(arguments: [0.5, 0.3, 2.0]) func anySplitOfAScaledSceneGivesTheSameBytes(factor: Double) throws {
        let image = Image.noise(width: 90, height: 70, seed: 4)
        try image.writePNG(to: .replacing(folder.file("scene.png")))
        let scene = Address(folder.file("scene.png"))
        let view = try resolve(scene) { $0.scales = [.factor(factor)] }.view
        let raster = try Scene(opening: scene, view: view).open()
        #expect(raster.width == Int(90 * factor + 1e-6) && raster.height == Int(70 * factor + 1e-6))
        let whole = try raster.read(raster.bounds)
        var random = SplitMix64(seed: 2)
        for _ in 0..<20 {
            let (x, y) = (
                Int.random(in: 0..<raster.width, using: &random),
                Int.random(in: 0..<raster.height, using: &random)
            )
            let rect = PixelRect(
                x0: x, y0: y, x1: .random(in: x + 1...raster.width, using: &random),
                y1: .random(in: y + 1...raster.height, using: &random))
            #expect(try raster.read(rect) == whole.cropped(to: rect))
        }
        if factor == 0.5 { #expect(whole == image.resized(width: 45, height: 35)) }
    }

    @Test func aSceneInMetresIsSeenAtTheResolutionThatIsAskedFor() throws {
        let scene = try write(
            TestRaster(
                width: 40, height: 20, bandCount: 1, samples: (0..<800).map { Double($0 % 200) },
                transform: [500_000, 0.5, 0, 5_400_000, 0, -0.5], crs: "EPSG:32633"))
        let view = try resolve(scene) { $0.scales = [.pixelSize(1)] }.view
        #expect(view?.scale == SceneScale(x: 0.5, y: 0.5, fullWidth: 40, fullHeight: 20))
        #expect(try resolve(scene) { $0.scales = [.pixelSize(0.5)] }.view == nil)
        let plain = try write(
            TestRaster(width: 4, height: 4, bandCount: 1, samples: .init(repeating: 1, count: 16)),
            "plain.tif")
        #expect { try resolve(plain) { $0.scales = [.pixelSize(1)] } } throws: { "\($0)".contains("--scale") }
        #expect { try resolve(plain) { $0.scales = [.factor(1 / 1000)] } } throws: {
            "\($0)".contains("a scale must lie between")
        }
    }

    @Test func aScaledSceneIsMadeOfTheSmallestFinerOverview() throws {
        let image = Image.gradient(width: 1200, height: 800)
        let path = folder.file("scene.tif")
        var writer = try TiledTIFFWriter(.replacing(path), width: 1200, height: 800)
        for y in stride(from: 0, to: 800, by: 512) {
            let rect = PixelRect(x0: 0, y0: y, x1: 1200, y1: min(800, y + 512))
            try writer.write(image.cropped(to: rect), x: 0, y: y)
        }
        try writer.end(cancellation: Cancellation())
        try writer.commit()
        let dataset = GDALOpen(path, GA_Update)
        var levels: [Int32] = [2, 4]
        // Overviews of one colour, so that it shows which are read.
        #expect(GDALBuildOverviews(dataset, "NEAREST", 2, &levels, 0, nil, nil, nil) == CE_None)
        for band in 1...3 {
            for (number, value) in [(0, UInt8(10)), (1, UInt8(20))] {
                let overview = GDALGetOverview(GDALGetRasterBand(dataset, Int32(band)), Int32(number))
                GDALFillRaster(overview, Double(value), 0)
            }
        }
        GDALClose(dataset)
        let scene = Address(path)
        func colour(_ factor: Double) throws -> UInt8 {
            let view = try resolve(scene) { $0.scales = [.factor(factor)] }.view
            return try Scene(opening: scene, view: view).open().read(
                PixelRect(x: 50, y: 50, width: 1, height: 1)
            ).pixelsHWC[0]
        }
        #expect(try colour(0.5) == 10 && colour(0.26) == 10 && colour(0.25) == 20 && colour(0.1) == 20)
        #expect(try colour(0.6) != 10)
    }

    @Test func aScaleSaysWhereThingsAreAtFullSize() {
        let scale = SceneScale(x: 0.5, y: 0.25, fullWidth: 101, fullHeight: 99)
        #expect(scale.width == 50 && scale.height == 24)
        #expect(
            scale.full(PixelRect(x0: 10, y0: 4, x1: 50, y1: 24)) == PixelRect(x0: 20, y0: 16, x1: 100, y1: 96)
        )
        #expect(
            SceneScale(x: 2, y: 2, fullWidth: 10, fullHeight: 10).full(
                PixelRect(x0: 19, y0: 19, x1: 20, y1: 20))
                == PixelRect(x0: 9, y0: 9, x1: 10, y1: 10))
    }

    @Test func areasAreBroughtToThePixelsOfTheScene() throws {
        let scene = try Scene(
            opening: write(
                TestRaster(
                    width: 40, height: 20, bandCount: 1, samples: .init(repeating: 1, count: 800),
                    transform: [500_000, 10, 0, 5_400_000, 0, -10], crs: "EPSG:32633")))
        let square: [Double] = [10, 5, 20, 5, 20, 15, 10, 15]
        let region = try scene.polygons(ofMap: [500_100, 5_399_850, 500_200, 5_399_950])
        #expect(
            zip(region[0][0], [10, 15, 20, 15, 20, 5, 10, 5] as [Double]).allSatisfy { abs($0 - $1) < 1e-6 })
        // The same square in degrees.
        let earth = try GeographicTransformation(try #require(scene.georeference))
        let corners = try stride(from: 0, to: 8, by: 2).map {
            try earth.longitudeLatitude(x: square[$0], y: square[$0 + 1])
        }
        let ring = (corners + [corners[0]]).map { "[\($0.longitude),\($0.latitude)]" }.joined(separator: ",")
        let path = folder.file("area.geojson")
        try Data(#"{"type":"Polygon","coordinates":[[\#(ring)]]}"#.utf8).write(to: URL(filePath: path))
        let polygons = try scene.polygons(ofVectorFile: Address(path))
        #expect(polygons.count == 1 && polygons[0].count == 1)
        // RFC 7946 closes rings.
        #expect(zip(polygons[0][0], square).allSatisfy { abs($0 - $1) < 1e-3 })
        let mixed =
            #"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[15,50]},"#
            + #"{"type":"Polygon","coordinates":[[\#(ring)]]}]}"#
        try Data(mixed.utf8).write(to: URL(filePath: path))
        #expect(try scene.polygons(ofVectorFile: Address(path)).count == 1)
        try Data("{\"type\":\"Point\",\"coordinates\":[1,2]}".utf8).write(to: URL(filePath: path))
        #expect { try scene.polygons(ofVectorFile: Address(path)) } throws: {
            "\($0)".contains("no polygons")
        }
        #expect { try scene.polygons(ofVectorFile: Address(folder.file("none.gpkg"))) } throws: {
            "\($0)".contains("No such file")
        }
    }
}

extension Data {
    /// A PNG with the chunk that says how it is turned.
    fileprivate func inserting(exifOrientation tag: Int) -> Data {
        let tiff = exifBytes(orientation: tag)
        let body = Array("eXIf".utf8) + tiff
        func bigEndian(_ number: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
        }
        let chunk = bigEndian(UInt32(tiff.count)) + body + bigEndian(crc32(body))
        // After the header's chunk.
        return self[..<33] + Data(chunk) + self[33...]
    }
}

/// The checksum of PNG's chunks.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
}
