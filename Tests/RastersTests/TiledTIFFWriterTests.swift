import Bytes
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Test(arguments: [(700, 1300), (512, 512), (1, 1), (2000, 30)])
func aTiledTIFFKeepsEveryBitWhateverTheOrderOfBlocks(width: Int, height: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene.tif")
    let image = Image.noise(width: width, height: height, seed: 8)
    var random = SplitMix64(seed: 1)
    var writer = try TiledTIFFWriter(.replacing(path), width: width, height: height)
    for block in image.bounds.blocks(side: 300).shuffled(using: &random) {
        try writer.write(image.cropped(to: block), x: block.x0, y: block.y0)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.commit()
    #expect(try folder.names == ["scene.tif"])
    #expect(try Image(reading: path) == image)
}

@Test func aTiledTIFFHasOverviewsThatShowTheScene() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene.tif")
    let image = Image.gradient(width: 2100, height: 1100)
    var writer = try TiledTIFFWriter(.replacing(path), width: image.width, height: image.height)
    try writer.write(image, x: 0, y: 0)
    try writer.commit()
    let overview = try Raster(opening: path).overview(maxSide: 200)
    let expected = image.downscaled(width: overview.width, height: overview.height)
    let differences = zip(overview.pixelsHWC, expected.pixelsHWC).map { abs(Int($0) - Int($1)) }
    #expect((differences.max() ?? 255) <= 2)
}

@Test func aCloudOptimizedTIFFHasTheSamePixelsInAnotherOrder() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene.tif")
    let image = Image.noise(width: 1300, height: 700, seed: 3)
    var writer = try TiledTIFFWriter(
        .replacing(path), width: image.width, height: image.height, isCloudOptimized: true)
    try writer.write(image, x: 0, y: 0)
    try writer.end(cancellation: Cancellation())
    try writer.commit()
    #expect(try folder.names == ["scene.tif"])
    #expect(try Image(reading: path) == image)
    // The file says near its beginning how it is laid out.
    let head = try String(decoding: folder.bytes("scene.tif").prefix(400), as: UTF8.self)
    #expect(head.contains("LAYOUT=IFDS_BEFORE_DATA"))
}

@Test func aCancelledCloudOptimizedTIFFLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let image = Image.noise(width: 600, height: 600, seed: 3)
    let cancellation = Cancellation()
    func write() throws {
        var writer = try TiledTIFFWriter(
            .replacing(folder.file("scene.tif")), width: image.width, height: image.height,
            isCloudOptimized: true)
        try writer.write(image, x: 0, y: 0)
        cancellation.request()
        try writer.end(cancellation: cancellation)
        try writer.commit()
    }
    #expect(throws: Cancelled.self) { try write() }
    #expect(try folder.names.isEmpty)
}

@Test func whatIsNotCommittedLeavesWhatStoodThere() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scene.tif")
    try Data("before".utf8).write(to: URL(fileURLWithPath: path))
    do {
        var writer = try TiledTIFFWriter(.replacing(path), width: 40, height: 40)
        try writer.write(Image(width: 40, height: 40), x: 0, y: 0)
    }
    #expect(try folder.names == ["scene.tif"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("before".utf8))
}

@Test(arguments: ["none/scene.tif", "."]) func saysThatThereIsNoPlaceForTheFile(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file(name)
    let error = try #require(throws: RasterError.self) {
        _ = try TiledTIFFWriter(.replacing(path), width: 4, height: 4)
    }
    #expect(error.code == .cannotWrite && error.path == path)
    #expect(!error.cause.contains("scene.tif"), "\(error)")
    #expect(try folder.names.isEmpty)
}

@Test func whatIsCancelledLeavesWhatStoodThere() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], to: "scene.tif")
    let cancellation = Cancellation()
    cancellation.request()
    #expect(throws: Cancelled()) {
        var writer = try TiledTIFFWriter(.replacing(path), width: 1024, height: 1024)
        try writer.write(.noise(width: 1024, height: 1024, seed: 4), x: 0, y: 0)
        try writer.end(cancellation: cancellation)
    }
    #expect(try folder.names == ["scene.tif"] && folder.bytes("scene.tif") == [1])
}

@Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
func saysThatTheDiskIsFull() throws {
    let disk = try SmallDisk(kilobytes: 2048)
    let path = disk.folder.file("scene.tif")
    let noise = Image.noise(width: 1024, height: 512, seed: 4)
    let error = try #require(throws: RasterError.self) {
        var writer = try TiledTIFFWriter(.replacing(path), width: 1024, height: 4096)
        for y in stride(from: 0, to: 4096, by: 512) { try writer.write(noise, x: 0, y: y) }
        try writer.commit()
    }
    #expect(error.code == .noSpace && error.path == path, "\(error)")
    #expect(error.cause.contains("No space left"), "\(error)")
    #expect(try disk.folder.names.isEmpty)
    let pngError = try #require(throws: RasterError.self) {
        try Image.noise(width: 1024, height: 1024, seed: 4).writePNG(
            to: .replacing(disk.folder.file("picture.png")))
    }
    #expect(pngError.code == .noSpace)
    #expect(try disk.folder.names.isEmpty)
}

extension PixelRect {
    /// Squares that cover the rectangle, cut at its edges.
    fileprivate func blocks(side: Int) -> [PixelRect] {
        stride(from: y0, to: y1, by: side).flatMap { y in
            stride(from: x0, to: x1, by: side).map { x in
                PixelRect(x0: x, y0: y, x1: min(x + side, x1), y1: min(y + side, y1))
            }
        }
    }
}
