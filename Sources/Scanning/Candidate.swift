import Bytes
public import Pixels

/// A window and a label whose score reached the floor: what might become a detection.
public struct Candidate: Hashable, Sendable {
    /// The window's row in its grid; below `ScanGrid.sideLimit`, as its column.
    public var row: UInt32
    public var column: UInt32
    public var label: UInt16
    /// In `0...1`.
    public var score: Float

    public init(row: Int, column: Int, label: Int, score: Float) {
        precondition((0..<ScanGrid.sideLimit).contains(row) && (0..<ScanGrid.sideLimit).contains(column))
        (self.row, self.column) = (UInt32(row), UInt32(column))
        (self.label, self.score) = (UInt16(label), score)
    }

    /// Larger labels stand for windows that were not scored; a model has no more classes.
    public static let labelLimit = 1 << 16 - 4

    /// Stands for neighbouring windows of a row that were not scored.
    ///
    /// - Parameter count: of windows, with the one in `column`.
    init(skippedFrom column: Int, count: Int, row: Int, _ reason: SkipReason) {
        // Fits, because a row has no more than 2^24 windows.
        self.init(row: row, column: column, label: Int(UInt16.max) - reason.rawValue, score: Float(count))
    }

    /// Why the windows from this one on were not scored, and how many they are; `nil` for a candidate.
    var skipped: (reason: SkipReason, columns: Range<Int>)? {
        guard label >= Self.labelLimit, let reason = SkipReason(rawValue: Int(UInt16.max - label)),
            score >= 1, score <= Float(ScanGrid.sideLimit)
        else { return nil }
        return (reason, Int(column)..<Int(column) + Int(score))
    }

    /// What stands in a file for windows that were skipped: of each row one.
    package static func skipped(_ windows: WindowRange, _ reason: SkipReason) -> [Candidate] {
        windows.rows.map {
            Candidate(skippedFrom: windows.columns.lowerBound, count: windows.columns.count, row: $0, reason)
        }
    }

    /// By row, column and label: the order of a finished scan's candidates.
    package static func isBefore(_ a: Candidate, _ b: Candidate) -> Bool {
        if a.row != b.row { return a.row < b.row }
        return (a.column, a.label) < (b.column, b.label)
    }
}

extension ScanGrid {
    /// The detection that a candidate stands for.
    public func detection(_ candidate: Candidate) -> Detection {
        Detection(
            box: box(row: Int(candidate.row), column: Int(candidate.column)), label: Int(candidate.label),
            score: candidate.score)
    }
}

// MARK: - In files

extension Candidate {
    /// Row and column in three bytes each, label in two, score in four; little-endian. With a label from `labelLimit` on, score is
    /// the number of windows that were skipped.
    static let byteCount = 12

    func encode(into bytes: inout [UInt8]) {
        let place = UInt64(row) | UInt64(column) << 24 | UInt64(label) << 48
        bytes.appendLittleEndian(place)
        bytes.appendLittleEndian(score.bitPattern)
    }

    /// - Parameter offset: of the first of its bytes.
    init(decoding bytes: RawSpan, at offset: Int) {
        let place = UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        (row, column) = (UInt32(place & 0xFF_FFFF), UInt32(place >> 24 & 0xFF_FFFF))
        label = UInt16(place >> 48)
        score = Float(
            bitPattern: UInt32(
                littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)))
    }
}

/// A file of candidates: a header, then segments one after the other, each of which tells which windows it holds.
///
/// While a scan goes on, segments are added in the order in which windows are finished. A finished scan has one for each row of
/// the grid, so that equal results are equal files.
enum CandidateFormat {
    /// `tilecand` and the version.
    static let header = Array("tilecand".utf8) + [1, 0, 0, 0]

    /// What stands before the candidates of a segment: rows and columns of its windows, how many candidates there are, and a
    /// checksum over these numbers and the candidates. Six numbers of four bytes, little-endian.
    struct SegmentHeader {
        static let byteCount = 24
        var windows: WindowRange
        var candidateCount: Int
        var checksum: UInt32
    }

    /// A whole segment.
    ///
    /// - Parameter candidates: of these windows, by row, column and label.
    static func segment(_ windows: WindowRange, _ candidates: some Collection<Candidate>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(SegmentHeader.byteCount + candidates.count * Candidate.byteCount)
        let numbers = [
            windows.rows.lowerBound, windows.rows.upperBound, windows.columns.lowerBound,
            windows.columns.upperBound, candidates.count,
        ]
        for number in numbers { bytes.appendLittleEndian(UInt32(number)) }
        bytes.appendLittleEndian(UInt32(0))
        for candidate in candidates { candidate.encode(into: &bytes) }
        let checksum = Self.checksum(of: bytes.span.bytes)
        for byte in 0..<4 { bytes[20 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(byte))) }
        return bytes
    }

    /// - Parameter bytes: at least a segment header.
    /// - Returns: `nil` where the numbers do not belong to a segment of this grid.
    static func header(in bytes: RawSpan, of grid: WindowRange) -> SegmentHeader? {
        let numbers = (0..<6).map { index in
            Int(UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
        }
        guard numbers[0] < numbers[1], numbers[2] < numbers[3] else { return nil }
        let windows = WindowRange(rows: numbers[0]..<numbers[1], columns: numbers[2]..<numbers[3])
        guard grid.contains(windows) else { return nil }
        return SegmentHeader(
            windows: windows, candidateCount: numbers[4], checksum: UInt32(numbers[5]))
    }

    /// The checksum of a whole segment, without the checksum in it.
    static func checksum(of segment: RawSpan) -> UInt32 {
        let numbers = CRC32C.checksum(segment.extracting(0..<20))
        return CRC32C.checksum(
            segment.extracting(SegmentHeader.byteCount..<segment.byteCount), after: numbers)
    }
}

/// Windows that were finished together, with their candidates, as one segment of a file of candidates.
package struct CandidateSegment: Sendable {
    /// As the file has it.
    package let bytes: [UInt8]

    /// - Parameter candidates: of these windows, by row, column and label.
    package init(_ windows: WindowRange, _ candidates: [Candidate]) {
        bytes = CandidateFormat.segment(windows, candidates)
    }

    /// The one that stands in it.
    package var checksum: UInt32 {
        var reader = LittleEndianReader(Array(bytes[20..<24]))
        return reader.next(UInt32.self) ?? 0
    }
}
