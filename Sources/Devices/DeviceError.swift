/// An engine that was chosen cannot be had.
public struct DeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The choice makes no sense on any machine.
        case wrongChoice
        /// This machine does not have what was chosen.
        case notHere
    }
    public var code: Code
    /// `"train"`.
    public var operation: String
    /// What was found, and what is possible instead.
    public var cause: String

    /// - Parameter operation: what cannot be done, with the values that matter.
    public init(code: Code, operation: String, cause: String) {
        self.code = code
        self.operation = operation
        self.cause = cause
    }

    public var description: String { "cannot \(operation): \(cause)" }
}
