import ArgumentParser
import Bytes
import Devices
import Engines
import Networks

/// Measures whole steps and scoring on an accelerator, several of them under way at a time.
struct BenchAccelerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accelerator",
        abstract: "How fast an accelerator trains and scores, and whether it is right.",
        discussion: """
            Images per second over --seconds, after a few steps that do not count; random pixels and labels. With \
            --crop-windows the images are crops with a label for each of their windows, half a window apart. With --check one step in fp32 is held to the CPU engine's instead, and the exit code is 1 where they differ.
            """)

    enum Task: String, ExpressibleByArgument, CaseIterable { case score, train }

    @Option(help: ArgumentHelp("Such as cifar-resnet20-v2 or resnet50-v1.5.", valueName: "name"))
    var architecture = "cifar-resnet20-v2"
    @Option(help: ArgumentHelp("Number of classes.", valueName: "count")) var classes = 10
    @Option(help: "score or train.") var task = Task.train
    @Option(help: ArgumentHelp("Images in a batch, of all devices together.", valueName: "count")) var batch =
        256
    @Option(
        help: ArgumentHelp(
            "Train on crops with so many windows in a row and in a column.", valueName: "count"))
    var cropWindows: Int?
    @Option(help: ArgumentHelp("How long to measure.", valueName: "seconds")) var seconds = 5.0
    @Flag(
        help: "Train on tiles that the device holds, moved and mirrored there, instead of sending each batch."
    )
    var held = false
    @Flag(help: "Compare with the CPU instead.") var check = false
    @OptionGroup var output: BenchOutput
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        try require("--batch", batch, in: 1...65_536)
        try require("--seconds", seconds, in: 0.1...3600)
        try require("--classes", classes, in: 1...100_000)
        try require("--crop-windows", cropWindows ?? 1, in: 1...64)
        try engineOptions.checkTraining()
        guard engineOptions.machine.device != .cpu else {
            throw ValidationError("name an accelerator with --device; use bench engine for the CPU")
        }
        guard Architecture(name: architecture, classCount: classes) != nil else {
            throw ValidationError(
                "--architecture \(architecture) is unknown; tilescope train --help lists the families")
        }
        guard !held || (task == .train && !check && cropWindows == nil) else {
            throw ValidationError("--held is for --task train without --check and --crop-windows")
        }
        guard cropWindows == nil || task == .train else {
            throw ValidationError("--crop-windows is for --task train")
        }
        guard try !check || engineOptions.trainingPrecision() == .fp32 else {
            throw ValidationError("--check needs --precision fp32")
        }
        let deviceCount = engineOptions.machine.deviceCount
        guard batch.isMultiple(of: deviceCount) else {
            throw ValidationError("--batch \(batch) cannot be divided evenly among \(deviceCount) devices")
        }
    }

    func run() throws {
        try checkMeasuring()
        guard let architecture = Architecture(name: architecture, classCount: classes) else {
            throw ExitCode.validationFailure
        }
        let network = try Network(architecture)
        guard !check else { return try checkSteps(network) }
        let engine = try engineOptions.trainingEngine()
        let timing =
            switch task {
            case .train: try train(network, on: engine)
            case .score: try score(network, on: engine)
            }
        try output.print(
            AcceleratorReport(
                architecture: architecture.name, task: task.rawValue, batch: batch,
                windowsPerCrop: cropWindows.map { $0 * $0 }, held: held,
                engine: engine.description,
                imagesPerSecond: Double(batch * timing.count) / timing.wallSeconds,
                firstStepSeconds: timing.firstSeconds))
    }

    /// Batches that were computed in a stretch of time.
    private struct Timing {
        var count: Int
        var wallSeconds: Double
        /// Of the first one, with the compilation.
        var firstSeconds: Double
    }

    private func configuration(_ network: Network) throws -> TrainingConfiguration {
        var configuration = TrainingConfiguration(batchSize: batch)
        configuration.replicaCount = engineOptions.machine.deviceCount
        configuration.cropWindows = try cropWindows.map { try network.cropWindows(perSide: $0) }
        return configuration
    }

    private func pixels(_ network: Network) throws -> [UInt8] {
        let side = try configuration(network).sampleSide(of: network)
        return benchPixels(count: batch * side * side * 3)
    }

    private func targets(_ network: Network) throws -> Targets {
        var random = SplitMix64(seed: 2)
        let count = batch * (try configuration(network).labelsPerSample)
        let labels = (0..<count).map { _ in Int32.random(in: 0..<Int32(classes), using: &random) }
        return try Targets(labels: labels, classCount: classes)
    }

    private func program(_ network: Network, on engine: any Engine) throws -> any TrainingProgram {
        try engine.trainingProgram(
            for: network, state: TrainingState(weights: network.initialWeights(seed: 1)),
            configuration: configuration(network))
    }

    // MARK: Speed

    private func train(_ network: Network, on engine: any Engine) throws -> Timing {
        let program = try program(network, on: engine)
        let samples = try held ? heldSamples(network, program) : .pixels(pixels(network))
        let targets = try targets(network)
        var pending: [PendingStep] = []
        return try measured {
            pending.append(try program.begin(samples, targets: targets, learningRate: 0.001))
            if pending.count > program.stepsAhead { _ = try pending.removeFirst().result() }
        } finish: {
            for step in pending { _ = try step.result() }
            pending = []
        }
    }

    /// Random places of random tiles, as many as 100 MB hold.
    private func heldSamples(_ network: Network, _ program: any TrainingProgram) throws -> StepSamples {
        let side = network.architecture.inputSize
        let byteCount = side * side * 3
        let count = max(batch, 100_000_000 / byteCount)
        let tile = benchPixels(count: byteCount)
        let tiles = HeldTiles(count: count, side: side, border: .black, padding: 4) { index, pixels in
            for i in tile.indices { pixels[i] = tile[i] &+ UInt8(truncatingIfNeeded: index) }
        }
        guard try program.hold(tiles) else {
            throw CommandError(
                operation: "hold tiles on the device", path: engineOptions.machine.device.name,
                cause: "\(count) tiles of \(side)×\(side) do not fit")
        }
        var random = SplitMix64(seed: 3)
        return .held(
            (0..<batch).map { _ in
                TilePlacement(
                    tile: .random(in: 0..<Int32(count), using: &random),
                    x: .random(in: -4...4, using: &random),
                    y: .random(in: -4...4, using: &random), isMirrored: .random(using: &random))
            })
    }

    private func score(_ network: Network, on engine: any Engine) throws -> Timing {
        let program = try engine.scoringProgram(
            for: network, weights: network.initialWeights(seed: 1), batchSize: batch)
        // Several batches in a call, so that copies and computation overlap.
        let batches = 8
        let pixels = [[UInt8]](repeating: try pixels(network), count: batches).flatMap { $0 }
        var scores = [Float](repeating: 0, count: batch * batches * classes)
        var timing = try measured {
            var target = scores.mutableSpan
            try program.score(pixels.span, into: &target)
        }
        timing.count *= batches
        return timing
    }

    private func measured(_ body: () throws -> Void, finish: () throws -> Void = {}) throws -> Timing {
        let clock = ContinuousClock()
        let first = try clock.measure {
            try body()
            try finish()
        }
        for _ in 0..<3 { try body() }
        try finish()
        var timing = Timing(count: 0, wallSeconds: 0, firstSeconds: first / .seconds(1))
        let start = clock.now
        repeat {
            try checkMeasuring()
            try body()
            timing.count += 1
        } while clock.now - start < .seconds(seconds)
        try finish()
        timing.wallSeconds = (clock.now - start) / .seconds(1)
        return timing
    }

    // MARK: Correctness

    private func checkSteps(_ network: Network) throws {
        let engine = try engineOptions.trainingEngine()
        let cpu = try Machine(workers: engineOptions.workers).engine(.fp32)
        let (found, expected) = (try step(network, on: engine), try step(network, on: cpu))
        // After one step from momenta of 0 they are the gradients.
        let gradients = Self.errors(of: found.state.momenta, from: expected.state.momenta)
        let weights = Self.errors(of: found.state.weights, from: expected.state.weights)
        let (middle, largest) = (gradients[gradients.count / 2], gradients[gradients.count - 1])
        let report = AcceleratorCheck(
            architecture: network.architecture.name, engine: engine.description, loss: found.loss,
            expectedLoss: expected.loss, middleGradientError: middle, largestGradientError: largest,
            largestWeightError: weights[weights.count - 1],
            agrees: abs(found.loss - expected.loss) < 1e-4 * expected.loss && middle < 0.05 && largest < 0.15
                && weights[weights.count - 1] < 0.15)
        try output.print(report)
        guard report.agrees else { throw ExitCode.failure }
    }

    private func step(
        _ network: Network, on engine: any Engine
    ) throws -> (loss: Float, state: TrainingState) {
        let program = try program(network, on: engine)
        let pixels = try pixels(network)
        let result = try program.step(pixels.span, targets: targets(network), learningRate: 0.1)
        return (result.loss, try program.state())
    }

    /// Of each tensor the largest difference over the largest number, ascending; 1 and more where something is missing or
    /// no number.
    private static func errors(of found: Weights, from expected: Weights) -> [Float] {
        expected.map { name, tensor in
            let differences = zip(found[name]?.values ?? [], tensor.values).map { abs($0 - $1) }
            guard !differences.isEmpty, differences.allSatisfy(\.isFinite) else { return 1 }
            let scale = tensor.values.map(abs).max() ?? 0
            return (differences.max() ?? 0) / max(scale, 1e-20)
        }.sorted()
    }
}

/// What `bench accelerator` prints.
private struct AcceleratorReport: BenchReport {
    var architecture: String
    var task: String
    var batch: Int
    /// Windows with a label in each crop, where crops were trained on: they are the images.
    var windowsPerCrop: Int?
    var held: Bool
    var engine: String
    var imagesPerSecond: Double
    /// With the compilation, unless the program was kept from before.
    var firstStepSeconds: Double

    var lines: [String] {
        let crops = windowsPerCrop.map { count in
            "crops/s of \(count) windows, \((imagesPerSecond * Double(count)).fixed(0)) windows/s"
        }
        return [
            "\(architecture), \(task), batch \(batch)\(held ? ", tiles on the device" : ""), \(engine)",
            "\(imagesPerSecond.fixed(0)) \(crops ?? "images/s"); the first one took \(firstStepSeconds.fixed(1)) s",
        ]
    }
}

/// What `bench accelerator --check` prints: one step beside the CPU's.
private struct AcceleratorCheck: BenchReport {
    var architecture: String
    var engine: String
    var loss: Float
    /// On the CPU.
    var expectedLoss: Float
    /// Of the gradients' relative errors. On noise, whose gradients nearly cancel, two right engines were seen to differ by
    /// 0.002 to 0.014.
    var middleGradientError: Float
    /// In deep networks some ReLU is always so near to its kink that rounding turns it, which changes the gradients before
    /// it by per cents.
    var largestGradientError: Float
    /// Of weights and running statistics after the step.
    var largestWeightError: Float

    var agrees: Bool

    var lines: [String] {
        let line =
            "\(architecture), \(engine): loss \(loss), on the CPU \(expectedLoss); gradients differ by "
            + "\(middleGradientError) in the middle and \(largestGradientError) at most, weights by "
            + "\(largestWeightError): " + (agrees ? "agrees" : "DIFFERS")
        return [line]
    }
}
