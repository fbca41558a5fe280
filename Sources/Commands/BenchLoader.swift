import ArgumentParser
import Records

/// Measures how fast training batches come from a pack.
struct BenchLoader: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader", abstract: "How fast batches come from a pack, without a network.",
        discussion: "Twice: tiles as they are, and cut at random and mirrored. The loader has one thread.")

    @Option(help: ArgumentHelp("A pack; one of random tiles is made without it.", valueName: "data.tiles"))
    var pack: String?
    @Option(help: ArgumentHelp("Side of the random tiles.", valueName: "pixels")) var tileSize = 32
    @Option(help: ArgumentHelp("Tiles in a batch.", valueName: "count")) var batch = 128
    @Option(help: ArgumentHelp("How long to measure each.", valueName: "seconds")) var seconds = 3.0
    @OptionGroup var output: BenchOutput

    func validate() throws {
        try require("--tile-size", tileSize, in: 1...1024)
        try require("--batch", batch, in: 1...65_536)
        try require("--seconds", seconds, in: 0.1...3600)
        if pack == nil { try RandomTiles(side: tileSize, batchSize: batch).check() }
    }

    func run() throws {
        Interruption.catchSignals()
        let folder = try BenchFolder()
        let pack = try TilePack(
            opening: self.pack ?? RandomTiles(side: tileSize, batchSize: batch).write(in: folder))
        guard pack.count >= batch else {
            throw ValidationError("--batch \(batch) is more than the \(pack.count) tiles of \(pack.path)")
        }
        let results = try [Augmentation.none, .cifar].map { try measure($0, of: pack) }
        try output.print(
            LoaderReport(
                pack: self.pack, tileCount: pack.count, tileWidth: pack.tileWidth,
                tileHeight: pack.tileHeight,
                batch: batch, results: results))
    }

    private func measure(_ augmentation: Augmentation, of pack: TilePack) throws -> LoaderReport.Result {
        var epoch = 0
        var loader: BatchLoader?
        let timing = try BenchTiming(seconds: seconds) {
            if try loader?.next() != nil { return }
            epoch += 1
            loader = BatchLoader(
                source: pack, side: pack.tileWidth, batchSize: batch, seed: 1, epoch: epoch,
                augmentation: augmentation)
            _ = try loader?.next()
        }
        // Of the whole time: batches that wait in the queue come at once, those behind them do not.
        let images = Double(batch * timing.count)
        let imagesPerSecond = images / timing.wallSeconds
        return LoaderReport.Result(
            augmentation: augmentation != .none, imagesPerSecond: imagesPerSecond,
            megabytesPerSecond: imagesPerSecond * Double(pack.tileWidth * pack.tileHeight * 3) / 1e6,
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
                    + "\(byteCount / 1_000_000) MB; the limit is 1 GB: take a smaller --batch or smaller tiles, "
                    + "or give --pack")
        }
    }

    /// - Returns: the pack's path.
    func write(in folder: BenchFolder) throws -> String {
        let path = folder.path + "/random.tiles"
        let byteCount = tileByteCount
        let writer = try TilePackWriter(
            path: path, tileWidth: side, tileHeight: side, classNames: (0..<10).map { "class\($0)" })
        // Each tile begins elsewhere in the same random bytes: to load, that is as good as new ones.
        let bytes = benchPixels(count: byteCount + 4096)
        for tile in 0..<count {
            try throwIfInterrupted()
            try writer.append(bytes.span.extracting(tile % 4096..<tile % 4096 + byteCount), label: tile % 10)
        }
        try writer.commit()
        return path
    }
}

/// What `bench loader` prints.
struct LoaderReport: BenchReport {
    struct Result: Encodable {
        /// Whether tiles are moved by up to four pixels and mirrored.
        var augmentation: Bool
        var imagesPerSecond: Double
        var megabytesPerSecond: Double
        var imagesPerCPUSecond: Double
    }
    /// Absent for random tiles.
    var pack: String?
    var tileCount: Int
    var tileWidth: Int
    var tileHeight: Int
    var batch: Int
    var results: [Result]

    var text: String {
        let head =
            "\(pack ?? "random tiles"): \(tileCount) of \(tileWidth)x\(tileHeight), batches of \(batch), one thread"
        let lines = results.map { result in
            "\(result.augmentation ? "cut and mirrored" : "as they are"): "
                + "\(result.imagesPerSecond.fixed(0)) images/s, \(result.megabytesPerSecond.fixed(0)) MB/s, "
                + "\(result.imagesPerCPUSecond.fixed(0)) images per CPU-second"
        }
        return ([head] + lines).joined(separator: "\n")
    }
}
