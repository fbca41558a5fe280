import EndingJobs
import Files
import Pixels
import Records
import Scenes
import TestSupport
import Testing

@Test(arguments: DrawnObjects.classNames.indices)
func aPictureIsAFunctionOfSeedClassAndIndex(label: Int) {
    let picture = DrawnObjects.image(label: label, index: 3, seed: 9)
    #expect(picture == DrawnObjects.image(label: label, index: 3, seed: 9))
    #expect(picture != DrawnObjects.image(label: label, index: 4, seed: 9))
    #expect(picture != DrawnObjects.image(label: label, index: 3, seed: 10))
    #expect((picture.width, picture.height) == (32, 32))
}

@Test func carsAndBoatsAreAmongTheTenClasses() {
    #expect(DrawnObjects.classNames.count == 10 && Set(DrawnObjects.classNames).count == 10)
    #expect(DrawnObjects.classNames.contains("car") && DrawnObjects.classNames.contains("boat"))
}

/// The same object drawn larger and scaled down again is the same picture but for noise.
@Test func aPictureCanBeDrawnLarger() {
    let small = DrawnObjects.image(label: 3, index: 0, seed: 2)
    let large = DrawnObjects.image(label: 3, index: 0, seed: 2, side: 96).downscaled(width: 32, height: 32)
    let differences = zip(small.pixelsHWC, large.pixelsHWC).map { abs(Int($0) - Int($1)) }
    #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 20)
}

/// A class must not be told by its colours: their means over many pictures lie close together.
@Test func meanColourSaysLittleAboutTheClass() {
    let brightness = DrawnObjects.classNames.indices.map { label in
        let means = (0..<40).map { index in
            let bytes = DrawnObjects.image(label: label, index: index, seed: 1, side: 8).pixelsHWC
            return Double(bytes.reduce(0) { $0 + Int($1) }) / Double(bytes.count)
        }
        return means.reduce(0, +) / Double(means.count)
    }
    #expect((brightness.max() ?? 0) - (brightness.min() ?? 0) < 60, "\(brightness)")
}

@Test func aSamplePackHoldsEveryClassInTurn() throws {
    let folder = try TemporaryFolder()
    try writeDrawnObjects(to: .replacing(folder.file("drawn.tiles")), countPerClass: 3, seed: 4)
    let pack = try TilePack(opening: folder.file("drawn.tiles"))
    #expect(pack.count == 30 && pack.classNames == DrawnObjects.classNames)
    #expect((0..<30).map { pack.label(of: $0) } == (0..<30).map { $0 % 10 })
    #expect(try pack.tile(13) == DrawnObjects.image(label: 3, index: 1, seed: 4))
}

@Test func anInterruptedSamplePackLeavesNothing() throws {
    let folder = try TemporaryFolder()
    #expect(throws: Cancelled()) {
        try writeDrawnObjects(
            to: .replacing(folder.file("drawn.tiles")), countPerClass: 3, seed: 4, job: .cancelled)
    }
    #expect(try folder.names.isEmpty)
}
