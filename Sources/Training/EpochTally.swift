import Engines

/// What an epoch's steps sum up to. A checkpoint holds it, so that an epoch may go on where it was left.
struct EpochTally: Hashable, Codable {
    /// From 1 on.
    let epoch: Int
    /// Samples; of crops, their windows.
    private(set) var sampleCount = 0
    /// From the epoch's start to its last step, without the time in which nothing ran.
    private(set) var trainingSeconds = 0.0
    private var correctCount = 0
    private var topFiveCount = 0
    /// Mean loss times samples.
    private var lossSum = 0.0

    init(epoch: Int) { self.epoch = epoch }

    /// - Parameter count: labels of the step.
    /// - Parameter seconds: since the step before.
    mutating func add(_ result: StepResult, count: Int, seconds: Double) {
        sampleCount += count
        correctCount += result.correctCount
        topFiveCount += result.topFiveCount
        lossSum += Double(result.loss) * Double(count)
        trainingSeconds += seconds
    }

    /// Whether a tally that was read from a file can be one of so many labels.
    func isPossible(labelCount: Int) -> Bool {
        let counts = 0...labelCount
        return sampleCount == labelCount && counts.contains(correctCount)
            && counts.contains(topFiveCount)
            && lossSum.isFinite && trainingSeconds >= 0 && trainingSeconds.isFinite
    }

    var topOne: Double { Double(correctCount) / Double(max(1, sampleCount)) }
    var topFive: Double { Double(topFiveCount) / Double(max(1, sampleCount)) }

    /// - Parameter before: what does not count where it is of the same epoch: another process did it, at another speed.
    func imagesPerSecond(since before: EpochTally) -> Double {
        let isSame = before.epoch == epoch
        let seconds = trainingSeconds - (isSame ? before.trainingSeconds : 0)
        return seconds > 0 ? Double(sampleCount - (isSame ? before.sampleCount : 0)) / seconds : 0
    }

    /// - Parameter seconds: since the last step.
    func metrics(stepCount: Int, validation: Validation?, seconds: Double) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, step: stepCount, trainingLoss: lossSum / Double(max(1, sampleCount)),
            trainingTopOne: topOne, trainingTopFive: topFive, validationTopOne: validation?.topOne,
            validationTopFive: validation?.topFive, seconds: trainingSeconds + seconds)
    }
}

extension ContinuousClock.Instant {
    var secondsUntilNow: Double { (ContinuousClock.now - self) / .seconds(1) }
}
