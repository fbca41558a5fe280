import Foundation

/// A file could not be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case cannotOpen, cannotRead, cannotWrite, noSpace
        /// Cut off, or written to, while it was read.
        case changed
        /// More bytes than the caller takes.
        case tooLarge
        /// Somebody else has it.
        case locked
        /// It is there already, and must not be replaced.
        case exists
        /// The command reads it.
        case isInput
        /// The caller's cancellation was requested.
        case interrupted
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
        (self.code, self.operation, self.cause) = (code, operation, cause)
        self.path = Address(path).description
    }

    /// Built from `errno`; call it before anything else can change that.
    init(_ code: Code, _ operation: String, _ path: String) {
        let number = errno
        self.code = number == ENOSPC || number == EDQUOT ? .noSpace : code
        self.operation = operation
        self.path = Address(path).description
        cause = String(cString: strerror(number))
    }

    /// A file is there that must not be replaced.
    static func exists(_ path: String) -> FileError {
        FileError(
            .exists, "write", path,
            cause: "it is there already; name another output, or give --overwrite to replace it")
    }
}
