import Files

/// A file of candidates, opened to be read.
///
/// Opening it reads all of it once and checks every checksum. What comes after the first damaged or unfinished segment is not
/// used: its windows count as not scored.
public final class CandidateFile {
    /// Windows that were finished together, and where their candidates stand.
    struct Segment {
        var windows: WindowRange
        /// In the file, of the first candidate.
        var offset: Int
        var candidateCount: Int
    }

    let grid: ScanGrid
    let segments: [Segment]
    /// Windows with whole segments.
    public let finished: FinishedWindows
    /// Up to where the file is whole.
    let wholeByteCount: Int
    private let file: FileReader

    /// - Parameter labelCount: no label is as large.
    /// - Throws: `FileError`; `ScanError` where it is no file of candidates.
    public init(path: String, grid: ScanGrid, labelCount: Int = Candidate.labelLimit) throws {
        file = try FileReader(path: path)
        self.grid = grid
        let header = CandidateFormat.header
        guard file.byteCount >= header.count, try file.read(header.count, at: 0) == header else {
            throw ScanError(
                code: .malformedState, operation: "read \(path)",
                cause: "it is damaged, or another version of tilescope wrote it")
        }
        var segments: [Segment] = []
        var finished = FinishedWindows(rowCount: grid.rowCount)
        var offset = header.count
        while let segment = try Self.segment(at: offset, of: file, grid: grid, labelCount: labelCount) {
            segments.append(segment)
            finished.insert(segment.windows)
            offset = segment.offset + segment.candidateCount * Candidate.byteCount
        }
        self.segments = segments
        self.finished = finished
        wholeByteCount = offset
    }

    public var path: String { file.path }

    /// Bytes at the end of a file that was cut off or damaged; else 0.
    public var lostByteCount: Int { file.byteCount - wholeByteCount }

    /// Candidates in the file.
    public var candidateCount: Int { segments.reduce(0) { $0 + $1.candidateCount } }

    /// Whether it is as `CandidateSet.write` leaves the candidates of a whole grid: a segment for each row.
    var isInOrder: Bool {
        segments.count == grid.rowCount && lostByteCount == 0
            && segments.enumerated().allSatisfy { row, segment in
                segment.windows == WindowRange(rows: row..<row + 1, columns: grid.range.columns)
            }
    }

    /// The highest score of each label that has a candidate.
    func highestScores() throws -> [Int: Float] {
        var highest: [Int: Float] = [:]
        for segment in segments where segment.candidateCount > 0 {
            let bytes = try file.read(segment.candidateCount * Candidate.byteCount, at: segment.offset)
            let span = bytes.span.bytes
            for index in 0..<segment.candidateCount {
                let candidate = Candidate(decoding: span, at: index * Candidate.byteCount)
                guard candidate.skipped == nil else { continue }
                highest[Int(candidate.label), default: 0] = max(
                    highest[Int(candidate.label), default: 0], candidate.score)
            }
        }
        return highest
    }

    /// Adds the candidates of some rows, in the order of segments.
    ///
    /// - Parameter isKept: which to take.
    func add(
        candidatesInRows rows: Range<Int>, to found: inout [Candidate], where isKept: (Candidate) -> Bool
    ) throws {
        for segment in segments where segment.windows.rows.overlaps(rows) && segment.candidateCount > 0 {
            let bytes = try file.read(segment.candidateCount * Candidate.byteCount, at: segment.offset)
            let span = bytes.span.bytes
            for index in 0..<segment.candidateCount {
                let candidate = Candidate(decoding: span, at: index * Candidate.byteCount)
                if rows.contains(Int(candidate.row)), isKept(candidate) { found.append(candidate) }
            }
        }
    }

    /// The segment that begins at a place; `nil` where none does that is whole.
    private static func segment(
        at offset: Int, of file: FileReader, grid: ScanGrid, labelCount: Int
    ) throws(FileError) -> Segment? {
        let headerByteCount = CandidateFormat.SegmentHeader.byteCount
        guard offset + headerByteCount <= file.byteCount else { return nil }
        let start = try file.read(headerByteCount, at: offset)
        guard let header = CandidateFormat.header(in: start.span.bytes, of: grid.range) else { return nil }
        let byteCount = headerByteCount + header.candidateCount * Candidate.byteCount
        guard offset + byteCount <= file.byteCount else { return nil }
        let segment = try file.read(byteCount, at: offset)
        guard CandidateFormat.checksum(of: segment.span.bytes) == header.checksum,
            areSound(segment.span.bytes, header, labelCount: labelCount)
        else { return nil }
        return Segment(
            windows: header.windows, offset: offset + headerByteCount, candidateCount: header.candidateCount)
    }

    /// Whether the candidates of a segment lie in its windows, in order, with scores and labels that there are.
    private static func areSound(
        _ segment: RawSpan, _ header: CandidateFormat.SegmentHeader, labelCount: Int
    ) -> Bool {
        var previous: Candidate?
        for index in 0..<header.candidateCount {
            let offset = CandidateFormat.SegmentHeader.byteCount + index * Candidate.byteCount
            let candidate = Candidate(decoding: segment, at: offset)
            let isPossible =
                candidate.skipped.map { header.windows.columns.contains($0.columns) }
                ?? (candidate.label < labelCount && (0...1).contains(candidate.score))
            guard header.windows.rows.contains(Int(candidate.row)),
                header.windows.columns.contains(Int(candidate.column)), isPossible,
                previous.map({ Candidate.isBefore($0, candidate) }) ?? true
            else { return false }
            previous = candidate
        }
        return true
    }
}
