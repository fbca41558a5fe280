import Foundation

/// A program of `Tests/Store` in Python that prints a line when it is ready and serves until its standard input ends.
public final class PythonServer: Sendable {
    public static let path = "/usr/bin/python3"
    public static let isPossible = FileManager.default.isExecutableFile(atPath: path)

    private let process = Process()
    private let input = Pipe()
    /// What it said when it was ready, without the end of the line.
    public let line: String

    /// - Parameter script: the name of its file.
    public init(_ script: String, _ arguments: [String]) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Store/\(script)")
        process.executableURL = URL(filePath: Self.path)
        process.arguments = [file.path(percentEncoded: false)] + arguments + ["--while-input"]
        let output = Pipe()
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a program in Python to its end.
    ///
    /// - Parameter python: which one.
    /// - Returns: its exit code and what it wrote to standard error.
    public static func run(
        _ arguments: [String], by python: String = path
    ) throws -> (exitCode: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        return (process.terminationStatus, words)
    }

    /// Waits for its end. Without it, the server ends with this process.
    public func end() {
        try? input.fileHandleForWriting.close()
        process.waitForEnd()
    }
}
