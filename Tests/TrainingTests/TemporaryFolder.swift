import Foundation

/// Lends the path of an empty folder, which is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.path + "/tilescope-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Whether a small file system can be made: for root, where the kernel lets it.
let canMount: Bool = {
    guard getuid() == 0 else { return false }
    return (try? withSmallDisk(kilobytes: 4) { _ in true }) ?? false
}()

/// Lends the path of an empty folder on a disk of so many kilobytes.
func withSmallDisk<Result>(kilobytes: Int, _ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
        guard mount("tilescope", folder, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        defer { umount2(folder, Int32(MNT_DETACH)) }
        return try body(folder)
    }
}
