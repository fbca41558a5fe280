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

    /// The candidates of some rows, by row, column and label; each once, also where parts overlap.
    package func candidates(inRows rows: Range<Int>, where isKept: (Candidate) -> Bool = { _ in true }) throws
        -> [Candidate]
    {
        var found: [Candidate] = []
        for file in files { try file.add(candidatesInRows: rows, to: &found, where: isKept) }
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
                        "they have two scores of one window, at \(box.x0),\(box.y0); one was not computed as its task says"
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
            var rest = try candidates(inRows: rows)[...]
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
