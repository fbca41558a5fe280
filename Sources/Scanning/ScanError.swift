import Files

/// A scan could not be made, gone on with, merged or written.
public struct ScanError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The settings contradict themselves.
        case wrongTask
        /// A class is asked for that the model does not know.
        case unknownClass
        /// Windows cannot be scored densely at this stride, or with this model.
        case wrongStride
        /// The scene is smaller than one window.
        case sceneTooSmall
        /// The model gives scores that are no numbers.
        case scoreIsNaN
        /// Some windows could not be scored.
        case unreadable
        /// The output folder holds another scan, or what an older version wrote.
        case anotherTask
        /// Windows are missing where all are needed.
        case gaps
        /// A method of merging needs more memory than it may take.
        case tooLittleMemory
        /// A file of a scan is not as a scan writes it.
        case malformedState
    }
    public var code: Code
    /// With the values that matter: `"scan port.tif"`.
    public var operation: String
    /// What was expected and what was found, or the system's own words.
    public var cause: String
    /// The windows that could not be scored, where the code is `unreadable`.
    public var failures: [FailedWindows] = []

    public init(code: Code, operation: String, cause: String) {
        self.code = code
        self.operation = operation
        self.cause = cause
    }

    /// - Parameter failures: at least one.
    /// - Parameter windowCount: of all that were to be scored.
    init(unreadable failures: [FailedWindows], of windowCount: Int, cause: String) {
        let count = failures.reduce(0) { $0 + $1.windows.windowCount }
        self.init(
            code: .unreadable, operation: "score \(count) of \(counted(windowCount, "window"))", cause: cause)
        self.failures = failures
    }

    public var description: String { "cannot \(operation): \(cause)" }
}
