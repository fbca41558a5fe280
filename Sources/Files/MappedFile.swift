import Foundation

/// A file's bytes, mapped read-only into memory: nothing is read before it is touched.
///
/// `@unchecked Sendable`: the pages are never written, so any number of threads may read them.
public final class MappedFile: @unchecked Sendable {
    public let path: String
    private let start: UnsafeRawPointer?
    /// Size of the file when it was opened.
    public let byteCount: Int

    /// Maps a regular file; an empty one is all right.
    public init(path: String) throws(FileError) {
        self.path = path
        // Does not wait for somebody to write into a pipe, which is refused below.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(.cannotRead, "open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(.cannotRead, "examine", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            errno = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
            throw FileError(.cannotRead, "read", path)
        }
        byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            start = nil
            return
        }
        guard let mapped = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED
        else {
            throw FileError(.cannotRead, "map \(byteCount) bytes", path)
        }
        start = UnsafeRawPointer(mapped)
    }

    deinit {
        if let start { munmap(UnsafeMutableRawPointer(mutating: start), byteCount) }
    }

    /// Lends the bytes for the duration of `body`.
    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: start, count: byteCount).bytes)
    }
}
