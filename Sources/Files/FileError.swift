import Foundation

/// A file could not be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case cannotRead, cannotWrite, noSpace }
    public var code: Code
    /// `"write 4096 bytes"`.
    public var operation: String
    public var path: String
    /// The system's own words.
    public var cause: String

    public var description: String { "\(path): cannot \(operation): \(cause)" }

    /// Built from `errno`; call it before anything else can change that.
    init(_ code: Code, _ operation: String, _ path: String) {
        let number = errno
        self.code = number == ENOSPC || number == EDQUOT ? .noSpace : code
        (self.operation, self.path) = (operation, path)
        cause = String(cString: strerror(number))
    }
}
