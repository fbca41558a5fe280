import Foundation

/// How the learning rate goes over a run.
public enum Schedule: Hashable, Sendable, Codable {
    /// The same from the first step to the last.
    case constant
    /// Multiplied by a factor at the end of each epoch.
    case factorPerEpoch(Float)
    /// Multiplied by a factor when each of these numbers of epochs is done.
    case multiStep(epochs: [Int], factor: Float)
    /// Falls from 1 to 0 along half a cosine, by the step.
    ///
    /// - Source: Loshchilov and Hutter, SGDR, 2017, without restarts.
    case cosine

    /// What the learning rate is multiplied by, in `0...1` for factors up to 1.
    ///
    /// - Parameter step: steps done before this one: 0 for the first of the run.
    public func multiplier(step: Int, stepsPerEpoch: Int, epochCount: Int) -> Float {
        precondition(step >= 0 && stepsPerEpoch > 0 && epochCount > 0)
        let epochsDone = step / stepsPerEpoch
        switch self {
        case .constant:
            return 1
        case .factorPerEpoch(let factor):
            return pow(factor, Float(epochsDone))
        case .multiStep(let epochs, let factor):
            return pow(factor, Float(epochs.count { $0 <= epochsDone }))
        case .cosine:
            let done = Double(step) / Double(stepsPerEpoch * epochCount)
            return Float(0.5 * (1 + cos(.pi * done)))
        }
    }
}
