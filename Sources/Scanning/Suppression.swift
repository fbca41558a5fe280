import Pixels

/// Greedy non-maximum suppression of candidates of one grid, strip by strip.
///
/// The result is that of `nonMaximumSuppression` on all of them at once: a candidate goes where a better one of its label is kept
/// that overlaps it too much. What depends on rows that are not there yet stays undecided and is carried on. Memory: about 75
/// bytes for each candidate of a strip, with those that are carried, and 24 for each that is kept.
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
    private let acrossClasses: Bool
    /// How far a box may be from its window, in pixels.
    private let moveLimit: Int
    /// From earlier strips, by row, column and label: not decided, or kept and near what comes.
    private var carried: [(candidate: PlacedCandidate, isKept: Bool)] = []
    /// In no order.
    private var found: [CompactDetection] = []

    /// - Parameter rule: of two that overlap more than its IoU, the better stays.
    init(grid: ScanGrid, _ rule: MergeRule) {
        self.grid = grid
        commonLimit = Self.commonLimit(side: grid.windowSize, iou: rule.iou)
        acrossClasses = rule.acrossClasses
        moveLimit = grid.moves(by: rule)?.limit ?? 0
    }

    /// All that were kept, best first; called after the last strip.
    consuming func result() -> [CompactDetection] {
        precondition(carried.isEmpty, "not all rows were added")
        return found.sortedBestFirst()
    }

    /// Adds the candidates of the next rows.
    ///
    /// - Parameter candidates: by row, column and label.
    /// - Parameter end: the row after the strip's last.
    mutating func add(_ candidates: [PlacedCandidate], upTo end: Int) {
        let all = carried.isEmpty ? candidates : carried.map(\.candidate) + candidates
        var states = carried.map { $0.isKept ? State.keptBefore : .open }
        states += repeatElement(.open, count: candidates.count)
        carried = []
        // Where the first boxes may begin that are not there yet.
        let border = end < grid.rowCount ? grid.y(ofRow: end) - moveLimit : Int.max
        if acrossClasses {
            guard !all.isEmpty else { return }
            decide(RivalCandidates(all.indices.map { UInt32($0) }, of: all), of: all, &states, border: border)
        } else {
            for indexes in indexesByLabel(all.lazy.map(\.candidate.label)) {
                decide(RivalCandidates(indexes, of: all), of: all, &states, border: border)
            }
        }
        carried.sort { Candidate.isBefore($0.candidate.candidate, $1.candidate.candidate) }
    }

    /// Goes through candidates that may suppress each other, the best first.
    ///
    /// - Parameter border: candidates that reach beyond may be overlapped by some that are not there.
    private mutating func decide(
        _ rivals: RivalCandidates, of all: [PlacedCandidate], _ states: inout [State], border: Int
    ) {
        for place in rivals.placesBestFirst(of: all) {
            let index = Int(rivals.entries[Int(place)].index)
            let candidate = all[index]
            let reachesBorder = border < Int.max && Int(candidate.y) + grid.windowSize > border
            switch states[index] {
            case .suppressed: continue
            case .keptBefore:
                mark(.suppressed, around: candidate, in: rivals, &states)
                if reachesBorder { carried.append((candidate, true)) }
            case .open where !reachesBorder:
                found.append(candidate.detection(side: grid.windowSize))
                mark(.suppressed, around: candidate, in: rivals, &states)
            case .open, .doubtful:
                mark(.doubtful, around: candidate, in: rivals, &states)
                carried.append((candidate, false))
            }
        }
    }

    /// Marks what overlaps a candidate too much. Those that were decided before are not looked at again, so that it does not
    /// matter that they are marked too.
    private func mark(
        _ state: State, around candidate: PlacedCandidate, in rivals: RivalCandidates,
        _ states: inout [State]
    ) {
        let side = grid.windowSize
        let (x, y) = (Int(candidate.x), Int(candidate.y))
        // Of windows: boxes may have moved from them.
        let reach = side + moveLimit
        let firstRow = Self.firstIndex(after: y - reach, grid.stride)
        let firstColumn = UInt32(Self.firstIndex(after: x - reach, grid.stride))
        for row in max(firstRow, rivals.firstRow)..<max(firstRow, rivals.endRow) {
            guard grid.y(ofRow: row) < y + reach else { break }
            for place in rivals.places(ofRow: row, from: firstColumn) {
                let entry = rivals.entries[place]
                // All that follow begin further right, but for how far they may have moved.
                guard Int(entry.x) < x + reach + moveLimit else { break }
                let width = side - abs(Int(entry.x) - x)
                let height = side - abs(Int(entry.y) - y)
                guard width > 0, height > 0, width * height >= commonLimit else { continue }
                let index = Int(entry.index)
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
}

/// Candidates that may suppress each other, by row and column, for looking up what is near a window.
private struct RivalCandidates {
    struct Entry {
        var column: UInt32
        /// Where the box is.
        var x: Int32
        var y: Int32
        /// Among the candidates of the strip.
        var index: UInt32
    }

    let entries: [Entry]
    let firstRow: Int
    /// Where each row begins, and where the last ends.
    private let rowStarts: [UInt32]

    /// - Parameter indexes: ascending, at least one.
    init(_ indexes: [UInt32], of all: [PlacedCandidate]) {
        entries = indexes.map { index in
            let placed = all[Int(index)]
            return Entry(column: placed.candidate.column, x: placed.x, y: placed.y, index: index)
        }
        let firstRow = Int(all[Int(indexes[0])].candidate.row)
        var starts: [UInt32] = []
        for (place, index) in indexes.enumerated() {
            let row = Int(all[Int(index)].candidate.row) - firstRow
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
            if entries[middle].column < column { low = middle + 1 } else { high = middle }
        }
        return low..<end
    }

    /// All places, the best first.
    func placesBestFirst(of all: [PlacedCandidate]) -> [UInt32] {
        indexesBestFirst(entries.map { all[Int($0.index)].candidate.score }) { a, b in
            PlacedCandidate.isBetter(all[Int(entries[a].index)], all[Int(entries[b].index)])
        }
    }
}
