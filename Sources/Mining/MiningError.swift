/// Why nothing can be chosen to be labelled.
package struct MiningError: Error, Hashable, Sendable, CustomStringConvertible {
    package var operation: String
    package var path: String
    package var cause: String

    package init(operation: String, path: String, cause: String) {
        (self.operation, self.path, self.cause) = (operation, path, cause)
    }

    package var description: String { "\(path): cannot \(operation): \(cause)" }
}
