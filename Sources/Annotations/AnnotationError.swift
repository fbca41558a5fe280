/// Annotations could not be read or written.
public struct AnnotationError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A line or an element is not what the format wants there.
        case malformed
        /// What format a file has is not known.
        case unknownFormat
        /// The file names scenes, and this one is not among them.
        case unknownScene
        /// Classes have numbers, and no file names them.
        case missingClassNames
        /// The format cannot say this, or cannot be read or written here.
        case unsupported
        /// A library could not write it.
        case cannotWrite
    }
    public var code: Code
    /// With the place: `"read line 12"`.
    public var operation: String
    /// Without the secrets of an address.
    public var path: String
    /// What was found, and what to do.
    public var cause: String

    public init(code: Code, operation: String, path: String, cause: String) {
        self.code = code
        self.operation = operation
        self.path = path
        self.cause = cause
    }

    public var description: String { "\(path): cannot \(operation): \(cause)" }

    /// - Parameter place: `"line 12"`, `"annotation 3"`.
    static func malformed(_ place: String, _ path: String, _ cause: String) -> AnnotationError {
        AnnotationError(code: .malformed, operation: "read \(place)", path: path, cause: cause)
    }
}
