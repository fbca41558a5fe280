import ArgumentParser
import Engines
import Records
import Training

// What can be said of a training on the command line. What is not given stays as the plan has it.

/// What is trained, how long, and what is kept.
struct PlanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Such as cifar-resnet20-v2, which it is by default, or resnet18-v2.", valueName: "name"))
    var architecture: String?
    @Option(help: "Times that the data is seen; 30 by default.") var epochs: Int?
    @Option(help: ArgumentHelp("Samples seen in an epoch; all by default.", valueName: "count"))
    var samplesPerEpoch: Int?
    @Option(help: "Samples in a step; 128 by default.") var batchSize: Int?
    @Option(help: "Decides the first weights, the order of the samples and how they vary; 0 by default.")
    var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Parts of the network that keep their first weights: 1 for the stem, 2 for the first stage too, ...",
            valueName: "count"))
    var frozenStages: Int?
    @Option(
        help: ArgumentHelp(
            """
            Equal parts of each batch, each with a copy of the network on workers of its own. A batch norm sees only \
            its part, so that the result is another one than without.
            """, valueName: "count"))
    var replicas: Int?
    @Flag(
        inversion: .prefixedNo,
        help: "Batch norms see the whole batch; the result is then the same bits as without replicas.")
    var syncBatchNorm: Bool?
    @Option(
        help: ArgumentHelp(
            "Between checkpoints within an epoch; 10 by default, 0 for none.", valueName: "minutes"))
    var checkpointMinutes: Double?
    @Option(
        help: ArgumentHelp("Newest checkpoints that stay, beside the best one; 3 by default.", valueName: "count"))
    var keep: Int?

    var areGiven: Bool {
        architecture != nil || epochs != nil || samplesPerEpoch != nil || batchSize != nil || seed != nil
            || frozenStages != nil || replicas != nil || syncBatchNorm != nil || checkpointMinutes != nil
            || keep != nil
    }

    /// All but the architecture.
    func change(_ plan: inout TrainingPlan) {
        plan.epochCount = epochs ?? plan.epochCount
        plan.samplesPerEpoch = samplesPerEpoch ?? plan.samplesPerEpoch
        plan.batchSize = batchSize ?? plan.batchSize
        plan.seed = seed ?? plan.seed
        plan.frozenStageCount = frozenStages ?? plan.frozenStageCount
        plan.replicaCount = replicas ?? plan.replicaCount
        plan.synchronizesBatchNorm = syncBatchNorm ?? plan.synchronizesBatchNorm
        plan.checkpointMinutes = checkpointMinutes.map { $0 == 0 ? nil : $0 } ?? plan.checkpointMinutes
        plan.keptCheckpointCount = keep ?? plan.keptCheckpointCount
    }
}

/// How a step changes the weights.
struct UpdateOptions: ParsableArguments {
    enum Decayed: String, CaseIterable, ExpressibleByArgument { case all, weights }

    @Option(help: "Share of the last update that goes into the next; 0.9 by default.") var momentum: Float?
    @Flag(inversion: .prefixedNo, help: "Look ahead by one update, as Nesterov's momentum does.")
    var nesterov: Bool?
    @Option(help: "Pull of the weights towards zero; 1e-4 by default.") var weightDecay: Float?
    @Option(help: "What it pulls: all, or only weights, not batch norms and biases.")
    var weightDecayOf: Decayed?
    @Option(help: ArgumentHelp("Cut each gradient to at most this; 0 for never.", valueName: "limit"))
    var clipValue: Float?
    @Option(
        help: ArgumentHelp("Shorten all gradients to at most this norm together; 0 for never.", valueName: "limit"))
    var clipNorm: Float?
    @Option(
        help: ArgumentHelp(
            """
            Keep averages of the weights, which stay by this share at each step, such as 0.999; the model is made of \
            them. 0 for none.
            """, valueName: "share"))
    var averageDecay: Float?
    @Option(help: ArgumentHelp("Part of each target that is spread over all classes.", valueName: "share"))
    var labelSmoothing: Float?
    @Option(
        help: ArgumentHelp(
            "Mix samples by pairs, with shares from Beta(alpha, alpha), such as 0.2; 0 for never.",
            valueName: "alpha"))
    var mixup: Float?

    func validate() throws {
        guard clipValue == nil || clipNorm == nil else {
            throw ValidationError("give --clip-value or --clip-norm, not both")
        }
    }

    var areGiven: Bool {
        momentum != nil || nesterov != nil || weightDecay != nil || weightDecayOf != nil || clipValue != nil
            || clipNorm != nil || averageDecay != nil || labelSmoothing != nil || mixup != nil
    }

    func change(_ plan: inout TrainingPlan) {
        plan.optimizer.momentum = momentum ?? plan.optimizer.momentum
        plan.optimizer.isNesterov = nesterov ?? plan.optimizer.isNesterov
        plan.optimizer.weightDecay = weightDecay ?? plan.optimizer.weightDecay
        if let weightDecayOf { plan.optimizer.decaysNormsAndBiases = weightDecayOf == .all }
        if let clipValue { plan.optimizer.gradientClip = clipValue == 0 ? nil : .value(clipValue) }
        if let clipNorm { plan.optimizer.gradientClip = clipNorm == 0 ? nil : .norm(clipNorm) }
        if let averageDecay { plan.optimizer.averageDecay = averageDecay == 0 ? nil : averageDecay }
        plan.labelSmoothing = labelSmoothing ?? plan.labelSmoothing
        if let mixup { plan.mixupAlpha = mixup == 0 ? nil : mixup }
    }
}

/// How fast a training learns, and when it slows down.
struct LearningRateOptions: ParsableArguments {
    enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
        case constant, factor, multistep, cosine
        case oneCycle = "one-cycle"
    }

    @Option(help: "Before the schedule multiplies it; 0.1 by default.") var learningRate: Float?
    @Option(
        help: ArgumentHelp(
            "The learning rate is meant for batches of this size: multiply it by --batch-size over this.",
            valueName: "batch"))
    var scaleLearningRate: Int?
    @Option(
        help: """
            constant; factor: multiplied by --factor at each epoch's end; multistep: multiplied by --factor after \
            each of --drop-epochs; cosine, by default: falls to 0 over the run; one-cycle: rises from --start-factor \
            over --rising-fraction of the run, then falls to --end-factor.
            """)
    var schedule: ScheduleName?
    @Option(help: "0.94 by default for the schedule factor, 0.1 for multistep.") var factor: Float?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Half and three quarters of the run by default.", valueName: "epochs"))
    var dropEpochs: [Int] = []
    @Option(help: ArgumentHelp("0.3 by default.", valueName: "share")) var risingFraction: Double?
    @Option(help: "0.04 by default.") var startFactor: Double?
    @Option(help: "0.000004 by default.") var endFactor: Double?
    @Option(help: "How a one-cycle rises and falls: cosine, by default, or linear.")
    var curve: Schedule.Curve?
    @Option(help: ArgumentHelp("Steps over which the learning rate rises at first.", valueName: "count"))
    var warmUpSteps: Int?
    @Option(help: ArgumentHelp("Instead of steps; parts of an epoch too.", valueName: "epochs"))
    var warmUpEpochs: Double?

    func validate() throws {
        guard dropEpochs.isEmpty || schedule == .multistep else {
            throw ValidationError("--drop-epochs needs --schedule multistep")
        }
        guard factor == nil || schedule == .factor || schedule == .multistep else {
            throw ValidationError("--factor needs --schedule factor or multistep")
        }
        let isCycleGiven = risingFraction != nil || startFactor != nil || endFactor != nil || curve != nil
        guard !isCycleGiven || schedule == .oneCycle else {
            throw ValidationError(
                "--rising-fraction, --start-factor, --end-factor and --curve need --schedule one-cycle")
        }
        guard scaleLearningRate.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--scale-learning-rate must be positive: \(scaleLearningRate ?? 0)")
        }
        guard warmUpSteps == nil || warmUpEpochs == nil else {
            throw ValidationError("give --warm-up-steps or --warm-up-epochs, not both")
        }
        guard warmUpEpochs.map({ (0...100_000).contains($0) }) ?? true else {
            throw ValidationError("--warm-up-epochs must lie in 0...100000: \(warmUpEpochs ?? 0)")
        }
    }

    var areGiven: Bool {
        learningRate != nil || scaleLearningRate != nil || schedule != nil || warmUpSteps != nil
            || warmUpEpochs != nil
    }

    /// - Parameter sampleCount: of the data; `nil` before it was opened.
    func changeRate(of plan: inout TrainingPlan, sampleCount: Int?) {
        plan.learningRate = learningRate ?? plan.learningRate
        if let scaleLearningRate { plan.scaleLearningRate(fromBatchSize: scaleLearningRate) }
        plan.warmUpStepCount = warmUpSteps ?? plan.warmUpStepCount
        if let warmUpEpochs, let sampleCount, plan.batchSize > 0 {
            let stepsPerEpoch = plan.stepsPerEpoch(sampleCount: sampleCount)
            plan.warmUpStepCount = Int((warmUpEpochs * Double(stepsPerEpoch)).rounded())
        }
    }

    /// - Parameter plan: with a number of epochs that makes sense.
    func changeSchedule(of plan: inout TrainingPlan) {
        switch schedule {
        case nil: break
        case .constant: plan.schedule = .constant
        case .factor: plan.schedule = .factorPerEpoch(factor ?? 0.94)
        case .cosine: plan.schedule = .cosine
        case .multistep:
            let usual = Set([plan.epochCount / 2, plan.epochCount * 3 / 4]).subtracting([0]).sorted()
            plan.schedule = .multiStep(
                epochs: dropEpochs.isEmpty ? usual : dropEpochs, factor: factor ?? 0.1)
        case .oneCycle:
            plan.schedule = .oneCycle(
                risingFraction: risingFraction ?? 0.3, startFactor: startFactor ?? 0.04,
                endFactor: endFactor ?? 4e-6, curve: curve ?? .cosine)
        }
    }
}

extension Schedule.Curve: ExpressibleByArgument {}
