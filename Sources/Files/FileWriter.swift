import Foundation
import Synchronization

/// Makes the temporary names of this process differ.
private let writerCount = Atomic(0)

/// Writes a file that appears under its name only when it is complete.
///
/// Bytes go to a temporary file in the same folder; `commit` makes them durable and renames. Without `commit` (an
/// error was thrown on the way) the temporary file is removed and what stood at `path` before is untouched. Two
/// writers of one path do not disturb each other: the last to commit wins. A link stays, and what it names is replaced.
public struct FileWriter: ~Copyable {
    public let path: String
    /// Where `path` leads.
    private let target: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isCommitted = false
    private static let bufferByteCount = 1 << 20

    /// Creates the temporary file.
    ///
    /// - Throws: where the folder does not exist or cannot be written to, or where something stands at `path` that is no
    ///   file, such as a folder, a device or a pipe.
    public init(path: String) throws(FileError) {
        self.path = path
        target = Self.target(of: path)
        let number = writerCount.add(1, ordering: .relaxed).newValue
        temporaryPath = "\(target).partial-\(getpid())-\(number)"
        descriptor = try Self.create(temporaryPath, for: path)
        buffer.reserveCapacity(Self.bufferByteCount)
    }

    /// The file that a link leads to; else the path itself.
    private static func target(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func create(_ temporaryPath: String, for path: String) throws(FileError) -> Int32 {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            // A rename would put a file in the place of a device.
            errno = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : ENOTSUP
            throw FileError(.cannotWrite, "create", path)
        }
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(.cannotWrite, "create", path) }
        return descriptor
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(temporaryPath) }
    }

    public mutating func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferByteCount { try flush() }
    }

    public mutating func write(_ text: String) throws(FileError) { try write(text.utf8) }

    /// Writes many bytes at once, without copying them where they are more than the buffer holds.
    public mutating func write(_ bytes: RawSpan) throws(FileError) {
        if buffer.count + bytes.byteCount > Self.bufferByteCount { try flush() }
        guard bytes.byteCount < Self.bufferByteCount else { return try put(bytes) }
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    /// Replaces bytes that were written before, such as a header whose counts are known only at the end.
    ///
    /// - Parameter offset: from the start of the file; all of `bytes` must fall on what was written.
    public mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        try flush()
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        guard written == bytes.count else {
            throw FileError(.cannotWrite, "overwrite \(bytes.count) bytes at \(offset)", path)
        }
    }

    /// Ends the file and gives it its name, replacing what stood there.
    public mutating func commit() throws(FileError) {
        try flush()
        guard fsync(descriptor) == 0, rename(temporaryPath, target) == 0 else {
            throw FileError(.cannotWrite, "finish", path)
        }
        isCommitted = true
    }

    private mutating func flush() throws(FileError) {
        try put(buffer.span.bytes)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Hands bytes to the system, which may take them in several parts.
    private func put(_ bytes: RawSpan) throws(FileError) {
        var start = 0
        while start < bytes.byteCount {
            let written = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                throw FileError(.cannotWrite, "write \(bytes.byteCount - start) bytes", path)
            }
            start += written
        }
    }
}

/// Writes all of a small file; it appears complete or not at all.
public func writeFile(_ text: String, to path: String) throws(FileError) {
    var writer = try FileWriter(path: path)
    try writer.write(text)
    try writer.commit()
}
