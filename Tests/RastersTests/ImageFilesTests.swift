import Files
import Foundation
import Pixels
import Rasters
import Synchronization
import TestSupport
import Testing

@Test(arguments: [(1, 1), (3, 2), (257, 65)])
func aPNGKeepsEveryBit(width: Int, height: Int) throws {
    let folder = try TemporaryFolder()
    let image = Image.noise(width: width, height: height, seed: 5)
    try image.writePNG(to: .replacing(folder.file("picture.png")))
    #expect(try Image(reading: folder.file("picture.png")) == image)
    #expect(try folder.names == ["picture.png"])
}

@Test func aJPEGKeepsTheColoursNearlyAndTheSmallerTheQualityTheFewerBytes() throws {
    let folder = try TemporaryFolder()
    let image = Image.gradient(width: 64, height: 48)
    let bytes = try image.jpegData(quality: 95)
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("picture.jpg")))
    let back = try Image(reading: folder.file("picture.jpg"))
    let differences = zip(back.pixelsHWC, image.pixelsHWC).map { abs(Int($0) - Int($1)) }
    #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 3)
    #expect(try image.jpegData(quality: 30).count < bytes.count)
}

@Test func encodesOnManyThreadsAtOnce() throws {
    let images = (0..<16).map { Image.noise(width: 40, height: 40, seed: UInt64($0)) }
    let expected = try images.map { try $0.pngData() }
    let equalCount = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: images.count) { index in
        let bytes = try? images[index].pngData()
        if bytes == expected[index] { equalCount.add(1, ordering: .relaxed) }
    }
    #expect(equalCount.load(ordering: .relaxed) == images.count)
}

@Test func saysWhereAPNGCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("no such folder/picture.png")
    let error = try #require(throws: RasterError.self) {
        try Image(width: 2, height: 2).writePNG(to: .replacing(path))
    }
    #expect(error.code == .cannotWrite && error.path == path && error.cause == "No such file or directory")
}
