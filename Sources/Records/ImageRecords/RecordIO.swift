import Bytes
import Files

/// MXNet's RecordIO: records of any bytes, one after the other, each beginning at a multiple of 4 bytes.
///
/// A record is one part or more. A part is the magic number, a word, its bytes, and zeros up to a multiple of 4. All
/// words have 4 bytes, little endian; the upper 3 bits of a part's word say which part it is, the lower 29 how many
/// bytes it has. Where a record's own bytes hold the magic number at a multiple of 4 from their beginning, the record
/// is split there and those 4 bytes are left out, so that the magic number begins parts and nothing else.
///
/// - Source: dmlc-core, `recordio.h` ("RecordIO format").
package enum RecordIO {
    package static let magic: UInt32 = 0xCED7_230A
    /// A record's bytes; more cannot be counted in 29 bits.
    package static let recordByteLimit = 1 << 29 - 1
    static let partHeaderByteCount = 8

    /// The upper 3 bits of a part's word.
    enum PartKind: UInt32 {
        case whole, first, middle, last
    }

    /// Where a record lies in a file.
    struct Place: Hashable {
        var start: Int
        /// Of the padding after the last part.
        var end: Int
        var firstPart: Range<Int>
        /// Between a part and the next belongs the magic number.
        var otherParts: [Range<Int>] = []
    }

    /// A record as it stands in a file, with all its parts and padding.
    ///
    /// - Parameter record: at most `recordByteLimit` bytes.
    package static func encoded(_ record: RawSpan) -> [UInt8] {
        precondition(record.byteCount <= recordByteLimit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.byteCount + 16)
        var partStart = 0
        for offset in stride(from: 0, to: record.byteCount & ~3, by: 4)
        where record.littleEndianWord(at: offset) == magic {
            append(record.extracting(partStart..<offset), as: partStart == 0 ? .first : .middle, to: &bytes)
            partStart = offset + 4
        }
        append(
            record.extracting(partStart..<record.byteCount), as: partStart == 0 ? .whole : .last, to: &bytes)
        return bytes
    }

    private static func append(_ part: RawSpan, as kind: PartKind, to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(magic)
        bytes.appendLittleEndian(kind.rawValue << 29 | UInt32(part.byteCount))
        part.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: repeatElement(0, count: padded(part.byteCount) - part.byteCount))
    }

    /// Finds the parts of the record that begins at `start`.
    ///
    /// - Throws: `FileError`; `Malformed` with the byte where the file is not as it should be.
    static func place(at start: Int, of file: FileReader) throws -> Place {
        let (kind, firstPart) = try part(at: start, of: file)
        var place = Place(
            start: start, end: start + partHeaderByteCount + padded(firstPart.count), firstPart: firstPart)
        switch kind {
        case .whole: return place
        case .first: break
        case .middle, .last: throw Malformed("byte \(start) is inside a record, not at its beginning")
        }
        while true {
            let (kind, next) = try part(at: place.end, of: file)
            guard kind == .middle || kind == .last else {
                throw Malformed("at byte \(place.end) a record begins before the one at byte \(start) ended")
            }
            place.otherParts.append(next)
            place.end += partHeaderByteCount + padded(next.count)
            if kind == .last { return place }
        }
    }

    private static func part(at start: Int, of file: FileReader) throws -> (PartKind, Range<Int>) {
        guard start >= 0, start <= file.byteCount - partHeaderByteCount else {
            throw Malformed(
                "a record should be at byte \(start), but there are only \(file.byteCount) bytes")
        }
        let header = try file.read(partHeaderByteCount, at: start)
        guard header.span.bytes.littleEndianWord(at: 0) == magic else {
            throw Malformed("at byte \(start) there is no record: the magic number is missing")
        }
        let word = header.span.bytes.littleEndianWord(at: 4)
        guard let kind = PartKind(rawValue: word >> 29) else {
            throw Malformed("at byte \(start) is a part of unknown kind \(word >> 29)")
        }
        let byteCount = Int(word & (1 << 29 - 1))
        let first = start + partHeaderByteCount
        guard padded(byteCount) <= file.byteCount - first else {
            throw Malformed(
                "the record at byte \(start) should have \(byteCount) bytes, but the file ends after "
                    + "\(file.byteCount - first): it is truncated or damaged")
        }
        return (kind, first..<first + byteCount)
    }

    private static func padded(_ byteCount: Int) -> Int { (byteCount + 3) & ~3 }
}

extension RecordIO.Place {
    /// Lends the record's bytes: those of the file, or where it has several parts a copy that joins them.
    ///
    /// - Parameter bytes: of the file from `start` to `end`.
    func withRecord<Result, Failure: Error>(
        of bytes: RawSpan, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard !otherParts.isEmpty else { return try body(bytes.extracting(inRecord(firstPart))) }
        var record: [UInt8] = []
        record.reserveCapacity(end - start)
        bytes.extracting(inRecord(firstPart)).withUnsafeBytes { record.append(contentsOf: $0) }
        for other in otherParts {
            record.appendLittleEndian(RecordIO.magic)
            bytes.extracting(inRecord(other)).withUnsafeBytes { record.append(contentsOf: $0) }
        }
        return try body(record.span.bytes)
    }

    /// Where a part lies in the record's own bytes.
    private func inRecord(_ part: Range<Int>) -> Range<Int> {
        part.lowerBound - start..<part.upperBound - start
    }
}

extension RawSpan {
    /// The number of 4 bytes at `offset`, which must lie inside.
    func littleEndianWord(at offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The number of 8 bytes at `offset`.
    func littleEndianLongWord(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
