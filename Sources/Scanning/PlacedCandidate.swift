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

/// How boxes move from their windows, to the mean place of the windows around.
struct BoxMoves {
    /// Rows and columns on each side that count.
    let reach: Int
    /// The most pixels that a box moves in one direction.
    let limit: Int
    /// Whether windows weigh as the squares of their scores, instead of as the square roots.
    let isBySquares: Bool

    func weight(_ score: Float) -> Double {
        isBySquares ? Double(score) * Double(score) : Double(score).squareRoot()
    }
}

extension ScanGrid {
    /// Half of the reach that the rule has, with squares of scores; without a reach half a stride, with square roots. `nil` where
    /// boxes stay.
    ///
    /// - Source: docs/benchmarks.md: square roots were measured with models of windows, squares with models of crops, whose windows
    ///   score alike as long as they see the object.
    func moves(by rule: MergeRule) -> BoxMoves? {
        guard rule.movesBoxes else { return nil }
        guard let pixels = rule.moveReach else {
            return BoxMoves(reach: 1, limit: stride / 2, isBySquares: false)
        }
        return BoxMoves(reach: max(1, pixels / stride), limit: max(stride, pixels) / 2, isBySquares: true)
    }

    /// Candidates where their windows are.
    func placed(_ candidates: some Sequence<Candidate>) -> [PlacedCandidate] {
        candidates.map { candidate in
            PlacedCandidate(
                candidate: candidate, x: Int32(x(ofColumn: Int(candidate.column))),
                y: Int32(y(ofRow: Int(candidate.row))))
        }
    }

    /// Candidates of some rows, where an object rather is than its windows are: between those that see it.
    ///
    /// Each goes to the weighted mean place of the candidates with its label within reach, but not further than the limit. Windows
    /// without a candidate weigh nothing. Places are whole pixels, and lie in the scene because all windows do.
    ///
    /// - Parameter candidates: of these rows and of those within reach before and after them, by row, column and label.
    func moved(_ candidates: [Candidate], rows: Range<Int>, _ moves: BoxMoves) -> [PlacedCandidate] {
        let start = candidates.firstIndex { Int($0.row) >= rows.lowerBound } ?? candidates.endIndex
        let end = candidates.lastIndex { Int($0.row) < rows.upperBound }.map { $0 + 1 } ?? start
        guard start < end else { return [] }
        let unmoved = placed(candidates)
        var moved = Array(unmoved[start..<end])
        for indexes in indexesByLabel(candidates.lazy.map(\.label)) {
            var neighbours = Neighbours(indexes.map { unmoved[Int($0)] }, moves)
            for (place, index) in indexes.enumerated() where (start..<end).contains(Int(index)) {
                let offset = neighbours.meanOffset(of: place)
                moved[Int(index) - start].x += limited(offset.x, moves.limit)
                moved[Int(index) - start].y += limited(offset.y, moves.limit)
            }
        }
        return moved
    }

    private func limited(_ offset: Double, _ limit: Int) -> Int32 {
        Int32(max(-limit, min(limit, Int(offset.rounded()))))
    }
}

/// The windows around each candidate of one label.
private struct Neighbours {
    private let candidates: [PlacedCandidate]
    private let weights: [Double]
    private let reach: Int
    /// In each row within reach, from above: the first that is not further left than the reach.
    private var starts: [Int]

    /// - Parameter candidates: by row and column.
    init(_ candidates: [PlacedCandidate], _ moves: BoxMoves) {
        self.candidates = candidates
        weights = candidates.map { moves.weight($0.candidate.score) }
        reach = moves.reach
        starts = Array(repeating: 0, count: 2 * reach + 1)
    }

    /// From a candidate to the mean place of those around it.
    ///
    /// - Parameter place: ascending from call to call.
    mutating func meanOffset(of place: Int) -> (x: Double, y: Double) {
        let centre = candidates[place]
        let (row, column) = (Int(centre.candidate.row), Int(centre.candidate.column))
        var (weight, sumX, sumY) = (0.0, 0.0, 0.0)
        for offset in starts.indices {
            let otherRow = row + offset - reach
            var other = starts[offset]
            while other < candidates.count, isBefore(other, row: otherRow, column: column - reach) {
                other += 1
            }
            starts[offset] = other
            while other < candidates.count, isBefore(other, row: otherRow, column: column + reach + 1) {
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
