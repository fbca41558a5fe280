/// What one training step did: a line of `metrics.jsonl`.
public struct StepMetrics: Hashable, Sendable, Codable {
    /// Steps done with this one.
    public var step: Int
    /// From 1 on.
    public var epoch: Int
    /// Mean cross-entropy of the batch before the update.
    public var loss: Float
    /// Of the batch, before the update, in `0...1`.
    public var correctFraction: Float
    public var learningRate: Float
    public var imagesPerSecond: Double
    /// Part of the step's time in which it waited for its batch, in `0...1`.
    public var loaderWaitFraction: Double
}

/// What one epoch did: a line of `metrics.jsonl`.
public struct EpochMetrics: Hashable, Sendable, Codable {
    /// From 1 on.
    public var epoch: Int
    /// Steps done with this epoch's last.
    public var step: Int
    /// Mean over the epoch's steps, on augmented tiles and while the weights changed.
    public var trainingLoss: Double
    /// Correct of all tiles of the epoch, likewise; in `0...1`.
    public var trainingTopOne: Double
    /// On the validation pack with the weights at the end; `nil` without one.
    public var validationTopOne: Double?
    /// Of the epoch with its validation.
    public var seconds: Double
}

/// How far a training is, for people.
public struct TrainingProgress: Sendable {
    public var epochCount: Int
    public var stepsPerEpoch: Int
    /// The last step.
    public var step: StepMetrics
    /// Correct of all tiles of this epoch so far, in `0...1`.
    public var topOne: Double
    /// Tiles per second over this epoch so far.
    public var imagesPerSecond: Double
    /// At the run's mean speed so far.
    public var secondsLeft: Double
    /// Set once, when the last step was its epoch's last.
    public var finishedEpoch: EpochMetrics?
}

/// How a training ended.
public struct TrainingSummary: Hashable, Sendable {
    /// Complete ones.
    public var epochs: [EpochMetrics]
    public var stepCount: Int
    /// Whether it was asked to stop before its end; what was learnt until then is kept.
    public var wasInterrupted: Bool
    /// The weights after the last step.
    public var modelPath: String
}
