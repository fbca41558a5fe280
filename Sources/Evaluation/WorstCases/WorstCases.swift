/// What a person should look at: where a model is wrong and sure of it, or where its data may be.
public struct WorstCases: Hashable, Sendable {
    /// A sample with what is said of it.
    public struct Case: Hashable, Sendable, Codable {
        /// Its number in the data.
        public var sample: Int
        public var truth: String
        /// The class that it is taken for.
        public var predicted: String
        /// Of `predicted`, in `0...1`.
        public var score: Float
        /// Of `truth`, in `0...1`.
        public var truthScore: Float
    }

    /// Two classes of which one is taken for the other.
    public struct Pair: Hashable, Sendable, Codable {
        public var truth: String
        public var predicted: String
        /// Errors of this kind.
        public var count: Int
        /// Of the samples of `truth`, in `0...1`.
        public var fraction: Double
        /// Some of them, the surest first.
        public var examples: [Case]
    }

    /// Errors, the highest score first.
    public var confidentErrors: [Case]
    /// The most frequent first.
    public var confusedPairs: [Pair]
    /// Samples whose label may be wrong, the most likely first.
    public var labelErrors: [Case]
    /// Samples that may be mislabelled, of all.
    public var labelErrorCount: Int

    /// - Parameter limit: cases of each kind, at most.
    /// - Parameter examples: of each confused pair, at most.
    public init(_ predictions: Predictions, names: [String], limit: Int = 48, examples: Int = 8) {
        func makeCase(_ index: Int) -> Case {
            Case(
                sample: Int(predictions.samples[index]), truth: names[predictions.truth(of: index)],
                predicted: names[predictions.label(of: index)], score: predictions.score(of: index),
                truthScore: predictions.truthScores[index])
        }
        let errors = (0..<predictions.count).filter { predictions.truthPlaces[$0] > 0 }
            .sorted { (predictions.score(of: $1), $0) < (predictions.score(of: $0), $1) }
        confidentErrors = errors.prefix(limit).map(makeCase)
        let matrix = ConfusionMatrix(predictions)
        var counts = [Int](repeating: 0, count: names.count)
        for truth in predictions.truths { counts[Int(truth)] += 1 }
        confusedPairs = matrix.confusions.prefix(max(1, limit / examples)).map { cell in
            let samples = errors.lazy.filter {
                predictions.truth(of: $0) == cell.truth && predictions.label(of: $0) == cell.label
            }
            return Pair(
                truth: names[cell.truth], predicted: names[cell.label], count: cell.count,
                fraction: Double(cell.count) / Double(counts[cell.truth]),
                examples: samples.prefix(examples).map(makeCase))
        }
        let suspects = LabelErrors(predictions).suspects
        labelErrorCount = suspects.count
        labelErrors = suspects.prefix(limit).map { suspect in
            var result = makeCase(suspect.index)
            (result.predicted, result.score) = (names[suspect.label], suspect.score)
            return result
        }
    }
}
