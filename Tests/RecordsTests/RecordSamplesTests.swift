import Bytes
import Files
import Pixels
import Rasters
import Records
import TestSupport
import Testing

@Suite struct RecordSamplesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func records(_ images: [[UInt8]], labels: [Float], name: String = "a.rec") throws -> String {
        var file: [UInt8] = []
        for (number, image) in images.enumerated() {
            let record =
                ImageRecordHeader(labels: [labels[number]], id: UInt64(number)).encoded() + image
            file += RecordIO.encoded(record.span.bytes)
        }
        return try folder.write(file, to: name)
    }

    private func images() throws -> [[UInt8]] {
        var random = SplitMix64(seed: 4)
        return try (0..<6).map { number in
            let image = Image.random(width: 20 + 3 * number, height: 30, using: &random)
            return try number % 2 == 0 ? image.jpegData(quality: 90) : image.pngData()
        }
    }

    @Test func picturesOfRecordsBecomeBatches() throws {
        let images = try images()
        let samples = try openSamples(records(images, labels: [0, 1, 2, 0, 1, 2]))
        #expect(samples is RecordSamples)
        #expect(samples.count == 6 && samples.classNames == ["0", "1", "2"] && samples.squareSide == nil)
        let loader = BatchLoader(
            source: samples, side: 16, batchSize: 3, seed: 7, epoch: 1, augmentation: .imageNet)
        let order = SampleOrder(count: 6, seed: 7, epoch: 1)
        let first = try #require(try loader.next())
        for place in 0..<3 {
            var pixels = [UInt8](repeating: 0, count: 768)
            var span = pixels.mutableSpan
            let image = images[order[place]]
            try PictureCutter().cut(
                image.span.bytes, path: "a", sample: order[place],
                varied: Variation(.imageNet, seed: 7, epoch: 1, position: place), side: 16, into: &span,
                cancellation: Cancellation())
            #expect(Array(first.pixelsNHWC[place * 768..<(place + 1) * 768]) == pixels)
            #expect(first.labels[place] == Int32(order[place] % 3))
        }
        #expect(loader.quarantined.isEmpty)
    }

    /// Else a model would be measured otherwise by records than by tiles.
    @Test func aPictureOfTheSquaresSizeIsScoredAsItIs() throws {
        var random = SplitMix64(seed: 5)
        let image = Image.random(width: 32, height: 32, using: &random)
        let samples = try openSamples(records([image.pngData()], labels: [0]))
        func square(_ augmentation: Augmentation) throws -> [UInt8] {
            var pixels = [UInt8](repeating: 0, count: 32 * 32 * 3)
            var span = pixels.mutableSpan
            try samples.write(
                0, varied: Variation(augmentation, seed: 1, epoch: 0, position: 0), side: 32, into: &span,
                cancellation: Cancellation())
            return pixels
        }
        #expect(try square(samples.evaluation) == Array(image.pixelsHWC))
        // What is asked for is done.
        #expect(try square(Augmentation(.centre(shorterSide: 37))) != Array(image.pixelsHWC))
    }

    /// As `im2rec` packs them for detection: how many numbers come first, how many an object has, and the objects.
    @Test func boxesAreNoClasses() throws {
        func file(_ labels: [Float]) throws -> String {
            let record = ImageRecordHeader(labels: labels, id: 0).encoded()
            return try folder.write(RecordIO.encoded(record.span.bytes), to: "a.rec")
        }
        for labels: [Float] in [
            [2, 5, 0, 0.1, 0.1, 0.5, 0.5], [4, 5, 640, 480, 1, 0.1, 0.2, 0.3, 0.2],
            [2, 6, 0, 0.1, 0.1, 0.5, 0.5, 0, 3, 0, 0, 1, 1, 1],
        ] {
            let error = #expect(throws: RecordsError.self) { _ = try openSamples(file(labels)) }
            #expect(error?.cause.contains("boxes") == true)
            let remarks = try ImageCollection.records(at: file(labels)).remarks
            #expect(remarks.count == 1 && remarks[0].contains("are boxes"))
        }
        for labels: [Float] in [
            [2], [2, 5], [2, 5, 0, 0.5, 0.1, 0.1, 0.5], [2, 5, 0.5, 0.1, 0.1, 0.5, 0.5],
            [3, 1, 4, 1, 5, 9, 2],
        ] {
            #expect(try openSamples(file(labels)).count == 1)
        }
    }

    @Test func aDamagedRecordIsNamedWithItsPlace() throws {
        var images = try images()
        images[1] = Array("no picture".utf8)
        let loader = BatchLoader(
            evaluating: try openSamples(records(images, labels: [0, 1, 2, 0, 1, 2])), side: 16, batchSize: 6)
        #expect(try loader.next()?.labels == [0, 2, 0, 1, 2])
        #expect(loader.quarantined.map(\.sample) == [1])
        let reason = try #require(loader.quarantined.first?.reason)
        #expect(
            reason.hasPrefix("\(folder.file("a.rec")): cannot read record 1 of 6: cannot open as an image"))
    }

    @Test func aPackOfTilesIsOpenedAsOne() throws {
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 4, tileHeight: 4, classNames: ["a"])
        try writer.append(Image(width: 4, height: 4), label: 0)
        try writer.commit()
        let samples = try openSamples(folder.file("a"))
        #expect(samples is TilePack && samples.squareSide == 4)
    }

    @Test(arguments: ["missing.rec", "text.txt", "text.rec", "empty"])
    func whatIsNeitherIsAnError(name: String) throws {
        _ = try folder.write(Array("neither of the two".utf8), to: "text.txt")
        _ = try folder.write(Array("neither of the two".utf8), to: "text.rec")
        _ = try folder.write([], to: "empty")
        let error = #expect(throws: RecordsError.self) { _ = try openSamples(folder.file(name)) }
        #expect(error?.path == folder.file(name))
    }
}
