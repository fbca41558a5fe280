import Bytes
import Foundation
import Pixels
import Rasters
import Files
import Records
import Synchronization
import TestSupport
import Testing

/// Encoded pictures in memory.
private final class Pictures: SampleSource {
    let path = "pictures"
    let files: [[UInt8]]
    let classNames = ["a", "b", "c"]
    private let cutter = PictureCutter()
    private let writeCount = Atomic(0)
    var squareSide: Int? { nil }
    var evaluation: Augmentation { .centre }
    var count: Int { files.count }
    /// How often a sample was asked for.
    var askedCount: Int { writeCount.load(ordering: .relaxed) }

    init(_ files: [[UInt8]]) { self.files = files }

    func label(of sample: Int) -> Int { sample % 3 }
    func objection(toSide side: Int) -> String? { nil }

    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        writeCount.add(1, ordering: .relaxed)
        let file = files[sample]
        do throws(RasterError) {
            try cutter.cut(
                file.span.bytes, path: "picture \(sample)", sample: sample, varied: variation,
                side: side,
                into: &pixelsHWC, cancellation: cancellation)
        } catch {
            throw RecordsError(
                code: .malformed, operation: error.operation, path: error.path, cause: error.cause)
        }
    }
}

@Suite struct PictureLoadingTests {
    /// 24 JPEG pictures of many sizes, 6 PNG; those in `damaged` are cut short.
    private func pictures(damaged: Set<Int> = []) throws -> Pictures {
        var random = SplitMix64(seed: 8)
        return try Pictures(
            (0..<30).map { sample in
                let image = Image.random(
                    width: .random(in: 20...90, using: &random), height: .random(in: 20...90, using: &random),
                    using: &random)
                let bytes = try sample % 5 == 4 ? image.pngData() : image.jpegData(quality: 80)
                return damaged.contains(sample) ? Array(bytes.prefix(bytes.count * 3 / 4)) : bytes
            })
    }

    private let augmentation = Augmentation(
        .randomResized(scale: 0.08...1, ratio: 0.75...4.0 / 3), mirror: .random,
        jitter: ColourJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4))

    private func loader(
        _ source: Pictures, batchSize: Int = 4, augmentation: Augmentation? = nil, firstBatch: Int = 0,
        workerCount: Int = 2
    ) -> BatchLoader {
        BatchLoader(
            source: source, side: 16, batchSize: batchSize, seed: 5, epoch: 3,
            augmentation: augmentation ?? self.augmentation, firstBatch: firstBatch, workerCount: workerCount)
    }

    private func batches(_ loader: BatchLoader) throws -> [Batch] {
        var batches: [Batch] = []
        while let batch = try loader.next() { batches.append(batch) }
        return batches
    }

    @Test(arguments: [[], [0, 7, 8, 9, 14, 29]] as [Set<Int>])
    func theStreamIsTheSameForAnyNumberOfThreadsAndAnyBatch(damaged: Set<Int>) throws {
        let source = try pictures(damaged: damaged)
        let one = loader(source, batchSize: 5, workerCount: 1)
        let expected = try batches(one)
        #expect(expected.count == 6)
        for workerCount in 2...3 {
            let other = loader(source, batchSize: 5, workerCount: workerCount)
            #expect(try batches(other) == expected)
            #expect(other.quarantined == one.quarantined)
        }
        #expect(
            try batches(loader(source, batchSize: 5, firstBatch: 2, workerCount: 2)) == Array(expected[2...]))
        #expect(
            try batches(loader(source, batchSize: 1)).flatMap(\.pixelsNHWC) == expected.flatMap(\.pixelsNHWC))
    }

    /// Every variation, so that no crop misses the damage.
    @Test func theNextReadableSampleTakesThePlaceOfADamagedOne() throws {
        let damaged: Set<Int> = [2, 3, 11, 24]
        let (source, whole) = (try pictures(damaged: damaged), try pictures())
        let loader = loader(source, batchSize: 1)
        let found = try batches(loader)
        let order = SampleOrder(count: 30, seed: 5, epoch: 3)
        for (position, batch) in found.enumerated() {
            let taken = (0..<30).lazy.map { order[(position + $0) % 30] }.first { !damaged.contains($0) } ?? 0
            let variation = Variation(augmentation, seed: 5, epoch: 3, position: position)
            var pixels = [UInt8](repeating: 0, count: 16 * 16 * 3)
            var span = pixels.mutableSpan
            try whole.write(taken, varied: variation, side: 16, into: &span)
            #expect(batch == Batch(pixelsNHWC: pixels, labels: [Int32(taken % 3)]))
        }
        #expect(Set(loader.quarantined.map(\.sample)) == damaged && loader.quarantined.count == 4)
        #expect(loader.quarantined.allSatisfy { $0.reason.hasPrefix("picture \($0.sample): cannot ") })
        #expect(loader.quarantined.map(\.sample) == (0..<30).map { order[$0] }.filter(damaged.contains))
    }

    @Test func nothingReadableIsAnError() throws {
        let loader = loader(try pictures(damaged: Set(0..<30)))
        let error = #expect(throws: RecordsError.self) { try loader.next() }
        #expect(error?.operation == "read any of the 30 samples")
    }

    @Test func evaluationTakesTheCentreAndLeavesOutWhatIsDamaged() throws {
        let source = try pictures(damaged: [1, 7])
        let loader = BatchLoader(evaluating: source, side: 16, batchSize: 4)
        let found = try batches(loader)
        #expect(found.map(\.count) == [3, 3, 4, 4, 4, 4, 4, 2])
        let samples = (0..<30).filter { $0 != 1 && $0 != 7 }
        #expect(found.flatMap(\.labels) == samples.map { Int32($0 % 3) })
        #expect(loader.quarantined.map(\.sample) == [1, 7])
        // Shorter side 18, and 16 of it: on a picture that is 18 pixels high nothing is resized.
        var random = SplitMix64(seed: 1)
        let image = Image.random(width: 27, height: 18, using: &random)
        let one = BatchLoader(evaluating: Pictures([try image.pngData()]), side: 16, batchSize: 4)
        let centre = image.cropped(to: PixelRect(x: 6, y: 1, width: 16, height: 16))
        #expect(try one.next()?.pixelsNHWC == centre.pixelsHWC)
    }

    @Test func onePixelBecomesASquareOfItsColour() throws {
        var image = Image(width: 1, height: 1)
        image[0, 0] = RGB(200, 100, 50)
        let source = Pictures([try image.pngData()])
        for augmentation in [
            Augmentation.imageNet, .centre, .none, .cifar, Augmentation(.random(shorterSide: 20)),
        ] {
            let loader = loader(source, batchSize: 1, augmentation: augmentation)
            let pixels = try #require(try loader.next()).pixelsNHWC
            if augmentation != .cifar { #expect(Set(pixels) == [200, 100, 50]) }
        }
    }

    /// One batch in work for each thread, and four that wait.
    @Test func onlySoManyBatchesAreMadeAhead() throws {
        let source = try Pictures((0..<40).flatMap { _ in try pictures().files })
        let loader = loader(source, batchSize: 10)
        _ = try loader.next()
        Thread.sleep(forTimeInterval: 0.3)
        #expect(source.askedCount <= (1 + 4 + 2) * 10)
    }
}
