import Bytes
import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// One scene of sheets that lie on one grid.
@Suite struct SceneSheetsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let utm = "EPSG:32633"

    /// Writes a part of a picture where it lies.
    private func write(
        _ image: Image, _ place: PixelRect, to name: String, options: [String] = [], crs: String = Self.utm,
        pixel: Double = 0.5, x: Double = 0, alpha: (Int, Int) -> Double? = { _, _ in nil }
    ) throws {
        let part = image.cropped(to: place)
        let hasAlpha = alpha(0, 0) != nil
        let samples = (0..<part.height).flatMap { row in
            (0..<part.width).flatMap { column -> [Double] in
                let colour = part[column, row]
                let rgb = [Double(colour.red), Double(colour.green), Double(colour.blue)]
                return rgb + (hasAlpha ? [alpha(place.x0 + column, place.y0 + row) ?? 0] : [])
            }
        }
        let (east, north) = (500_000 + Double(place.x0) * pixel + x, 5_000_000 - Double(place.y0) * pixel)
        try TestRaster(
            width: part.width, height: part.height, bandCount: hasAlpha ? 4 : 3, samples: samples,
            options: ["PHOTOMETRIC=RGB"] + (hasAlpha ? ["ALPHA=YES"] : []) + options,
            transform: [east, pixel, 0, north, 0, -pixel], crs: crs
        ).write(to: folder.file(name))
    }

    private func joined(_ names: [String], in folder: TemporaryFolder? = nil) throws -> String {
        let folder = folder ?? self.folder
        let sheets = try SceneSheets(names.map { Address(folder.file($0)) })
        let path = folder.file("scene.vrt")
        try sheets.write(to: .replacing(path))
        return path
    }

    /// Cuts a rectangle into smaller ones, at random places.
    private func pieces(
        of rect: PixelRect, using random: inout SplitMix64, depth: Int = 0
    ) -> [PixelRect] {
        let isWide = Bool.random(using: &random)
        let length = isWide ? rect.width : rect.height
        guard depth < 4, length > 8, depth < 1 || Int.random(in: 0..<4, using: &random) > 0 else {
            return [rect]
        }
        let cut = Int.random(in: 4..<length - 3, using: &random)
        let (first, second) =
            isWide
            ? (
                PixelRect(x: rect.x0, y: rect.y0, width: cut, height: rect.height),
                PixelRect(x: rect.x0 + cut, y: rect.y0, width: rect.width - cut, height: rect.height)
            )
            : (
                PixelRect(x: rect.x0, y: rect.y0, width: rect.width, height: cut),
                PixelRect(x: rect.x0, y: rect.y0 + cut, width: rect.width, height: rect.height - cut)
            )
        return pieces(of: first, using: &random, depth: depth + 1)
            + pieces(of: second, using: &random, depth: depth + 1)
    }

    @Test(arguments: UInt64(0)..<12) func sheetsHaveThePixelsOfTheWhole(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let image = Image.noise(
            width: Int.random(in: 30...90, using: &random), height: Int.random(in: 30...90, using: &random),
            seed: seed)
        // Each may reach into its neighbours.
        let places = pieces(of: image.bounds, using: &random).map { place in
            let reach = Int.random(in: 0...5, using: &random)
            return place.inset(by: -reach).intersection(image.bounds) ?? place
        }
        let names = try places.enumerated().map { index, place in
            let name = "sheet\(index).tif"
            try write(image, place, to: name, options: Bool.random(using: &random) ? ["TILED=YES"] : [])
            return name
        }
        let raster = try Raster(opening: joined(names.shuffled(using: &random)))
        #expect(raster.bounds == image.bounds && raster.georeference != nil)
        #expect(raster.pixelSize == PixelSize(x: 0.5, y: 0.5))
        #expect(try raster.read(raster.bounds) == image, "\(places)")
    }

    @Test func neitherTheirOrderNorTheirPlaceOnThisMachineChangesTheIdentity() throws {
        let image = Image.noise(width: 60, height: 40, seed: 1)
        let halves = [
            PixelRect(x: 0, y: 0, width: 30, height: 40), PixelRect(x: 30, y: 0, width: 30, height: 40),
        ]
        for (index, half) in halves.enumerated() { try write(image, half, to: "a & b\(index).tif") }
        let scene = try Scene(opening: Address(joined(["a & b0.tif", "a & b1.tif"])))
        #expect(scene.files.count == 3)
        #expect(try Scene(opening: Address(joined(["a & b1.tif", "a & b0.tif"]))).identity == scene.identity)
        let other = try TemporaryFolder()
        for (index, name) in ["north.tif", "south.tif"].enumerated() {
            try FileManager.default.copyItem(
                atPath: folder.file("a & b\(index).tif"), toPath: other.file(name))
        }
        let moved = try Scene(opening: Address(joined(["north.tif", "south.tif"], in: other)))
        #expect(moved.identity == scene.identity)
        let text = try String(contentsOfFile: folder.file("scene.vrt"), encoding: .utf8)
        let sheets = try SceneSheets(["north.tif", "south.tif"].map { Address(other.file($0)) })
        #expect(sheets.areThose(in: text))
        // The halves change places.
        for (index, half) in halves.reversed().enumerated() {
            try write(
                image.cropped(to: halves[index]).enlarged(to: half, in: image), half, to: "a & b\(index).tif")
        }
        let swapped = try SceneSheets(["a & b0.tif", "a & b1.tif"].map { Address(folder.file($0)) })
        #expect(!swapped.areThose(in: text))
        #expect(try Scene(opening: Address(joined(["a & b0.tif", "a & b1.tif"]))).identity != scene.identity)
    }

    @Test func whatASheetDoesNotHaveLeavesTheOtherToBeSeen() throws {
        let image = Image.noise(width: 40, height: 40, seed: 3)
        // Each has the other's half, as invisible pixels of another colour.
        let black = Image(width: 40, height: 40)
        for (name, isLeft) in [("left.tif", true), ("right.tif", false)] {
            var picture = black
            let half = PixelRect(x: isLeft ? 0 : 20, y: 0, width: 20, height: 40)
            picture.paste(image.cropped(to: half), x: half.x0, y: 0)
            try write(picture, image.bounds, to: name) { x, _ in (x < 20) == isLeft ? 255 : 0 }
        }
        let raster = try Raster(opening: joined(["left.tif", "right.tif"]))
        #expect(raster.bandCount == 4)
        #expect(try raster.read(raster.bounds) == image)
    }

    /// Whether GDAL takes a pixel of the joined scene for one that is there.
    private func isThere(x: Int32, y: Int32, in path: String) throws -> Bool {
        let dataset = try #require(GDALOpen(path, GA_ReadOnly))
        defer { GDALClose(dataset) }
        var value: UInt8 = 7
        let mask = GDALGetMaskBand(GDALGetRasterBand(dataset, 1))
        #expect(GDALRasterIO(mask, GF_Read, x, y, 1, 1, &value, 1, 1, GDT_Byte, 0, 0) == CE_None)
        return value != 0
    }

    @Test func thereIsNothingWhereNoSheetIs() throws {
        let image = Image.noise(width: 40, height: 30, seed: 4)
        try write(image, PixelRect(x: 0, y: 0, width: 20, height: 30), to: "left.tif")
        try write(image, PixelRect(x: 25, y: 0, width: 15, height: 30), to: "right.tif")
        let path = try joined(["left.tif", "right.tif"])
        #expect(try isThere(x: 19, y: 29, in: path) && isThere(x: 25, y: 0, in: path))
        #expect(try !isThere(x: 20, y: 0, in: path) && !isThere(x: 24, y: 29, in: path))
    }

    @Test func sheetsWithoutGapsHaveNoMask() throws {
        let image = Image.noise(width: 40, height: 30, seed: 4)
        try write(image, PixelRect(x: 0, y: 0, width: 20, height: 30), to: "left.tif")
        try write(image, PixelRect(x: 20, y: 0, width: 20, height: 30), to: "right.tif")
        let text = try String(contentsOfFile: joined(["left.tif", "right.tif"]), encoding: .utf8)
        #expect(!text.contains("MaskBand") && !text.contains("ComplexSource"))
    }

    @Test func sheetsThatDoNotFitTogetherAreNamed() throws {
        let image = Image.noise(width: 40, height: 30, seed: 5)
        let (left, right) = (
            PixelRect(x: 0, y: 0, width: 20, height: 30), PixelRect(x: 20, y: 0, width: 20, height: 30)
        )
        try write(image, left, to: "left.tif")
        try write(image, right, to: "system.tif", crs: "EPSG:32632")
        try write(image, right, to: "pixels.tif", pixel: 0.6)
        try write(image, right, to: "beside.tif", x: 0.1)
        try write(image, right, to: "alpha.tif") { _, _ in 255 }
        try TestRaster(
            width: 20, height: 30, type: GDT_UInt16, bandCount: 3,
            samples: [Double](repeating: 9, count: 20 * 30 * 3),
            transform: [500_010, 0.5, 0, 5_000_000, 0, -0.5], crs: Self.utm
        ).write(to: folder.file("words.tif"))
        try image.writePNG(to: .replacing(folder.file("nowhere.png")))
        for (name, words) in [
            ("system.tif", "coordinate system"), ("pixels.tif", "another size"),
            ("beside.tif", "0.200 of a pixel"),
            ("alpha.tif", "Alpha Byte"), ("words.tif", "UInt16"), ("nowhere.png", "not georeferenced"),
        ] {
            let error = try #require(throws: RasterError.self) { try joined(["left.tif", name]) }
            #expect(error.code == .unsupported && error.path.contains(name), "\(error)")
            #expect(error.description.contains(words), "\(error)")
            #expect(name == "nowhere.png" || error.description.contains("left.tif"), "\(error)")
        }
    }

    /// The bits that samples use, palettes and "no data" mean the same in the joined scene.
    @Test func samplesMeanWhatTheyMeanInTheSheets() throws {
        let samples = (0..<20 * 20).map { Double($0 * 10 % 4096) }
        for (name, x) in [("a.tif", 0.0), ("b.tif", 10)] {
            try TestRaster(
                width: 20, height: 20, type: GDT_UInt16, bandCount: 1, samples: samples,
                options: ["NBITS=12", "PHOTOMETRIC=MINISWHITE"],
                transform: [500_000 + x, 0.5, 0, 5_000_000, 0, -0.5], crs: Self.utm
            ).write(to: folder.file(name))
        }
        let whole = try Image(reading: joined(["a.tif", "b.tif"]))
        let sheet = try Image(reading: folder.file("a.tif"))
        #expect(whole.cropped(to: PixelRect(x: 20, y: 0, width: 20, height: 20)) == sheet)
        let palette = (0..<8).map { RGB(UInt8($0 * 30), 255, 7) }
        for (name, x) in [("c.tif", 0.0), ("d.tif", 10)] {
            try TestRaster(
                width: 20, height: 20, bandCount: 1,
                samples: samples.map { $0.truncatingRemainder(dividingBy: 8) },
                palette: palette, transform: [500_000 + x, 0.5, 0, 5_000_000, 0, -0.5], crs: Self.utm
            ).write(to: folder.file(name))
        }
        let coloured = try Image(reading: joined(["c.tif", "d.tif"]))
        #expect(
            coloured.cropped(to: PixelRect(x: 20, y: 0, width: 20, height: 20))
                == (try Image(reading: folder.file("c.tif"))))
    }
}

extension Image {
    /// A picture of another one's size with this one at a place.
    fileprivate func enlarged(to place: PixelRect, in whole: Image) -> Image {
        var picture = whole
        picture.paste(self, x: place.x0, y: place.y0)
        return picture
    }
}
