/// Samples whose labels are likely wrong, by confident learning: those that look like another class at least as much as that
/// class's own samples do on average.
///
/// The scores must be of samples that the model has not learnt from.
///
/// - Source: Northcutt, Jiang, Chuang: Confident Learning, JAIR 2021: off the diagonal of the confident joint, ranked by
///   normalised margin; without samples that the model takes for what their labels say, as cleanlab leaves them out.
package struct LabelErrors {
    package struct Suspect: Hashable {
        /// Among the predictions.
        package var index: Int
        /// The class that it more likely is.
        package var label: Int
        /// Of `label`, in `0...1`.
        package var score: Float
    }

    /// The mean score of each class over the samples labelled so; `nil` without samples.
    package let thresholds: [Double?]
    /// The most likely first.
    package let suspects: [Suspect]

    /// Looks at the labels kept; others have too low scores to reach a threshold in all but odd cases.
    package init(_ predictions: Predictions) {
        var sums = [Double](repeating: 0, count: predictions.classNames.count)
        var counts = [Int](repeating: 0, count: sums.count)
        for (truth, score) in zip(predictions.truths, predictions.truthScores) {
            sums[Int(truth)] += Double(score)
            counts[Int(truth)] += 1
        }
        let thresholds = zip(sums, counts).map { $1 == 0 ? nil : $0 / Double($1) }
        var found: [(suspect: Suspect, margin: Float)] = []
        for index in 0..<predictions.count where predictions.truthPlaces[index] > 0 {
            let best = zip(predictions.keptLabels(of: index), predictions.keptScores(of: index)).first {
                label, score in thresholds[Int(label)].map { Double(score) >= $0 } ?? false
            }
            guard let best, Int(best.0) != predictions.truth(of: index) else { continue }
            let suspect = Suspect(index: index, label: Int(best.0), score: best.1)
            found.append((suspect, predictions.truthScores[index] - predictions.score(of: index)))
        }
        self.thresholds = thresholds
        suspects = found.sorted { ($0.margin, $0.suspect.index) < ($1.margin, $1.suspect.index) }.map(
            \.suspect)
    }
}
