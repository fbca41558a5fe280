import ArgumentParser
import Files
import Foundation
import Records

/// Measures how fast training batches come from a pack of tiles or from image records.
struct BenchLoader: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader",
        abstract: "How fast batches come from a pack or from records, without a network.",
        discussion: """
            Twice: tiles as they are, and moved and mirrored at random; images of records cut in their centre, and by \
            random resized crops and mirrored.
            """)

    @Option(
        help: ArgumentHelp("A pack or records; random tiles are made without it.", valueName: "data"))
    var data: String?
    @Option(help: ArgumentHelp("Side of the random tiles.", valueName: "pixels")) var tileSize = 32
    @Option(help: ArgumentHelp("Side of the squares cut from records.", valueName: "pixels")) var side = 224
    @Option(help: ArgumentHelp("Samples in a batch.", valueName: "count")) var batch = 128
    @Option(help: ArgumentHelp("Threads that load; 0 for one per core.", valueName: "count")) var workers = 0
    @Option(help: ArgumentHelp("How long to measure each.", valueName: "seconds")) var seconds = 3.0
    @OptionGroup var output: BenchOutput

    func validate() throws {
        try require("--tile-size", tileSize, in: 1...1024)
        try require("--side", side, in: 1...4096)
        try require("--batch", batch, in: 1...65_536)
        try require("--workers", workers, in: 0...1024)
        try require("--seconds", seconds, in: 0.1...3600)
        if data == nil { try RandomTiles(side: tileSize, batchSize: batch).check() }
    }

    func run() throws {
        try checkMeasuring()
        let folder = try TemporaryFolder()
        let source = try openSamples(data ?? RandomTiles(side: tileSize, batchSize: batch).write(in: folder))
        guard source.count >= batch else {
            throw ValidationError(
                "--batch \(batch) is more than the \(source.count) samples of \(source.path)")
        }
        let side = source.squareSide ?? side
        let random = source.squareSide == nil ? Augmentation.imageNet : .cifar
        let results = try [source.evaluation, random].map { try measure($0, of: source, side: side) }
        try output.print(
            LoaderReport(
                data: data, sampleCount: source.count, side: side, batch: batch, workers: workerCount,
                results: results))
    }

    private var workerCount: Int { workers == 0 ? ProcessInfo.processInfo.activeProcessorCount : workers }

    private func measure(
        _ augmentation: Augmentation, of source: any SampleSource, side: Int
    ) throws -> LoaderReport.Result {
        var epoch = 0
        var loader: BatchLoader?
        let timing = try BenchTiming(seconds: seconds) {
            if try loader?.next() != nil { return }
            epoch += 1
            loader = BatchLoader(
                source: source, side: side, batchSize: batch, seed: 1, epoch: epoch,
                augmentation: augmentation, workerCount: workerCount)
            _ = try loader?.next()
        }
        // Of the whole time: batches that wait in the queue come at once, those behind them do not.
        let images = Double(batch * timing.count)
        let imagesPerSecond = images / timing.wallSeconds
        return LoaderReport.Result(
            augmentation: augmentation != source.evaluation, imagesPerSecond: imagesPerSecond,
            megabytesPerSecond: imagesPerSecond * Double(side * side * 3) / 1e6,
            imagesPerCPUSecond: images / timing.processorSeconds)
    }
}

/// A pack of random tiles of ten classes: about 60 MB, and at least four batches.
struct RandomTiles {
    var side: Int
    var batchSize: Int

    private static let byteCountLimit = 1_000_000_000

    private var tileByteCount: Int { side * side * 3 }
    private var count: Int { max(4 * batchSize, min(100_000, (60 << 20) / tileByteCount)) }

    /// Refuses a pack that would fill a disk, as wrong usage.
    func check() throws {
        let byteCount = count * tileByteCount
        guard byteCount < Self.byteCountLimit else {
            throw ValidationError(
                "\(count) random tiles of \(side)x\(side), four batches of \(batchSize), would be "
                    + "\(byteCount / 1_000_000) MB; the limit is 1 GB: choose a smaller --batch or smaller tiles, "
                    + "or give your own data")
        }
    }

    /// - Returns: the pack's path.
    func write(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/random.tiles"
        let byteCount = tileByteCount
        let writer = try TilePackWriter(
            .new(path), tileWidth: side, tileHeight: side, classNames: (0..<10).map { "class\($0)" })
        // Each tile begins elsewhere in the same random bytes: to load, that is as good as new ones.
        let bytes = benchPixels(count: byteCount + 4096)
        for tile in 0..<count {
            try checkMeasuring()
            try writer.append(bytes.span.extracting(tile % 4096..<tile % 4096 + byteCount), label: tile % 10)
        }
        try writer.commit()
        return path
    }
}

/// What `bench loader` prints.
struct LoaderReport: BenchReport {
    struct Result: Encodable {
        /// Whether samples are cut at random and mirrored.
        var augmentation: Bool
        var imagesPerSecond: Double
        /// Of the squares.
        var megabytesPerSecond: Double
        var imagesPerCPUSecond: Double
    }
    /// Absent for random tiles.
    var data: String?
    var sampleCount: Int
    var side: Int
    var batch: Int
    var workers: Int
    var results: [Result]

    var lines: [String] {
        let head =
            "\(data ?? "random tiles"): \(sampleCount) samples as \(side)x\(side), batches of \(batch), "
            + "\(workers) \(workers == 1 ? "thread" : "threads")"
        let lines = results.map { result in
            "\(result.augmentation ? "cut at random and mirrored" : "as for evaluation"): "
                + "\(result.imagesPerSecond.fixed(0)) images/s, \(result.megabytesPerSecond.fixed(0)) MB/s, "
                + "\(result.imagesPerCPUSecond.fixed(0)) images per CPU-second"
        }
        return [head] + lines
    }
}
