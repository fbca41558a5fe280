import Bytes
import Dispatch
import Foundation
import Synchronization

/// Draws as many samples as there are, with repetition, again and again: how much would the numbers differ for other
/// samples of the same kind?
///
/// - Source: Efron 1979; the percentile interval.
struct Bootstrap: Sendable {
    /// The numbers of one set of samples.
    struct Statistics: Sendable {
        var topOne: Double
        var topK: Double
        var loss: Double
        var calibrationError: Double
    }

    /// What of a sample the numbers need, side by side in memory.
    private struct Outcome {
        var loss: Float
        var score: Float
        var bin: UInt8
        var isRight: Bool
        var isAmongTopK: Bool
    }

    private let outcomes: [Outcome]

    /// - Parameter predictions: not empty.
    init(_ predictions: Predictions, k: Int) {
        outcomes = (0..<predictions.count).map { index in
            let score = predictions.score(of: index)
            return Outcome(
                loss: -logf(max(predictions.truthScores[index], .leastNormalMagnitude)), score: score,
                bin: UInt8(Calibration.bin(of: score, among: Calibration.usualBinCount)),
                isRight: predictions.truthPlaces[index] == 0,
                isAmongTopK: predictions.truthPlaces[index] < k)
        }
    }

    /// The numbers of the samples that `choose` names, one for each of `0..<count`.
    func statistics(of count: Int, _ choose: (Int) -> Int) -> Statistics {
        var (rightCount, topKCount, loss) = (0, 0, 0.0)
        var tally = CalibrationTally(binCount: Calibration.usualBinCount)
        outcomes.withUnsafeBufferPointer { outcomes in
            for place in 0..<count {
                let outcome = outcomes[choose(place)]
                if outcome.isRight { rightCount += 1 }
                if outcome.isAmongTopK { topKCount += 1 }
                loss += Double(outcome.loss)
                tally.add(bin: Int(outcome.bin), score: Double(outcome.score), isRight: outcome.isRight)
            }
        }
        let total = Double(count)
        return Statistics(
            topOne: Double(rightCount) / total, topK: Double(topKCount) / total, loss: loss / total,
            calibrationError: tally.error)
    }

    /// The numbers of resamples, in their order; computed on all cores, which changes nothing.
    func resampled(_ resampleCount: Int, seed: UInt64) -> [Statistics] {
        let count = outcomes.count
        let results = Mutex([Int: Statistics]())
        DispatchQueue.concurrentPerform(iterations: resampleCount) { resample in
            var random = SplitMix64(seed: seed, stream: resample)
            let result = statistics(of: count) { _ in
                // Every number as likely, by multiplication (Lemire 2019).
                Int(random.next().multipliedFullWidth(by: UInt64(count)).high)
            }
            results.withLock { $0[resample] = result }
        }
        let found = results.withLock { $0 }
        return (0..<resampleCount).compactMap { found[$0] }
    }
}
