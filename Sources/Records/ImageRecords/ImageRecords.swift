import Bytes
import Dispatch
import Files
import Synchronization

/// A `.rec` file: encoded images of any size, each with its labels, as MXNet's `im2rec` and `tilescope pack` write it.
///
/// Nothing of the images is held; any number of threads may read. A file that is cut while it is open gives an error with the
/// code `changed`. Beside `train.rec` may lie, all optional: `train.idx`, where each record begins (else the file is
/// walked through once); `train.meta.json`, the names of the classes; `train.crc`, a checksum for each record.
/// `docs/records.md` has their forms.
public final class ImageRecords: Sendable {
    public let path: String
    /// Number of records.
    public let count: Int
    /// By label; where the file comes without names: "0", "1", … up to the highest label.
    public let classNames: [String]

    private let file: FileReader
    /// Where each record begins.
    private let starts: [Int]
    /// The first label of each record.
    private let classes: [Int32]
    /// Whether some record has boxes for labels: then its first label is no class.
    package let holdsBoxes: Bool
    /// What a user should know of the file: records that its index leaves out.
    package let remarks: [String]
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
        do { file = try FileReader(path: path) } catch { throw RecordsError(reading: error) }
        let sidecars = RecordSidecars(of: path)
        let meta = try sidecars.readMeta(byteCount: file.byteCount)
        let index = try sidecars.readIndex()
        do {
            starts = try index ?? Self.walk(file)
            let beginnings = try Self.readBeginnings(starts, of: file, classCount: meta?.classNames.count)
            (classes, holdsBoxes) = (beginnings.classes, beginnings.holdsBoxes)
            // A last record may end where its padding would begin.
            let leftOut = file.byteCount - beginnings.byteCount
            remarks =
                leftOut < RecordIO.partHeaderByteCount
                ? []
                : [
                    "\(sidecars.indexPath) names \(counted(starts.count, "record")) and leaves out \(leftOut) of the file's "
                        + "\(file.byteCount) bytes, which are not read; without \(sidecars.indexPath) all records are"
                ]
        } catch {
            throw RecordsError(reading: error, "read the records", path: path)
        }
        count = starts.count
        classNames = meta?.classNames ?? (0..<(Int(classes.max() ?? -1) + 1)).map { "\($0)" }
        checksums = try sidecars.readChecksums(count: count)
        guard meta == nil || meta?.recordCount == count else {
            throw RecordsError(
                code: .malformed, operation: "read the records", path: path,
                cause:
                    "\(sidecars.metaPath) is of a file with \(counted(meta?.recordCount ?? 0, "record")), not \(count)"
            )
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
        do {
            return try Self.header(of: RecordIO.place(at: starts[record], of: file), file)
        } catch {
            throw failure(of: record, error)
        }
    }

    /// Lends what a record holds: its header and the encoded image.
    package func withRecord<Result>(
        _ record: Int, _ body: (ImageRecordHeader, RawSpan) throws(RecordsError) -> Result
    ) throws(RecordsError) -> Result {
        let place: RecordIO.Place
        let whole: [UInt8]
        do {
            place = try RecordIO.place(at: starts[record], of: file)
            whole = try file.read(place.end - place.start, at: place.start)
            if let checksums, CRC32C.checksum(whole.span.bytes) != checksums[record] {
                throw Malformed("its checksum is wrong: the record at byte \(place.start) is damaged")
            }
        } catch {
            throw failure(of: record, error)
        }
        return try place.withRecord(of: whole.span.bytes) { payload throws(RecordsError) in
            let header: ImageRecordHeader
            do { header = try ImageRecordHeader(decoding: payload) } catch {
                throw failure(of: record, error)
            }
            return try body(header, payload.extracting(droppingFirst: header.byteCount))
        }
    }

    private func failure(of record: Int, _ error: any Error) -> RecordsError {
        RecordsError(reading: error, "read record \(record) of \(count)", path: path)
    }

    /// Where the records begin, found by going from one to the next.
    private static func walk(_ file: FileReader) throws -> [Int] {
        var starts: [Int] = []
        var start = 0
        while start < file.byteCount {
            let place = try RecordIO.place(at: start, of: file)
            starts.append(start)
            start = place.end
        }
        return starts
    }

    /// What is read of records when the file is opened.
    private struct Beginnings {
        /// The first label of each.
        var classes: [Int32] = []
        /// Whether some record has boxes for labels.
        var holdsBoxes = false
        /// Of all records as they stand in the file.
        var byteCount = 0

        mutating func append(_ other: Beginnings) {
            classes += other.classes
            holdsBoxes = holdsBoxes || other.holdsBoxes
            byteCount += other.byteCount
        }
    }

    /// - Parameter classCount: where it is known.
    private static func readBeginnings(
        _ starts: [Int], of file: FileReader, classCount: Int?
    ) throws -> Beginnings {
        let chunkCount = (starts.count + recordChunk - 1) / recordChunk
        let chunks = Mutex([Int: Result<Beginnings, any Error>]())
        DispatchQueue.concurrentPerform(iterations: chunkCount) { chunk in
            let records = chunk * recordChunk..<min((chunk + 1) * recordChunk, starts.count)
            let beginnings = Result {
                try readBeginnings(records, starts: starts, of: file, classCount: classCount)
            }
            chunks.withLock { $0[chunk] = beginnings }
        }
        return try chunks.withLock { chunks in
            var all = Beginnings()
            all.classes.reserveCapacity(starts.count)
            for chunk in 0..<chunkCount { if let next = try chunks[chunk]?.get() { all.append(next) } }
            return all
        }
    }

    /// Records whose beginnings are read by one thread in one go.
    private static let recordChunk = 4096

    private static func readBeginnings(
        _ records: Range<Int>, starts: [Int], of file: FileReader, classCount: Int?
    ) throws -> Beginnings {
        var beginnings = Beginnings()
        for record in records {
            do {
                let place = try RecordIO.place(at: starts[record], of: file)
                let header = try header(of: place, file)
                beginnings.classes.append(try classIndex(header.labels[0], classCount: classCount))
                beginnings.holdsBoxes = beginnings.holdsBoxes || header.holdsBoxes
                beginnings.byteCount += place.end - place.start
            } catch let error as Malformed {
                throw Malformed("record \(record), at byte \(starts[record]): \(error.reason)")
            }
        }
        return beginnings
    }

    /// Reads a header without the image behind it, where the record has one part, as nearly all have.
    private static func header(of place: RecordIO.Place, _ file: FileReader) throws -> ImageRecordHeader {
        guard place.otherParts.isEmpty else {
            let whole = try file.read(place.end - place.start, at: place.start)
            return try place.withRecord(of: whole.span.bytes) { try ImageRecordHeader(decoding: $0) }
        }
        let record = place.firstPart
        let fixed = try file.read(
            min(record.count, ImageRecordHeader.fixedByteCount), at: record.lowerBound)
        let byteCount = ImageRecordHeader.byteCount(beginning: fixed)
        guard byteCount > fixed.count else { return try ImageRecordHeader(decoding: fixed.span.bytes) }
        let labelled = try file.read(min(record.count, byteCount), at: record.lowerBound)
        return try ImageRecordHeader(decoding: labelled.span.bytes)
    }

    private static func classIndex(_ label: Float, classCount: Int?) throws(Malformed) -> Int32 {
        guard let index = Int32(exactly: label), index >= 0 else {
            throw Malformed("its label \(label) is not a class: classes are whole numbers from 0")
        }
        if let classCount, index >= classCount {
            throw Malformed(
                "its label \(index) is beyond the \(counted(classCount, "class", "classes")) of the file")
        }
        guard index < TilePackFormat.classCountLimit else {
            throw Malformed(
                "its label \(index) is beyond the \(TilePackFormat.classCountLimit) classes allowed")
        }
        return index
    }
}

extension RecordsError {
    /// - Parameter error: `FileError`, or `Malformed` of what was read.
    /// - Parameter operation: in which it was malformed.
    init(reading error: any Error, _ operation: String, path: String) {
        if let error = error as? FileError {
            self.init(reading: error)
        } else {
            self.init(code: .malformed, operation: operation, path: path, cause: error.reason)
        }
    }

    init(reading error: FileError) {
        self.init(
            code: error.code == .changed ? .changed : .cannotRead, operation: error.operation,
            path: error.path, cause: error.cause)
    }
}
