import Foundation

/// The numbers of an evaluation.
public struct EvaluationNumbers: Hashable, Sendable, Codable {
    /// A number with the interval in which it would fall for other samples of the same kind.
    public struct Estimate: Hashable, Sendable, Codable {
        public var value: Double
        /// `nil` where nothing was resampled.
        public var interval: Interval?
    }

    /// Where 95 % of the resampled numbers lie.
    public struct Interval: Hashable, Sendable, Codable {
        public var low: Double
        public var high: Double
    }

    /// Samples scored.
    public var count: Int
    /// Samples whose class has not the highest score.
    public var errorCount: Int
    /// The part of the samples with the highest score for their class, in `0...1`. As all numbers here, `nil` when nothing
    /// was scored.
    public var topOne: Estimate?
    /// The part of the samples whose class is among the `k` best.
    public var topK: Estimate?
    public var k: Int
    /// Mean of −ln of the score of a sample's class; scores below 10⁻³⁸ count as that much.
    public var loss: Estimate?
    /// Expected calibration error, in `0...1`. Its interval lies high: a resample is never better calibrated than chance
    /// allows.
    public var calibrationError: Estimate?
    /// Mean F1 of the classes that are there or are predicted.
    public var macroF1: Double?
    /// Resamples of which the intervals are made.
    public var resampleCount: Int
    public var classes: [ClassNumbers]
    public var calibration: Calibration

    /// - Parameter k: of the second fraction; any number of labels.
    /// - Parameter resampleCount: 0 for no intervals. 1,000 of 50,000 samples take about 0.3 s.
    /// - Parameter seed: of the resamples; equal seeds give equal intervals.
    public init(_ predictions: Predictions, k: Int = 5, resampleCount: Int = 1000, seed: UInt64 = 1) {
        (count, errorCount, self.k) = (predictions.count, predictions.errorCount, k)
        classes = ClassNumbers.all(of: predictions)
        calibration = Calibration(predictions)
        let scores = classes.compactMap(\.f1)
        macroF1 = predictions.count == 0 ? nil : scores.reduce(0, +) / Double(scores.count)
        self.resampleCount = predictions.count == 0 ? 0 : resampleCount
        guard predictions.count > 0 else { return }
        let bootstrap = Bootstrap(predictions, k: k)
        let whole = bootstrap.statistics(of: predictions.count) { $0 }
        let resampled = bootstrap.resampled(resampleCount, seed: seed)
        func estimate(_ number: KeyPath<Bootstrap.Statistics, Double>) -> Estimate {
            Estimate(value: whole[keyPath: number], interval: Interval(resampled.map { $0[keyPath: number] }))
        }
        (topOne, topK) = (estimate(\.topOne), estimate(\.topK))
        (loss, calibrationError) = (estimate(\.loss), estimate(\.calibrationError))
    }
}

extension EvaluationNumbers.Interval {
    /// From the 2.5th to the 97.5th percentile, as `numpy.percentile` interpolates; `nil` of nothing.
    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func percentile(_ fraction: Double) -> Double {
            let place = fraction * Double(sorted.count - 1)
            let (low, high) = (Int(place), min(Int(place) + 1, sorted.count - 1))
            return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
        }
        (low, high) = (percentile(0.025), percentile(0.975))
    }
}
