/// A program could not be made or run.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The graph breaks a rule, or the engine cannot lower one of its ops.
        case unsupportedGraph
        /// A tensor that the graph names is missing, or has another shape.
        case wrongInput
        /// The file of the samples was cut or changed while it was read.
        case inputChanged
        /// The device or its library refused.
        case deviceFailed
        /// The device's memory is too small; `cause` says for what it would do.
        case outOfMemory
    }
    public var code: Code
    /// With the values that matter: `"bind layer1.0.conv1.weight"`.
    public var operation: String
    /// The library's own words, or what was expected and what was found.
    public var cause: String

    public init(code: Code, operation: String, cause: String) {
        (self.code, self.operation, self.cause) = (code, operation, cause)
    }

    public var description: String { "cannot \(operation): \(cause)" }

    /// A tensor is missing, or has another shape than `expected`.
    package static func wrongTensor(_ name: String, shape: [Int]?, expected: [Int]) -> EngineError {
        let found = shape.map { "has shape \($0)" } ?? "is missing"
        return EngineError(
            code: .wrongInput, operation: "bind \(name)", cause: "it \(found); \(expected) is expected")
    }
}
