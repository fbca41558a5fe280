import ArgumentParser
import Devices
import Engines
import Files
import Networks
import Records
import Synchronization
import Training

/// Measures training as `train` does it, with its loader and its files, beside the bare program.
struct BenchTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Compare the speed of a whole training with that of its network alone.",
        discussion: """
            In each round the bare training program steps on one batch in memory, then a training runs over a pack, \
            augmented, into a temporary folder; both for --seconds. The ratio is of the median round.
            """)

    @Option(help: ArgumentHelp("Such as cifar-resnet20-v2 or resnet18-v2.", valueName: "name"))
    var architecture = "cifar-resnet20-v2"
    @Option(help: ArgumentHelp("A pack; one of random tiles is made without it.", valueName: "data.tiles"))
    var pack: String?
    @Option(help: ArgumentHelp("Tiles or crops in a step.", valueName: "count")) var batch = 128
    @Option(
        help: ArgumentHelp(
            "Train on crops of the pack's canvases with so many windows in a row and in a column; with --pack.",
            valueName: "count"))
    var cropWindows: Int?
    @Option(help: ArgumentHelp("How long to measure each in a round.", valueName: "seconds")) var seconds =
        5.0
    @Option(help: ArgumentHelp("Measurements of each.", valueName: "count")) var rounds = 3
    @OptionGroup var output: BenchOutput
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        try require("--batch", batch, in: 1...4096)
        try require("--seconds", seconds, in: 0.1...3600)
        try require("--rounds", rounds, in: 1...100)
        try require("--crop-windows", cropWindows ?? 2, in: TrainingPlan.cropWindowsPerSide)
        guard cropWindows == nil || pack != nil else {
            throw ValidationError("--crop-windows: give --pack: one with canvases")
        }
        try engineOptions.checkTraining()
        guard Architecture(name: architecture, classCount: 10) != nil else {
            throw ValidationError(
                "--architecture \(architecture) is unknown; tilescope train --help lists the families")
        }
        if pack == nil { try randomTiles.check() }
    }

    func run() throws {
        try checkMeasuring()
        let folder = try TemporaryFolder()
        let pack = try openPack(in: folder)
        guard
            let architecture = Architecture(
                name: architecture, classCount: pack.classNames.count, inputSize: pack.tileWidth)
        else { throw ExitCode.validationFailure }
        let engine = try engineOptions.trainingEngine()
        let network = try Network(architecture)
        let windows = try cropWindows.map { try network.cropWindows(perSide: $0) }
        var plan = TrainingPlan(
            dataPath: pack.path, outputPath: folder.path, architecture: architecture, epochCount: 100_000,
            schedule: .constant, augmentation: .cifar)
        (plan.batchSize, plan.learningRate, plan.cropWindows) = (batch, 0.001, windows)
        if windows != nil { plan.augmentation.cut = .moved(padding: 0, border: .reflect) }
        let sampleCount = try plan.samples(of: pack).count
        guard sampleCount >= batch else {
            let kind = windows == nil ? "tiles" : "crops"
            throw ValidationError("--batch \(batch) is more than the \(sampleCount) \(kind) of \(pack.path)")
        }
        let subject = BenchSubject(
            network: network, weights: network.initialWeights(seed: 1), batchSize: batch,
            cropWindows: windows, engine: engine, seconds: seconds)
        var results: [TrainReport.Round] = []
        for round in 1...rounds {
            let bare = try subject.train().timing
            plan.outputPath = folder.path + "/run\(round)"
            let loop = try trainingRate(plan, pack: pack, engine: engine)
            results.append(
                TrainReport.Round(
                    bareImagesPerSecond: Double(batch * bare.count) / bare.wallSeconds,
                    imagesPerSecond: loop.imagesPerSecond, loaderWaitFraction: loop.waitFraction))
        }
        try output.print(
            TrainReport(
                architecture: architecture.name, batch: batch, windowsPerCrop: windows?.count,
                workers: engineOptions.machine.workerCount,
                engine: engine.description, rounds: results, peakMemoryBytes: ProcessUsage.peakMemoryByteCount
            ))
    }

    private var randomTiles: RandomTiles {
        let side = Architecture(name: architecture, classCount: 10)?.inputSize ?? 32
        return RandomTiles(side: side, batchSize: batch)
    }

    private func openPack(in folder: TemporaryFolder) throws -> TilePack {
        if let pack { return try TilePack(opening: pack) }
        return try TilePack(opening: randomTiles.write(in: folder))
    }

    /// Trains for the asked time; the first steps, in which caches and loader fill, do not count.
    private func trainingRate(
        _ plan: TrainingPlan, pack: TilePack, engine: any Engine
    ) throws -> (imagesPerSecond: Double, waitFraction: Double) {
        let warmUpStepCount = 3
        let measured = Mutex(MeasuredSteps())
        let (isOver, seconds) = (Cancellation(), self.seconds)
        let job = Job<TrainingProgress>(
            cancellation: isOver,
            progress: { progress in
                guard progress.finishedEpoch == nil else { return }
                let wallSeconds = measured.withLock { measured in
                    measured.add(progress.step, counts: progress.step.step > warmUpStepCount)
                    return measured.wallSeconds
                }
                if wallSeconds >= seconds || Cancellation.catchSignals().isRequested { isOver.request() }
            })
        _ = try train(plan, source: pack, engine: engine, job: job)
        try checkMeasuring()
        let steps = measured.withLock { $0 }
        guard steps.count > 0 else { throw ExitCode.failure }
        return (Double(batch * steps.count) / steps.wallSeconds, steps.waitSum / Double(steps.count))
    }
}

/// The steps of a training that count.
private struct MeasuredSteps {
    private(set) var count = 0
    /// Sum over the steps of the part of their time in which they waited for their batches.
    private(set) var waitSum = 0.0
    private var start = ContinuousClock.now
    private var end = ContinuousClock.now

    var wallSeconds: Double { (end - start) / .seconds(1) }

    /// - Parameter counts: else the steps after it count.
    mutating func add(_ step: StepMetrics, counts: Bool) {
        end = .now
        guard counts else { return start = end }
        count += 1
        waitSum += step.loaderWaitFraction
    }
}

/// What `bench train` prints.
struct TrainReport: BenchReport {
    struct Round: Encodable, BenchRound {
        /// Of the program alone, on one batch in memory.
        var bareImagesPerSecond: Double
        /// Of the whole training.
        var imagesPerSecond: Double
        /// Part of the training's time in which it waited for its batches, in `0...1`.
        var loaderWaitFraction: Double

        var ratio: Double { imagesPerSecond / bareImagesPerSecond }
    }
    var architecture: String
    var batch: Int
    /// Windows with a label in each crop, where crops were trained on: they are the images.
    var windowsPerCrop: Int?
    var workers: Int
    var engine: String
    /// Of the median round, as `imagesPerSecond` and `ratio`.
    var bareImagesPerSecond: Double
    var imagesPerSecond: Double
    /// Training's speed over the bare program's.
    var ratio: Double
    var rounds: [Round]
    var peakMemoryBytes: Int

    init(
        architecture: String, batch: Int, windowsPerCrop: Int?, workers: Int, engine: String,
        rounds: [Round], peakMemoryBytes: Int
    ) {
        (self.architecture, self.batch, self.workers) = (architecture, batch, workers)
        self.windowsPerCrop = windowsPerCrop
        (self.engine, self.rounds, self.peakMemoryBytes) = (engine, rounds, peakMemoryBytes)
        let median = rounds.median
        (bareImagesPerSecond, imagesPerSecond) = (median.bareImagesPerSecond, median.imagesPerSecond)
        ratio = median.ratio
    }

    var lines: [String] {
        let wait = rounds.median.loaderWaitFraction
        let crops = windowsPerCrop.map { count in
            "crops/s of \(count) windows, \((imagesPerSecond * Double(count)).fixed(0)) windows/s"
        }
        let speed = """
            training: \(imagesPerSecond.fixed(0)) \(crops ?? "images/s"), \((ratio * 100).fixed(1)) % of the bare program's \
            \(bareImagesPerSecond.fixed(0)); waits for batches \((wait * 100).fixed(1)) % of the time; \
            peak memory \(peakMemoryBytes >> 20) MB
            """
        return ["\(architecture), batch \(batch), \(engine)", speed]
    }
}
