import Foundation

/// One axis: from values to pixels, with ticks at round values.
package struct Axis {
    /// Pixels of the first and the last tick.
    package let start: Double
    package let end: Double
    /// Evenly spaced, at least two, multiples of 1, 2 or 5 times a power of ten.
    package let ticks: [Double]
    /// Decimals that tell the ticks apart.
    package let decimals: Int

    /// - Parameter values: below 1e40; all of them lie between the first and the last tick.
    /// - Parameter limit: what no value exceeds, a multiple of each power of ten below: no tick does either.
    package init(covering values: [Double], from start: Double, to end: Double, limit: Double? = nil) {
        (self.start, self.end) = (start, end)
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let (spacing, exponent) = Self.spacing(for: high - low, at: max(abs(low), abs(high)))
        // A millionth of a tick forgives the rounding of `0.3 / 0.1`.
        var first = (low / spacing + 1e-6).rounded(.down)
        var last = max((high / spacing - 1e-6).rounded(.up), first + 1)
        if let limit, high <= limit, last * spacing > limit * (1 + 1e-9) {
            last = (limit / spacing).rounded()
            first = min(first, last - 1)
        }
        ticks = stride(from: first, through: last, by: 1).map { $0 * spacing }
        decimals = max(0, -exponent)
    }

    package func position(of value: Double) -> Double {
        let (low, high) = (ticks[0], ticks[ticks.count - 1])
        return start + (end - start) * (value - low) / (high - low)
    }

    /// A round number, of which 5 to 12 make up `count`; at least 1.
    static func roundSpacing(of count: Int) -> Int {
        var power = 1
        while true {
            if let factor = [1, 2, 5].first(where: { count / ($0 * power) <= 12 }) { return factor * power }
            power *= 10
        }
    }

    /// The least round distance that makes at most seven steps of `span`.
    ///
    /// - Parameter magnitude: of the values: what a tick adds must not be lost beside it.
    private static func spacing(
        for span: Double, at magnitude: Double
    ) -> (spacing: Double, exponent: Int) {
        guard span > max(magnitude * 1e-9, 1e-40) else {
            return magnitude < 1e6 ? (0.01, -2) : spacing(for: magnitude, at: magnitude)
        }
        var exponent = Int(log10(span / 10).rounded(.down))
        while true {
            let unit = pow(10, Double(exponent))
            if let factor = [1.0, 2, 5].first(where: { span / ($0 * unit) <= 7 }) {
                return (factor * unit, exponent)
            }
            exponent += 1
        }
    }
}
