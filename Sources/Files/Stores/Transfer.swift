internal import CGDAL
import Foundation

/// Brings a whole file of a store to this machine, where it appears when all of it has come.
///
/// - Throws: also where it was replaced meanwhile.
func download(_ stored: borrowing StoredFile, to output: OutputFile) throws(FileError) {
    try download(stored, version: StoredFile.version(of: stored.address), to: output)
}

/// The same of a file whose version is known.
func download(
    _ stored: borrowing StoredFile, version: String?, to output: OutputFile
) throws(FileError) {
    let (address, byteCount) = (stored.address, stored.byteCount)
    let watch = Transfers.Watch()
    var file = try FileWriter(output)
    var start = 0
    while start < byteCount {
        try watch.check("fetch", address)
        let piece = start..<min(start + transferPieceByteCount, byteCount)
        let bytes = try read(piece, of: stored, version: version)
        try file.write(bytes.span.bytes)
        start = piece.upperBound
        Transfers.report(
            .init(address: address, isUpload: false, doneByteCount: start, byteCount: byteCount))
    }
    guard version == StoredFile.version(of: address) else { throw wasReplaced(address) }
    try file.commit()
}

private func read(
    _ piece: Range<Int>, of stored: borrowing StoredFile, version: String?
) throws(FileError) -> [UInt8] {
    do {
        return try stored.read(piece)
    } catch {
        let now = StoredFile.version(of: stored.address)
        throw now != nil && now != version ? wasReplaced(stored.address) : error
    }
}

private func wasReplaced(_ address: Address) -> FileError {
    FileError(.changed, "fetch", address.description, cause: "it was replaced while it was read; try again")
}

private let transferPieceByteCount = 8 << 20
/// Larger files are sent in parts of so many bytes (GDAL's `VSIS3_CHUNK_SIZE`).
private let partByteCount = 50 << 20

/// Puts a complete file into a store. It appears there at once, when all of it has come.
///
/// - Parameter path: of a file of this machine.
/// - Parameter replaces: whether an older one is replaced. Else the store itself refuses it, where it can and the file is no larger than
///   GDAL sends in one piece: of two machines that make one new file, one gets an error.
/// - Throws: where the store does not take it; then what was there before is there still. With the code `exists` for a file that must
///   not be replaced.
func upload(_ path: String, to address: Address, replaces: Bool = true) throws(FileError) {
    if !replaces, try StoredFile.isThere(address) { throw FileError.exists(address.description) }
    var attempt = 0
    while true {
        let refusal = try put(path, into: address, isNew: !replaces)
        guard let refusal else { return }
        // It may be our own, whose answer was lost.
        if refusal.meansPresence {
            guard try isSame(path, address) else { throw FileError.exists(address.description) }
            return
        }
        attempt += 1
        guard refusal.mayPass, WholeReads.pause(beforeAttempt: attempt) else {
            throw FileError(
                .cannotWrite, "upload", address.description, cause: address.hidingSecrets(in: refusal.words))
        }
    }
}

/// One attempt.
///
/// - Parameter isNew: whether the store is told to take it only where nothing is there.
/// - Returns: what the store answered where it did not take the file; `nil` where it did.
/// - Throws: where it cannot be read here, and where the process shall end.
func put(_ path: String, into address: Address, isNew: Bool) throws(FileError) -> StoreAnswer? {
    let file = try FileReader(path: path)
    let target = address.gdalPath
    var result = Result<Void, FileError>.success(())
    var isTaken = false
    StoredFile.forgetErrors()
    let answer = ServerMessages.lastRefusal {
        GDAL.with(header: isNew ? "If-None-Match: *" : nil) {
            guard let handle = target.withNameBytes({ VSIFOpenExL($0, "wb", 1) }) else { return }
            do throws(FileError) {
                guard try write(file, of: address, to: handle) else {
                    // After an error it makes no file.
                    VSIFCloseL(handle)
                    return
                }
                isTaken = VSIFCloseL(handle) == 0
            } catch {
                // It is never closed: that would make a file of the part that has come.
                result = .failure(error)
            }
        }
    }
    if isTaken, answer == nil, storedByteCount(address) == file.byteCount { return nil }
    // Parts that have come are kept by stores for ever. Smaller files have none, and others may be uploading a file whose name begins so.
    if file.byteCount > partByteCount { VSIAbortPendingUploads(target) }
    try result.get()
    return answer ?? StoreAnswer.last ?? StoreAnswer(GDAL.words(about: address))
}

/// - Returns: false where the store does not take it.
private func write(
    _ file: FileReader, of address: Address, to handle: UnsafeMutablePointer<VSILFILE>
) throws(FileError) -> Bool {
    let watch = Transfers.Watch()
    var start = 0
    while start < file.byteCount {
        try watch.check("upload", address)
        let piece = try file.read(min(transferPieceByteCount, file.byteCount - start), at: start)
        guard VSIFWriteL(piece, 1, piece.count, handle) == piece.count else { return false }
        start += piece.count
        Transfers.report(
            .init(address: address, isUpload: true, doneByteCount: start, byteCount: file.byteCount))
    }
    return true
}

/// - Returns: `nil` where nothing is there, or nobody can tell.
private func storedByteCount(_ address: Address) -> Int? {
    StoredFile.forget(address)
    return StoredFile.status(of: address).map { Int($0.st_size) }
}

private func isSame(_ path: String, _ address: Address) throws(FileError) -> Bool {
    let here = try FileReader(path: path)
    guard storedByteCount(address) == here.byteCount else { return false }
    let there = try StoredFile(opening: address)
    for start in stride(from: 0, to: here.byteCount, by: transferPieceByteCount) {
        let count = min(transferPieceByteCount, here.byteCount - start)
        guard try there.read(start..<start + count) == here.read(count, at: start) else { return false }
    }
    return true
}
