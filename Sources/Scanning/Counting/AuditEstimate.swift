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
        self.cellCount = cellCount
        self.detectionCount = detectionCount
        self.cells = cells
        self.countedCellCount = countedCellCount ?? cellCount
    }
}

/// How many objects of a class there are: the scan's detections, corrected by what people said about a random sample of cells.
///
/// In a cell with more detections than objects, the surplus is wrong; in one with more objects than detections, the rest is missed. Both
/// are added up from the sample with the inverse of the chances of the draw, so that the estimate is right on average whatever the
/// detections are worth: `detections - wrong + missed`. Good detections make it sharp.
///
/// - Source: the difference estimator, Cochran, "Sampling Techniques" (1977), section 7.6, over strata, section 5.3; intervals of differences and
///   of shares from those of their parts by MOVER, Zou and Donner (2008), Donner and Zou (2012).
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

    /// Counts the objects of one class.
    ///
    /// - Parameter strata: with at least one labelled cell each.
    /// - Parameter detectionCount: of the scan, in all strata.
    package init(_ strata: [LabelledStratum], detectionCount: Int) {
        let errors = Errors(strata)
        let (missed, wrong) = (errors.missed.bounds(), errors.wrong.bounds())
        let total = Double(detectionCount)
        self.detectionCount = detectionCount
        labelledObjectCount = strata.reduce(0) { $0 + $1.cells.reduce(0) { $0 + $1.objectCount } }
        unbiasedEstimate = total - wrong.estimate + missed.estimate
        // What was seen is there.
        let least = Double(labelledObjectCount)
        let bounds = errors.objects()
        let estimate = max(least, unbiasedEstimate)
        objects = CountBounds(
            estimate: estimate, lower: max(least, min(estimate, bounds.lower)),
            upper: max(estimate, bounds.upper))
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
    }

    /// How many labels more, spread as those that are there, make the interval half as wide; `nil` where it has no width.
    package static func labelsToHalve(_ strata: [LabelledStratum]) -> Int? {
        let errors = Errors(strata)
        func width(_ factor: Double) -> Double {
            let bounds = errors.objects(times: factor)
            return bounds.upper - bounds.lower
        }
        let now = width(1)
        guard now > 0 else { return nil }
        var (low, high) = (1.0, 2.0)
        while width(high) > now / 2 { high *= 2 }
        for _ in 0..<20 {
            let middle = (low + high) / 2
            if width(middle) > now / 2 { low = middle } else { high = middle }
        }
        return errors.missed.sampledCount(times: high) - errors.missed.sampledCount(times: 1)
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

/// What is missed and what is wrong in all cells, and how many objects that makes.
///
/// Where most detections of a stratum are right, its objects are the detections less the wrong ones, and the missed ones. Where most are wrong,
/// its objects are counted by themselves, as rare things.
private struct Errors {
    private(set) var missed = WeightedCount()
    private(set) var wrong = WeightedCount()
    /// Detections in strata where most are right.
    private var detectionCount = 0.0
    /// Wrong ones among them: they are subtracted.
    private var surplus = WeightedCount()
    /// Objects that are added to the detections: in strata where most are right those that are missed, in others all.
    private var additions = WeightedCount()
    /// The covariance of `surplus` and `additions`, 0 or less: no cell both lacks an object and has too many detections.
    private var covariance = 0.0

    init(_ strata: [LabelledStratum]) {
        for stratum in strata { add(stratum) }
    }

    private mutating func add(_ stratum: LabelledStratum) {
        let objectCounts = stratum.cells.map(\.objectCount)
        let missedCounts = stratum.cells.map { max(0, $0.objectCount - $0.detectionCount) }
        let wrongCounts = stratum.cells.map { max(0, $0.detectionCount - $0.objectCount) }
        let rightCount = stratum.cells.reduce(0) { $0 + min($1.detectionCount, $1.objectCount) }
        func add(_ counts: [Int], to sum: inout WeightedCount) {
            let isPart = stratum.countedCellCount < stratum.cellCount
            guard !isPart || stratum.countedCellCount > 0 else { return }
            // Where cells have one each, there can be no more than cells in the part that is counted.
            let limit = isPart && counts.allSatisfy { $0 <= 1 } ? stratum.countedCellCount : nil
            sum.add(counts, cellCount: stratum.cellCount, limit: limit)
        }
        add(missedCounts, to: &missed)
        if stratum.detectionCount > 0 {
            wrong.add(
                wrongCounts, cellCount: stratum.cellCount, limit: stratum.detectionCount - rightCount)
        }
        guard stratum.detectionCount > 0, wrongCounts.reduce(0, +) <= rightCount else {
            return add(objectCounts, to: &additions)
        }
        add(missedCounts, to: &additions)
        detectionCount += Double(stratum.detectionCount)
        surplus.add(wrongCounts, cellCount: stratum.cellCount, limit: stratum.detectionCount - rightCount)
        let (size, all) = (Double(stratum.cells.count), Double(stratum.cellCount))
        guard size > 1, size < all else { return }
        let products = zip(missedCounts, wrongCounts).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let means = Double(missedCounts.reduce(0, +)) * Double(wrongCounts.reduce(0, +)) / size
        covariance += all * all * (1 / size - 1 / all) * (products - means) / (size - 1)
    }

    /// How many objects there are: both ends of the interval by MOVER for a difference, with the correlation of its parts.
    ///
    /// - Parameter factor: as if so many times the cells had been labelled, with the same result.
    func objects(times factor: Double = 1) -> CountBounds {
        let (more, less) = (additions.bounds(times: factor), surplus.bounds(times: factor))
        let variances = additions.variance() * surplus.variance()
        let correlation = variances > 0 ? max(-1, min(0, covariance / variances.squareRoot())) : 0
        func length(_ a: Double, _ b: Double) -> Double {
            (a * a + b * b - 2 * correlation * a * b).squareRoot()
        }
        let estimate = detectionCount + more.estimate - less.estimate
        return CountBounds(
            estimate: estimate,
            lower: estimate - length(more.estimate - more.lower, less.upper - less.estimate),
            upper: estimate + length(more.upper - more.estimate, less.estimate - less.lower))
    }
}
