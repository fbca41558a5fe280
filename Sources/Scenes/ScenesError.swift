/// A scene or canvas could not be made.
public struct ScenesError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// `--group` cannot be read, or does not fit the classes of the pack.
        case badGroups
        /// A pack, guide or plan of which nothing can be made.
        case unsuitable
    }
    public var code: Code
    /// `"scatter 2300000 windows"`.
    public var operation: String
    /// The file or the option that is meant.
    public var place: String
    /// What was found, and what to do about it.
    public var cause: String

    public init(code: Code, operation: String, place: String, cause: String) {
        (self.code, self.operation, self.place, self.cause) = (code, operation, place, cause)
    }

    public var description: String { "\(place): cannot \(operation): \(cause)" }
}
