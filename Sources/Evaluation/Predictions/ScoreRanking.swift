/// Which of a row's labels come first: those with the highest scores, of equal ones the lower label.
///
/// A score counts where it is finite and not negative; what else a row holds comes after all of them.
enum ScoreRanking {
    static func isScore(_ value: Float) -> Bool { value >= 0 && value < .infinity }

    /// Appends the best labels of a row and their scores. O(classes), for a few labels.
    ///
    /// Where too few are scores, the lowest labels that are left come last, with 0.
    ///
    /// - Parameter count: of labels; at most as many as the row has.
    /// - Parameter last: of the labels without a score the one that comes after the others.
    static func append(
        best count: Int, of row: ArraySlice<Float>, last: Int? = nil, to labels: inout [Int32],
        _ scores: inout [Float]
    ) {
        precondition((0...row.count).contains(count))
        let first = labels.count
        guard count > 0 else { return }
        labels.append(contentsOf: repeatElement(0, count: count))
        scores.append(contentsOf: repeatElement(-1, count: count))
        row.withUnsafeBufferPointer { row in
            var lowest: Float = -1
            for (label, score) in row.enumerated() {
                guard score > lowest, isScore(score) else { continue }
                var place = first + count - 1
                while place > first && scores[place - 1] < score {
                    (scores[place], labels[place]) = (scores[place - 1], labels[place - 1])
                    place -= 1
                }
                (scores[place], labels[place]) = (score, Int32(label))
                lowest = scores[first + count - 1]
            }
        }
        guard let free = scores[first...].firstIndex(of: -1) else { return }
        let taken = Set(labels[first..<free])
        let rest = (0..<row.count).filter { !taken.contains(Int32($0)) }
        let ordered = rest.filter { $0 != last } + rest.filter { $0 == last }
        for (place, label) in zip(free..<scores.count, ordered) {
            (labels[place], scores[place]) = (Int32(label), 0)
        }
    }
}
