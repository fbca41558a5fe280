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
    /// Rises from `startFactor` to 1 over the first part of the run, then falls to `endFactor`, by the step.
    ///
    /// - Source: Smith and Topin, Super-convergence, 2018, as `torch.optim.lr_scheduler.OneCycleLR` does it: its
    ///   `div_factor` is `1 / startFactor`, its `final_div_factor` is `startFactor / endFactor`. Momentum stays.
    case oneCycle(risingFraction: Double, startFactor: Double, endFactor: Double, curve: Curve)

    /// The way from one value to another.
    public enum Curve: String, CaseIterable, Hashable, Sendable, Codable {
        /// Half a cosine: slow at both ends.
        case cosine
        case linear

        /// - Parameter fraction: of the way, in `0...1`.
        func value(from start: Double, to end: Double, at fraction: Double) -> Double {
            switch self {
            case .cosine: end + (start - end) / 2 * (1 + cos(.pi * fraction))
            case .linear: start + (end - start) * fraction
            }
        }
    }

    /// What the learning rate is multiplied by, in `0...1` for factors up to 1.
    ///
    /// - Parameter step: steps done before this one: 0 for the first of the run.
    public func multiplier(step: Int, stepsPerEpoch: Int, epochCount: Int) -> Float {
        precondition(step >= 0 && stepsPerEpoch > 0 && epochCount > 0)
        let epochsDone = step / stepsPerEpoch
        let stepCount = stepsPerEpoch * epochCount
        switch self {
        case .constant:
            return 1
        case .factorPerEpoch(let factor):
            return pow(factor, Float(epochsDone))
        case .multiStep(let epochs, let factor):
            return pow(factor, Float(epochs.count { $0 <= epochsDone }))
        case .cosine:
            return Float(Curve.cosine.value(from: 1, to: 0, at: Double(step) / Double(stepCount)))
        case .oneCycle(let risingFraction, let start, let end, let curve):
            let (step, last) = (Double(step), Double(stepCount - 1))
            let peak = risingFraction * Double(stepCount) - 1
            if peak > 0 && step <= peak { return Float(curve.value(from: start, to: 1, at: step / peak)) }
            return last > peak ? Float(curve.value(from: 1, to: end, at: (step - peak) / (last - peak))) : 1
        }
    }

    /// Says what makes no sense in a run of so many epochs; `nil` where all does.
    func objection(epochCount: Int) -> String? {
        switch self {
        case .constant, .cosine: return nil
        case .factorPerEpoch(let factor):
            return factor > 0 && factor <= 1
                ? nil : "the factor per epoch must be above 0 and at most 1: \(factor)"
        case .multiStep(let epochs, let factor):
            guard factor > 0 && factor <= 1 else {
                return "the factor of a drop must be above 0 and at most 1: \(factor)"
            }
            let late = epochs.first { !(1..<epochCount).contains($0) }
            return late.map {
                "a drop after epoch \($0) never comes in a run of \(epochCount) \(epochCount == 1 ? "epoch" : "epochs")"
            }
        case .oneCycle(let risingFraction, let start, let end, _):
            for (name, value) in [
                ("rising part", risingFraction), ("start factor", start), ("end factor", end),
            ] where !(0...1).contains(value) {
                return "the \(name) of a cycle must lie in 0...1: \(value)"
            }
            return nil
        }
    }
}
