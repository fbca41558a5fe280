import Dispatch
import Bytes
import Files
import Foundation
import Pixels
import Files
import Records
import TestSupport
import Testing

@Suite struct BatchLoaderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 8, tileHeight: 8, classNames: ["a", "b", "c"])
        for index in 0..<50 {
            try writer.append(.random(width: 8, height: 8, using: &random), label: index % 3)
        }
        try writer.commit()
    }

    private func pack() throws -> TilePack { try TilePack(opening: folder.file("a")) }

    private func batches(_ loader: BatchLoader) throws -> [Batch] {
        var batches: [Batch] = []
        while let batch = try loader.next() { batches.append(batch) }
        return batches
    }

    @Test func bringsTheSamplesOfTheOrderAugmented() throws {
        let pack = try pack()
        let loader = BatchLoader(source: pack, side: 8, batchSize: 7, seed: 3, epoch: 2, augmentation: .cifar)
        let batches = try batches(loader)
        let order = SampleOrder(count: 50, seed: 3, epoch: 2)
        #expect(loader.batchCount == 7)
        #expect(batches.map(\.count) == [Int](repeating: 7, count: 7))
        #expect(batches.flatMap(\.labels) == (0..<49).map { Int32(pack.label(of: order[$0])) })
        let expected = try (0..<49).flatMap { position in
            let variation = Variation(.cifar, seed: 3, epoch: 2, position: position)
            var pixels = [UInt8](repeating: 0, count: 8 * 8 * 3)
            var span = pixels.mutableSpan
            try pack.write(order[position], varied: variation, side: 8, into: &span)
            return pixels
        }
        #expect(batches.flatMap(\.pixelsNHWC) == expected)
        #expect(loader.waitSeconds > 0)
    }

    @Test func nobodyWaitsForABatchThatIsNotWanted() throws {
        let source = Blocked()
        let loader = BatchLoader(evaluating: source, side: 8, batchSize: 7)
        let cancellation = Cancellation()
        DispatchQueue.global().async {
            source.asked.wait()
            cancellation.request()
        }
        #expect(throws: Cancelled.self) { try loader.next(cancellation) }
    }

    @Test func batchSizeDoesNotChangeTheStream() throws {
        let streams = try [1, 5, 25].map { size in
            try batches(
                BatchLoader(source: pack(), side: 8, batchSize: size, seed: 3, epoch: 0, augmentation: .cifar)
            ).flatMap(\.pixelsNHWC)
        }
        #expect(streams[0] == streams[1])
        #expect(streams[0] == streams[2])
    }

    @Test(arguments: [0, 3, 7]) func goesOnInTheMiddle(firstBatch: Int) throws {
        let whole = try batches(
            BatchLoader(source: pack(), side: 8, batchSize: 7, seed: 3, epoch: 2, augmentation: .cifar))
        let rest = try batches(
            BatchLoader(
                source: pack(), side: 8, batchSize: 7, seed: 3, epoch: 2, augmentation: .cifar,
                firstBatch: firstBatch))
        #expect(rest == Array(whole[firstBatch...]))
    }

    @Test(arguments: [(nil, 50), (20, 20), (23, 20), (1000, 50)] as [(Int?, Int)])
    func stopsAtTheLimit(limit: Int?, count: Int) throws {
        let loader = try BatchLoader(
            source: pack(), side: 8, batchSize: 10, seed: 3, epoch: 0, augmentation: .none, sampleLimit: limit
        )
        #expect(try batches(loader).reduce(0) { $0 + $1.count } == count)
        #expect(try loader.next() == nil)
    }

    @Test(arguments: [(51, nil), (10, 9), (10, 0)] as [(Int, Int?)])
    func saysThatThereIsNotOneBatch(size: Int, limit: Int?) throws {
        let loader = try BatchLoader(
            source: pack(), side: 8, batchSize: size, seed: 3, epoch: 0, augmentation: .none,
            sampleLimit: limit)
        let error = #expect(throws: RecordsError.self) { _ = try loader.next() }
        #expect(error?.code == .tooFewSamples)
    }

    @Test(arguments: [1, 2, 3, 8]) func theNumberOfThreadsDoesNotChangeTheStream(workerCount: Int) throws {
        let expected = try batches(
            BatchLoader(
                source: pack(), side: 8, batchSize: 3, seed: 3, epoch: 2, augmentation: .cifar, workerCount: 1
            ))
        for _ in 0..<5 {
            let found = try batches(
                BatchLoader(
                    source: pack(), side: 8, batchSize: 3, seed: 3, epoch: 2, augmentation: .cifar,
                    workerCount: workerCount))
            #expect(found == expected)
        }
    }

    @Test func evaluationSeesEverySampleOnceAndInOrder() throws {
        let pack = try pack()
        let batches = try batches(BatchLoader(evaluating: pack, side: 8, batchSize: 20))
        #expect(batches.map(\.count) == [20, 20, 10])
        #expect(try batches.flatMap(\.pixelsNHWC) == (0..<50).flatMap { try pack.tile($0).pixelsHWC })
        #expect(batches.flatMap(\.labels) == (0..<50).map { Int32($0 % 3) })
        let first = try self.batches(BatchLoader(evaluating: pack, side: 8, batchSize: 20, sampleLimit: 21))
        #expect(first.map(\.count) == [20, 1])
    }

    @Test func saysWhatDoesNotSuit() throws {
        let ofSide = try BatchLoader(
            source: pack(), side: 9, batchSize: 2, seed: 3, epoch: 0, augmentation: .none)
        #expect(throws: RecordsError.self) { try ofSide.next() }
        let ofCut = try BatchLoader(
            source: pack(), side: 8, batchSize: 2, seed: 3, epoch: 0,
            augmentation: Augmentation(.random(shorterSide: 7)))
        let error = #expect(throws: RecordsError.self) { try ofCut.next() }
        #expect(error?.code == .unsuitable)
    }

    /// The threads hold the pack: once the pack is gone, they are too.
    @Test(arguments: [0, 1, 6]) func itsThreadsEndWhenItIsDropped(takenCount: Int) throws {
        weak var gone: TilePack?
        do {
            let pack = try pack()
            gone = pack
            let loader = BatchLoader(
                source: pack, side: 8, batchSize: 2, seed: 3, epoch: 0, augmentation: .none)
            for _ in 0..<takenCount { _ = try loader.next() }
        }
        // So often that a busy machine has time to end it, but not for ever.
        for _ in 0..<5_000_000 where gone != nil { sched_yield() }
        #expect(gone == nil)
    }
}

/// A sample that is decoded until somebody ends it.
private final class Blocked: SampleSource {
    let path = "blocked"
    let classNames = ["a"]
    let count = 1
    let squareSide: Int? = 8
    let evaluation = Augmentation.none
    /// Raised when the sample is asked for.
    let asked = DispatchSemaphore(value: 0)

    func label(of sample: Int) -> Int { 0 }
    func objection(toSide side: Int) -> String? { nil }

    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        asked.signal()
        while !cancellation.isRequested { sched_yield() }
        throw RecordsError(code: .cannotRead, operation: "read", path: path, cause: "interrupted")
    }
}
