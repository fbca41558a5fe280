import ArgumentParser
import Bytes
import Devices
import Engines
import Files
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import Scenes

/// Measures a scan from the file to the boxes beside the bare scoring program.
struct BenchScan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Compare the speed of a whole scan with that of its network alone.",
        discussion: """
            In each round the bare scoring program scores windows of the scene that are in memory already, as many \
            at once as a scan does, for --seconds; then the whole scene is scanned, from the file to the merged \
            boxes. With --dense the scan runs the network once over whole blocks; the bare program still scores window by \
            window. The ratio is of the median round. Without --scene an image of drawn objects is made; without \
            --model a network with random weights looks for what scores best in one window of fifty.
            """)

    @Option(help: ArgumentHelp("Any image file that GDAL reads.", valueName: "file")) var scene: String?
    @Option(help: ArgumentHelp("A model that tilescope has trained.", valueName: "file")) var model: String?
    @Option(help: ArgumentHelp("Side of the scene that is made.", valueName: "pixels")) var side = 4096
    @Option(help: ArgumentHelp("From one window to the next.", valueName: "pixels")) var stride = 16
    @Flag(help: "Scan densely.") var dense = false
    @Option(
        help: ArgumentHelp(
            "Side of the blocks of a dense scan, at most; by default what suits the engine.",
            valueName: "pixels"))
    var denseBlock: Int?
    @Option(help: ArgumentHelp("How long to measure the bare program in a round.", valueName: "seconds"))
    var seconds = 3.0
    @Option(help: ArgumentHelp("Measurements of each.", valueName: "count")) var rounds = 3
    @OptionGroup var output: BenchOutput
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        try require("--side", side, in: 256...32_768)
        try require("--stride", stride, in: 1...4096)
        try require("--dense-block", denseBlock ?? 1, in: 1...65_536)
        try require("--seconds", seconds, in: 0.1...3600)
        try require("--rounds", rounds, in: 1...100)
        guard dense || denseBlock == nil else { throw ValidationError("--dense-block is for --dense") }
        guard engineOptions.numerics.precision != .int8 || model != nil else {
            throw ValidationError("--precision int8 needs --model with a calibrated model")
        }
    }

    func run() throws {
        try checkMeasuring()
        let job = Job<ScanProgress>(cancellation: .catchSignals())
        let folder = try TemporaryFolder()
        let model = try self.model.map { try Model(reading: $0) } ?? randomModel()
        let scene = try Scene(opening: Address(self.scene ?? writeScene(in: folder)))
        let engine = try engineOptions.engine(scoring: model)
        let network = try Network(model.architecture)
        let blocks =
            try dense
            ? denseBlock.map { DenseChoice(blockPixelLimit: $0 * $0) }
                ?? DenseChoice(suiting: engine, network: network, stride: stride, scene: scene)
            : nil
        var task = try ScanTask(
            scene: scene, model: model, digest: "", stride: stride,
            dense: blocks,
            numerics: engine.numerics(scoring: network, weights: model.weights))
        let bare = try BareScoring(task.grid, of: scene, model: model, engine: engine)
        if self.model == nil { task.floor = try bare.threshold(fraction: 0.02) }
        let rule = MergeRule(labels: task.labels, threshold: max(task.floor, self.model == nil ? 0 : 0.9))
        var results: [ScanReport.Round] = []
        var detectionCount = 0
        for round in 1...rounds {
            let bareRate = try bare.windowsPerSecond(seconds: seconds)
            PeakMemory.reset()
            let output = ScanFolder(path: folder.path + "/scan-\(round)")
            let record = try scan(
                task, rule, scene: scene, model: model, engine: engine, into: output, job: job)
            detectionCount = try output.readSummary().counts.reduce(0) { $0 + $1.detectionCount }
            results.append(
                ScanReport.Round(
                    bareWindowsPerSecond: bareRate,
                    windowsPerSecond: Double(task.grid.windowCount)
                        / (record.timing.scanSeconds + record.timing.mergeSeconds),
                    timing: record.timing, peakMemoryBytes: ProcessUsage.peakMemoryByteCount))
        }
        try output.print(
            ScanReport(
                architecture: model.architecture.name, workers: engineOptions.machine.workerCount,
                engine: engine.description, denseBlock: task.denseBlock, batch: bare.windowCount,
                windowCount: task.grid.windowCount,
                detectionCount: detectionCount, rounds: results))
    }

    /// A whole scan into a new folder.
    private func scan(
        _ task: ScanTask, _ rule: MergeRule, scene: Scene, model: Model, engine: any Engine,
        into folder: ScanFolder, job: Job<ScanProgress>
    ) throws -> ScanRecord {
        let limits = ScanLimits()
        let version = Tilescope.configuration.version
        let context = ScanContext(
            scene: scene, modelAddress: Address(self.model ?? "random weights"), model: model, rule: rule,
            version: version)
        var state = try folder.begin(task, context, overwrites: false)
        let scan = try SceneScan(task, scene: scene, model: model, engine: engine, limits: limits)
        var record = ScanRecord(
            engine: engine.description, limits: limits, version: version, context: context)
        record.timing = try scan.score(task.grid.range, into: &state, job: job)
        try state.finish(limits: limits, cancellation: job.cancellation)
        _ = try state.write(
            [DetectionLinesSink()], by: rule, scene: nil, record: record, limits: limits, job: job)
        return try folder.readRecord()
    }

    /// A network with its first weights, whose scores are damped so that they differ from window to window.
    private func randomModel() throws -> Model {
        let architecture = Architecture(
            family: .cifarV2, depth: 20, classCount: DrawnObjects.classNames.count, inputSize: 32)
        var weights = try Network(architecture).initialWeights(seed: 1)
        if let dense = weights["fc.weight"] {
            weights["fc.weight"] = Tensor(shape: dense.shape, values: dense.values.map { $0 / 100 })
        }
        return Model(architecture: architecture, classes: DrawnObjects.classNames, weights: weights)
    }

    /// Writes a tiled TIFF of drawn objects side by side.
    private func writeScene(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/scene.tif"
        let objects = (0..<60).map { DrawnObjects.image(label: $0 % 10, index: $0 / 10, seed: 1) }
        var random = SplitMix64(seed: 1)
        var writer = try TiledTIFFWriter(.new(path), width: side, height: side)
        // Rows of the squares in which the file is kept.
        for top in Swift.stride(from: 0, to: side, by: TiledTIFFWriter.blockSide) {
            try checkMeasuring()
            var band = Image(width: side, height: min(TiledTIFFWriter.blockSide, side - top))
            for y in Swift.stride(from: 0, to: band.height, by: 32) {
                for x in Swift.stride(from: 0, to: side, by: 32) {
                    band.paste(objects[Int.random(in: 0..<60, using: &random)], x: x, y: y)
                }
            }
            try writer.write(band, x: 0, y: top)
        }
        try writer.commit()
        return path
    }
}

/// The scoring program alone, on windows of a scene that were cut before.
private struct BareScoring {
    let windowCount: Int
    private let program: any ScoringProgram
    private let pixels: [UInt8]
    private let classCount: Int

    init(_ grid: ScanGrid, of scene: Scene, model: Model, engine: any Engine) throws {
        let windowCount = BatchSize.most(windowSize: grid.windowSize)
        pixels = try Self.windows(windowCount, grid, of: scene.open())
        (self.windowCount, classCount) = (windowCount, model.classes.count)
        program = try engine.scoringProgram(
            for: Network(model.architecture), weights: model.weights, batchSize: windowCount)
    }

    func windowsPerSecond(seconds: Double) throws -> Double {
        let timing = try BenchTiming(seconds: seconds) { _ = try scores() }
        return Double(windowCount * timing.count) / timing.wallSeconds
    }

    /// A score that about `fraction` of the windows reach with their best class.
    func threshold(fraction: Double) throws -> Float {
        let scores = try scores()
        let best = Swift.stride(from: 0, to: scores.count, by: classCount).map { start in
            scores[start..<start + classCount].reduce(0, max)
        }
        return best.sorted()[Int(Double(best.count - 1) * (1 - fraction))]
    }

    private func scores() throws -> [Float] {
        var scores = [Float](repeating: 0, count: windowCount * classCount)
        var target = scores.mutableSpan
        try program.score(pixels.span, into: &target)
        return scores
    }

    /// The scene's first windows, one after the other; again from the first where there are not enough.
    private static func windows(
        _ count: Int, _ grid: ScanGrid, of scene: borrowing Raster
    ) throws -> [UInt8] {
        var pixels: [UInt8] = []
        var bands: [Int: Image] = [:]
        for index in 0..<count {
            let (row, column) = (index % grid.windowCount).quotientAndRemainder(dividingBy: grid.columnCount)
            let window = grid.box(row: row, column: column)
            let band =
                try bands[row]
                ?? scene.read(PixelRect(x: 0, y: window.y0, width: scene.width, height: window.height))
            bands[row] = band
            let inBand = PixelRect(x: window.x0, y: 0, width: window.width, height: window.height)
            pixels += band.cropped(to: inBand).pixelsHWC
        }
        return pixels
    }
}

/// What `bench scan` prints.
struct ScanReport: BenchReport {
    struct Round: Encodable, BenchRound {
        /// Of the program alone, on windows in memory.
        var bareWindowsPerSecond: Double
        /// From the file to the boxes.
        var windowsPerSecond: Double
        var timing: ScanTiming
        /// Of this scan.
        var peakMemoryBytes: Int

        var ratio: Double { windowsPerSecond / bareWindowsPerSecond }
    }
    var architecture: String
    var workers: Int
    var engine: String
    /// The size of a block; `nil` where the scan is not dense.
    var denseBlock: BlockSize?
    /// Windows that the bare program scores at once.
    var batch: Int
    var windowCount: Int
    var detectionCount: Int
    /// Of the median round, as `windowsPerSecond` and `ratio`.
    var bareWindowsPerSecond: Double
    var windowsPerSecond: Double
    /// The scan's speed over the bare program's.
    var ratio: Double
    /// Of the hungriest round.
    var peakMemoryBytes: Int
    var rounds: [Round]

    init(
        architecture: String, workers: Int, engine: String, denseBlock: BlockSize?, batch: Int,
        windowCount: Int, detectionCount: Int, rounds: [Round]
    ) {
        (self.architecture, self.workers, self.engine) = (architecture, workers, engine)
        self.denseBlock = denseBlock
        (self.batch, self.windowCount, self.detectionCount) = (batch, windowCount, detectionCount)
        self.rounds = rounds
        let median = rounds.median
        (bareWindowsPerSecond, windowsPerSecond) = (median.bareWindowsPerSecond, median.windowsPerSecond)
        ratio = median.ratio
        peakMemoryBytes = rounds.map(\.peakMemoryBytes).reduce(0, max)
    }

    var lines: [String] {
        let timing = rounds.median.timing
        let wait = timing.waitSeconds / timing.scanSeconds
        let merge = timing.mergeSeconds / timing.scanSeconds
        let speed = """
            scan: \(windowsPerSecond.fixed(0)) windows/s from file to boxes, \((ratio * 100).fixed(1)) % of the \
            bare program's \(bareWindowsPerSecond.fixed(0)); waits for pixels \((wait * 100).fixed(1)) %, \
            merges \((merge * 100).fixed(1)) % of the time; \(detectionCount) detections; \
            peak memory \(peakMemoryBytes >> 20) MB
            """
        let way = denseBlock.map { "dense in blocks of \($0.height)×\($0.width)" } ?? "\(batch) at once"
        return ["\(architecture), \(windowCount) windows, \(way), \(engine)", speed]
    }
}
