/// The labelled cells of a stratum, for one class.
package struct LabelledStratum: Hashable, Sendable {
    /// In the whole stratum.
    package var cellCount: Int
    /// Of the class, in the whole stratum.
    package var detectionCount: Int
    /// How many detections and how many objects of the class belong to each labelled cell.
    package var cells: [Cell]
    /// Cells of the stratum that lie in the part that is counted, where it is a part; else all.
    package var countedCellCount: Int

    package struct Cell: Hashable, Sendable {
        package var detectionCount: Int
        package var objectCount: Int

        package init(detectionCount: Int, objectCount: Int) {
            (self.detectionCount, self.objectCount) = (detectionCount, objectCount)
        }
    }

    /// - Parameter cells: of a part, all labelled cells too, with 0 in those outside.
    package init(cellCount: Int, detectionCount: Int, cells: [Cell], countedCellCount: Int? = nil) {
        (self.cellCount, self.detectionCount, self.cells) = (cellCount, detectionCount, cells)
        self.countedCellCount = countedCellCount ?? cellCount
    }
}

/// How many objects of a class there are: the scan's detections, corrected by what people said about a random sample of cells.
///
/// In a cell with more detections than objects, the surplus is wrong; in one with more objects than detections, the rest is missed. Both
/// are added up from the sample with the inverse of the chances of the draw, so that the estimate is right on average whatever the
/// detections are worth: `detections - wrong + missed`. Good detections make it sharp.
///
/// - Source: the difference estimator, Cochran, "Sampling Techniques" (1977), section 7.6, over strata, section 5.3; intervals of sums from those
///   of their parts by MOVER, Zou and Donner (2008), of shares by Donner and Zou (2012).
package struct AuditEstimate: Hashable, Sendable, Codable {
    /// By the scan.
    package let detectionCount: Int
    /// In labelled cells.
    package let labelledObjectCount: Int
    /// Objects that there are.
    package let objects: CountBounds
    package let wrong: CountBounds
    package let missed: CountBounds
    /// Of the detections, those that are right; `nil` where there are none.
    package let precision: CountBounds?
    /// Of the objects, those that were detected; `nil` where nothing says that there are some.
    package let recall: CountBounds?
    /// The estimate without what is known besides: below the number of labelled objects, or below 0, it may be wrong but is right on
    /// average.
    package let unbiasedEstimate: Double
    /// How many labels more, spread as those that are there, make the interval half as wide; `nil` where it has no width.
    package let labelsToHalve: Int?

    /// - Parameter strata: with at least one labelled cell each.
    /// - Parameter detectionCount: of the scan.
    package init(_ strata: [LabelledStratum], detectionCount: Int) {
        var sum = Parts()
        for stratum in strata { sum.add(stratum) }
        let found = strata.reduce(0) { $0 + $1.cells.reduce(0) { $0 + $1.objectCount } }
        self.detectionCount = detectionCount
        labelledObjectCount = found
        let total = Double(detectionCount)
        let missed = sum.missed.bounds
        var wrong = sum.wrong.bounds
        wrong.upper = min(wrong.upper, max(total, wrong.lower))
        unbiasedEstimate = total - sum.wrong.estimate + sum.missed.estimate
        // What was seen is there.
        let least = Double(found)
        objects = CountBounds(
            estimate: max(least, unbiasedEstimate),
            lower: max(least, unbiasedEstimate - sum.lowerSquares.squareRoot()),
            upper: max(least, unbiasedEstimate + sum.upperSquares.squareRoot()))
        (self.wrong, self.missed) = (wrong, missed)
        let right = CountBounds(
            estimate: max(0, total - wrong.estimate), lower: max(0, total - wrong.upper),
            upper: max(0, total - wrong.lower))
        precision =
            detectionCount == 0
            ? nil
            : CountBounds(
                estimate: right.estimate / total, lower: right.lower / total, upper: right.upper / total)
        recall = Self.share(of: right, beside: missed)
        labelsToHalve = sum.labelsToHalve
    }

    /// Which part one count is of its sum with another one that is about independent.
    ///
    /// A share is in the interval when `(1 - share) · count - share · other` may be 0.
    private static func share(of count: CountBounds, beside other: CountBounds) -> CountBounds? {
        guard count.estimate + other.estimate > 0 else { return nil }
        func difference(_ share: Double) -> CountBounds {
            let (a, b) = (1 - share, share)
            let middle = a * count.estimate - b * other.estimate
            func root(_ x: Double, _ y: Double) -> Double { (a * a * x * x + b * b * y * y).squareRoot() }
            return CountBounds(
                estimate: middle,
                lower: middle - root(count.estimate - count.lower, other.upper - other.estimate),
                upper: middle + root(count.upper - count.estimate, other.estimate - other.lower))
        }
        /// - Parameter isBelow: true from 0 up to some share.
        func last(_ low: Double, _ high: Double, where isBelow: (Double) -> Bool) -> Double {
            var (low, high) = (low, high)
            for _ in 0..<50 {
                let middle = (low + high) / 2
                if isBelow(middle) { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
        let estimate = count.estimate / (count.estimate + other.estimate)
        return CountBounds(
            estimate: estimate, lower: last(0, estimate) { difference($0).lower > 0 },
            upper: last(estimate, 1) { difference($0).upper >= 0 })
    }
}

/// Sums over strata, with the squares of how far their bounds lie from their estimates.
private struct Parts {
    struct Sum {
        var estimate = 0.0
        var lowerSquares = 0.0
        var upperSquares = 0.0

        mutating func add(_ bounds: CountBounds) {
            estimate += bounds.estimate
            lowerSquares += square(bounds.estimate - bounds.lower)
            upperSquares += square(bounds.upper - bounds.estimate)
        }

        var bounds: CountBounds {
            CountBounds(
                estimate: estimate, lower: max(0, estimate - lowerSquares.squareRoot()),
                upper: estimate + upperSquares.squareRoot())
        }
    }

    private(set) var missed = Sum()
    private(set) var wrong = Sum()
    /// Of missed less wrong ones.
    private(set) var lowerSquares = 0.0
    private(set) var upperSquares = 0.0
    /// What each stratum adds to the squares of the half widths, and how it shrinks.
    private var widths: [Width] = []

    private struct Width {
        var squares: Double
        var labelCount: Int
        var cellCount: Int
        /// Whether nothing was found: the bound is then inversely proportional to the number of labels.
        var isEmpty: Bool

        /// With so many times the labels.
        func squares(times factor: Double) -> Double {
            let (size, all) = (Double(labelCount), Double(cellCount))
            guard factor * size < all else { return 0 }
            let shrunk = (1 / (factor * size) - 1 / all) / (1 / size - 1 / all)
            return squares * (isEmpty ? shrunk * shrunk : shrunk)
        }
    }

    mutating func add(_ stratum: LabelledStratum) {
        let missedCounts = stratum.cells.map { max(0, $0.objectCount - $0.detectionCount) }
        let wrongCounts = stratum.cells.map { max(0, $0.detectionCount - $0.objectCount) }
        var missed = CountBounds(of: missedCounts, cellCount: stratum.cellCount)
        // No more cells can have one than lie in the part that is counted.
        if stratum.countedCellCount < stratum.cellCount, missedCounts.allSatisfy({ $0 <= 1 }) {
            missed.upper = max(missed.estimate, min(missed.upper, Double(stratum.countedCellCount)))
        }
        let rightCount = stratum.cells.reduce(0) { $0 + min($1.detectionCount, $1.objectCount) }
        let wrong = CountBounds(
            of: wrongCounts, cellCount: stratum.cellCount, limit: stratum.detectionCount - rightCount)
        self.missed.add(missed)
        self.wrong.add(wrong)
        // Where a cell is drawn that lacks an object, one that has too many is not.
        let r = min(0, correlation(missedCounts, wrongCounts))
        func squares(_ a: Double, _ b: Double) -> Double { a * a + b * b - 2 * r * a * b }
        let lower = squares(missed.estimate - missed.lower, wrong.upper - wrong.estimate)
        let upper = squares(missed.upper - missed.estimate, wrong.estimate - wrong.lower)
        lowerSquares += lower
        upperSquares += upper
        widths.append(
            Width(
                squares: (lower + upper) / 2, labelCount: stratum.cells.count, cellCount: stratum.cellCount,
                isEmpty: missedCounts.allSatisfy { $0 == 0 } && wrongCounts.allSatisfy { $0 == 0 }))
    }

    var labelsToHalve: Int? {
        let now = widths.reduce(0) { $0 + $1.squares }
        guard now > 0 else { return nil }
        func squares(_ factor: Double) -> Double { widths.reduce(0) { $0 + $1.squares(times: factor) } }
        var (low, high) = (1.0, 2.0)
        while squares(high) > now / 4 { high *= 2 }
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if squares(middle) > now / 4 { low = middle } else { high = middle }
        }
        return widths.reduce(0) { sum, width in
            let more = (high * Double(width.labelCount)).rounded(.up)
            return sum + Int(min(Double(width.cellCount), more)) - width.labelCount
        }
    }
}

private func square(_ value: Double) -> Double { value * value }

/// 0 where one of them does not vary.
private func correlation(_ a: [Int], _ b: [Int]) -> Double {
    let count = Double(a.count)
    let (meanA, meanB) = (Double(a.reduce(0, +)) / count, Double(b.reduce(0, +)) / count)
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
        ab += (Double(x) - meanA) * (Double(y) - meanB)
        aa += square(Double(x) - meanA)
        bb += square(Double(y) - meanB)
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
}
