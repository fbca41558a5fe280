/// Samples could not be read, packed or imported.
public struct RecordsError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case cannotRead, cannotWrite
        /// Cut off, or written to, while it was read.
        case changed
        /// Not a file of the expected kind, cut short, damaged, or one that contradicts itself.
        case malformed
        /// Fewer samples than one batch.
        case tooFewSamples
        /// Samples of a kind or size that does not do for what is asked.
        case unsuitable
        /// No connection, or the server does not have it.
        case cannotDownload
    }
    public var code: Code
    /// With the values that matter: `"check block 17 of 430"`.
    public var operation: String
    public var path: String
    /// What was found, and what to do about it.
    public var cause: String

    public init(code: Code, operation: String, path: String, cause: String) {
        (self.code, self.operation, self.path, self.cause) = (code, operation, path, cause)
    }

    public var description: String { "\(path): cannot \(operation): \(cause)" }
}
