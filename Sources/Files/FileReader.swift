import Foundation

/// A file of this machine, read at any place. A file that is cut off while it is read gives an error.
package struct FileReader: ~Copyable {
    package let path: String
    /// When it was opened.
    package let byteCount: Int
    private let descriptor: Int32

    /// - Throws: also where something stands at `path` that is no file.
    package init(path: String) throws(FileError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(.cannotRead, "open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            errno = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
            let error = FileError(.cannotRead, "read", path)
            close(descriptor)
            throw error
        }
        byteCount = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// - Throws: where there are fewer bytes, too.
    package func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            while initializedCount < count {
                let readCount = pread(
                    descriptor, buffer.baseAddress.map { $0 + initializedCount }, count - initializedCount,
                    off_t(offset + initializedCount))
                if readCount < 0 && errno == EINTR { continue }
                guard readCount > 0 else {
                    // The system has no number for a file that ends too soon.
                    if readCount == 0 { errno = EIO }
                    failure = FileError(.cannotRead, "read \(count) bytes at \(offset)", path)
                    return
                }
                initializedCount += readCount
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
