import Bytes
import Evaluation

extension Predictions {
    /// One sample for each row; names are letters.
    static func make(
        _ rows: [(truth: Int, scores: [Float])], classCount: Int? = nil, keptCount: Int = 5
    ) -> Predictions {
        let classCount = classCount ?? rows[0].scores.count
        var predictions = Predictions(
            classNames: (0..<classCount).map { "class \($0)" }, keptCount: keptCount)
        for (sample, row) in rows.enumerated() {
            predictions.append(sample: sample, truth: row.truth, scores: row.scores[...])
        }
        return predictions
    }

    /// Each sample is taken for one class with certainty.
    static func make(pairs: [(truth: Int, label: Int)], classCount: Int) -> Predictions {
        make(
            pairs.map { pair in (pair.truth, (0..<classCount).map { $0 == pair.label ? 1 : 0 }) },
            classCount: classCount, keptCount: 1)
    }

    /// Scores of random samples, which add up to 1.
    static func random(count: Int, classCount: Int, keptCount: Int, seed: UInt64) -> Predictions {
        var random = SplitMix64(seed: seed)
        let rows = (0..<count).map { _ in
            let weights = (0..<classCount).map { _ in Float.random(in: 0...1, using: &random) }
            let sum = weights.reduce(0, +)
            return (truth: Int.random(in: 0..<classCount, using: &random), scores: weights.map { $0 / sum })
        }
        return make(rows, keptCount: keptCount)
    }
}
