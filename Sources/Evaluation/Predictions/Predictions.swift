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

    /// An empty store.
    ///
    /// - Parameter keptCount: positive; all labels are kept where there are fewer classes.
    public init(classNames: [String], keptCount: Int) {
        precondition(keptCount > 0 && !classNames.isEmpty)
        (self.classNames, self.keptCount) = (classNames, min(keptCount, classNames.count))
    }

    /// Adds a sample. A score that is not a number comes last and counts as 0. O(classes), for a few labels kept.
    ///
    /// - Parameter sample: above those added before.
    /// - Parameter row: the scores by label.
    public mutating func append(sample: Int, truth: Int, scores row: ArraySlice<Float>) {
        precondition(row.count == classNames.count && row.indices.contains(row.startIndex + truth))
        samples.append(Int32(sample))
        truths.append(Int32(truth))
        let first = labels.count
        labels.append(contentsOf: repeatElement(0, count: keptCount))
        scores.append(contentsOf: repeatElement(-1, count: keptCount))
        let own = row[row.startIndex + truth]
        var place: Int32 = 0
        row.withUnsafeBufferPointer { row in
            var lowest: Float = -1
            for (label, score) in row.enumerated() {
                if score > own || (score == own && label < truth) { place += 1 }
                // False for what is not a number, too.
                guard score > lowest else { continue }
                insert(label, score, first: first)
                lowest = scores[first + keptCount - 1]
            }
        }
        fillUp(from: first)
        truthScores.append(own == own ? own : 0)
        truthPlaces.append(own == own ? place : Int32(row.count - 1))
    }

    /// Puts a label between those kept of the last sample, whose lowest goes.
    private mutating func insert(_ label: Int, _ score: Float, first: Int) {
        var place = first + keptCount - 1
        while place > first && scores[place - 1] < score {
            (scores[place], labels[place]) = (scores[place - 1], labels[place - 1])
            place -= 1
        }
        (scores[place], labels[place]) = (score, Int32(label))
    }

    /// Where too few scores are numbers, the lowest labels that are left come last.
    private mutating func fillUp(from first: Int) {
        guard let free = scores[first...].firstIndex(of: -1) else { return }
        var taken = Set(labels[first..<free])
        for place in free..<scores.count {
            let label = (0..<Int32(classNames.count)).first { !taken.contains($0) } ?? 0
            taken.insert(label)
            (labels[place], scores[place]) = (label, 0)
        }
    }

    /// Less than the samples asked for when the job was interrupted or some could not be read.
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
