import Foundation

/// How many objects a scene has, from the numbers in a sample of its cells.
package struct CountEstimate: Hashable, Sendable, Codable {
    /// In the sample.
    package let found: Int
    /// Of the whole scene, as of `lower` and `upper`.
    package let estimate: Double
    /// The interval holds the true number in 95 of 100 samples.
    package let lower: Double
    package let upper: Double

    /// The normal distribution's 97.5 % point.
    static let normalPoint = 1.959963984540054
    /// Where nothing is found, the number is below in 95 of 100 samples (the rule of three).
    private static let upperOfNone = -log(0.05)

    /// An interval by the gamma distribution of a count, with the spread that the sample shows.
    ///
    /// Numbers in cells are rarely independent of each other: objects stand in groups, or in rows. So the variance comes from the sample (cells
    /// are the clusters), with the correction for a finite number of cells and Student's t for few of them; the shape is that of a Poisson count
    /// over such a unit, which a normal interval lacks where objects are rare. It lies between the two exact bounds (the mid-P interval),
    /// which are too wide.
    ///
    /// - Parameter counts: in the cells of the sample; at least two.
    /// - Parameter cellCount: of the scene.
    /// - Source: quasi-Poisson intervals by way of the chi-square distribution (Garwood, 1936), with the mid-P correction (Cohen and
    ///   Yang, 1994); Cochran, "Sampling Techniques", chapter 9, for clusters.
    package init(counts: [Int], cellCount: Int) {
        precondition(counts.count >= 2 && counts.count <= cellCount)
        found = counts.reduce(0, +)
        let size = Double(counts.count)
        let fraction = size / Double(cellCount)
        estimate = Double(found) / fraction
        guard counts.count < cellCount else {
            (lower, upper) = (estimate, estimate)
            return
        }
        guard found > 0 else {
            (lower, upper) = (0, Self.upperOfNone * (1 - fraction) / fraction)
            return
        }
        let mean = Double(found) / size
        let squares = counts.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let dispersion = squares / (size - 1) / mean
        // What the count is counted in, so that it spreads as a Poisson count.
        let unit = max(dispersion * (1 - fraction), 1e-6)
        let units = Double(found) / unit
        let tail = erfc(Self.studentPoint(freedom: size - 1) / 2.0.squareRoot()) / 2
        // Half of what is as likely as the count itself lies on either side.
        func bound(_ share: Double) -> Double {
            quantile(share, startingAt: units + 1) {
                (gammaShare(below: $0, shape: units) + gammaShare(below: $0, shape: units + 1)) / 2
            } * unit / fraction
        }
        // What was found is there.
        lower = max(Double(found), bound(tail))
        upper = max(lower, bound(1 - tail))
    }

    /// Student's 97.5 % point, by the expansion of Abramowitz and Stegun, 26.7.5; four digits from nine degrees on.
    static func studentPoint(freedom: Double) -> Double {
        let z = normalPoint
        let z3 = z * z * z
        let z5 = z3 * z * z
        let z7 = z5 * z * z
        return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom)
            + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom)
    }
}

/// Below which a gamma variable of scale 1 lies with a probability.
///
/// - Parameter probability: in `0 < p < 1`.
/// - Parameter shape: positive.
package func gammaPoint(_ probability: Double, shape: Double) -> Double {
    quantile(probability, startingAt: shape + 1) { gammaShare(below: $0, shape: shape) }
}

/// Where a share that grows from 0 to 1 reaches a probability.
///
/// - Parameter start: some place; the search goes up from there.
func quantile(
    _ probability: Double, startingAt start: Double, _ share: (Double) -> Double
) -> Double {
    var (low, high) = (0.0, start)
    while share(high) < probability { high *= 2 }
    // Each step halves the interval; no double has more digits.
    for _ in 0..<64 {
        let middle = (low + high) / 2
        if share(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
}

/// The regularised lower incomplete gamma function, to about ten digits.
///
/// - Source: the series and the continued fraction (Lentz's method) of Abramowitz and Stegun, 6.5.29 and 6.5.31; beyond a shape of a million
///   Wilson and Hilferty's normal approximation of 1931, which is closer there than is needed.
func gammaShare(below x: Double, shape: Double) -> Double {
    guard x > 0 else { return 0 }
    if shape > 1e6 {
        let z = (pow(x / shape, 1.0 / 3) - 1 + 1 / (9 * shape)) * 3 * shape.squareRoot()
        return erfc(-z / 2.0.squareRoot()) / 2
    }
    let scale = exp(-x + shape * log(x) - lgamma(shape))
    if x < shape + 1 {
        var term = 1 / shape
        var sum = term
        var divisor = shape
        while term > sum * 1e-14 {
            divisor += 1
            term *= x / divisor
            sum += term
        }
        return min(1, sum * scale)
    }
    let tiny = 1e-300
    var b = x + 1 - shape
    var c = 1 / tiny
    var d = 1 / b
    var fraction = d
    for step in 1...100_000 {
        let numerator = -Double(step) * (Double(step) - shape)
        b += 2
        d = numerator * d + b
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = b + numerator / c
        if abs(c) < tiny { c = tiny }
        fraction *= c * d
        if abs(c * d - 1) < 1e-14 { break }
    }
    return max(0, 1 - fraction * scale)
}
