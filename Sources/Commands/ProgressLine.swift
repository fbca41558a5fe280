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
        Self.printError(isTerminal ? "\r\u{1B}[K" + text().prefix(Self.columnCount - 1) : text() + "\n")
    }

    /// Of the terminal; a longer line would leave a row behind each time.
    private static var columnCount: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
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

    /// What cannot be shown is not worth an error.
    private static func printError(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                let written = write(STDERR_FILENO, bytes.baseAddress.map { $0 + start }, bytes.count - start)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return }
                start += written
            }
        }
    }
}
