import Foundation

/// What stands where a plain file is wanted, for people; `nil` for a plain file.
///
/// - Parameter mode: as `stat` gives it.
package func otherKind(of mode: UInt32) -> String? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a folder"
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
}
