/// Which windows of a grid are finished: for each row, merged intervals of columns.
///
/// Memory: some bytes for each row, and 16 for each interval.
public struct FinishedWindows: Hashable, Sendable {
    /// Per row, ascending, with a gap between two neighbours.
    private var rows: [[Range<Int>]]
    /// Windows that are finished, each counted once.
    public private(set) var windowCount = 0

    /// Of the grid.
    var rowCount: Int { rows.count }

    /// None.
    public init(rowCount: Int) { rows = Array(repeating: [], count: rowCount) }

    /// Adds windows, some of which may be there already.
    public mutating func insert(_ range: WindowRange) {
        precondition(range.isEmpty || rows.indices.contains(range.rows.upperBound - 1))
        guard !range.isEmpty else { return }
        for row in range.rows {
            let old = rows[row].reduce(0) { $0 + $1.count }
            Self.insert(range.columns, into: &rows[row])
            windowCount += rows[row].reduce(0) { $0 + $1.count } - old
        }
    }

    /// Adds what is finished elsewhere of the same grid.
    public mutating func insert(_ other: FinishedWindows) {
        precondition(rows.count == other.rows.count)
        for (row, intervals) in other.rows.enumerated() {
            for columns in intervals { insert(WindowRange(rows: row..<row + 1, columns: columns)) }
        }
    }

    private static func insert(_ columns: Range<Int>, into intervals: inout [Range<Int>]) {
        guard let first = intervals.firstIndex(where: { $0.upperBound >= columns.lowerBound }) else {
            return intervals.append(columns)
        }
        let end = intervals[first...].firstIndex { $0.lowerBound > columns.upperBound } ?? intervals.endIndex
        guard first < end else { return intervals.insert(columns, at: first) }
        let lower = min(columns.lowerBound, intervals[first].lowerBound)
        let upper = max(columns.upperBound, intervals[end - 1].upperBound)
        intervals.replaceSubrange(first..<end, with: [lower..<upper])
    }

    /// The windows of a range that are not finished, as few rectangles from top to bottom; of neighbouring rows that lack
    /// the same, one.
    public func missing(in range: WindowRange) -> [WindowRange] {
        range.rectangles { gaps(ofRow: $0, in: range.columns) }
    }

    /// How many windows of a range are finished.
    package func count(in range: WindowRange) -> Int {
        range.windowCount - missing(in: range).reduce(0) { $0 + $1.windowCount }
    }

    /// The finished windows of a row, as intervals from left to right.
    func intervals(ofRow row: Int) -> [Range<Int>] { rows[row] }

    private func gaps(ofRow row: Int, in columns: Range<Int>) -> [Range<Int>] {
        columns.gaps(between: rows[row].map { $0.clamped(to: columns) }.filter { !$0.isEmpty })
    }
}
