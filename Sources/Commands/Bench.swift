import ArgumentParser
import Engines
import Foundation
import Networks
import Pixels

/// Measures this machine.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this machine.", subcommands: [BenchEngine.self])
}

/// Measures scoring and training of one network on random pixels: the engine alone, without loader or files.
struct BenchEngine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "Images per second of scoring and training, without any input.")

    @Option(help: "A network, such as cifar-resnet20-v2 or resnet18-v2.")
    var architecture = "cifar-resnet20-v2"
    @Option(help: ArgumentHelp("Images in a batch.", valueName: "count")) var batch = 128
    @Option(help: ArgumentHelp("How long to measure each.", valueName: "seconds")) var seconds = 5.0
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        guard (1...65_536).contains(batch) else {
            throw ValidationError("--batch must be between 1 and 65536: \(batch)")
        }
        guard (0.1...3600).contains(seconds) else {
            throw ValidationError("--seconds must be between 0.1 and 3600: \(seconds)")
        }
    }

    func run() throws {
        guard let architecture = Architecture(name: architecture, classCount: 10) else {
            throw ValidationError("unknown architecture \(self.architecture)")
        }
        let (network, engine) = (try Network(architecture), engineOptions.engine())
        let weights = network.initialWeights(seed: 1)
        var random = SplitMix64(seed: 1)
        let byteCount = architecture.inputSize * architecture.inputSize * 3
        let pixels = (0..<batch * byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        let labels = (0..<batch).map { _ in Int32.random(in: 0..<10, using: &random) }
        print("\(architecture.name), batch \(batch), \(engine.description)")

        let scoring = try engine.scoringProgram(for: network, weights: weights, batchSize: batch)
        var scores = [Float](repeating: 0, count: batch * architecture.classCount)
        try report("score") {
            var target = scores.mutableSpan
            try scoring.score(pixels.span, into: &target)
        }
        let training = try engine.trainingProgram(
            for: network, state: TrainingState(weights: weights), batchSize: batch, optimizer: Optimizer())
        try report("train") { _ = try training.step(pixels.span, labels: labels.span, learningRate: 0.01) }
    }

    /// Runs `body` for the asked time; prints images per second of wall time (median) and of processor time.
    private func report(_ name: String, _ body: () throws -> Void) throws {
        for _ in 0..<3 { try body() }
        let clock = ContinuousClock()
        let (start, cpuStart) = (clock.now, clock_t.processorSeconds)
        var durations: [Duration] = []
        while clock.now - start < .seconds(seconds) { durations.append(try clock.measure(body)) }
        let median = durations.sorted()[durations.count / 2] / .seconds(1)
        let cpu = (clock_t.processorSeconds - cpuStart) / Double(durations.count)
        let figures = (wall: Double(batch) / median, cpu: Double(batch) / cpu)
        print(
            String(
                format: "%@: %.0f images/s (median), %.0f images per CPU-second", name, figures.wall,
                figures.cpu))
    }
}

extension clock_t {
    /// Processor time of all threads of this process.
    fileprivate static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
