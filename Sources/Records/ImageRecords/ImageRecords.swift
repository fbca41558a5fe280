import Bytes
import Dispatch
import Files
import Synchronization

/// A `.rec` file: encoded images of any size, each with its labels, as MXNet's `im2rec` and `tilescope pack` write it.
///
/// Memory-mapped, so only what is used is held; any number of threads may read. The file must not be changed or cut
/// while it is open. Beside `train.rec` may lie, all optional: `train.idx`, where each record begins (else the file is
/// walked through once); `train.meta.json`, the names of the classes; `train.crc`, a checksum for each record.
/// `docs/records.md` has their forms.
public final class ImageRecords: Sendable {
    public let path: String
    /// Number of records.
    public let count: Int
    /// By label; where the file comes without names: "0", "1", … up to the highest label.
    public let classNames: [String]

    private let file: MappedFile
    /// Where each record begins.
    private let starts: [Int]
    /// The first label of each record.
    private let classes: [Int32]
    /// Of each record as it stands in the file; `nil` where there are none.
    private let checksums: [UInt32]?

    /// Opens the file and reads the beginning of every record, on all cores.
    ///
    /// The images themselves are not touched, so that a file of any size opens soon: their checksums are compared
    /// whenever one is read, at about 2 GB/s, a small part of what decoding takes.
    ///
    /// - Throws: `RecordsError`: where the file or what lies beside it is damaged, with the record and its byte; where
    ///   a label is no class, with the record.
    public init(opening path: String) throws(RecordsError) {
        self.path = path
        do { file = try MappedFile(path: path) } catch { throw RecordsError(reading: error) }
        let sidecars = RecordSidecars(of: path)
        let meta = try sidecars.readMeta(byteCount: file.byteCount)
        let index = try sidecars.readIndex()
        do throws(Malformed) {
            if let index { starts = index } else { starts = try file.withBytes(Self.walk) }
            classes = try Self.readClasses(starts, of: file, classCount: meta?.classNames.count)
        } catch {
            throw RecordsError(
                code: .malformed, operation: "read the records", path: path, cause: error.reason)
        }
        count = starts.count
        classNames = meta?.classNames ?? (0..<(Int(classes.max() ?? -1) + 1)).map { "\($0)" }
        checksums = try sidecars.readChecksums(count: count)
        guard meta == nil || meta?.recordCount == count else {
            throw RecordsError(
                code: .malformed, operation: "read the records", path: path,
                cause:
                    "\(sidecars.metaPath) is of a file with \(meta?.recordCount ?? 0) records, not \(count)")
        }
    }

    /// The class of a record: an index into `classNames`.
    public func label(of record: Int) -> Int { Int(classes[record]) }

    /// All labels of a record: one, or for detection and the like several, of which the first is the class.
    public func labels(of record: Int) throws(RecordsError) -> [Float] {
        try withRecord(record) { header, _ throws(RecordsError) in header.labels }
    }

    /// Lends the encoded image of a record.
    ///
    /// - Throws: where the record is damaged, with its number and byte; and what `body` throws.
    public func withImage<Result>(
        of record: Int, _ body: (RawSpan) throws(RecordsError) -> Result
    ) throws(RecordsError) -> Result {
        try withRecord(record) { _, image throws(RecordsError) in try body(image) }
    }

    /// A record's header alone; its checksum is not compared.
    package func header(of record: Int) throws(RecordsError) -> ImageRecordHeader {
        try file.withBytes { bytes throws(RecordsError) in
            do throws(Malformed) {
                return try Self.header(of: RecordIO.place(at: starts[record], of: bytes), bytes)
            } catch {
                throw damage(of: record, error.reason)
            }
        }
    }

    /// Lends what a record holds: its header and the encoded image.
    package func withRecord<Result>(
        _ record: Int, _ body: (ImageRecordHeader, RawSpan) throws(RecordsError) -> Result
    ) throws(RecordsError) -> Result {
        try file.withBytes { bytes throws(RecordsError) in
            let place: RecordIO.Place
            do {
                place = try RecordIO.place(at: starts[record], of: bytes)
            } catch {
                throw damage(of: record, error.reason)
            }
            let whole = bytes.extracting(place.start..<place.end)
            if let checksums, CRC32C.checksum(whole) != checksums[record] {
                throw damage(
                    of: record, "its checksum is wrong: the record at byte \(place.start) is damaged")
            }
            return try place.withRecord(of: bytes) { payload throws(RecordsError) in
                let header: ImageRecordHeader
                do { header = try ImageRecordHeader(decoding: payload) } catch {
                    throw damage(of: record, error.reason)
                }
                return try body(header, payload.extracting(droppingFirst: header.byteCount))
            }
        }
    }

    private func damage(of record: Int, _ reason: String) -> RecordsError {
        RecordsError(
            code: .malformed, operation: "read record \(record) of \(count)", path: path, cause: reason)
    }

    /// Where the records begin, found by going from one to the next.
    private static func walk(_ bytes: RawSpan) throws(Malformed) -> [Int] {
        var starts: [Int] = []
        var start = 0
        while start < bytes.byteCount {
            let place = try RecordIO.place(at: start, of: bytes)
            starts.append(start)
            start = place.end
        }
        return starts
    }

    /// The first label of every record.
    ///
    /// - Parameter classCount: where it is known.
    private static func readClasses(
        _ starts: [Int], of file: MappedFile, classCount: Int?
    ) throws(Malformed) -> [Int32] {
        let chunkCount = (starts.count + classChunk - 1) / classChunk
        let chunks = Mutex([Int: Result<[Int32], Malformed>]())
        DispatchQueue.concurrentPerform(iterations: chunkCount) { chunk in
            let records = chunk * classChunk..<min((chunk + 1) * classChunk, starts.count)
            let classes = Result { () throws(Malformed) in
                try file.withBytes { bytes throws(Malformed) in
                    try readClasses(records, starts: starts, of: bytes, classCount: classCount)
                }
            }
            chunks.withLock { $0[chunk] = classes }
        }
        return try chunks.withLock { chunks throws(Malformed) in
            var classes: [Int32] = []
            classes.reserveCapacity(starts.count)
            for chunk in 0..<chunkCount { classes += try chunks[chunk]?.get() ?? [] }
            return classes
        }
    }

    /// Records whose labels are read by one thread in one go.
    private static let classChunk = 4096

    private static func readClasses(
        _ records: Range<Int>, starts: [Int], of bytes: RawSpan, classCount: Int?
    ) throws(Malformed) -> [Int32] {
        var classes: [Int32] = []
        for record in records {
            do throws(Malformed) {
                let place = try RecordIO.place(at: starts[record], of: bytes)
                let label = try header(of: place, bytes).labels[0]
                classes.append(try classIndex(label, classCount: classCount))
            } catch {
                throw Malformed("record \(record), at byte \(starts[record]): \(error.reason)")
            }
        }
        return classes
    }

    private static func header(
        of place: RecordIO.Place, _ bytes: RawSpan
    ) throws(Malformed) -> ImageRecordHeader {
        if place.otherParts.isEmpty {
            return try ImageRecordHeader(decoding: bytes.extracting(place.firstPart))
        }
        return try ImageRecordHeader(decoding: place.joined(bytes).span.bytes)
    }

    private static func classIndex(_ label: Float, classCount: Int?) throws(Malformed) -> Int32 {
        guard let index = Int32(exactly: label), index >= 0 else {
            throw Malformed("its label \(label) is no class: classes are the whole numbers from 0")
        }
        if let classCount, index >= classCount {
            throw Malformed("its label \(index) is beyond the \(classCount) classes of the file")
        }
        guard index < TilePackFormat.classCountLimit else {
            throw Malformed(
                "its label \(index) is beyond the \(TilePackFormat.classCountLimit) classes allowed")
        }
        return index
    }
}

extension RecordsError {
    init(reading error: FileError) {
        self.init(code: .cannotRead, operation: error.operation, path: error.path, cause: error.cause)
    }
}
