import Engines

/// A step whose result was not taken yet, with what its metrics need.
struct BegunStep {
    let pending: PendingStep
    let learningRate: Float
    /// Labels of its batch: samples, or of crops their windows.
    let labelCount: Int
    /// When the wait for its batch began.
    let start: ContinuousClock.Instant
    /// Steps under way when it was begun, with itself.
    let depth: Int

    /// What the step cost, when its result is there now.
    ///
    /// That is the time since the last result where steps overlap. Results that lay ready come at once, after an epoch's
    /// last batch for example: each step costs at least its part of the time that it was under way.
    ///
    /// - Parameter lastEnd: when the result before was there.
    func seconds(after lastEnd: ContinuousClock.Instant) -> Double {
        max(max(start, lastEnd).secondsUntilNow, start.secondsUntilNow / Double(depth))
    }
}
