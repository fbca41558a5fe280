import Foundation

/// Tells whether a file of this machine is still the one it was, without reading it.
package struct FileGuard: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    package let byteCount: Int
    /// When its bytes were last changed, in nanoseconds since 1970.
    package let modificationTime: Int

    /// - Returns: `nil` where there is no such file on this machine's disks, or something else than a plain file.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// - Returns: `nil` for something else than a plain file.
    init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        byteCount = Int(status.st_size)
        modificationTime = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    }
}
