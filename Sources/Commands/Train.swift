import ArgumentParser
import Devices
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Records
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network on tiles or image records.",
        discussion: """
            The output folder receives plan.json (all settings), metrics.jsonl (a line per step and per epoch), \
            curves.svg, checkpoints, and model.safetensors, the weights of the last epoch or their averages.
            Ctrl-C ends the run after the current step. What was learnt until then is kept, and the exit code is 1. However a run \
            ended, --resume continues it, to the same bits as if it had never stopped. --resume and --models take only --workers, \
            --device and --devices; everything else is in the plan.
            A recipe is a named set of options. An option on the command line overrides the recipe's. If you override only \
            --batch-size, the learning rate is scaled in proportion.
            """)

    @Argument(help: ArgumentHelp("What to learn from: a pack of tiles or image records.", valueName: "data"))
    var data: String?
    @Option(help: ArgumentHelp("The run folder.", valueName: "folder")) var output: String?
    @Option(
        help: ArgumentHelp(
            "Tiles or image records to measure top-1 and top-5 on after each epoch.", valueName: "data"))
    var validation: String?
    @Option(
        help: ArgumentHelp(
            "A scene to scan when the training is complete: the threshold with the best F1 goes into the model. Needs --truth.",
            valueName: "scene"))
    var validationScene: String?
    @OptionGroup var truthOptions: TruthOptions
    @Option(
        help: ArgumentHelp(
            "Settings under a name, see --recipes, or in a file of one's own.", valueName: "name|file.json"))
    var recipe: String?
    @Flag(help: "List the recipes and train nothing.") var recipes = false
    @Flag(help: "Print the settings as JSON and train nothing; no data are needed.") var show = false
    @Flag(help: "Print the plan for these data as JSON, as --models takes it, and train nothing.")
    var planOnly = false
    @Option(
        help: ArgumentHelp(
            """
            Start from these weights: one of our models or checkpoints, or a file with the names of torchvision or \
            timm. A head for other classes is drawn anew.
            """, valueName: "file.safetensors"))
    var weights: String?
    @Option(
        help: ArgumentHelp(
            "Go on with the run in this folder, after its newest checkpoint, as its plan.json says; of several, with "
                + "all from one stream.", valueName: "folder,..."))
    var resume: String?
    @Option(
        help: ArgumentHelp(
            """
            Train several networks, each by its plan and into its folder, from one stream of batches; the plans must \
            agree in what decides the stream. Each comes to the same bits as by itself.
            """, valueName: "plan.json,..."))
    var models: String?
    @OptionGroup var overwriting: OverwriteOption
    @OptionGroup var logOptions: LogOptions
    @Flag(
        help: """
            In the end, draw confusion.gif: the confusion matrix of the validation samples at each epoch whose checkpoint was \
            kept, see --keep.
            """)
    var film = false
    @OptionGroup(title: "What is trained") var planOptions: PlanOptions
    @OptionGroup(title: "Learning rate") var rate: LearningRateOptions
    @OptionGroup(title: "Update") var update: UpdateOptions
    @OptionGroup(title: "Variation of the samples") var variation: VariationOptions
    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    func validate() throws {
        guard !recipes else { return }
        try engineOptions.checkTraining()
        if show {
            guard resume == nil, models == nil, !planOnly else {
                throw ValidationError(
                    "--show cannot be combined with --resume, --models or --plan-only")
            }
            return try checkPlan()
        }
        guard [data, resume, models].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give training data, or --resume, or --models")
        }
        guard (models ?? resume)?.split(separator: ",").isEmpty != true else {
            throw ValidationError("--models and --resume need at least one name")
        }
        guard data != nil else {
            let isOverridden =
                output != nil || validation != nil || validationScene != nil || truthOptions.truth != nil
                || recipe != nil
                || weights != nil || planOptions.areGiven
                || rate.areGiven || update.areGiven || variation.areGiven || engineOptions.areInPlanGiven
                || planOnly || (overwriting.isGiven && resume != nil)
            guard !isOverridden else {
                throw ValidationError(
                    "with --resume and --models the plan has all settings; only --workers, --device and --devices may be given"
                )
            }
            return
        }
        guard output != nil else { throw ValidationError("Missing expected argument '--output <folder>'") }
        try Address.refuseSecrets(in: [data, validation, validationScene, truthOptions.truth, weights])
        guard (validationScene == nil) == (truthOptions.truth == nil) else {
            throw ValidationError("--validation-scene and --truth must be given together")
        }
        guard !film || validation != nil else {
            throw ValidationError("--film shows the validation samples, so give --validation, too")
        }
        try checkPlan()
    }

    /// Refuses settings that make no sense, as wrong usage.
    private func checkPlan() throws {
        let (deviceCount, replicas) = (engineOptions.machine.deviceCount, planOptions.replicas)
        guard engineOptions.machine.device == .cpu || replicas.map({ $0 == deviceCount }) ?? true else {
            throw ValidationError(
                "--replicas \(replicas ?? 0) need as many devices; --devices names \(deviceCount)")
        }
        do {
            _ = try plan(named(classCount: 1, weightsArchitecture: nil), augmentation: .none, data: nil)
        } catch let error as TrainingError {
            throw ValidationError(error.cause)
        }
    }

    func run() throws {
        guard !recipes else { return say(try Recipe.list()) }
        guard !show else { return say(try shownPlan()) }
        let cancellation = Cancellation.catchSignals()
        let runs = try runs()
        defer { withExtendedLifetime(runs.locks) {} }
        let (plans, start) = (runs.plans, runs.start)
        guard !planOnly else { return say(try JSONText(plans[0], isIndented: true)) }
        if start == .replacing { try checkNoRunIsAnInput(runs) }
        if engineOptions.machine.device != .cpu { try tellEngines(of: plans) }
        let source = plans[0].labelled(
            try openSamples(plans[0].dataPath) { ProgressLine.warn("\($0)") })
        // Before hours of training rather than after them. What was trained already is gone on with in any case.
        for plan in plans where start != .resuming {
            try plan.thresholdSearch?.check(classes: source.classNames, background: plan.background)
        }
        let summaries = try plans.train(
            source: source, start: start, places: runs.places,
            engine: { plan in
                // Plans are told apart by where they write.
                let position = plans.firstIndex { $0.outputPath == plan.outputPath } ?? 0
                return try engineOptions.engine(for: plan, position: position, among: plans.count)
            })
        if film, !cancellation.isRequested {
            for (plan, summary) in zip(plans, summaries) where summary.failure == nil {
                plan.drawFilm(on: try engineOptions.engine(for: plan))
            }
        }
        for (plan, summary) in zip(plans, summaries) where summary.failure == nil && !summary.wasCancelled {
            try plan.chooseThreshold(ofModelAt: summary.modelPath, on: engineOptions.machine)
        }
        for place in runs.places { try place.publishRun() }
        for (place, summary) in zip(runs.places, summaries) where summary.failure == nil {
            say("\(place.shown(summary.modelPath))")
        }
        if summaries.count == 1, let failure = summaries[0].failure { throw failure }
        if summaries.contains(where: { $0.wasCancelled || $0.failure != nil }) { throw ExitCode.failure }
    }

    /// Refuses to replace a run whose files are learnt from.
    private func checkNoRunIsAnInput(_ runs: Runs) throws {
        let plans = runs.plans
        let data = plans.flatMap { [$0.dataPath, $0.validationPath].compactMap(\.self) }
        let others = plans.flatMap {
            [$0.weightsPath, $0.validationScenePath, $0.validationTruthPath].compactMap(\.self)
        }
        let outputs = overwriting.outputs(reading: data.flatMap(sampleFiles) + others)
        for place in runs.places {
            try outputs.checkFolder(place.address.unhidden, names: RunFolder.contentNames(of: place.path))
        }
    }

    /// Says where the networks learn, before what takes long without a word.
    private func tellEngines(of plans: [TrainingPlan]) throws {
        let engines = try plans.enumerated().map { position, plan in
            try engineOptions.engine(for: plan, position: position, among: plans.count).description
        }
        ProgressLine.tell(
            "trains on \(Set(engines).sorted().joined(separator: "; ")); a program that is new to this machine is compiled first"
        )
    }

    /// What is trained, and where.
    private struct Runs {
        var plans: [TrainingPlan]
        var start: RunStart
        /// The folders of the plans' runs.
        var places: [FolderMirror] = []
        /// The locks of those that are in stores.
        var locks: [StoreLock] = []

        /// Locks a folder and brings what is in it.
        mutating func add(_ place: FolderMirror) throws {
            if let lock = try place.lock(warn: { ProgressLine.warn("\($0)") }) { locks.append(lock) }
            try place.fetch(RunFolder.isContent)
            places.append(place)
        }
    }

    private func runs() throws -> Runs {
        let start = overwriting.isGiven ? RunStart.replacing : .new
        if let models {
            let plans = try models.split(separator: ",").map { path in
                var plan = try TrainingPlan(reading: String(path))
                try plan.refuseSecrets()
                plan.makePathsAbsolute()
                plan.versions = try versions(of: plan)
                return plan
            }
            return try placed(plans, start)
        }
        if let resume {
            var runs = Runs(plans: [], start: .resuming)
            for folder in resume.split(separator: ",") { try runs.add(FolderMirror(String(folder))) }
            runs.plans = try runs.places.map { place in
                var plan = try TrainingPlan(reading: place.path + "/plan.json")
                plan.outputPath = place.path
                plan.makePathsAbsolute()
                // The engine stays that of the beginning: its name has the number of workers, which changes no bit.
                plan.versions[Self.programKey] = Tilescope.configuration.version
                return plan
            }
            return runs
        }
        let given = try openSamples(data ?? "")
        let isWithoutLabels = try planOptions.withoutLabels || inRecipe()?.planOptions.withoutLabels == true
        let samples = isWithoutLabels ? TurnedSamples(given) : given
        let architecture = try named(
            classCount: samples.classNames.count, inputSize: samples.squareSide,
            weightsArchitecture: weights.flatMap { try StartingWeights.architecture(ofFile: $0) })
        var plan = try plan(
            architecture, augmentation: samples.squareSide == nil ? .imageNet : .cifar, data: samples,
            tell: { ProgressLine.tell("\($0)") })
        plan.background = samples.origin?.background
        plan.reading = samples.origin?.reading(ofWindows: samples.squareSide)
        if plan.cropWindows != nil {
            let totalStride = try Network(plan.architecture).denseGeometry().totalStride
            plan.reading = (plan.reading ?? .usual).ofCrops(totalStride: totalStride)
        }
        plan.pixels = given.origin?.pixels
        plan.makePathsAbsolute()
        plan.versions = try versions(of: plan)
        return try placed([plan], start)
    }

    /// New runs, each with a folder of this machine. What is there is in the way, or is replaced.
    private func placed(_ plans: [TrainingPlan], _ start: RunStart) throws -> Runs {
        var runs = Runs(plans: plans, start: start)
        guard !planOnly else { return runs }
        for index in plans.indices {
            let place = try FolderMirror(plans[index].outputPath)
            try runs.add(place)
            runs.plans[index].outputPath = place.path
        }
        return runs
    }

    /// A window whose label follows from its place would not show what the label says if it were moved. Only --padding moves it, and
    /// nothing moves a crop.
    private func keepWindowsInPlace(_ plan: inout TrainingPlan, tell: (String) -> Void) {
        guard variation.padding == nil, case .moved(let padding, let border) = plan.augmentation.cut,
            padding > 0
        else { return }
        plan.augmentation.cut = .moved(padding: 0, border: border)
        guard plan.cropWindows == nil else { return }
        tell(
            "windows are not moved, because their labels follow from their places; --padding \(padding) moves them"
        )
    }

    /// Has an epoch take as long as one of single windows, unless options say how many crops there are in it.
    ///
    /// - Parameter tileCount: of the pack.
    private func limitEpoch(
        of plan: inout TrainingPlan, to crops: CanvasCrops, tileCount: Int, tell: (String) -> Void
    ) {
        let sameCost = Int(Double(tileCount) / plan.windowsPerSample)
        let count = plan.samplesPerEpoch ?? min(crops.count, max(plan.batchSize, sameCost))
        plan.samplesPerEpoch = count
        var words =
            "learns from crops of \(crops.side)×\(crops.side) pixels with \(crops.labelCount) windows each: \(count) of "
            + "\(crops.count) in an epoch"
        if crops.leftOutCount > 0 {
            words +=
                "; \(crops.leftOutCount) of the pack's \(tileCount) tiles are left out, because they lie on no canvas with room for a "
                + "crop"
        }
        tell(words)
    }

    private static let programKey = "tilescope"

    private func versions(of plan: TrainingPlan) throws -> [String: String] {
        [
            Self.programKey: Tilescope.configuration.version,
            "engine": try engineOptions.engine(for: plan).description,
        ]
    }

    /// The settings without what only the data say.
    private func shownPlan() throws -> JSONText {
        let architecture = try named(
            classCount: 1,
            weightsArchitecture: weights.flatMap { try StartingWeights.architecture(ofFile: $0) })
        let plan = try plan(
            architecture, augmentation: architecture.inputSize > 32 ? .imageNet : .cifar, data: nil,
            tell: { ProgressLine.tell("\($0)") })
        let recipe = try recipe.map { try Recipe(named: $0) }
        let shown = ShownPlan(
            plan, source: recipe?.source,
            warmUpEpochs: rate.warmUpEpochs
                ?? (rate.warmUpSteps == nil ? recipe?.options.rate.warmUpEpochs : nil))
        return try JSONText(shown, isIndented: true)
    }

    /// The options of the recipe; `nil` without one.
    private func inRecipe() throws -> RecipeOptions? { try recipe.map { try Recipe(named: $0).options } }

    /// - Parameter weightsArchitecture: of the model to start from.
    private func named(
        classCount: Int, inputSize: Int? = nil, weightsArchitecture: Architecture?
    ) throws -> Architecture {
        let inRecipe = try inRecipe()?.planOptions
        let name =
            planOptions.architecture ?? inRecipe?.architecture ?? weightsArchitecture?.name
            ?? "cifar-resnet20-v2"
        let named = Architecture(
            name: name, classCount: classCount,
            inputSize: planOptions.inputSize ?? inRecipe?.inputSize ?? inputSize,
            preprocessing: weightsArchitecture?.preprocessing ?? .imageNet)
        guard let named else {
            throw ValidationError(
                "--architecture \(name) is unknown; tilescope train --help lists the families")
        }
        return named
    }

    /// - Parameter augmentation: where nothing else is asked for.
    /// - Parameter data: `nil` before it was opened.
    /// - Parameter tell: told of settings that follow from others.
    /// - Throws: `TrainingError` for settings that make no sense, `ValidationError` for options that do not go together,
    ///   `RecordsError` for data without the crops that are asked for.
    private func plan(
        _ architecture: Architecture, augmentation: Augmentation, data source: (any SampleSource)?,
        tell: (String) -> Void = { _ in }
    ) throws -> TrainingPlan {
        var plan = TrainingPlan(
            dataPath: data ?? "", outputPath: output ?? "", architecture: architecture, epochCount: 30,
            schedule: .cosine, augmentation: augmentation)
        (plan.validationPath, plan.weightsPath, plan.recipe) = (validation, weights, recipe)
        (plan.validationScenePath, plan.validationTruthPath) = (validationScene, truthOptions.truth)
        plan.validationTruthFormat = truthOptions.formatName
        plan.validationObjectSize = truthOptions.objectSize
        let recipe = try inRecipe()
        try recipe?.planOptions.changeCrops(of: &plan)
        recipe?.planOptions.change(&plan)
        recipe?.update.change(&plan)
        try recipe?.variation.change(&plan)
        try planOptions.changeCrops(of: &plan)
        let recipeRate = recipe.map { (rate: $0.rate, batchSize: plan.batchSize) }
        planOptions.change(&plan)
        let samples = try source.map { try plan.samples(of: $0) }
        if let source, let crops = samples as? CanvasCrops {
            limitEpoch(of: &plan, to: crops, tileCount: source.count, tell: tell)
        }
        let sampleCount = samples?.count
        let usualBatchSize = plan.batchSize
        if planOptions.batchSize == nil, let sampleCount, plan.fitBatch(to: sampleCount) {
            tell(
                "a step has \(plan.batchSize) samples instead of \(usualBatchSize), because there are only \(sampleCount); "
                    + "--batch-size sets another")
        }
        update.change(&plan)
        try variation.change(&plan)
        if plan.cropWindows != nil || source?.origin?.labelRadius != nil {
            keepWindowsInPlace(&plan, tell: tell)
        }
        rate.changeRate(of: &plan, insteadOf: recipeRate, tell: tell)
        if recipeRate == nil, rate.learningRate == nil, rate.scaleLearningRate == nil,
            planOptions.batchSize == nil
        {
            plan.scaleLearningRate(fromBatchSize: usualBatchSize)
        }
        recipe?.rate.changeWarmUp(of: &plan, sampleCount: sampleCount)
        rate.changeWarmUp(of: &plan, sampleCount: sampleCount)
        plan.precision = try engineOptions.trainingPrecision(insteadOf: recipe?.precision)
        plan.kernels = try engineOptions.machine.kernels(engineOptions.numerics)?.rawValue
        // Each device has its own batch norms unless they are synchronised.
        let deviceCount = engineOptions.machine.deviceCount
        if deviceCount > 1 && planOptions.replicas == nil { plan.replicaCount = deviceCount }
        // First without the schedule, whose usual drops are worked out from a number of epochs that makes sense.
        try plan.check()
        recipe?.rate.changeSchedule(of: &plan)
        rate.changeSchedule(of: &plan)
        try plan.check()
        return plan
    }
}

extension EngineOptions {
    /// The engine that computes as the plan says, on the workers or devices that are asked for here.
    ///
    /// - Parameter position: of the plan among `count` that are trained together.
    fileprivate func engine(
        for plan: TrainingPlan, position: Int = 0, among count: Int = 1
    ) throws -> any Engine {
        let machine = try machine.share(position, of: count, deviceCount: plan.configuration.replicaCount)
        guard machine.device == .cpu, let name = plan.kernels else {
            return try machine.engine(plan.precision)
        }
        guard let kernels = KernelVariant(rawValue: name) else {
            throw CommandError(
                operation: "train", path: plan.outputPath,
                cause: "its plan needs the \(name) kernels, which this version does not have")
        }
        return try machine.engine(plan.precision, kernels: kernels)
    }
}
