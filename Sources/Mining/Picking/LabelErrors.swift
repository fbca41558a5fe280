/// Labelled items, the likeliest wrong label first.
///
/// The threshold *t(c)* of a class is the mean score of *c* over the items with the label *c*: how sure the model usually is of
/// this class. A class without labels has the mean of the other thresholds. Then, for an item with the label *y* and scores *p*:
/// - it is ranked by its normalised margin *(p(y) − t(y)) − max (p(j) − t(j))* over all *j ≠ y*, the smallest first;
/// - its label is confidently wrong if, of the classes with *p(j) ≥ t(j)*, the one with the best score is not *y*.
///
/// The scores must come from a model that has not seen the label, for example by cross-validation; else they agree with it.
///
/// - Source: C. Northcutt, L. Jiang, I. Chuang, *Confident learning*, 2021 (arXiv 1911.00068); the normalised margin with
///   thresholds subtracted is that of the library cleanlab with `adjust_pred_probs`, but for a shift and a scale.
struct LabelErrors: PickSource {
    private var ranked: RankedItems
    private let labels: [Int32]
    private let scores: FloatRows
    private let thresholds: [Float]

    /// - Parameter items: labelled ones with finite scores.
    init(_ items: [UInt32], _ labels: [Int32], _ scores: FloatRows, _ turns: ClassTurns) {
        precondition(labels.allSatisfy { $0 < scores.width }, "a label is no class of the scores")
        let thresholds = Self.thresholds(items, labels, scores)
        var margins = [Float](repeating: 0, count: scores.count)
        for item in items {
            let label = Int(labels[Int(item)])
            let row = Int(item) * scores.width
            var others = -Float.infinity
            for other in 0..<scores.width where other != label {
                others = max(others, scores.values[row + other] - thresholds[other])
            }
            let own = scores.values[row + label] - thresholds[label]
            margins[Int(item)] = scores.width == 1 ? own : own - others
        }
        ranked = RankedItems(items, by: margins, turns)
        self.labels = labels
        self.scores = scores
        self.thresholds = thresholds
    }

    private static func thresholds(_ items: [UInt32], _ labels: [Int32], _ scores: FloatRows) -> [Float] {
        var sums = [Double](repeating: 0, count: scores.width)
        var counts = [Int](repeating: 0, count: scores.width)
        for item in items {
            let label = Int(labels[Int(item)])
            sums[label] += Double(scores.values[Int(item) * scores.width + label])
            counts[label] += 1
        }
        let means = zip(sums, counts).map { $1 > 0 ? Float($0 / Double($1)) : nil }
        let known = means.compactMap { $0 }
        let usual = known.isEmpty ? 0 : known.reduce(0, +) / Float(known.count)
        return means.map { $0 ?? usual }
    }

    mutating func next(ofClass turn: Int32?, _ taken: TakenObjects) -> Pick? {
        guard var pick = ranked.next(ofClass: turn, taken) else { return nil }
        let row = scores.values[pick.item * scores.width..<(pick.item + 1) * scores.width]
        let (label, scores) = (Int(labels[pick.item]), Array(row))
        func excess(_ other: Int) -> Float { scores[other] - thresholds[other] }
        var likeliest = 0
        var confident: Int?
        for other in scores.indices {
            if excess(other) > excess(likeliest) { likeliest = other }
            if excess(other) >= 0, scores[other] > confident.map({ scores[$0] }) ?? -.infinity {
                confident = other
            }
        }
        pick.label = likeliest
        pick.isConfident = confident != nil && confident != label
        return pick
    }
}
