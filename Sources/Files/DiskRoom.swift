import Foundation

/// Why a folder's disk has no room for so many bytes, for people: `"they take 12.0 GiB, and 3.5 GiB are free"`; `nil` where it has, or
/// where nobody can tell.
package func roomObjection(to byteCount: Int, in folder: String) -> String? {
    guard let free = freeByteCount(in: folder) else { return nil }
    guard free < byteCount else { return nil }
    return "they take \(sizeText(byteCount)), and \(sizeText(free)) are free"
}

/// What is free on a folder's disk; `nil` where nobody can tell.
package func freeByteCount(in folder: String) -> Int? {
    var disk = statvfs()
    guard statvfs(folder, &disk) == 0 else { return nil }
    return Int(
        clamping: UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize)).partialValue)
}

/// A number of bytes for people: `"12 KiB"`, `"700 MiB"`, `"3.5 GiB"`. Less than a MiB is rounded up, the rest is cut off.
package func sizeText(_ byteCount: Int) -> String {
    if byteCount < 1 << 20 { return "\((byteCount + 1023) >> 10) KiB" }
    // Shifts come before products.
    let tenths = ((byteCount >> 20) * 10) >> 10
    return tenths < 10 ? "\(byteCount >> 20) MiB" : "\(tenths / 10).\(tenths % 10) GiB"
}
