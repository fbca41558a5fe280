import Foundation

/// A file system of 64 KiB in memory, for as long as this value lasts; only root can make one.
final class SmallDisk {
    let folder: TemporaryFolder

    init?(options: String = "size=64k") throws {
        folder = try TemporaryFolder()
        guard mount("none", folder.path, "tmpfs", 0, options) == 0 else { return nil }
    }

    deinit { umount(folder.path) }

    static let isPossible = (try? SmallDisk()) != nil
}
