/// How often each class was taken for each other one.
///
/// Only cells that are not zero are held, so that 1,000 classes take as little room as their pairs do.
public struct ConfusionMatrix: Hashable, Sendable {
    /// A cell that is not zero.
    public struct Cell: Hashable, Sendable {
        public var truth: Int
        public var label: Int
        public var count: Int
    }

    /// By label.
    public let classNames: [String]
    /// Labels counted of each sample.
    public let k: Int
    /// Samples counted.
    public let sampleCount: Int
    /// Row by row, each by label.
    public let cells: [Cell]

    /// Counts the pairs of truth and label, for each of the `k` best labels of each sample: one pair of a sample for `k` = 1.
    ///
    /// - Parameter k: at most the labels that are kept.
    public init(_ predictions: Predictions, k: Int = 1) {
        precondition((1...predictions.keptCount).contains(k))
        (classNames, self.k, sampleCount) = (predictions.classNames, k, predictions.count)
        let classCount = classNames.count
        // Samples class by class, so that one row of counts is enough.
        var starts = [Int](repeating: 0, count: classCount + 1)
        for truth in predictions.truths { starts[Int(truth) + 1] += 1 }
        for label in 0..<classCount { starts[label + 1] += starts[label] }
        var samples = [Int](repeating: 0, count: predictions.count)
        var ends = starts
        for (index, truth) in predictions.truths.enumerated() {
            samples[ends[Int(truth)]] = index
            ends[Int(truth)] += 1
        }
        var row = [Int](repeating: 0, count: classCount)
        var cells: [Cell] = []
        for truth in 0..<classCount {
            var touched: [Int] = []
            for index in samples[starts[truth]..<starts[truth + 1]] {
                for label in predictions.keptLabels(of: index).prefix(k) {
                    if row[Int(label)] == 0 { touched.append(Int(label)) }
                    row[Int(label)] += 1
                }
            }
            for label in touched.sorted() {
                cells.append(Cell(truth: truth, label: label, count: row[label]))
                row[label] = 0
            }
        }
        self.cells = cells
    }

    public var classCount: Int { classNames.count }
    public var pairCount: Int { cells.reduce(0) { $0 + $1.count } }
    public var largestCount: Int { cells.lazy.map(\.count).max() ?? 0 }

    /// Pairs of classes that are taken for each other, the most frequent first; of equal ones in the order of the matrix.
    public var confusions: [Cell] {
        cells.filter { $0.truth != $0.label }.enumerated()
            .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    }

    /// `[classes, classes]`, row by row in the given order of labels; neighbours are added up where a side may not have so
    /// many rows.
    ///
    /// - Parameter order: each label once.
    /// - Parameter side: of the result, at most; at least 1.
    package func grid(in order: [Int], side: Int) -> (counts: [Int], side: Int, classesPerRow: Int) {
        precondition(order.count == classCount && side > 0)
        let classesPerRow = (classCount + side - 1) / side
        let side = (classCount + classesPerRow - 1) / classesPerRow
        var places = [Int](repeating: 0, count: classCount)
        for (place, label) in order.enumerated() { places[label] = place / classesPerRow }
        var counts = [Int](repeating: 0, count: side * side)
        for cell in cells { counts[places[cell.truth] * side + places[cell.label]] += cell.count }
        return (counts, side, classesPerRow)
    }
}
