import ArgumentParser
import CPUEngine
import Engines
import Foundation
import Networks
import Records
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network on a pack of tiles.",
        discussion: """
            The output folder receives plan.json (all settings), metrics.jsonl (a line per step and per epoch), \
            curves.svg, checkpoints, and model.safetensors, the weights of the last epoch or their averages.
            Ctrl-C ends the run after the step under way; what was learnt until then is kept, and the exit code \
            is 1. However a run ended, --resume goes on with it, to the same bits as if it had never stopped.
            """)

    @Argument(help: ArgumentHelp("The pack to learn from.", valueName: "data.tiles")) var data: String?
    @Option(help: ArgumentHelp("The run folder.", valueName: "folder")) var output: String?
    @Option(
        help: ArgumentHelp("A pack to measure top-1 and top-5 on after each epoch.", valueName: "data.tiles"))
    var validation: String?
    @Option(
        help: ArgumentHelp(
            "Go on with the run in this folder, after its newest checkpoint, as its plan.json says.",
            valueName: "folder"))
    var resume: String?
    @Option(
        help: ArgumentHelp(
            """
            Train several networks, each by its plan and into its folder, from one stream of batches; the plans must \
            agree in what decides the stream. Each comes to the same bits as by itself.
            """, valueName: "plan.json,..."))
    var models: String?
    @Flag(help: "Replace a run that is in the output folder.") var overwrite = false
    @OptionGroup(title: "What is trained") var planOptions: PlanOptions
    @OptionGroup(title: "Learning rate") var rate: LearningRateOptions
    @OptionGroup(title: "Update") var update: UpdateOptions
    @OptionGroup(title: "Variation of the samples") var variation: VariationOptions
    @OptionGroup(title: "Engine; --resume and --models take only --workers, the rest is in the plan")
    var engineOptions: EngineOptions

    func validate() throws {
        guard [data, resume, models].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give either a pack to learn from, or --resume, or --models")
        }
        guard data != nil else {
            let isOverridden =
                output != nil || validation != nil || planOptions.areGiven || rate.areGiven
                || update.areGiven || variation.areGiven || (overwrite && resume != nil)
            guard !isOverridden else {
                throw ValidationError("with --resume and --models everything is in the plan but --workers")
            }
            return
        }
        guard output != nil else { throw ValidationError("Missing expected argument '--output <folder>'") }
        try engineOptions.checkTraining()
        do {
            _ = try plan(named(classCount: 1), sampleCount: nil)
        } catch let error as TrainingError {
            throw ValidationError(error.cause)
        }
    }

    func run() throws {
        Interruption.catchSignals()
        let (plans, start) = try plans()
        let summaries = try plans.train(
            source: try TilePack(opening: plans[0].dataPath), start: start,
            engine: { try engineOptions.engine(for: $0) })
        for summary in summaries { print(summary.modelPath) }
        if summaries.contains(where: \.wasInterrupted) { throw ExitCode.failure }
    }

    private func plans() throws -> ([TrainingPlan], RunStart) {
        let start = overwrite ? RunStart.replacing : .new
        if let models {
            return (try models.split(separator: ",").map { try TrainingPlan(reading: String($0)) }, start)
        }
        if let resume {
            var plan = try TrainingPlan(reading: resume + "/plan.json")
            plan.outputPath = resume
            return ([plan], .resuming)
        }
        let pack = try TilePack(opening: data ?? "")
        let architecture = try named(classCount: pack.classNames.count, inputSize: pack.tileWidth)
        var plan = try plan(architecture, sampleCount: pack.count)
        (plan.precision, plan.kernels) = (engineOptions.trainingPrecision, engineOptions.kernels.rawValue)
        plan.versions = [
            "tilescope": Tilescope.configuration.version,
            "engine": engineOptions.trainingEngine().description,
        ]
        return ([plan], start)
    }

    private func named(classCount: Int, inputSize: Int? = nil) throws -> Architecture {
        let name = planOptions.architecture ?? "cifar-resnet20-v2"
        let named = Architecture(name: name, classCount: classCount, inputSize: inputSize)
        guard let named else { throw ValidationError("there is no --architecture \(name)") }
        return named
    }

    /// - Parameter sampleCount: of the data; `nil` before it was opened.
    /// - Throws: `TrainingError` for settings that make no sense.
    private func plan(_ architecture: Architecture, sampleCount: Int?) throws -> TrainingPlan {
        var plan = TrainingPlan(
            dataPath: data ?? "", outputPath: output ?? "", architecture: architecture, epochCount: 30,
            schedule: .cosine, augmentation: .cifar)
        plan.validationPath = validation
        planOptions.change(&plan)
        update.change(&plan)
        variation.change(&plan)
        rate.changeRate(of: &plan, sampleCount: sampleCount)
        // First without the schedule, whose usual drops are worked out from a number of epochs that makes sense.
        try plan.check()
        rate.changeSchedule(of: &plan)
        try plan.check()
        return plan
    }
}

extension EngineOptions {
    /// The engine that computes as the plan says, on as many workers as are asked for here.
    fileprivate func engine(for plan: TrainingPlan) throws -> any Engine {
        guard let kernels = plan.kernels.map(KernelVariant.init(rawValue:)) ?? .best, kernels.isAvailable
        else {
            throw CommandError(
                operation: "train", path: plan.outputPath,
                cause: "its plan wants the \(plan.kernels ?? "best") kernels, which this CPU cannot run")
        }
        return CPUEngine(workerCount: workerCount, precision: plan.precision, kernels: kernels)
    }
}
