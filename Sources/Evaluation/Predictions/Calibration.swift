/// Whether a model is right as often as its scores say.
public struct Calibration: Hashable, Sendable, Codable {
    /// Samples whose highest score lies in one part of `0...1`.
    public struct Bin: Hashable, Sendable, Codable {
        /// The bin holds scores above it (the first one holds 0, too).
        public var low: Double
        /// And up to it.
        public var high: Double
        public var count: Int
        /// Mean of the highest scores; `nil` for an empty bin, as the next.
        public var meanScore: Double?
        /// The part of the samples that the model is right about.
        public var rightFraction: Double?
    }

    /// Equally wide.
    public var bins: [Bin]
    /// Expected calibration error: the mean distance between score and right fraction over bins, weighted by their samples;
    /// in `0...1`; `nil` when nothing was scored.
    public var error: Double?

    /// Bins that most papers use.
    public static let usualBinCount = 15

    /// - Parameter binCount: positive.
    /// - Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    public init(_ predictions: Predictions, binCount: Int = Self.usualBinCount) {
        precondition(binCount > 0)
        var tally = CalibrationTally(binCount: binCount)
        for index in 0..<predictions.count {
            let score = predictions.score(of: index)
            tally.add(
                bin: Self.bin(of: score, among: binCount), score: Double(score),
                isRight: predictions.truthPlaces[index] == 0)
        }
        bins = (0..<binCount).map { bin in
            let count = tally.counts[bin]
            return Bin(
                low: Double(bin) / Double(binCount), high: Double(bin + 1) / Double(binCount), count: count,
                meanScore: count == 0 ? nil : tally.scores[bin] / Double(count),
                rightFraction: count == 0 ? nil : Double(tally.rightCounts[bin]) / Double(count))
        }
        error = predictions.count == 0 ? nil : tally.error
    }

    /// Which bin a score falls in: a score on an edge belongs to the bin below.
    static func bin(of score: Float, among binCount: Int) -> Int {
        min(binCount - 1, max(0, Int((Double(score) * Double(binCount)).rounded(.up)) - 1))
    }
}

/// The sums of which calibration is made.
struct CalibrationTally {
    private(set) var counts: [Int]
    private(set) var rightCounts: [Int]
    /// Sums of the highest scores.
    private(set) var scores: [Double]

    init(binCount: Int) {
        counts = [Int](repeating: 0, count: binCount)
        (rightCounts, scores) = (counts, [Double](repeating: 0, count: binCount))
    }

    mutating func add(bin: Int, score: Double, isRight: Bool) {
        counts[bin] += 1
        scores[bin] += score
        if isRight { rightCounts[bin] += 1 }
    }

    /// Zero where nothing was added.
    var error: Double {
        let distance = zip(scores, rightCounts).reduce(0) { $0 + abs($1.0 - Double($1.1)) }
        return distance / Double(max(1, counts.reduce(0, +)))
    }
}
