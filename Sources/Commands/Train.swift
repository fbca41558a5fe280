import ArgumentParser
import Engines
import Evaluation
import Foundation
import Networks
import Records
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network on a pack of tiles.",
        discussion: """
            The output folder receives plan.json (all settings), metrics.jsonl (a line per step and per epoch), \
            curves.svg, a checkpoint per epoch, and model.safetensors, the weights of the last one.
            Ctrl-C ends the run after the step under way; what was learnt until then is kept, and the exit code \
            is 1.
            """)

    @Argument(help: ArgumentHelp("The pack to learn from.", valueName: "data.tiles")) var data: String
    @Option(help: ArgumentHelp("The run folder.", valueName: "folder")) var output: String
    @Option(help: ArgumentHelp("A pack to measure top-1 on after each epoch.", valueName: "data.tiles"))
    var validation: String?
    @Option(help: ArgumentHelp("Such as cifar-resnet20-v2 or resnet18-v2.", valueName: "name"))
    var architecture = "cifar-resnet20-v2"
    @Option(help: "Times that the data is seen.") var epochs = 30
    @Option(help: ArgumentHelp("Tiles seen in an epoch; all by default.", valueName: "count"))
    var samplesPerEpoch: Int?
    @Option(help: "Tiles in a step.") var batchSize = 128
    @OptionGroup var rate: LearningRateOptions
    @Option(help: "Share of the last update that goes into the next.") var momentum: Float = 0.9
    @Option(help: "Pull of the weights towards zero.") var weightDecay: Float = 1e-4
    @Option(help: ArgumentHelp("Border of a tile before it is cut at random.", valueName: "pixels"))
    var padding = 4
    @Flag(inversion: .prefixedNo, help: "Mirror half of the tiles.") var mirror = true
    @Option(help: "Decides the first weights, the order of the tiles and how they are cut.")
    var seed: UInt64 = 0
    @Flag(help: "Replace a run that is in the output folder.") var overwrite = false
    @OptionGroup var engineOptions: EngineOptions

    func validate() throws {
        guard (0...1024).contains(padding) else {
            throw ValidationError("--padding must be between 0 and 1024: \(padding)")
        }
        try engineOptions.checkTraining()
        do {
            _ = try plan(named(classCount: 1))
        } catch let error as TrainingError {
            throw ValidationError(error.cause)
        }
    }

    func run() throws {
        Interruption.catchSignals()
        let engine = engineOptions.trainingEngine()
        let samples = try openSamples(data)
        var plan = try plan(named(classCount: samples.classNames.count, inputSize: samples.squareSide))
        plan.versions = ["tilescope": Tilescope.configuration.version, "engine": engine.description]
        let summary = try plan.run(on: engine, source: samples, overwrites: overwrite)
        print(summary.modelPath)
        if summary.wasInterrupted { throw ExitCode.failure }
    }

    private func named(classCount: Int, inputSize: Int? = nil) throws -> Architecture {
        let named = Architecture(name: architecture, classCount: classCount, inputSize: inputSize)
        guard let named else { throw ValidationError("there is no --architecture \(architecture)") }
        return named
    }

    /// - Throws: `TrainingError` for settings that make no sense.
    private func plan(_ architecture: Architecture) throws(TrainingError) -> TrainingPlan {
        var plan = TrainingPlan(
            dataPath: data, outputPath: output, architecture: architecture, epochCount: epochs,
            schedule: .constant,
            augmentation: Augmentation(padding: padding, mirror: mirror))
        (plan.validationPath, plan.samplesPerEpoch, plan.batchSize) = (validation, samplesPerEpoch, batchSize)
        (plan.learningRate, plan.warmUpStepCount) = (rate.learningRate, rate.warmUpSteps)
        plan.optimizer = Optimizer(momentum: momentum, weightDecay: weightDecay)
        plan.seed = seed
        // First without the schedule, whose usual drops are worked out from a number of epochs that makes sense.
        try plan.check()
        plan.schedule = rate.resolved(epochCount: epochs)
        try plan.check()
        return plan
    }
}

/// How fast a training learns, and when it slows down.
struct LearningRateOptions: ParsableArguments {
    enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
        case constant, factor, multistep, cosine
    }

    @Option(help: "Before the schedule multiplies it.") var learningRate: Float = 0.1
    @Option(
        help: """
            constant; factor: multiplied by --factor at each epoch's end; multistep: multiplied by --factor after \
            each of --drop-epochs; cosine: falls to 0 over the run.
            """)
    var schedule = ScheduleName.cosine
    @Option(help: "0.94 by default for the schedule factor, 0.1 for multistep.") var factor: Float?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Half and three quarters of the run by default.", valueName: "epochs"))
    var dropEpochs: [Int] = []
    @Option(help: ArgumentHelp("Steps over which the learning rate rises at first.", valueName: "count"))
    var warmUpSteps = 0

    func validate() throws {
        guard dropEpochs.isEmpty || schedule == .multistep else {
            throw ValidationError("--drop-epochs needs --schedule multistep")
        }
        guard factor == nil || schedule == .factor || schedule == .multistep else {
            throw ValidationError("--factor needs --schedule factor or multistep")
        }
    }

    func resolved(epochCount: Int) -> Schedule {
        switch schedule {
        case .constant: return .constant
        case .factor: return .factorPerEpoch(factor ?? 0.94)
        case .cosine: return .cosine
        case .multistep:
            let usual = Set([epochCount / 2, epochCount * 3 / 4]).subtracting([0]).sorted()
            return .multiStep(epochs: dropEpochs.isEmpty ? usual : dropEpochs, factor: factor ?? 0.1)
        }
    }
}
