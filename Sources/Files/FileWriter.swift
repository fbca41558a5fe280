import Foundation

/// Writes a file that appears under its name only when it is complete.
///
/// Bytes go to a partial file in the same folder; `commit` makes them durable and gives it the name. Without `commit` (an
/// error was thrown on the way) the partial file is removed and what stood at the path before is untouched. Two
/// writers of one path do not disturb each other: the last to commit wins, or gets an error where it may not replace a file.
/// A link stays, and what it names is replaced.
public struct FileWriter: ~Copyable {
    private var file: PartialFile
    private var buffer: [UInt8] = []
    private static let bufferByteCount = 1 << 20

    /// Creates the partial file.
    ///
    /// - Throws: where the folder does not exist or cannot be written to, where something stands at the path that is no
    ///   file, such as a folder, a device or a pipe, and, with the code `exists`, where a file is there that must not be replaced.
    public init(_ output: OutputFile) throws(FileError) {
        file = try PartialFile(output)
        buffer.reserveCapacity(Self.bufferByteCount)
    }

    /// As it was given.
    public var path: String { file.output.path }

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
        try put(bytes.span.bytes, at: offset)
    }

    /// Makes all bytes durable. What can fail for want of room has then not failed, and only `commit` may follow.
    public mutating func end() throws(FileError) {
        try flush()
        try file.synchronize()
    }

    /// Ends the file and gives it its name.
    public mutating func commit() throws(FileError) {
        try flush()
        try file.commit()
    }

    /// Removes the older file. Call it before a file appears that does not belong to it.
    public func removeReplaced() throws(FileError) { try file.removeReplaced() }

    private mutating func flush() throws(FileError) {
        try put(buffer.span.bytes)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Hands bytes to the system, which may take them in several parts.
    ///
    /// - Parameter offset: where they go; `nil` for the end.
    private func put(_ bytes: RawSpan, at offset: Int? = nil) throws(FileError) {
        var start = 0
        while start < bytes.byteCount {
            let written = bytes.withUnsafeBytes { bytes in
                let (rest, count) = (bytes.baseAddress.map { $0 + start }, bytes.count - start)
                return offset.map { pwrite(file.descriptor, rest, count, off_t($0 + start)) }
                    ?? Foundation.write(file.descriptor, rest, count)
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
public func writeFile(_ text: String, to output: OutputFile) throws(FileError) {
    var writer = try FileWriter(output)
    try writer.write(text)
    try writer.commit()
}
