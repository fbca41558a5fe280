import Files
import Pixels

/// All candidates of one task, from one file or from several parts.
package struct CandidateSet {
    let grid: ScanGrid
    let finished: FinishedWindows
    private let files: [CandidateFile]
    /// About how many candidates each row has.
    private let counts: [Int]

    /// - Parameter files: of one grid; at least one.
    package init(_ files: [CandidateFile]) {
        self.files = files
        grid = files[0].grid
        var finished = FinishedWindows(rowCount: grid.rowCount)
        var counts = [Int](repeating: 0, count: grid.rowCount)
        for segment in files.lazy.flatMap(\.segments) {
            finished.insert(segment.windows)
            let rowCount = segment.windows.rows.count
            for row in segment.windows.rows {
                counts[row] += (segment.candidateCount + rowCount - 1) / rowCount
            }
        }
        (self.finished, self.counts) = (finished, counts)
    }

    /// All rows in order, cut so that each piece has about `limit` candidates at most, or one row.
    func strips(of limit: Int) -> [Range<Int>] {
        var strips: [Range<Int>] = []
        var (first, count) = (0, 0)
        for row in counts.indices {
            if count + counts[row] > limit, first < row {
                strips.append(first..<row)
                (first, count) = (row, 0)
            }
            count += counts[row]
        }
        return strips + [first..<counts.count]
    }

    /// The windows of some rows that were not scored, as few runs, by row, column and reason; each window once.
    func skipped(inRows rows: Range<Int>) throws -> [Candidate] {
        var found: [Candidate] = []
        for file in files { try file.add(candidatesInRows: rows, to: &found) { $0.skipped != nil } }
        let groups = Dictionary(grouping: found) { RowAndLabel(row: $0.row, label: $0.label) }
        return groups.flatMap { group, runs in
            runs.compactMap { $0.skipped?.columns }.merged.compactMap { columns in
                runs[0].skipped.map {
                    Candidate(
                        skippedFrom: columns.lowerBound, count: columns.count, row: Int(group.row), $0.reason)
                }
            }
        }.sorted(by: Candidate.isBefore)
    }

    private struct RowAndLabel: Hashable {
        var row: UInt32
        var label: UInt16
    }

    /// How many windows were not scored.
    package func skippedCounts() throws -> SkippedCounts {
        var counts = SkippedCounts()
        for rows in strips(of: Self.skippedLimit) {
            for run in try skipped(inRows: rows) {
                if let skipped = run.skipped { counts[skipped.reason] += skipped.columns.count }
            }
        }
        return counts
    }

    /// Runs that are held at a time, about.
    private static let skippedLimit = 1 << 17

    /// The candidates of some rows, by row, column and label; each once, also where parts overlap. Windows that were not scored
    /// are not among them.
    package func candidates(inRows rows: Range<Int>, where isKept: (Candidate) -> Bool = { _ in true }) throws
        -> [Candidate]
    {
        var found: [Candidate] = []
        for file in files {
            try file.add(candidatesInRows: rows, to: &found) { $0.skipped == nil && isKept($0) }
        }
        let isSorted = zip(found, found.dropFirst()).allSatisfy { Candidate.isBefore($0, $1) }
        guard !isSorted else { return found }
        found.sort(by: Candidate.isBefore)
        var unique: [Candidate] = []
        unique.reserveCapacity(found.count)
        for candidate in found {
            guard let last = unique.last, !Candidate.isBefore(last, candidate) else {
                unique.append(candidate)
                continue
            }
            // Parts that overlap have the same scores to the last bit.
            guard last == candidate else {
                let box = grid.box(row: Int(candidate.row), column: Int(candidate.column))
                throw ScanError(
                    code: .malformedState, operation: "join parts",
                    cause:
                        "they have different scores of one window, at \(box.x0),\(box.y0), so one of them does not belong to its task"
                )
            }
        }
        return unique
    }

    /// Writes all candidates row by row: equal results make equal files. It appears complete or not at all.
    ///
    /// - Parameter stripLimit: candidates in memory at a time, about.
    func write(to output: OutputFile, stripLimit: Int, cancellation: Cancellation) throws {
        var writer = try FileWriter(output)
        try writer.write(CandidateFormat.header)
        for rows in strips(of: stripLimit) {
            try cancellation.check()
            var rest = try (candidates(inRows: rows) + skipped(inRows: rows)).sorted(by: Candidate.isBefore)[
                ...]
            for row in rows {
                for columns in finished.intervals(ofRow: row) {
                    let part = rest.prefix { $0.row == row && columns.contains(Int($0.column)) }
                    rest = rest.dropFirst(part.count)
                    try writer.write(
                        CandidateFormat.segment(WindowRange(rows: row..<row + 1, columns: columns), part))
                }
            }
        }
        try writer.commit()
    }
}
