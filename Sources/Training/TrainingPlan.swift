public import Engines
public import ModelFiles
public import Networks
public import Records

/// The resolved settings of one training: enough to do it again. Written as `plan.json` into the run folder.
///
/// A setting that is added here is also to be decoded below, and shown by `train --show`.
public struct TrainingPlan: Hashable, Sendable, Codable {
    /// What to learn from.
    public var dataPath: String
    /// What to measure top-1 and top-5 on after each epoch.
    public var validationPath: String?
    /// The run folder.
    public var outputPath: String
    public var architecture: Architecture
    public var epochCount: Int
    /// Samples of a step, of all replicas together.
    public var batchSize = 128
    /// Samples seen in an epoch, drawn anew each time; `nil` for all.
    public var samplesPerEpoch: Int?
    /// The windows of a sample, where samples are crops of canvases; `nil` where each is one window or picture.
    public var cropWindows: CropWindows?
    /// Before the schedule multiplies it.
    public var learningRate: Float = 0.1
    public var schedule: Schedule
    /// Steps over which the learning rate rises linearly to what the schedule says.
    public var warmUpStepCount = 0
    public var optimizer = Optimizer()
    /// Share of each sample's target that is spread over all classes, in `0..<1`.
    public var labelSmoothing: Float = 0
    /// Of the distribution of shares with which samples are mixed by pairs; `nil` to mix none.
    public var mixupAlpha: Float?
    /// Of the distribution of shares with which rectangles are put into samples; `nil` for none. With `mixupAlpha` each batch gets
    /// one of the two.
    public var cutMixAlpha: Float?
    public var loss = Loss.crossEntropy
    /// A class counts wholly where a mixed sample has more of it than this, and else not at all; only for the loss `binary`.
    public var targetThreshold: Float?
    public var augmentation: Augmentation
    /// A model or other weights that the network starts with; `nil` to draw all by the seed.
    public var weightsPath: String?
    /// Whether the network learns how samples are turned, and nothing of their labels (`TurnedSamples`).
    public var learnsTurns = false
    /// Whether the first convolution begins as filters that whiten the data; they should be frozen.
    public var whitensStem = false
    /// Parts of the network, from the input on, that keep their first weights.
    public var frozenStageCount = 0
    /// Equal parts of each batch, each with a copy of the network on workers of its own.
    public var replicaCount = 1
    /// Whether batch norms see the whole batch rather than their replica's part.
    ///
    /// On the CPU, whose workers share one memory, it is then one program on all workers that trains, whatever the
    /// number of replicas: the bits are those of one replica.
    public var synchronizesBatchNorm = false
    /// Epochs from one validation to the next; the last epoch always has one.
    public var validationInterval = 1
    /// Of the first weights, the order of the samples and all that varies them.
    public var seed: UInt64 = 0
    /// In which the engine computes.
    public var precision = Precision.fp32
    /// Which variant of the engine's kernels computes, by its name; `nil` where the engine has only one.
    public var kernels: String?
    /// Between checkpoints in the middle of an epoch; `nil` for none but those at the ends of epochs.
    public var checkpointMinutes: Double? = 10
    /// So many of the newest checkpoints are kept, and the best one besides.
    public var keptCheckpointCount = 3
    /// The recipe that the settings come from, for the record.
    public var recipe: String?
    /// The class that stands for none of the things looked for; it goes into the model's contract.
    public var background: String?
    /// A scene whose objects are known, by which the threshold of `reading` is chosen when the training is complete; `nil` for the
    /// usual threshold.
    public var validationScenePath: String?
    /// What really is in it.
    public var validationTruthPath: String?
    /// The format of that file, by its name; `nil` for the one that it has by its name and content.
    public var validationTruthFormat: String?
    /// The size of the objects in pixels, where the truth has points.
    public var validationObjectSize: Double?
    /// How scans shall read the model, which follows from the data; `nil` for the usual way. It goes into the model's contract.
    public var reading: Reading?
    /// What the pixels are that the network learns from, where the data says it. It goes into the model's contract.
    public var pixels: TrainedPixels?
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

    /// How the engine's program is made.
    public var configuration: TrainingConfiguration {
        var configuration = TrainingConfiguration(batchSize: batchSize, optimizer: optimizer)
        configuration.frozenStageCount = frozenStageCount
        configuration.loss = loss
        configuration.replicaCount = synchronizesBatchNorm ? 1 : replicaCount
        configuration.cropWindows = cropWindows
        return configuration
    }

    /// Of the square samples, in pixels.
    public var sampleSide: Int {
        cropWindows?.side(window: architecture.inputSize) ?? architecture.inputSize
    }

    /// How many windows have as many pixels as a sample.
    public var windowsPerSample: Double {
        let sides = Double(sampleSide) / Double(architecture.inputSize)
        return sides * sides
    }

    /// Labels of a step.
    var labelsPerStep: Int { batchSize * (cropWindows?.count ?? 1) }

    /// The samples as the network sees their labels.
    public func labelled(_ source: any SampleSource) -> any SampleSource {
        learnsTurns ? TurnedSamples(source) : source
    }

    /// What steps learn from: some samples, or crops of the canvases that they lie on.
    ///
    /// - Throws: `RecordsError` where they lie on none with room for a crop.
    public func samples(of source: any SampleSource) throws(RecordsError) -> any BatchSource {
        guard let cropWindows else { return source }
        guard let pack = source as? TilePack else { throw CanvasCrops.withoutCanvases(at: source.path) }
        return try CanvasCrops(of: pack, perSide: cropWindows.perSide, stride: cropWindows.stride)
    }

    /// Whether what a step learns from depends on more than one sample each.
    var mixesSamples: Bool { mixupAlpha != nil || cutMixAlpha != nil }

    /// The learning rate of a step.
    ///
    /// - Parameter step: steps done before this one: 0 for the first of the run.
    public func learningRate(step: Int, stepsPerEpoch: Int) -> Float {
        let multiplier = schedule.multiplier(step: step, stepsPerEpoch: stepsPerEpoch, epochCount: epochCount)
        let warmUp = warmUpStepCount == 0 ? 1 : min(1, Float(step + 1) / Float(warmUpStepCount))
        return learningRate * multiplier * warmUp
    }

    /// A learning rate that was found for one batch size, as it should be for another: in proportion.
    ///
    /// - Source: Goyal et al., Accurate, large minibatch SGD, 2017.
    public mutating func scaleLearningRate(fromBatchSize referenceBatchSize: Int) {
        learningRate *= Float(batchSize) / Float(referenceBatchSize)
    }

    /// Makes the batches smaller where there are fewer samples than one has: of a power of two, with at least two samples.
    ///
    /// - Returns: whether that was so.
    public mutating func fitBatch(to sampleCount: Int) -> Bool {
        guard sampleCount < batchSize, sampleCount >= 2 else { return false }
        batchSize = 1 << (Int.bitWidth - 1 - sampleCount.leadingZeroBitCount)
        return true
    }

    /// Whole batches in an epoch over `sampleCount` samples; what is left over waits for the next epoch's order.
    public func stepsPerEpoch(sampleCount: Int) -> Int {
        min(sampleCount, samplesPerEpoch ?? sampleCount) / batchSize
    }
}

extension TrainingPlan {
    /// Takes the usual value for each setting that has one and is missing.
    ///
    /// Only `checkpointMinutes` then means none, because that is how none is written.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            dataPath: try values.decode(String.self, forKey: .dataPath),
            outputPath: try values.decode(String.self, forKey: .outputPath),
            architecture: try values.decode(Architecture.self, forKey: .architecture),
            epochCount: try values.decode(Int.self, forKey: .epochCount),
            schedule: try values.decode(Schedule.self, forKey: .schedule),
            augmentation: try values.decode(Augmentation.self, forKey: .augmentation))
        func take<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
            if let given = try values.decodeIfPresent(Value.self, forKey: key) { value = given }
        }
        try take(&validationPath, .validationPath)
        try take(&batchSize, .batchSize)
        try take(&samplesPerEpoch, .samplesPerEpoch)
        try take(&cropWindows, .cropWindows)
        try take(&learningRate, .learningRate)
        try take(&warmUpStepCount, .warmUpStepCount)
        try take(&optimizer, .optimizer)
        try take(&labelSmoothing, .labelSmoothing)
        try take(&mixupAlpha, .mixupAlpha)
        try take(&cutMixAlpha, .cutMixAlpha)
        try take(&loss, .loss)
        try take(&targetThreshold, .targetThreshold)
        try take(&weightsPath, .weightsPath)
        try take(&learnsTurns, .learnsTurns)
        try take(&whitensStem, .whitensStem)
        try take(&frozenStageCount, .frozenStageCount)
        try take(&replicaCount, .replicaCount)
        try take(&synchronizesBatchNorm, .synchronizesBatchNorm)
        try take(&validationInterval, .validationInterval)
        try take(&seed, .seed)
        try take(&precision, .precision)
        try take(&kernels, .kernels)
        checkpointMinutes = try values.decodeIfPresent(Double.self, forKey: .checkpointMinutes)
        try take(&keptCheckpointCount, .keptCheckpointCount)
        try take(&recipe, .recipe)
        try take(&background, .background)
        try take(&validationScenePath, .validationScenePath)
        try take(&validationTruthPath, .validationTruthPath)
        try take(&validationTruthFormat, .validationTruthFormat)
        try take(&validationObjectSize, .validationObjectSize)
        try take(&reading, .reading)
        try take(&pixels, .pixels)
        try take(&versions, .versions)
    }
}
