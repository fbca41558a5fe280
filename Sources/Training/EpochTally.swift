import Engines

/// What an epoch's steps sum up to.
struct EpochTally {
    let epoch: Int
    private let start = ContinuousClock.now
    private(set) var tileCount = 0
    /// From the epoch's start to its last step.
    private(set) var trainingSeconds = 0.0
    private var correctCount = 0
    /// Mean loss times tiles.
    private var lossSum = 0.0

    init(epoch: Int) { self.epoch = epoch }

    /// - Parameter count: tiles in the step.
    mutating func add(_ result: StepResult, count: Int) {
        tileCount += count
        correctCount += result.correctCount
        lossSum += Double(result.loss) * Double(count)
        trainingSeconds = start.secondsUntilNow
    }

    var topOne: Double { Double(correctCount) / Double(max(1, tileCount)) }

    func metrics(stepCount: Int, validationTopOne: Double?) -> EpochMetrics {
        EpochMetrics(
            epoch: epoch, step: stepCount, trainingLoss: lossSum / Double(max(1, tileCount)),
            trainingTopOne: topOne, validationTopOne: validationTopOne, seconds: start.secondsUntilNow)
    }
}

extension ContinuousClock.Instant {
    var secondsUntilNow: Double { (ContinuousClock.now - self) / .seconds(1) }
}
