/// A command cannot do what it was asked, for a reason that concerns no library.
struct CommandError: Error, CustomStringConvertible {
    /// `"read"`.
    var operation: String
    var path: String
    /// What was found, and what to do about it.
    var cause: String

    var description: String { "\(path): cannot \(operation): \(cause)" }
}
