/// How well a model knows one class.
public struct ClassNumbers: Hashable, Sendable, Codable {
    public var name: String
    /// Samples of the class.
    public var count: Int
    /// Samples of the class that the model is right about.
    public var rightCount: Int
    /// Samples, of any class, that the model takes for this one.
    public var predictedCount: Int
    /// Right ones of those predicted, in `0...1`; `nil` when none was.
    public var precision: Double?
    /// Right ones of the class's samples, in `0...1`; `nil` when there are none.
    public var recall: Double?
    /// The harmonic mean of both, in `0...1`; `nil` when there is neither a sample nor a prediction of the class.
    public var f1: Double?

    public var errorCount: Int { count - rightCount }

    init(name: String, count: Int, rightCount: Int, predictedCount: Int) {
        (self.name, self.count) = (name, count)
        (self.rightCount, self.predictedCount) = (rightCount, predictedCount)
        let right = Double(rightCount)
        precision = predictedCount == 0 ? nil : right / Double(predictedCount)
        recall = count == 0 ? nil : right / Double(count)
        f1 = count + predictedCount == 0 ? nil : 2 * right / Double(count + predictedCount)
    }

    /// The numbers of every class, by label.
    static func all(of predictions: Predictions) -> [ClassNumbers] {
        var counts = [Int](repeating: 0, count: predictions.classNames.count)
        var (rightCounts, predictedCounts) = (counts, counts)
        for index in 0..<predictions.count {
            let (truth, label) = (predictions.truth(of: index), predictions.label(of: index))
            counts[truth] += 1
            predictedCounts[label] += 1
            if truth == label { rightCounts[truth] += 1 }
        }
        return predictions.classNames.indices.map { label in
            ClassNumbers(
                name: predictions.classNames[label], count: counts[label], rightCount: rightCounts[label],
                predictedCount: predictedCounts[label])
        }
    }
}
