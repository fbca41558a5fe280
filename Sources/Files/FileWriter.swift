import Foundation

/// Writes a file that appears under its name only when it is complete.
///
/// Bytes go to a temporary file in the same folder; `commit` makes them durable and renames. Without `commit` (an
/// error was thrown on the way) the temporary file is removed and what stood at `path` before is untouched.
public struct FileWriter: ~Copyable {
    public let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isCommitted = false
    private static let bufferByteCount = 1 << 20

    /// Creates the temporary file; the folder must exist.
    public init(path: String) throws(FileError) {
        self.path = path
        temporaryPath = "\(path).partial-\(getpid())"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError(.cannotWrite, "create", path) }
        buffer.reserveCapacity(Self.bufferByteCount)
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

    /// Ends the file and gives it its name, replacing what stood there.
    public mutating func commit() throws(FileError) {
        try flush()
        guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
            throw FileError(.cannotWrite, "finish", path)
        }
        isCommitted = true
    }

    private mutating func flush() throws(FileError) {
        var start = 0
        while start < buffer.count {
            let written = buffer.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                throw FileError(.cannotWrite, "write \(buffer.count - start) bytes", path)
            }
            start += written
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Writes all of a small file; it appears complete or not at all.
public func writeFile(_ text: String, to path: String) throws(FileError) {
    var writer = try FileWriter(path: path)
    try writer.write(text)
    try writer.commit()
}
