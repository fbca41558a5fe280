public import Records

/// What one training step did: a line of `metrics.jsonl`.
public struct StepMetrics: Hashable, Sendable, Codable {
    /// Steps done with this one.
    public var step: Int
    /// From 1 on.
    public var epoch: Int
    /// Mean cross-entropy of the batch before the update.
    public var loss: Float
    /// Of the batch, before the update, in `0...1`. Of mixed samples, the labels of those that were mixed into count.
    public var correctFraction: Float
    /// Of the batch: the label's score was one of the five highest; in `0...1`.
    public var topFiveFraction: Float
    public var learningRate: Float
    /// Labelled images: of crops, the windows in them.
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
    /// Mean over the epoch's steps, on augmented samples and while the weights changed.
    public var trainingLoss: Double
    /// Correct of all samples of the epoch, likewise; in `0...1`.
    public var trainingTopOne: Double
    /// Likewise, with the label's score among the five highest.
    public var trainingTopFive: Double
    /// On the validation samples with the model at the end; `nil` without any that could be read.
    public var validationTopOne: Double?
    public var validationTopFive: Double?
    /// Of the epoch with its validation.
    public var seconds: Double
}

/// What a model's scores on the validation samples came to.
public struct Validation: Hashable, Sendable {
    /// In `0...1`; `nil` where no sample could be read.
    public var topOne: Double?
    /// Likewise.
    public var topFive: Double?
    /// Samples that could not be read and do not count.
    public var unreadable: [UnreadableSample]

    public init(topOne: Double?, topFive: Double?, unreadable: [UnreadableSample] = []) {
        (self.topOne, self.topFive, self.unreadable) = (topOne, topFive, unreadable)
    }
}

/// How far a training is, for people.
public struct TrainingProgress: Sendable {
    public var outputPath: String
    public var epochCount: Int
    public var stepsPerEpoch: Int
    /// Whether samples are crops: numbers are of their windows then.
    public var countsWindows: Bool
    /// The last step.
    public var step: StepMetrics
    /// Correct of all samples of this epoch so far, in `0...1`.
    public var topOne: Double
    /// Label among the five highest scores, likewise.
    public var topFive: Double
    /// Samples per second over this epoch so far; of several trainings from one stream, the sum is the machine's.
    public var imagesPerSecond: Double
    /// At the run's mean speed so far.
    public var secondsLeft: Double
    /// Set once, when the last step was its epoch's last.
    public var finishedEpoch: EpochMetrics?
}

/// How a training ended.
public struct TrainingSummary: Sendable {
    /// Complete ones, those before a resume too.
    public var epochs: [EpochMetrics]
    public var stepCount: Int
    /// Whether it was cancelled before its end; what was learnt until then is kept.
    public var wasCancelled: Bool
    /// Why it came to no model: its loss became no number, or the last model could not be written.
    public var failure: (any Error)?
    /// The weights after the last step, or their averages.
    public var modelPath: String
    /// Samples that could not be read, all of the run: others took their places.
    public var unreadableCount: Int
    /// Validation samples that could not be read and did not count.
    public var unreadableValidationCount: Int
    /// Where both stand with the reasons.
    public var quarantinePath: String
}
