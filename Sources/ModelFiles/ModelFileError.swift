/// A model or weights file could not be read, written or used.
public struct ModelFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case cannotRead, cannotWrite
        /// Not of the format, cut short, of what is not read, or one that contradicts itself.
        case malformed
        /// Sound, but without the contract that says how to use the weights.
        case noContract
        /// The contract, or the tensors, are not what this version or the network needs, or what is said of a file is not
        /// what it says itself.
        case wrongContract
    }
    public var code: Code
    /// With the values that matter: `"read tensor fc.weight"`.
    public var operation: String
    public var path: String
    /// What was found, and what to do about it.
    public var cause: String

    public init(code: Code, operation: String, path: String, cause: String) {
        (self.code, self.operation, self.path, self.cause) = (code, operation, path, cause)
    }

    public var description: String { "\(path): cannot \(operation): \(cause)" }
}

/// Why bytes are not what they should be, before the path is known.
package struct Malformed: Error, Hashable {
    package var reason: String
    /// Other than `malformed` where the bytes are sound and what is known of them is not enough.
    package var code: ModelFileError.Code

    init(_ reason: String, code: ModelFileError.Code = .malformed) {
        (self.reason, self.code) = (reason, code)
    }
}
