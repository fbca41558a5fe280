import ArgumentParser
import Bytes
import Devices
import Engines
import Files
import Foundation
import ModelFiles
import Networks

/// Measures scoring and training of one network on random pixels: the engine alone, without loader or files.
struct BenchEngine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "How fast networks are scored and trained, without any input.",
        discussion: """
            Images per second are of the median call, with the quartiles in brackets. With --crop-windows each sample is a \
            crop with a label for each of its windows, half a window apart. GFLOP/s count two operations \
            for each product of a direct convolution or dense layer, and three times as many for training; \
            a share of the GEMM peak above 100 % is possible, because Winograd's convolutions save products. The \
            peaks are measured in the same run: large matrix products, and traffic of memory, on all workers at once.
            """)

    enum Task: String, CaseIterable, ExpressibleByArgument {
        case score, train, both

        var names: [String] { self == .both ? ["score", "train"] : [rawValue] }
    }

    @Option(
        help: ArgumentHelp(
            "Such as cifar-resnet20-v2 or resnet18-v2; by default the model's, or cifar-resnet20-v2.",
            valueName: "name"))
    var architecture: String?
    @Option(
        help: ArgumentHelp("A model whose weights to take; random ones by default.", valueName: "file"))
    var weights: String?
    @Option(help: "score, train or both.") var task = Task.both
    @Option(
        help: ArgumentHelp(
            "Images or crops in a batch; by default 128, for larger ones as many as have no more pixels, for inputs of more than 64 pixels 32.",
            valueName: "count"))
    var batch: Int?
    @Option(
        help: ArgumentHelp(
            "Train on crops with so many windows in a row and in a column; with --task train.",
            valueName: "count"))
    var cropWindows: Int?
    @Option(help: ArgumentHelp("How long to measure each task.", valueName: "seconds")) var seconds = 5.0
    @Flag(inversion: .prefixedNo, help: "Measure the machine's peaks first.") var peaks = true
    @Option(
        help: ArgumentHelp(
            "Also write the scored pixels (bytes, NHWC) and after them the scores (32-bit floats).",
            valueName: "file"))
    var dump: String?
    @OptionGroup var overwriting: OverwriteOption
    @Flag(help: "Also time every operation, which costs a little, and list them by time.") var profile = false
    @OptionGroup var output: BenchOutput
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        try require("--batch", batch ?? 1, in: 1...65_536)
        try require("--seconds", seconds, in: 0.1...3600)
        if let architecture { _ = try named(architecture) }
        if task == .train { try engineOptions.checkTraining() }
        guard engineOptions.machine.device == .cpu else {
            throw ValidationError("bench engine measures the CPU; use bench accelerator for --device")
        }
        try require("--crop-windows", cropWindows ?? 1, in: 1...64)
        guard cropWindows == nil || task == .train else {
            throw ValidationError("--crop-windows is for --task train")
        }
        guard dump == nil || task != .train else {
            throw ValidationError("--dump writes scores, but --task train makes none")
        }
    }

    func run() throws {
        try checkMeasuring()
        var outputs = overwriting.outputs(reading: [weights])
        let dump = try dump.map { try outputs.file($0) }
        let model = try weights.map { try Model(reading: $0) }
        var (architecture, weights) = try subject(model)
        var inputRanges: String?
        if engineOptions.numerics.precision == .int8 {
            if task == .both {
                ProgressLine.tell("training is left out: \(Precision.scoringOnly)")
            }
            if try calibrate(architecture, &weights) { inputRanges = "ranges from the measured pixels" }
        }
        let network = try Network(architecture)
        let cropWindows = try self.cropWindows.map { try network.cropWindows(perSide: $0) }
        let window = architecture.inputSize
        let side = cropWindows?.side(window: window) ?? window
        let batchSize = batch ?? max(1, (window <= 64 ? 128 : 32) * window * window / (side * side))
        let pixelCount = batchSize * side * side
        guard pixelCount <= 1 << 28 else {
            throw ValidationError(
                "--batch \(batchSize) would be \(pixelCount) pixels; \(1 << 28) is the most")
        }
        let (machine, numerics) = (engineOptions.machine, engineOptions.numerics)
        let measured = peaks ? try measuredPeaks() : []
        var (results, engines) = ([EngineReport.Result](), [String]())
        for name in task.names where name == "score" || engineOptions.numerics.precision != .int8 {
            let isTraining = name == "train"
            let precision =
                isTraining
                ? try machine.trainingPrecision(numerics)
                : try machine.precision(numerics, scoring: architecture, weights: weights)
            let subject = BenchSubject(
                network: network, weights: weights, batchSize: batchSize, cropWindows: cropWindows,
                engine: try machine.engine(precision, kernels: numerics.kernels, isProfiling: profile),
                seconds: seconds)
            engines.append(subject.engine.description)
            results.append(
                EngineReport.Result(
                    task: name, precision: precision.rawValue,
                    timed: try isTraining ? subject.train() : subject.score(dump: dump), subject: subject,
                    work: try BenchWork(network, isTraining: isTraining, cropWindows: cropWindows),
                    workers: machine.workerCount, peaks: measured.last))
        }
        try output.print(
            EngineReport(
                architecture: architecture.name, batch: batchSize, workers: machine.workerCount,
                engine: engines.first ?? "", inputRanges: inputRanges, allPeaks: measured, results: results))
    }

    /// Finds the input ranges for int8, unless the weights have them, from the pixels that will be scored.
    ///
    /// - Returns: whether they were missing.
    private func calibrate(_ architecture: Architecture, _ weights: inout Weights) throws -> Bool {
        let network = try Network(architecture)
        guard try network.inputRangeNames().contains(where: { weights[$0] == nil }) else { return false }
        var calibration = Calibration(
            network: network, weights: weights, engine: try engineOptions.machine.engine(.fp32))
        let side = architecture.inputSize
        try calibration.add(benchPixels(count: calibration.batchSize * side * side * 3).span)
        weights.merge(calibration.ranges) { $1 }
        return true
    }

    /// One worker's peaks, then those of all together.
    private func measuredPeaks() throws -> [MachinePeaks] {
        let workerCount = engineOptions.machine.workerCount
        let counts = output.json ? [workerCount] : [1, workerCount]
        return try Set(counts).sorted().map { count in
            try checkMeasuring()
            return try Machine.measuredPeaks(workerCount: count)
        }
    }

    private func subject(_ model: Model?) throws -> (Architecture, Weights) {
        if let model {
            let name = model.architecture.name
            guard architecture == nil || architecture == name else {
                throw ValidationError("--weights belong to \(name), not to \(architecture ?? "")")
            }
            return (model.architecture, model.weights)
        }
        let architecture = try named(self.architecture ?? "cifar-resnet20-v2")
        return (architecture, try Network(architecture).initialWeights(seed: 1))
    }

    private func named(_ name: String) throws -> Architecture {
        guard let architecture = Architecture(name: name, classCount: 10) else {
            throw ValidationError(
                "--architecture \(name) is unknown; tilescope train --help lists the families")
        }
        return architecture
    }
}

/// A network on an engine, with random pixels to feed it.
struct BenchSubject {
    var network: Network
    var weights: Weights
    var batchSize: Int
    /// To train on crops.
    var cropWindows: CropWindows?
    var engine: any Engine
    var seconds: Double

    /// What one task took, and the memory that it had.
    struct Timed {
        var timing: BenchTiming
        var peakMemoryByteCount: Int
        /// Empty unless asked for.
        var profile: [OpProfile]
    }

    /// - Parameter dump: a file for the pixels and their scores.
    func score(dump: OutputFile?) throws -> Timed {
        PeakMemory.reset()
        let pixels = randomPixels()
        let program = try engine.scoringProgram(for: network, weights: weights, batchSize: batchSize)
        var scores = [Float](repeating: 0, count: batchSize * network.architecture.classCount)
        let timing = try BenchTiming(seconds: seconds) {
            var target = scores.mutableSpan
            try program.score(pixels.span, into: &target)
        }
        let peakMemoryByteCount = ProcessUsage.peakMemoryByteCount
        if let dump {
            var file = try FileWriter(dump)
            try file.write(pixels)
            try file.write(scores.withUnsafeBytes { [UInt8]($0) })
            try file.commit()
        }
        return Timed(
            timing: timing, peakMemoryByteCount: peakMemoryByteCount,
            profile: (program as? any ProfiledProgram)?.profile ?? [])
    }

    func train() throws -> Timed {
        PeakMemory.reset()
        var configuration = TrainingConfiguration(batchSize: batchSize)
        configuration.cropWindows = cropWindows
        let pixels = randomPixels()
        var random = SplitMix64(seed: 2)
        let classCount = network.architecture.classCount
        let labels = (0..<batchSize * configuration.labelsPerSample).map { _ in
            Int32.random(in: 0..<Int32(classCount), using: &random)
        }
        let targets = try Targets(labels: labels, classCount: classCount)
        let program = try engine.trainingProgram(
            for: network, state: TrainingState(weights: weights), configuration: configuration)
        let timing = try BenchTiming(seconds: seconds) {
            _ = try program.step(pixels.span, targets: targets, learningRate: 0.001)
        }
        return Timed(
            timing: timing, peakMemoryByteCount: ProcessUsage.peakMemoryByteCount,
            profile: (program as? any ProfiledProgram)?.profile ?? [])
    }

    private func randomPixels() -> [UInt8] {
        let window = network.architecture.inputSize
        let side = cropWindows?.side(window: window) ?? window
        return benchPixels(count: batchSize * side * side * 3)
    }
}

/// Random bytes, always the same.
func benchPixels(count: Int) -> [UInt8] {
    var random = SplitMix64(seed: 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}
