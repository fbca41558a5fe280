import CGDAL
import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// One file of one row, and the colours that it must read as.
struct ColourCase: CustomTestStringConvertible {
    var testDescription: String
    var raster: TestRaster
    var expected: [RGB]
    var driver = "GTiff"
}

private func oneRow(
    _ bands: Int, _ samples: [Double], type: GDALDataType = GDT_Byte, options: [String] = [],
    palette: [RGB] = []
) -> TestRaster {
    TestRaster(
        width: samples.count / bands, height: 1, type: type, bandCount: bands, samples: samples,
        options: options, palette: palette)
}

private let colourCases = [
    ColourCase(
        testDescription: "red, green, blue", raster: oneRow(3, [1, 2, 3, 4, 5, 6]),
        expected: [RGB(1, 2, 3), RGB(4, 5, 6)]),
    ColourCase(
        testDescription: "grey", raster: oneRow(1, [0, 77]), expected: [RGB(0, 0, 0), RGB(77, 77, 77)]),
    ColourCase(
        testDescription: "grey and alpha", raster: oneRow(2, [50, 0, 60, 255], options: ["ALPHA=YES"]),
        expected: [RGB(50, 50, 50), RGB(60, 60, 60)]),
    ColourCase(
        testDescription: "alpha is dropped, the colour under it stays",
        raster: oneRow(4, [10, 20, 30, 0, 1, 2, 3, 255], options: ["PHOTOMETRIC=RGB", "ALPHA=YES"]),
        expected: [RGB(10, 20, 30), RGB(1, 2, 3)]),
    ColourCase(
        testDescription: "a fourth band of another kind is dropped",
        raster: oneRow(4, [10, 20, 30, 40], options: ["PHOTOMETRIC=RGB", "ALPHA=NO"]),
        expected: [RGB(10, 20, 30)]),
    ColourCase(
        testDescription: "palette",
        raster: oneRow(1, [2, 0, 1], palette: [RGB(9, 8, 7), RGB(255, 0, 0), RGB(0, 0, 255)]),
        expected: [RGB(0, 0, 255), RGB(9, 8, 7), RGB(255, 0, 0)]),
    ColourCase(
        testDescription: "16 bits are divided by 257",
        raster: oneRow(3, [0, 257, 65535, 128, 129, 25700], type: GDT_UInt16),
        expected: [RGB(0, 1, 255), RGB(0, 1, 100)]),
    ColourCase(
        testDescription: "16-bit grey PNG", raster: oneRow(1, [0, 65535, 32896], type: GDT_UInt16),
        expected: [RGB(0, 0, 0), RGB(255, 255, 255), RGB(128, 128, 128)], driver: "PNG"),
    ColourCase(
        testDescription: "12 of 16 bits",
        raster: oneRow(1, [0, 4095, 2048], type: GDT_UInt16, options: ["NBITS=12"]),
        expected: [RGB(0, 0, 0), RGB(255, 255, 255), RGB(128, 128, 128)]),
    ColourCase(
        testDescription: "4-bit grey", raster: oneRow(1, [0, 15, 8, 1], options: ["NBITS=4"]),
        expected: [RGB(0, 0, 0), RGB(255, 255, 255), RGB(136, 136, 136), RGB(17, 17, 17)]),
    ColourCase(
        testDescription: "1-bit black and white", raster: oneRow(1, [0, 1], options: ["NBITS=1"]),
        expected: [RGB(0, 0, 0), RGB(255, 255, 255)]),
    ColourCase(
        testDescription: "white is 0", raster: oneRow(1, [0, 255, 100], options: ["PHOTOMETRIC=MINISWHITE"]),
        expected: [RGB(255, 255, 255), RGB(0, 0, 0), RGB(155, 155, 155)]),
    ColourCase(
        testDescription: "CMYK",
        raster: oneRow(
            4, [0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 128, 255, 51], options: ["PHOTOMETRIC=CMYK"]),
        expected: [RGB(255, 255, 255), RGB(0, 255, 255), RGB(0, 0, 0), RGB(204, 102, 0)]),
    ColourCase(
        testDescription: "16-bit CMYK",
        raster: oneRow(4, [0, 32896, 65535, 13107], type: GDT_UInt16, options: ["PHOTOMETRIC=CMYK"]),
        expected: [RGB(204, 102, 0)]),
]

@Test(arguments: colourCases) func readsAsRedGreenBlue(_ test: ColourCase) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene")
    try test.raster.write(to: path, driver: test.driver)
    let raster = try Raster(opening: path)
    let image = try raster.read(raster.bounds)
    let found = (0..<image.width).map { image[$0, 0] }
    // libtiff turns 8-bit inks into light before we see them, and cuts off where we round.
    let tolerance = test.testDescription == "CMYK" ? 1 : 0
    #expect(found.count == test.expected.count)
    #expect(zip(found, test.expected).allSatisfy { isClose($0, $1, within: tolerance) }, "\(found)")
}

/// By default it would be a twentieth of the machine's memory. It is smaller while another test makes a decoded copy.
@Test func theCacheOfDecodedBlocksHasASizeOfOurs() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene")
    try oneRow(3, [1, 2, 3]).write(to: path)
    _ = try Raster(opening: path)
    #expect(GDALGetCacheMax64() <= 64 << 20)
}

@Test func readsCMYKInAJPEG() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("inks.jpg")
    // GDAL writes four bands as they are; as the inks of Adobe's JPEGs, whose 255 is no ink.
    let pixel: [Double] = [255, 127, 0, 204]
    let samples = (0..<16 * 16).flatMap { _ in pixel }
    try TestRaster(width: 16, height: 16, bandCount: 4, samples: samples, options: ["QUALITY=100"])
        .write(to: path, driver: "JPEG")
    let middle = try Image(reading: path)[8, 8]
    #expect(isClose(middle, RGB(204, 102, 0), within: 3), "\(middle)")
}

private func isClose(_ a: RGB, _ b: RGB, within distance: Int) -> Bool {
    zip([a.red, a.green, a.blue], [b.red, b.green, b.blue]).allSatisfy { abs(Int($0) - Int($1)) <= distance }
}

@Test(arguments: [["TILED=NO"], ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"]])
func readsAnyWindow(options: [String]) throws {
    let folder = try TemporaryFolder()
    let whole = Image.noise(width: 70, height: 50, seed: 1)
    let path = folder.file("scene.tif")
    try TestRaster(
        width: 70, height: 50, bandCount: 3, samples: whole.pixelsHWC.map(Double.init), options: options
    ).write(to: path)
    let raster = try Raster(opening: path)
    for window in [
        PixelRect(x0: 0, y0: 0, x1: 70, y1: 50), PixelRect(x0: 69, y0: 49, x1: 70, y1: 50),
        PixelRect(x0: 10, y0: 5, x1: 43, y1: 37),
    ] {
        #expect(try raster.read(window) == whole.cropped(to: window))
    }
}

@Test(arguments: [
    (5, GDT_Byte, "it has 5 bands"), (2, GDT_Byte, "it has 2 bands"), (3, GDT_Float32, "Float32"),
    (1, GDT_Int16, "Int16"), (1, GDT_CFloat32, "CFloat32"),
])
func refusesWhatIsNoPictureAndSaysWhatToDo(bandCount: Int, type: GDALDataType, words: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene.tif")
    let options = type == GDT_Byte ? ["PHOTOMETRIC=MINISBLACK", "ALPHA=NO"] : []
    try TestRaster(
        width: 2, height: 1, type: type, bandCount: bandCount,
        samples: [Double](repeating: 0, count: 2 * bandCount), options: options
    ).write(to: path)
    let error = try #require(throws: RasterError.self) { _ = try Image(reading: path) }
    #expect(error.code == .unsupported && error.path == path)
    #expect(error.description.contains(words) && error.cause.contains("gdal_translate"), "\(error)")
}

@Test func saysWhyAFileDoesNotOpen() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(fileURLWithPath: folder.file("empty.png")))
    try Data("Not a picture.\n".utf8).write(to: URL(fileURLWithPath: folder.file("words.jpg")))
    let reasons = [
        "missing.tif": "No such file or directory", "empty.png": "empty (0 bytes)",
        "words.jpg": "not recognized as a supported file format", "": "it is a folder",
    ]
    for (name, reason) in reasons {
        let path = name.isEmpty ? folder.path : folder.file(name)
        let error = try #require(throws: RasterError.self) { _ = try Image(reading: path) }
        #expect(error.code == .cannotOpen && error.path == path)
        #expect(error.cause.contains(reason) && !error.cause.contains(path), "\(error)")
    }
}

@Test(arguments: ["png", "jpg", "tif", "deflate.tif"], [0.1, 0.5, 0.9, 0.99])
func saysThatAFileIsCutOff(kind: String, share: Double) throws {
    let folder = try TemporaryFolder()
    let image = Image.noise(width: 200, height: 200, seed: 3)
    let path = folder.file("scene." + kind)
    if kind.hasSuffix("tif") {
        let options = kind == "tif" ? [] : ["COMPRESS=DEFLATE"]
        try TestRaster(
            width: 200, height: 200, bandCount: 3, samples: image.pixelsHWC.map(Double.init), options: options
        ).write(to: path)
    } else {
        let bytes = try kind == "png" ? image.pngData() : image.jpegData(quality: 90)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    try whole.prefix(Int(Double(whole.count) * share)).write(to: URL(fileURLWithPath: path))
    let error = try #require(throws: RasterError.self) { _ = try Image(reading: path) }
    #expect([.cannotOpen, .cannotRead].contains(error.code) && error.path == path && !error.cause.isEmpty)
    #expect(!error.cause.contains(path), "\(error)")
}

@Test func overviewIsTheMeanOfWhatItCovers() throws {
    let folder = try TemporaryFolder()
    let whole = Image.noise(width: 300, height: 210, seed: 9)
    let path = folder.file("scene.png")
    try whole.writePNG(to: .replacing(path))
    let raster = try Raster(opening: path)
    #expect(try raster.overview(maxSide: 100) == whole.downscaled(width: 100, height: 70))
    #expect(try raster.overview(maxSide: 300) == whole)
    #expect(try raster.overview(maxSide: 1000) == whole)
}

@Test func overviewOfATallStripKeepsAPixelOfWidth() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("strip.png")
    try Image(width: 1, height: 3000).writePNG(to: .replacing(path))
    let overview = try Raster(opening: path).overview(maxSide: 100)
    #expect((overview.width, overview.height) == (1, 100))
}
