/// A scan could not be made or written.
public struct ScanError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The settings contradict themselves.
        case wrongPlan
        /// A class is asked for that the model does not know.
        case unknownClass
        /// Windows have another size than the model's input.
        case wrongWindowSize
        /// Windows cannot be scored densely at this stride, or with this model.
        case wrongStride
        /// The scene is smaller than one window.
        case sceneTooSmall
        /// The output folder holds a scan already.
        case scanExists
        /// A file of a scan is not as a scan writes it.
        case malformedLine
    }
    public var code: Code
    /// With the values that matter: `"scan port.tif"`.
    public var operation: String
    /// What was expected and what was found, or the system's own words.
    public var cause: String

    public init(code: Code, operation: String, cause: String) {
        (self.code, self.operation, self.cause) = (code, operation, cause)
    }

    public var description: String { "cannot \(operation): \(cause)" }
}
