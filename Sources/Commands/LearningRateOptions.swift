public import ArgumentParser
public import Training

/// How fast a training learns, and when it slows down.
struct LearningRateOptions: ParsableArguments {
    enum ScheduleName: String, CaseIterable, ExpressibleByArgument {
        case constant, factor, multistep, cosine
        case oneCycle = "one-cycle"
    }

    @Option(help: "The learning rate before the schedule changes it. Default: 0.1.") var learningRate: Float?
    @Option(
        help: ArgumentHelp(
            "The batch size that the learning rate is meant for: it is multiplied by --batch-size over this.",
            valueName: "batch"))
    var scaleLearningRate: Int?
    @Option(
        help: """
            How the learning rate changes. constant; factor: multiplied by --factor at each epoch's end; multistep: \
            multiplied by --factor after each of --drop-epochs; cosine: falls to 0 over the run (default); one-cycle: rises from --start-factor \
            over --rising-fraction of the run, then falls to --end-factor.
            """)
    var schedule: ScheduleName?
    @Option(help: "Multiplies the learning rate. Default: 0.94 with --schedule factor, 0.1 with multistep.")
    var factor: Float?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Epochs after which multistep multiplies by --factor. Default: half and three quarters of the run.",
            valueName: "epochs"))
    var dropEpochs: [Int] = []
    @Option(
        help: ArgumentHelp("Share of the run in which a one-cycle rises. Default: 0.3.", valueName: "share"))
    var risingFraction: Double?
    @Option(help: "Where a one-cycle begins, as a share of the learning rate. Default: 0.04.")
    var startFactor: Double?
    @Option(help: "Where a one-cycle ends, as a share of the learning rate. Default: 0.000004.")
    var endFactor: Double?
    @Option(help: "How a one-cycle rises and falls: cosine or linear. Default: cosine.")
    var curve: Schedule.Curve?
    @Option(
        help: ArgumentHelp("Raise the learning rate from 0 over so many first steps.", valueName: "count"))
    var warmUpSteps: Int?
    @Option(help: ArgumentHelp("The same in epochs, such as 0.5.", valueName: "epochs"))
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

    /// Sets the learning rate. What is given here takes the place of the recipe's; where only the batch is another, the
    /// recipe's rate goes with it in proportion.
    ///
    /// - Parameter plan: with its batch size.
    /// - Parameter tell: told where the rate follows the batch.
    func changeRate(
        of plan: inout TrainingPlan, insteadOf recipe: (rate: Self, batchSize: Int)?, tell: (String) -> Void
    ) {
        plan.learningRate = learningRate ?? recipe?.rate.learningRate ?? plan.learningRate
        if let scaleLearningRate { return plan.scaleLearningRate(fromBatchSize: scaleLearningRate) }
        guard learningRate == nil, let recipe else { return }
        plan.scaleLearningRate(fromBatchSize: recipe.rate.scaleLearningRate ?? recipe.batchSize)
        if plan.batchSize != recipe.batchSize {
            tell(
                "the learning rate becomes \(plan.learningRate), for batches of \(plan.batchSize) instead of "
                    + "\(recipe.batchSize); --learning-rate sets another")
        }
    }

    /// - Parameter sampleCount: of the data; `nil` before it was opened.
    func changeWarmUp(of plan: inout TrainingPlan, sampleCount: Int?) {
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
