import Bytes
import Files
import Foundation

/// A packed file in the making, and beside it the list of what it holds, so that a run that was killed can go on.
///
/// `train.rec.partial` grows image by image, `train.rec.partial.ledger` says after each how many bytes were added and
/// their checksum, or why an image was refused. The first line of the ledger is the plan. What the ledger does not
/// say, or says of bytes that are not there or are others, is made again.
struct PackLedger: ~Copyable {
    /// What became of an image.
    enum Entry: Hashable {
        /// Bytes from `start` on in the packed file, and their CRC-32C.
        case packed(start: Int, byteCount: Int, checksum: UInt32)
        case refused(reason: String)

        /// Of what was packed.
        var end: Int? {
            if case .packed(let start, let byteCount, _) = self { start + byteCount } else { nil }
        }
    }
    /// One for each image, in order.
    private(set) var entries: [Entry] = []
    private var file: GrowingFile
    private var ledger: GrowingFile

    /// A line for each of a hundred million images.
    private static let byteLimit = 1 << 31

    static func dataPath(of path: String) -> String { path + ".partial" }
    static func ledgerPath(of path: String) -> String { path + ".partial.ledger" }

    private init(file: consuming GrowingFile, ledger: consuming GrowingFile, entries: [Entry]) {
        self.file = file
        self.ledger = ledger
        self.entries = entries
    }

    /// Goes on where a run with the same plan was ended, or begins.
    ///
    /// - Parameter path: of the file when it is complete.
    /// - Parameter beginsAnew: whether what was begun before is dropped, by the same plan too: pictures may have changed.
    /// - Throws: where another process packs to the same place, and where another plan has begun.
    static func open(
        _ path: String, plan: PackPlan, beginsAnew: Bool
    ) throws(RecordsError) -> PackLedger {
        do {
            // First the one that lasts longest.
            var ledger = try GrowingFile(path: ledgerPath(of: path))
            var file = try GrowingFile(path: dataPath(of: path))
            let begun = beginsAnew ? Begun() : try read(ledger.path)
            guard begun.isOurs else {
                throw RecordsError(
                    code: .cannotWrite, operation: "pack", path: path,
                    cause:
                        "\(ledger.path) was written by another version of tilescope or is damaged; give --overwrite to start again"
                )
            }
            guard begun.plan == nil || begun.plan == plan else {
                throw RecordsError(
                    code: .cannotWrite, operation: "pack", path: path,
                    cause:
                        "an unfinished run with other settings or other images is there; give the "
                        + "same settings to resume it, or --overwrite to start again")
            }
            let entries = begun.plan == plan ? try sound(begun.entries, in: file.path) : []
            try file.truncate(to: entries.last { $0.end != nil }?.end ?? 0)
            if begun.plan == plan {
                try ledger.truncate(to: begun.lineEnds[entries.count])
            } else {
                try ledger.truncate(to: 0)
                try ledger.append(line(of: plan))
            }
            return PackLedger(file: file, ledger: ledger, entries: entries)
        } catch let error as FileError {
            throw RecordsError(writing: error)
        } catch let error as RecordsError {
            throw error
        } catch {
            throw RecordsError(code: .cannotWrite, operation: "pack", path: path, cause: "\(error)")
        }
    }

    mutating func append(_ bytes: [UInt8], checksum: UInt32) throws(RecordsError) {
        let entry = Entry.packed(start: file.byteCount, byteCount: bytes.count, checksum: checksum)
        do throws(FileError) {
            try file.append(bytes.span.bytes)
            try ledger.append("\(bytes.count) \(checksum)\n")
        } catch {
            throw RecordsError(writing: error)
        }
        entries.append(entry)
    }

    mutating func append(refusal reason: String) throws(RecordsError) {
        do { try ledger.append("- \(jsonString(reason))\n") } catch { throw RecordsError(writing: error) }
        entries.append(.refused(reason: reason))
    }

    /// Bytes that belong to no image, at the end.
    mutating func append(trailer: [UInt8]) throws(RecordsError) {
        do { try file.append(trailer.span.bytes) } catch { throw RecordsError(writing: error) }
    }

    var byteCount: Int { file.byteCount }

    /// Opens what was packed so far.
    func reader() throws(RecordsError) -> FileReader {
        do { return try FileReader(path: file.path) } catch { throw RecordsError(reading: error) }
    }

    /// Whether a run has begun to pack to this path and was not ended.
    static func isBegun(_ path: String) -> Bool { access(ledgerPath(of: path), F_OK) == 0 }

    /// Makes the packed file's bytes durable.
    func synchronize() throws(RecordsError) {
        do { try file.synchronize() } catch { throw RecordsError(writing: error) }
    }

    /// Gives the packed file its name.
    consuming func finish(as output: OutputFile) throws(RecordsError) {
        do { try file.rename(to: output) } catch { throw RecordsError(writing: error) }
        ledger.remove()
    }

    /// Leaves nothing.
    consuming func remove() {
        file.remove()
        ledger.remove()
    }

    /// Removes what a run left that was killed when its file was complete.
    static func removeRemains(of path: String, plan: PackPlan) throws(RecordsError) {
        guard isBegun(path) else { return }
        do {
            let ledger = try GrowingFile(path: ledgerPath(of: path))
            guard try read(ledger.path).plan == plan else { return }
            unlink(dataPath(of: path))
            ledger.remove()
        } catch {
            throw RecordsError(writing: error)
        }
    }

    // MARK: Going on

    private static func line(of plan: PackPlan) -> String {
        guard let json = try? JSONText(plan) else { preconditionFailure("a plan that JSON cannot say") }
        return json.text + "\n"
    }

    /// What a ledger says.
    private struct Begun {
        /// `nil` where no whole line is there yet, and where the first is no plan.
        var plan: PackPlan?
        /// Whether there is no whole line, or the first is a plan.
        var isOurs = true
        /// Up to the first line that is not whole.
        var entries: [Entry] = []
        /// Where each line ends, the plan's first.
        var lineEnds: [Int] = []
    }

    private static func read(_ path: String) throws(FileError) -> Begun {
        let bytes = try readFile(path, limit: byteLimit)
        guard let planEnd = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return Begun() }
        guard let plan = try? JSONDecoder().decode(PackPlan.self, from: Data(bytes[..<planEnd])) else {
            return Begun(isOurs: false)
        }
        var entries: [Entry] = []
        var lineEnds = [planEnd + 1]
        var dataEnd = 0
        while let end = bytes[lineEnds[lineEnds.count - 1]...].firstIndex(of: UInt8(ascii: "\n")),
            let entry = entry(
                String(decoding: bytes[lineEnds[lineEnds.count - 1]..<end], as: UTF8.self), dataEnd)
        {
            if case .packed(_, let byteCount, _) = entry { dataEnd += byteCount }
            entries.append(entry)
            lineEnds.append(end + 1)
        }
        return Begun(plan: plan, entries: entries, lineEnds: lineEnds)
    }

    private static func entry(_ line: String, _ start: Int) -> Entry? {
        if line.hasPrefix("- ") {
            let reason = try? JSONDecoder().decode(String.self, from: Data(line.utf8.dropFirst(2)))
            return reason.map { .refused(reason: $0) }
        }
        let numbers = line.split(separator: " ")
        guard numbers.count == 2, let byteCount = Int(numbers[0]),
            (1...RecordIO.recordByteLimit * 2).contains(byteCount),
            let checksum = UInt32(numbers[1])
        else { return nil }
        return .packed(start: start, byteCount: byteCount, checksum: checksum)
    }

    /// The entries whose bytes are there, up to the first whose are not.
    private static func sound(_ entries: [Entry], in path: String) throws(FileError) -> [Entry] {
        let file = try FileReader(path: path)
        for (index, entry) in entries.enumerated() {
            guard case .packed(let start, let byteCount, let checksum) = entry else { continue }
            guard byteCount <= file.byteCount - start else { return Array(entries[..<index]) }
            let bytes = try file.read(byteCount, at: start)
            guard CRC32C.checksum(bytes.span.bytes) == checksum else { return Array(entries[..<index]) }
        }
        return entries
    }
}
