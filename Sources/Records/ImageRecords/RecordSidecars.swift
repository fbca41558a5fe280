import Bytes
import Files
import Foundation

/// The small files beside a packed file: `train.idx`, `train.crc`, `train.meta.json`, `train.quarantine.jsonl`.
struct RecordSidecars {
    /// What `train.meta.json` says.
    struct Meta: Codable {
        /// By label.
        var classNames: [String]
        var recordCount: Int
        /// Of the packed file, to tell that the two belong together.
        var byteCount: Int
        /// How it was made; unknown where another program wrote this file.
        var plan: PackPlan?
    }

    /// A line of the index for each of a hundred million records.
    private static let indexByteLimit = 1 << 31

    let indexPath: String
    let checksumPath: String
    let metaPath: String
    let quarantinePath: String

    /// - Parameter path: of the packed file. Beside `train.rec` lies `train.meta.json`, beside `train.tar`
    ///   `train.tar.meta.json`, so that both may be in one folder.
    init(of path: String) {
        let base = path.hasSuffix(".rec") ? String(path.dropLast(4)) : path
        (indexPath, checksumPath) = (base + ".idx", base + ".crc")
        (metaPath, quarantinePath) = (base + ".meta.json", base + ".quarantine.jsonl")
    }

    /// In the folders to which the paths of the others lead, so that they can be renamed.
    private init(staging others: RecordSidecars) throws(FileError) {
        func staged(_ path: String) throws(FileError) -> String {
            try OutputFile.replacing(path).target() + ".partial"
        }
        indexPath = try staged(others.indexPath)
        checksumPath = try staged(others.checksumPath)
        metaPath = try staged(others.metaPath)
        quarantinePath = try staged(others.quarantinePath)
    }

    private var paths: [String] { [indexPath, checksumPath, metaPath, quarantinePath] }

    // MARK: Reading

    /// - Parameter byteCount: of the packed file.
    /// - Returns: `nil` where there is none.
    func readMeta(byteCount: Int) throws(RecordsError) -> Meta? {
        guard let meta = try readMeta() else { return nil }
        guard meta.byteCount == byteCount else {
            throw malformed(
                metaPath,
                "it belongs to a file of \(meta.byteCount) bytes, not \(byteCount): the file was truncated, "
                    + "changed or replaced; pack again, or remove the files beside it")
        }
        guard meta.classNames.count <= TilePackFormat.classCountLimit else {
            throw malformed(metaPath, "it names \(counted(meta.classNames.count, "class", "classes"))")
        }
        return meta
    }

    func readMeta() throws(RecordsError) -> Meta? {
        guard let bytes = try readIfThere(metaPath, limit: SealedFolder.listByteLimit) else { return nil }
        let meta: Meta
        do {
            meta = try JSONDecoder().decode(Meta.self, from: Data(bytes))
        } catch {
            throw malformed(
                metaPath,
                "it was not written by tilescope pack, or it is damaged (\(words(onDecoding: error)))")
        }
        if let name = TilePackFormat.repeatedName(in: meta.classNames) {
            throw malformed(metaPath, "it names the class \(name) twice")
        }
        return meta
    }

    /// Where each record begins, in the order of the lines; `nil` where there is no index.
    func readIndex() throws(RecordsError) -> [Int]? {
        guard let bytes = try readIfThere(indexPath, limit: Self.indexByteLimit) else { return nil }
        var starts: [Int] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let tab = line.lastIndex(of: UInt8(ascii: "\t")),
                let start = Int(String(decoding: line[(tab + 1)...], as: UTF8.self)), start >= 0
            else {
                throw malformed(indexPath, "line \(number + 1) is not a key, a tab and a byte offset")
            }
            starts.append(start)
        }
        return starts
    }

    /// - Returns: `nil` where there are none.
    func readChecksums(count: Int) throws(RecordsError) -> [UInt32]? {
        guard let bytes = try readIfThere(checksumPath, limit: Self.indexByteLimit) else { return nil }
        guard bytes.count == 4 * count else {
            throw malformed(
                checksumPath, "it has \(bytes.count) bytes, not 4 for each of \(counted(count, "record"))")
        }
        let span = bytes.span.bytes
        return (0..<count).map { span.littleEndianWord(at: 4 * $0) }
    }

    private func readIfThere(_ path: String, limit: Int) throws(RecordsError) -> [UInt8]? {
        do {
            return try readFileIfThere(path, limit: limit)
        } catch {
            throw RecordsError(reading: error)
        }
    }

    private func malformed(_ path: String, _ cause: String) -> RecordsError {
        RecordsError(code: .malformed, operation: "read", path: path, cause: cause)
    }

    // MARK: Writing

    /// Where they are written while the packed file that they replace stays.
    func staged() throws(RecordsError) -> RecordSidecars {
        do { return try RecordSidecars(staging: self) } catch { throw RecordsError(writing: error) }
    }

    /// Gives those that were written the names of `others`. Where no list of refusals was, the old one goes.
    func replace(_ others: RecordSidecars) throws(RecordsError) {
        if access(quarantinePath, F_OK) != 0 {
            do {
                try StoredFile.remove(Address(others.quarantinePath))
            } catch {
                throw RecordsError(writing: error)
            }
        }
        for (path, other) in zip(paths, others.paths) where access(path, F_OK) == 0 {
            do { try moveFile(path, to: .replacing(other)) } catch { throw RecordsError(writing: error) }
        }
    }

    func remove() {
        for path in paths { unlink(path) }
    }

    func write(_ meta: Meta) throws(RecordsError) {
        do {
            try writeJSON(meta, to: .replacing(metaPath))
        } catch let error as FileError {
            throw RecordsError(writing: error)
        } catch {
            throw RecordsError(code: .cannotWrite, operation: "write", path: metaPath, cause: error.reason)
        }
    }

    /// - Parameter entries: key and first byte of each record.
    func writeIndex(_ entries: some Sequence<(key: UInt64, start: Int)>) throws(RecordsError) {
        do throws(FileError) {
            var file = try FileWriter(.replacing(indexPath))
            for entry in entries { try file.write("\(entry.key)\t\(entry.start)\n") }
            try file.commit()
        } catch {
            throw RecordsError(writing: error)
        }
    }

    func writeChecksums(_ checksums: some Sequence<UInt32>) throws(RecordsError) {
        do throws(FileError) {
            var file = try FileWriter(.replacing(checksumPath))
            for checksum in checksums {
                var bytes: [UInt8] = []
                bytes.appendLittleEndian(checksum)
                try file.write(bytes)
            }
            try file.commit()
        } catch {
            throw RecordsError(writing: error)
        }
    }

    /// Removes an old list where `rejects` is empty.
    func writeQuarantine(_ rejects: [PackResult.Reject]) throws(RecordsError) {
        guard !rejects.isEmpty else {
            unlink(quarantinePath)
            return
        }
        do throws(FileError) {
            var file = try FileWriter(.replacing(quarantinePath))
            for reject in rejects {
                try file.write(
                    "{\"path\":\(jsonString(reject.path)),\"reason\":\(jsonString(reject.reason))}\n")
            }
            try file.commit()
        } catch {
            throw RecordsError(writing: error)
        }
    }
}
