public import Records

/// What a model says of each sample of a scoring pass. All numbers and pictures of an evaluation are computed from it,
/// without scoring again.
///
/// A sample takes 16 bytes and 8 for each label kept: 50,000 samples with their top 5 take 2.8 MB.
public struct Predictions: Hashable, Sendable {
    /// By label.
    public let classNames: [String]
    /// Labels kept of each sample, the best ones; at most as many as there are classes.
    public let keptCount: Int
    /// The number of each sample in its data, ascending: those that could not be read are missing.
    public private(set) var samples: [Int32] = []
    /// The class of each sample.
    public private(set) var truths: [Int32] = []
    /// `[N, keptCount]`, the best first; of equal scores the lower label first.
    public private(set) var labels: [Int32] = []
    /// `[N, keptCount]`, in `0...1`.
    public private(set) var scores: [Float] = []
    /// The score of each sample's class, in `0...1`.
    public private(set) var truthScores: [Float] = []
    /// How many labels come before the sample's class: 0 where the model is right.
    public private(set) var truthPlaces: [Int32] = []
    /// Samples that could not be read and were left out.
    public internal(set) var unreadable: [UnreadableSample] = []
    /// Whether the scoring was cancelled: samples that were asked for are missing.
    public internal(set) var wasCancelled = false

    /// An empty store.
    ///
    /// - Parameter keptCount: positive; all labels are kept where there are fewer classes.
    public init(classNames: [String], keptCount: Int) {
        precondition(keptCount > 0 && !classNames.isEmpty)
        (self.classNames, self.keptCount) = (classNames, min(keptCount, classNames.count))
    }

    /// Adds a sample. O(classes), for a few labels kept.
    ///
    /// A score that is not finite, or negative, comes last and counts as 0; that of the sample's class comes after all
    /// others, so that nothing counts as right by it.
    ///
    /// - Parameter sample: above those added before.
    /// - Parameter row: the scores by label.
    public mutating func append(sample: Int, truth: Int, scores row: ArraySlice<Float>) {
        precondition(row.count == classNames.count && row.indices.contains(row.startIndex + truth))
        samples.append(Int32(sample))
        truths.append(Int32(truth))
        ScoreRanking.append(best: keptCount, of: row, last: truth, to: &labels, &scores)
        let own = row[row.startIndex + truth]
        guard ScoreRanking.isScore(own) else {
            truthScores.append(0)
            truthPlaces.append(Int32(row.count - 1))
            return
        }
        let place = row.withUnsafeBufferPointer { row in
            row.enumerated().count { label, score in
                (score > own && ScoreRanking.isScore(score)) || (score == own && label < truth)
            }
        }
        truthScores.append(own)
        truthPlaces.append(Int32(place))
    }

    /// Less than the samples asked for when the job was cancelled or some could not be read.
    public var count: Int { samples.count }

    /// The label with the highest score.
    public func label(of index: Int) -> Int { Int(labels[index * keptCount]) }

    /// The highest score, in `0...1`.
    public func score(of index: Int) -> Float { scores[index * keptCount] }

    /// The class of a sample.
    public func truth(of index: Int) -> Int { Int(truths[index]) }

    /// The labels kept of a sample, the best first.
    public func keptLabels(of index: Int) -> ArraySlice<Int32> {
        labels[index * keptCount..<(index + 1) * keptCount]
    }

    /// The scores of `keptLabels`.
    public func keptScores(of index: Int) -> ArraySlice<Float> {
        scores[index * keptCount..<(index + 1) * keptCount]
    }

    /// Samples whose class has not the highest score.
    public var errorCount: Int { truthPlaces.count { $0 > 0 } }

    /// The part of the samples whose class has one of the `k` highest scores, for any `k`; in `0...1`; `nil` when nothing
    /// was scored.
    public func topFraction(_ k: Int) -> Double? {
        count == 0 ? nil : Double(truthPlaces.count { $0 < k }) / Double(count)
    }
}
