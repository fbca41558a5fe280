public import Engines
public import Networks
public import Records

/// The resolved settings of one training: enough to do it again. Written as `plan.json` into the run folder.
public struct TrainingPlan: Hashable, Sendable, Codable {
    /// A pack of tiles to learn from.
    public var dataPath: String
    /// A pack of tiles to measure top-1 on after each epoch.
    public var validationPath: String?
    /// The run folder.
    public var outputPath: String
    public var architecture: Architecture
    public var epochCount: Int
    public var batchSize = 128
    /// Tiles seen in an epoch, drawn anew each time; `nil` for all.
    public var samplesPerEpoch: Int?
    /// Before the schedule multiplies it.
    public var learningRate: Float = 0.1
    public var schedule: Schedule
    /// Steps over which the learning rate rises linearly to what the schedule says.
    public var warmUpStepCount = 0
    public var optimizer = Optimizer()
    public var augmentation: Augmentation
    /// Of the first weights, the order of the tiles and their augmentation.
    public var seed: UInt64 = 0
    /// Of the program and the engine, for the record.
    public var versions: [String: String] = [:]

    public init(
        dataPath: String, outputPath: String, architecture: Architecture, epochCount: Int, schedule: Schedule,
        augmentation: Augmentation
    ) {
        (self.dataPath, self.outputPath) = (dataPath, outputPath)
        (self.architecture, self.epochCount) = (architecture, epochCount)
        (self.schedule, self.augmentation) = (schedule, augmentation)
    }

    /// The learning rate of a step.
    ///
    /// - Parameter step: steps done before this one: 0 for the first of the run.
    public func learningRate(step: Int, stepsPerEpoch: Int) -> Float {
        let multiplier = schedule.multiplier(step: step, stepsPerEpoch: stepsPerEpoch, epochCount: epochCount)
        let warmUp = warmUpStepCount == 0 ? 1 : min(1, Float(step + 1) / Float(warmUpStepCount))
        return learningRate * multiplier * warmUp
    }

    /// Whole batches in an epoch over `sampleCount` samples; what is left over waits for the next epoch's order.
    public func stepsPerEpoch(sampleCount: Int) -> Int {
        min(sampleCount, samplesPerEpoch ?? sampleCount) / batchSize
    }
}

extension TrainingPlan {
    /// Checks the settings by themselves.
    public func check() throws(TrainingError) {
        try require(
            (1...100_000).contains(epochCount), "the number of epochs must lie in 1...100000: \(epochCount)")
        try require(
            (1...65_536).contains(batchSize), "the batch size must lie in 1...65536: \(batchSize)")
        try require(
            learningRate > 0 && learningRate.isFinite, "the learning rate must be positive: \(learningRate)")
        try require(
            (0..<1).contains(optimizer.momentum), "momentum must lie in 0..<1: \(optimizer.momentum)")
        try require(
            optimizer.weightDecay >= 0 && optimizer.weightDecay.isFinite,
            "weight decay must not be negative: \(optimizer.weightDecay)")
        try require(warmUpStepCount >= 0, "warm-up steps must not be negative: \(warmUpStepCount)")
        try require(
            samplesPerEpoch.map { $0 >= batchSize } ?? true,
            "\(samplesPerEpoch ?? 0) samples per epoch are less than one batch of \(batchSize)")
        try checkSchedule()
    }

    private func checkSchedule() throws(TrainingError) {
        switch schedule {
        case .constant, .cosine: break
        case .factorPerEpoch(let factor):
            try require(factor > 0 && factor <= 1, "the factor per epoch must lie in 0...1: \(factor)")
        case .multiStep(let epochs, let factor):
            try require(factor > 0 && factor <= 1, "the factor of a drop must lie in 0...1: \(factor)")
            for epoch in epochs {
                try require(
                    (1..<epochCount).contains(epoch),
                    "a drop after epoch \(epoch) never comes in a run of \(epochCount) epochs")
            }
        }
    }

    /// Checks that the tiles fit the settings.
    func check(fits source: any SampleSource) throws(TrainingError) {
        let objection = source.objection(toSide: architecture.inputSize)
        try require(objection == nil, "\(objection ?? ""), as \(architecture.name) takes", of: source)
        try require(
            source.classNames.count == architecture.classCount,
            "it has \(source.classNames.count) classes, the network \(architecture.classCount)", of: source)
        try require(
            stepsPerEpoch(sampleCount: source.count) > 0,
            "its \(source.count) samples are less than one batch of \(batchSize)", of: source)
    }

    private func require(_ isRight: Bool, _ cause: String) throws(TrainingError) {
        guard isRight else { throw TrainingError(code: .wrongPlan, operation: "train", cause: cause) }
    }

    private func require(_ isRight: Bool, _ cause: String, of source: any SampleSource) throws(TrainingError)
    {
        guard isRight else {
            throw TrainingError(code: .wrongData, operation: "train on \(source.path)", cause: cause)
        }
    }
}
