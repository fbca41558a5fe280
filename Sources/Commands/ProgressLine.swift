import Foundation

/// Shows how far a long job is: on a terminal one line that is overwritten, else a line each ten seconds.
struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastShown = ContinuousClock.now - .seconds(3600)

    /// Shows `text` unless something was shown a moment ago.
    mutating func show(_ text: @autoclosure () -> String) {
        let now = ContinuousClock.now
        guard now - lastShown >= (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        lastShown = now
        Self.printError(isTerminal ? "\r\u{1B}[K" + text() : text() + "\n")
    }

    /// Ends with a line that stays.
    mutating func finish(_ text: String) {
        Self.printError((isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
    }

    /// Says what goes wrong without ending the job.
    static func warn(_ text: String) { tell("warning: " + text) }

    /// Says something beside the line.
    static func tell(_ text: String) {
        printError((isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : "") + text + "\n")
    }

    private static func printError(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
