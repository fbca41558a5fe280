/// Something could not be measured.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A line of a truth, metrics, hierarchy or names file is not what it should be.
        case malformedLine
        /// A hierarchy goes round in a circle.
        case cycle
        /// A class has no place in the hierarchy, or several.
        case missingClass
        /// Model and data do not speak of the same classes, in the same order.
        case classesDiffer
        /// The tiles have another size than the network's input.
        case sizesDiffer
        /// The truth has points, and nobody says how large the objects are.
        case missingObjectSize
        /// There is nothing to measure on.
        case empty
    }
    public var code: Code
    /// With the values that matter: `"read the truth on line 12"`.
    public var operation: String
    public var path: String
    /// What was expected and what was found.
    public var cause: String

    public init(code: Code, operation: String, path: String, cause: String) {
        (self.code, self.operation, self.path, self.cause) = (code, operation, path, cause)
    }

    public var description: String { "\(path): cannot \(operation): \(cause)" }
}
