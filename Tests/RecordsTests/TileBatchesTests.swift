import Bytes
import Files
import Records
import TestSupport
import Testing

/// Held to the loader: copied as they are placed, the tiles are its bytes.
@Suite struct TileBatchesTests {
    let folder: TemporaryFolder
    let pack: TilePack

    /// 50 tiles: single ones, windows of a canvas, and single ones again.
    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix64(seed: 1)
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 8, tileHeight: 8, classNames: ["a", "b", "c"])
        for index in 0..<20 {
            try writer.append(.random(width: 8, height: 8, using: &random), label: index % 3)
        }
        let windows = WindowGrid(x0: 1, y0: 2, stride: 3, columns: 4, rows: 5, labels: .all(2))
        try writer.append(.random(width: 19, height: 23, using: &random), windows: [windows])
        for index in 0..<10 {
            try writer.append(.random(width: 8, height: 8, using: &random), label: index % 2)
        }
        try writer.commit()
        pack = try TilePack(opening: folder.file("a"))
    }

    /// The batches of both, from the same arguments.
    private func expectSameStream(
        _ augmentation: Augmentation, batchSize: Int = 7, epoch: Int = 2, sampleLimit: Int? = nil,
        firstBatch: Int = 0
    ) throws {
        let loader = BatchLoader(
            source: pack, side: 8, batchSize: batchSize, seed: 3, epoch: epoch, augmentation: augmentation,
            sampleLimit: sampleLimit, firstBatch: firstBatch)
        var named = TileBatches(
            pack: pack, side: 8, batchSize: batchSize, seed: 3, epoch: epoch, augmentation: augmentation,
            sampleLimit: sampleLimit, firstBatch: firstBatch)
        while let batch = try loader.next() {
            let found = try #require(try named.next())
            var pixels = [UInt8](repeating: 0, count: batch.pixelsNHWC.count)
            try pixels.withUnsafeMutableBufferPointer { pixels in
                for (place, placed) in found.tiles.enumerated() {
                    let bytes = place * 8 * 8 * 3..<(place + 1) * 8 * 8 * 3
                    try pack.copy(
                        placed.tile, into: UnsafeMutableBufferPointer(rebasing: pixels[bytes]),
                        crop: placed.crop)
                }
            }
            #expect(found.labels == batch.labels)
            #expect(pixels == batch.pixelsNHWC)
        }
        #expect(try named.next() == nil)
    }

    @Test(
        arguments: [Augmentation.Border.black, .reflect],
        [Augmentation.Mirror.none, .random, .alternating])
    func namesTheLoadersStream(border: Augmentation.Border, mirror: Augmentation.Mirror) throws {
        for (epoch, padding) in [(0, 0), (1, 4), (2, 4), (3, 20)] {
            try expectSameStream(
                Augmentation(.moved(padding: padding, border: border), mirror: mirror), epoch: epoch)
        }
    }

    @Test(arguments: [(nil, 0), (20, 0), (23, 1), (1000, 3), (nil, 6), (nil, 7)] as [(Int?, Int)])
    func stopsAtTheLimitAndGoesOnInTheMiddle(sampleLimit: Int?, firstBatch: Int) throws {
        try expectSameStream(.cifar, sampleLimit: sampleLimit, firstBatch: firstBatch)
    }

    @Test(arguments: [1, 25, 50]) func takesAnyBatchSize(batchSize: Int) throws {
        try expectSameStream(.cifar, batchSize: batchSize)
    }

    @Test func saysThatThereIsNotOneBatch() {
        var batches = TileBatches(
            pack: pack, side: 8, batchSize: 51, seed: 3, epoch: 0, augmentation: .cifar)
        let error = #expect(throws: RecordsError.self) { try batches.next() }
        #expect(error?.code == .tooFewSamples)
    }

    @Test func onlyWhatIsMovedAndNoMoreCanBeNamed() {
        #expect(Augmentation.none.move?.padding == 0)
        #expect(Augmentation.cifar.move?.padding == 4)
        #expect(Augmentation.cifar.move?.border == .black)
        var jittered = Augmentation.cifar
        jittered.jitter = ColourJitter(contrast: 0.5)
        #expect(jittered.move == nil)
        var turning = Augmentation.cifar
        turning.turns = true
        #expect(turning.move == nil)
        #expect(Augmentation.imageNet.move == nil)
        #expect(Augmentation.centre.move == nil)
    }
}
