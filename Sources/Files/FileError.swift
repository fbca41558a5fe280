import Foundation

/// A file could not be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case cannotOpen, cannotRead, cannotWrite, noSpace
        /// More bytes than the caller takes.
        case tooLarge
        /// Somebody else has it.
        case locked
    }
    public var code: Code
    /// `"write 4096 bytes"`.
    public var operation: String
    /// An address stands here without its secrets.
    public var path: String
    /// The system's or GDAL's own words, or ours where they have none, with what to do.
    public var cause: String

    public var description: String { "\(path): cannot \(operation): \(cause)" }

    init(_ code: Code, _ operation: String, _ path: String, cause: String) {
        (self.code, self.operation, self.path) = (code, operation, path)
        self.cause = cause
    }

    /// Built from `errno`; call it before anything else can change that.
    init(_ code: Code, _ operation: String, _ path: String) {
        let number = errno
        self.code = number == ENOSPC || number == EDQUOT ? .noSpace : code
        (self.operation, self.path) = (operation, path)
        cause = String(cString: strerror(number))
    }
}
