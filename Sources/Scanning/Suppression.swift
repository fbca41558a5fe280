/// Greedy non-maximum suppression of candidates of one grid, strip by strip.
///
/// The result is that of `nonMaximumSuppression` on all of them at once: a candidate goes where a better one of its label is kept
/// that overlaps it too much. What depends on rows that are not there yet stays undecided and is carried on. Memory: about 50
/// bytes for each candidate of a strip, with those that are carried, and 16 for each that is kept.
struct Suppression {
    private enum State: UInt8 {
        case open
        /// A better one that overlaps it was kept.
        case suppressed
        /// A better one that overlaps it is not decided yet.
        case doubtful
        /// In a strip before.
        case keptBefore
    }

    private let grid: ScanGrid
    /// Two windows that share so many pixels overlap too much.
    private let commonLimit: Int
    /// From earlier strips, by row, column and label: not decided, or kept and near what comes.
    private var carried: [(candidate: Candidate, isKept: Bool)] = []
    /// In no order.
    private var found: [Candidate] = []

    /// - Parameter iou: of two that overlap more, the better stays.
    init(grid: ScanGrid, iou: Float) {
        self.grid = grid
        commonLimit = Self.commonLimit(side: grid.windowSize, iou: iou)
    }

    /// All that were kept, best first; called after the last strip.
    consuming func result() -> [Candidate] {
        precondition(carried.isEmpty, "not all rows were added")
        found.sort(by: Candidate.isBetter)
        return found
    }

    /// Adds the candidates of the next rows.
    ///
    /// - Parameter candidates: by row, column and label.
    /// - Parameter end: the row after the strip's last.
    mutating func add(_ candidates: [Candidate], upTo end: Int) {
        let all = carried.isEmpty ? candidates : carried.map(\.candidate) + candidates
        var states = carried.map { $0.isKept ? State.keptBefore : .open }
        states += repeatElement(.open, count: candidates.count)
        carried = []
        // Where the first windows begin that are not there yet.
        let border = end < grid.rowCount ? grid.y(ofRow: end) : Int.max
        for indexes in Self.byLabel(all) {
            decide(LabelCandidates(indexes, of: all), of: all, &states, border: border)
        }
        carried.sort { Candidate.isBefore($0.candidate, $1.candidate) }
    }

    /// Goes through the candidates of one label, the best first.
    ///
    /// - Parameter border: candidates that reach beyond may be overlapped by some that are not there.
    private mutating func decide(
        _ label: LabelCandidates, of all: [Candidate], _ states: inout [State], border: Int
    ) {
        for place in label.placesBestFirst(of: all) {
            let index = Int(label.indexes[Int(place)])
            let candidate = all[index]
            let reachesBorder =
                border < Int.max && grid.y(ofRow: Int(candidate.row)) + grid.windowSize > border
            switch states[index] {
            case .suppressed: continue
            case .keptBefore:
                mark(.suppressed, around: candidate, in: label, &states)
                if reachesBorder { carried.append((candidate, true)) }
            case .open where !reachesBorder:
                found.append(candidate)
                mark(.suppressed, around: candidate, in: label, &states)
            case .open, .doubtful:
                mark(.doubtful, around: candidate, in: label, &states)
                carried.append((candidate, false))
            }
        }
    }

    /// Marks what overlaps a candidate too much. Those that were decided before are not looked at again, so that it does not
    /// matter that they are marked too.
    private func mark(
        _ state: State, around candidate: Candidate, in label: LabelCandidates, _ states: inout [State]
    ) {
        let side = grid.windowSize
        let (x, y) = (grid.x(ofColumn: Int(candidate.column)), grid.y(ofRow: Int(candidate.row)))
        let firstRow = Self.firstIndex(after: y - side, grid.stride)
        let firstColumn = UInt32(Self.firstIndex(after: x - side, grid.stride))
        for row in max(firstRow, label.firstRow)..<max(firstRow, label.endRow) {
            let height = side - abs(grid.y(ofRow: row) - y)
            guard height > 0 else { break }
            for place in label.places(ofRow: row, from: firstColumn) {
                let otherX = grid.x(ofColumn: Int(label.columns[place]))
                guard otherX < x + side else { break }
                guard (side - abs(otherX - x)) * height >= commonLimit else { continue }
                let index = Int(label.indexes[place])
                if states[index] == .open || (states[index] == .doubtful && state == .suppressed) {
                    states[index] = state
                }
            }
        }
    }

    /// The first row or column whose windows begin after a pixel.
    private static func firstIndex(after pixel: Int, _ stride: Int) -> Int {
        pixel < 0 ? 0 : pixel / stride + 1
    }

    /// The fewest pixels that two windows share whose IoU is above a limit, by the arithmetic of `PixelRect.iou`; more than they
    /// have where there are none.
    static func commonLimit(side: Int, iou: Float) -> Int {
        var (low, high) = (0, side * side + 1)
        while low < high {
            let common = (low + high) / 2
            if Float(common) / Float(2 * side * side - common) > iou {
                high = common
            } else {
                low = common + 1
            }
        }
        return low
    }

    /// Places in `candidates` for each label that occurs, ascending.
    private static func byLabel(_ candidates: [Candidate]) -> [[UInt32]] {
        var counts = [Int](repeating: 0, count: Int(UInt16.max) + 1)
        for candidate in candidates { counts[Int(candidate.label)] += 1 }
        var indexes = counts.map { count in
            var list: [UInt32] = []
            list.reserveCapacity(count)
            return list
        }
        for (index, candidate) in candidates.enumerated() {
            indexes[Int(candidate.label)].append(UInt32(index))
        }
        return indexes.filter { !$0.isEmpty }
    }
}

/// Candidates of one label by row and column, for looking up what is near a window.
private struct LabelCandidates {
    /// Places of the candidates in the strip.
    let indexes: [UInt32]
    let columns: [UInt32]
    let firstRow: Int
    /// Where each row begins, and where the last ends.
    private let rowStarts: [UInt32]

    /// - Parameter indexes: ascending, at least one.
    init(_ indexes: [UInt32], of all: [Candidate]) {
        self.indexes = indexes
        columns = indexes.map { all[Int($0)].column }
        let firstRow = Int(all[Int(indexes[0])].row)
        var starts: [UInt32] = []
        for (place, index) in indexes.enumerated() {
            let row = Int(all[Int(index)].row) - firstRow
            while starts.count <= row { starts.append(UInt32(place)) }
        }
        starts.append(UInt32(indexes.count))
        (self.firstRow, rowStarts) = (firstRow, starts)
    }

    /// The row after the last.
    var endRow: Int { firstRow + rowStarts.count - 1 }

    /// Places of a row, from a column on.
    func places(ofRow row: Int, from column: UInt32) -> Range<Int> {
        var low = Int(rowStarts[row - firstRow])
        let end = Int(rowStarts[row - firstRow + 1])
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if columns[middle] < column { low = middle + 1 } else { high = middle }
        }
        return low..<end
    }

    /// All places, those of higher scores first; of equal ones, as they stand.
    func placesBestFirst(of all: [Candidate]) -> [UInt32] {
        // Scores are not negative, so that their bits are in their order. Radix sort, 11 bits at a time.
        var pairs = indexes.enumerated().map { place, index in
            UInt64(~all[Int(index)].score.bitPattern) << 32 | UInt64(place)
        }
        var sorted = [UInt64](repeating: 0, count: pairs.count)
        for shift: UInt64 in [32, 43, 54] {
            var starts = [Int](repeating: 0, count: 2049)
            for pair in pairs { starts[Int(pair >> shift & 2047) + 1] += 1 }
            for digit in 1...2048 { starts[digit] += starts[digit - 1] }
            for pair in pairs {
                let digit = Int(pair >> shift & 2047)
                sorted[starts[digit]] = pair
                starts[digit] += 1
            }
            swap(&pairs, &sorted)
        }
        return pairs.map { UInt32(truncatingIfNeeded: $0) }
    }
}
