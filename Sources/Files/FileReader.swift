import Foundation

/// A file, read at any place, by any number of threads. One of a store or a web server is fetched first, see `StoreCache`.
///
/// Input files are read, not mapped into memory: where a mapped file is cut off, the system ends the process that touches
/// the lost pages; a read gives an error instead.
package final class FileReader: Sendable {
    /// For people, without secrets.
    package let path: String
    /// When it was opened.
    package let byteCount: Int
    private let descriptor: Int32
    private let opened: FileGuard

    /// - Parameter path: a path or an address.
    /// - Throws: also where something stands there that is no file.
    package convenience init(path: String) throws(FileError) { try self.init(opening: Address(path)) }

    /// - Throws: also where something stands there that is no file.
    package init(opening address: Address) throws(FileError) {
        path = address.description
        let descriptor = try Self.open(address)
        var status = stat()
        guard fstat(descriptor, &status) == 0, let opened = FileGuard(status) else {
            close(descriptor)
            throw FileError(
                .cannotRead, "read", path,
                cause: "it is \(otherKind(of: status.st_mode) ?? "no file"); name a file")
        }
        byteCount = opened.byteCount
        self.opened = opened
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Under which libraries may open the same file, as long as this value lasts.
    package var descriptorPath: String { "/proc/self/fd/\(descriptor)" }

    private static func open(_ address: Address) throws(FileError) -> Int32 {
        guard let path = address.localPath else { return try StoreCache().open(address) }
        // Does not wait for somebody to write into a pipe, which is refused by the caller.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(.cannotRead, "open", path) }
        return descriptor
    }

    /// Fills a buffer with the bytes from `offset` on.
    ///
    /// - Throws: where there are fewer bytes, too: with the code `changed` where there were enough when it was opened.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
        var filledCount = 0
        while filledCount < buffer.count {
            let readCount = pread(
                descriptor, buffer.baseAddress.map { $0 + filledCount }, buffer.count - filledCount,
                off_t(offset + filledCount))
            if readCount < 0 && errno == EINTR { continue }
            if readCount == 0 {
                throw FileError(
                    .changed, operation(buffer.count, offset), path,
                    cause: "it was truncated or changed while it was read")
            }
            guard readCount > 0 else {
                throw FileError(.cannotRead, operation(buffer.count, offset), path)
            }
            filledCount += readCount
        }
    }

    /// - Throws: as `read(into:at:)`.
    package func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        precondition(count >= 0 && offset >= 0)
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            let whole = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
            do throws(FileError) {
                try read(into: whole, at: offset)
                initializedCount = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Checks that nobody has written to the file since it was opened: what was read in parts then belongs together.
    package func checkUnchanged() throws(FileError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, FileGuard(status) == opened else {
            throw FileError(.changed, "read", path, cause: "it was changed while it was read; try again")
        }
    }

    private func operation(_ count: Int, _ offset: Int) -> String { "read \(count) bytes at \(offset)" }
}

extension FileReader {
    private static let partByteCount = 1 << 20

    /// All bytes from the first on, in parts of a megabyte, for files that need not fit into memory.
    package func forEachPart(_ body: ([UInt8]) throws -> Void) throws {
        for start in stride(from: 0, to: byteCount, by: Self.partByteCount) {
            try body(try read(min(Self.partByteCount, byteCount - start), at: start))
        }
    }
}

/// All bytes of a file. What others append meanwhile is left aside.
///
/// - Parameter limit: a longer file is an error, found before it is read.
package func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let file = try FileReader(path: path)
    guard file.byteCount <= limit else {
        throw FileError(
            .tooLarge, "read", path, cause: "it has \(file.byteCount) bytes, more than \(limit)")
    }
    return try file.read(file.byteCount, at: 0)
}

/// The same of a file that may be missing.
///
/// - Returns: `nil` where nothing is there. Any other reason why it cannot be read is an error.
package func readFileIfThere(_ path: String, limit: Int) throws(FileError) -> [UInt8]? {
    let address = Address(path)
    if let path = address.localPath {
        var status = stat()
        if stat(path, &status) != 0 && errno == ENOENT { return nil }
    } else if try !StoredFile.isThere(address) {
        return nil
    }
    return try readFile(path, limit: limit)
}
