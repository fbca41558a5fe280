import Pixels

/// A candidate and the top left corner of its box, in scene pixels. All boxes of a grid have one size.
struct PlacedCandidate {
    var candidate: Candidate
    var x: Int32
    var y: Int32

    /// The order of `Detection.isBetter` for boxes of one size.
    static func isBetter(_ a: PlacedCandidate, _ b: PlacedCandidate) -> Bool {
        if a.candidate.score != b.candidate.score { return a.candidate.score > b.candidate.score }
        return (a.y, a.x, a.candidate.label) < (b.y, b.x, b.candidate.label)
    }

    /// - Parameter side: of its box.
    func detection(side: Int) -> CompactDetection {
        CompactDetection(
            x0: x, y0: y, x1: x + Int32(side), y1: y + Int32(side), label: Int32(candidate.label),
            score: candidate.score)
    }
}

extension ScanGrid {
    /// Candidates where their windows are.
    func placed(_ candidates: some Sequence<Candidate>) -> [PlacedCandidate] {
        candidates.map { candidate in
            PlacedCandidate(
                candidate: candidate, x: Int32(x(ofColumn: Int(candidate.column))),
                y: Int32(y(ofRow: Int(candidate.row))))
        }
    }

    /// The most pixels that a box moves in one direction: half a stride.
    var moveLimit: Int { stride / 2 }

    /// Candidates of some rows, where an object rather is than its windows are: between those that see it.
    ///
    /// Each goes to the mean place of the candidates with its label in the 3x3 windows around it, weighted by the square roots of
    /// their scores, but not further than `moveLimit`. Windows without a candidate weigh nothing. Places are whole pixels, and lie
    /// in the scene because all windows do.
    ///
    /// - Parameter candidates: of these rows and of the rows before and after them, by row, column and label.
    func moved(_ candidates: [Candidate], rows: Range<Int>) -> [PlacedCandidate] {
        let start = candidates.firstIndex { Int($0.row) >= rows.lowerBound } ?? candidates.endIndex
        let end = candidates.lastIndex { Int($0.row) < rows.upperBound }.map { $0 + 1 } ?? start
        guard start < end else { return [] }
        let unmoved = placed(candidates)
        var moved = Array(unmoved[start..<end])
        for indexes in indexesByLabel(candidates.lazy.map(\.label)) {
            var neighbours = Neighbours(indexes.map { unmoved[Int($0)] })
            for (place, index) in indexes.enumerated() where (start..<end).contains(Int(index)) {
                let offset = neighbours.meanOffset(of: place)
                moved[Int(index) - start].x += limited(offset.x)
                moved[Int(index) - start].y += limited(offset.y)
            }
        }
        return moved
    }

    private func limited(_ offset: Double) -> Int32 {
        Int32(max(-moveLimit, min(moveLimit, Int(offset.rounded()))))
    }
}

/// The 3x3 windows around each candidate of one label.
private struct Neighbours {
    private let candidates: [PlacedCandidate]
    private let weights: [Double]
    /// In the row above, the same and the one below: the first that is not further left than the next column to the left.
    private var starts = [0, 0, 0]

    /// - Parameter candidates: by row and column.
    init(_ candidates: [PlacedCandidate]) {
        self.candidates = candidates
        weights = candidates.map { Double($0.candidate.score).squareRoot() }
    }

    /// From a candidate to the mean place of those around it.
    ///
    /// - Parameter place: ascending from call to call.
    mutating func meanOffset(of place: Int) -> (x: Double, y: Double) {
        let centre = candidates[place]
        let (row, column) = (Int(centre.candidate.row), Int(centre.candidate.column))
        var (weight, sumX, sumY) = (0.0, 0.0, 0.0)
        for offset in 0..<3 {
            let otherRow = row + offset - 1
            var other = starts[offset]
            while other < candidates.count, isBefore(other, row: otherRow, column: column - 1) { other += 1 }
            starts[offset] = other
            while other < candidates.count, isBefore(other, row: otherRow, column: column + 2) {
                weight += weights[other]
                sumX += weights[other] * Double(candidates[other].x - centre.x)
                sumY += weights[other] * Double(candidates[other].y - centre.y)
                other += 1
            }
        }
        // All scores may be zero.
        return weight > 0 ? (sumX / weight, sumY / weight) : (0, 0)
    }

    private func isBefore(_ place: Int, row: Int, column: Int) -> Bool {
        let candidate = candidates[place].candidate
        return Int(candidate.row) < row || (Int(candidate.row) == row && Int(candidate.column) < column)
    }
}

/// The indexes of each label that occurs, ascending; labels ascend too.
func indexesByLabel(_ labels: some Collection<UInt16>) -> [[UInt32]] {
    guard let last = labels.max() else { return [] }
    var counts = [Int](repeating: 0, count: Int(last) + 1)
    for label in labels { counts[Int(label)] += 1 }
    var indexes = counts.map { count in
        var list: [UInt32] = []
        list.reserveCapacity(count)
        return list
    }
    for (index, label) in labels.enumerated() { indexes[Int(label)].append(UInt32(index)) }
    return indexes.filter { !$0.isEmpty }
}
