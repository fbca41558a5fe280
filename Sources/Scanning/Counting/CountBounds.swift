import Foundation

/// An estimate and the interval that holds the true value in 95 of 100 samples.
package struct CountBounds: Hashable, Sendable, Codable {
    package var estimate: Double
    package var lower: Double
    package var upper: Double

    package init(estimate: Double, lower: Double, upper: Double) {
        (self.estimate, self.lower, self.upper) = (estimate, lower, upper)
    }

    package init(exactly value: Double) { self.init(estimate: value, lower: value, upper: value) }
}

/// How many of some cells have a property, from a sample without replacement: the mid-P interval of 95 %.
///
/// It is the interval of the hypergeometric distribution, in which what is as likely as the sample itself counts half on each side. The
/// plain one covers much more than it promises where counts are small.
///
/// - Source: Lancaster (1961) for mid-P; Konijn, "Statistical Theory of Sample Survey Design and Analysis" (1973), for finite populations.
package struct SharedCellBounds: Hashable {
    package let lower: Int
    package let upper: Int

    /// On each side.
    private static let tail = 0.025

    /// - Parameter count: with the property, in the sample.
    /// - Parameter size: of the sample.
    /// - Parameter cellCount: of all cells.
    package init(count: Int, size: Int, cellCount: Int) {
        precondition((0...size).contains(count) && size <= cellCount && size > 0)
        var (low, high) = (count, cellCount - (size - count))
        guard size < cellCount else {
            (lower, upper) = (count, count)
            return
        }
        func tails(_ marked: Int) -> (above: Double, below: Double) {
            Self.tails(count, size: size, marked: marked, of: cellCount)
        }
        // The fewest with which so many are not too rare.
        while low < high {
            let middle = (low + high) / 2
            if tails(middle).above > Self.tail { high = middle } else { low = middle + 1 }
        }
        lower = low
        // The most with which so few are not too rare.
        high = cellCount - (size - count)
        while low < high {
            let middle = (low + high + 1) / 2
            if tails(middle).below > Self.tail { low = middle } else { high = middle - 1 }
        }
        upper = low
    }

    /// The chance of more than a number in the sample, and that of less; each with half of the chance of the number itself.
    private static func tails(
        _ count: Int, size: Int, marked: Int, of cellCount: Int
    ) -> (above: Double, below: Double) {
        let unmarked = cellCount - marked
        let (size, cellCount) = (Double(size), Double(cellCount))
        func logChoose(_ n: Double, _ k: Double) -> Double { lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) }
        let (k, m, u) = (Double(count), Double(marked), Double(unmarked))
        let own = exp(logChoose(m, k) + logChoose(u, size - k) - logChoose(cellCount, size))
        func sum(_ step: Double, until last: Double) -> Double {
            var (term, sum, place) = (own, 0.0, k)
            while place != last, term > 1e-18 {
                term *=
                    step > 0
                    ? (m - place) * (size - place) / ((place + 1) * (u - size + place + 1))
                    : place * (u - size + place) / ((m - place + 1) * (size - place + 1))
                place += step
                sum += term
                // On the far side of the largest term, terms fall fast.
                if term < sum * 1e-16 { break }
            }
            return sum
        }
        // The shorter way; both and the number itself are all.
        if k * cellCount > m * size {
            let above = sum(1, until: min(m, size))
            return (above + own / 2, 1 - above - own / 2)
        }
        let below = sum(-1, until: max(0, size - u))
        return (1 - below - own / 2, below + own / 2)
    }
}

extension CountBounds {
    /// How much there is in some cells, from a sample of them.
    ///
    /// Where no cell of the sample has more than one, the interval is that of a share of cells. Where some have more, it is that of
    /// `CountEstimate`, whose spread comes from the sample.
    ///
    /// - Parameter numbers: in the cells of the sample; at least one.
    /// - Parameter limit: of the whole, where it is known from elsewhere.
    package init(of numbers: [Int], cellCount: Int, limit: Int? = nil) {
        let sum = numbers.reduce(0, +)
        let estimate = Double(sum) * Double(cellCount) / Double(numbers.count)
        let most = numbers.max() ?? 0
        var bounds: CountBounds
        if most > 1, numbers.count > 1 {
            let count = CountEstimate(counts: numbers, cellCount: cellCount)
            bounds = CountBounds(estimate: estimate, lower: count.lower, upper: count.upper)
        } else {
            // A single cell that has several stands for cells with as many.
            let cells = SharedCellBounds(
                count: numbers.count { $0 > 0 }, size: numbers.count, cellCount: cellCount)
            let each = Double(max(1, most))
            bounds = CountBounds(
                estimate: estimate, lower: max(Double(sum), Double(cells.lower) * (most > 1 ? 0 : 1)),
                upper: Double(cells.upper) * each)
        }
        if let limit { bounds.upper = max(Double(sum), min(bounds.upper, Double(limit))) }
        bounds.lower = min(bounds.lower, bounds.estimate)
        bounds.upper = max(bounds.upper, bounds.estimate)
        self = bounds
    }
}
