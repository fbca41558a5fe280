import Foundation

/// An estimate and the interval that holds the true value in 95 of 100 samples.
package struct CountBounds: Hashable, Sendable, Codable {
    package var estimate: Double
    package var lower: Double
    package var upper: Double

    package init(estimate: Double, lower: Double, upper: Double) {
        self.estimate = estimate
        self.lower = lower
        self.upper = upper
    }

    package init(exactly value: Double) { self.init(estimate: value, lower: value, upper: value) }
}

/// How many of something there are in all cells, from a stratified sample of them.
///
/// Where nothing is found, something may be there all the same: at most about three in the stratum of which the smallest part was
/// looked at, times the inverse of that part. A normal interval has no width then, and a bound for each stratum would add up to too much.
///
/// - Source: the mid-P gamma interval for weighted sums of rare counts, Fay and Kim (2017), after Fay and Feuer (1997); the variance is that of
///   the sample, with the correction for a finite number of cells and Student's t (Satterthwaite, 1946) for few.
struct WeightedCount {
    /// A stratum of which not all cells are known.
    private struct Stratum {
        var cellCount: Double
        var size: Double
        var sum: Double
        /// Of the numbers in its cells.
        var variance: Double
    }

    private var strata: [Stratum] = []
    /// In strata of which all cells are known.
    private var exactSum = 0.0
    /// In the sample.
    private var foundSum = 0.0
    private var limit = 0.0

    /// - Parameter numbers: in the cells of the sample; at least one.
    /// - Parameter limit: how many there can be in the stratum; `nil` where nothing is known.
    mutating func add(_ numbers: [Int], cellCount: Int, limit: Int?) {
        let sum = numbers.reduce(0, +)
        foundSum += Double(sum)
        self.limit += limit.map { Double(max($0, sum)) } ?? .infinity
        guard numbers.count < cellCount else {
            exactSum += Double(sum)
            return
        }
        // Cells that are all alike do not show how others differ; one that is empty is taken to be among them.
        let isAlike = sum > 0 && numbers.allSatisfy { $0 == numbers[0] }
        let size = Double(numbers.count) + (isAlike ? 1 : 0)
        let squares = numbers.reduce(0.0) { $0 + Double($1) * Double($1) }
        let variance = sum == 0 ? 0 : (squares - Double(sum) * Double(sum) / size) / (size - 1)
        strata.append(
            Stratum(
                cellCount: Double(cellCount), size: Double(numbers.count), sum: Double(sum),
                variance: variance))
    }

    var estimate: Double {
        exactSum + strata.reduce(0) { $0 + $1.sum * $1.cellCount / $1.size }
    }

    /// Of the estimate.
    func variance(times factor: Double = 1) -> Double {
        strata.reduce(0) { $0 + Self.variance($1, factor) }
    }

    private static func variance(_ stratum: Stratum, _ factor: Double) -> Double {
        let rest = max(0, 1 / (factor * stratum.size) - 1 / stratum.cellCount)
        return stratum.cellCount * stratum.cellCount * rest * stratum.variance
    }

    /// - Parameter factor: as if so many times the cells had been looked at, with the same result.
    func bounds(times factor: Double = 1) -> CountBounds {
        let estimate = self.estimate
        // What one more would be worth.
        let one = strata.reduce(0) { max($0, $1.cellCount / (factor * $1.size) - 1) }
        guard one > 0 else { return CountBounds(exactly: estimate) }
        let sum = estimate - exactSum
        let variance = variance(times: factor)
        let freedom = strata.reduce(0) {
            let part = Self.variance($1, factor)
            return $0 + part * part / max(1, factor * $1.size - 1)
        }
        let student =
            freedom > 0
            ? CountEstimate.studentPoint(freedom: max(2, variance * variance / freedom))
            : CountEstimate.normalPoint
        let tail = erfc(student / 2.0.squareRoot()) / 2
        /// Of a gamma distribution with a mean and a variance; all of it is at the mean where it has none.
        func share(below place: Double, _ mean: Double, _ variance: Double) -> Double {
            guard variance > 0, mean > 0 else { return place >= mean ? 1 : 0 }
            return gammaShare(below: place * mean / variance, shape: mean * mean / variance)
        }
        func bound(_ probability: Double) -> Double {
            exactSum
                + quantile(probability, startingAt: sum + one) {
                    (share(below: $0, sum, variance) + share(below: $0, sum + one, variance + one * (one + 1)))
                        / 2
                }
        }
        // What was found is there.
        let lower = max(foundSum, min(estimate, bound(tail)))
        let upper = max(estimate, min(limit, bound(1 - tail)))
        return CountBounds(estimate: estimate, lower: min(lower, upper), upper: upper)
    }

    /// Cells in the sample if it were so many times as large.
    func sampledCount(times factor: Double) -> Int {
        strata.reduce(0) { $0 + Int(min($1.cellCount, (factor * $1.size).rounded(.up))) }
    }
}
