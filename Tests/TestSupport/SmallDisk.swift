import Foundation
import Testing

/// A file system in memory that is soon full, for as long as this value lasts.
public final class SmallDisk: Sendable {
    /// The root of the file system.
    public let folder: TemporaryFolder

    /// Whether such a disk can be made here: only by root, and not in every container.
    public static let isPossible = (try? SmallDisk(kilobytes: 4)) != nil

    /// Mounts an empty tmpfs; throws a `POSIXError` where that cannot be.
    public init(kilobytes: Int, isReadOnly: Bool = false) throws {
        let folder = try TemporaryFolder()
        let options = "size=\(kilobytes)k" + (isReadOnly ? ",ro" : "")
        guard mount("none", folder.path, "tmpfs", 0, options) == 0 else { throw Self.lastError }
        // Set last: once it is, even an init that throws runs deinit.
        self.folder = folder
    }

    /// The file that `fill` writes.
    public static let fillerName = "filler"

    /// Takes all that is left.
    public func fill() throws {
        let file = open(folder.file(Self.fillerName), O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard file >= 0 else { throw Self.lastError }
        defer { close(file) }
        let page = [UInt8](repeating: 0, count: 4096)
        while write(file, page, page.count) > 0 {}
        guard errno == ENOSPC else { throw Self.lastError }
    }

    deinit {
        // Detached, because a child of the test may still hold it.
        if umount2(folder.path, Int32(MNT_DETACH)) != 0 {
            Issue.record(Self.lastError, "unmount \(folder.path)")
        }
    }

    private static var lastError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
