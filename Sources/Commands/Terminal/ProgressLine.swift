import Files
import Foundation
import Logging
import Synchronization

/// Shows how far a long job is: on a terminal one line that is overwritten, else a line each ten seconds.
///
/// Any thread may use it. A line that is left behind, as by an error, makes room for what comes next.
final class ProgressLine: Sendable {
    private struct State {
        var lastShown = ContinuousClock.now - .seconds(3600)
        /// Whether the cursor stands behind the text.
        var isOpen = false
    }
    private let isTerminal = isatty(STDERR_FILENO) == 1 && ProgressLine.format == .text
    private let isSilent: Bool
    private let state = Mutex(State())

    /// - Parameter isSilent: whether it shows nothing.
    init(isSilent: Bool = false) { self.isSilent = isSilent }

    deinit {
        if isTerminal && state.withLock({ $0.isOpen }) { Self.printError(Self.clearing.description) }
    }

    /// Shows `text` unless something was shown a moment ago.
    func show(_ text: @autoclosure () -> TerminalText) {
        guard !isSilent else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            guard now - state.lastShown >= (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
            (state.lastShown, state.isOpen) = (now, true)
            guard isTerminal else { return Self.tell(text()) }
            Self.printError((Self.clearing + text().prefix(columns: Self.columnCount - 1)).description)
        }
    }

    private static let clearing: TerminalText = "\r\u{1B}[K"

    /// The width of the terminal. A longer line would leave a row behind each time.
    private static var columnCount: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col)
    }

    /// Ends with a line that stays.
    func finish(_ text: TerminalText) {
        guard !isSilent else { return }
        state.withLock { state in
            state.isOpen = false
            Self.tell(text)
        }
    }

    /// Says what goes wrong without ending the job.
    static func warn(_ text: TerminalText) { tell(text, .warning) }

    /// Says why the command failed.
    static func fail(_ text: TerminalText) { tell(text, .error) }

    /// Says something beside the line.
    static func tell(_ text: TerminalText) { tell(text, .info) }

    private static func tell(_ text: TerminalText, _ level: Logger.Level) {
        guard format == .text else { return say(LogLine(level: level, message: text.description)) }
        printLine((level == .warning ? "warning: " : "") + text)
    }

    /// Says something in the form that was asked for.
    static func say(_ line: LogLine) {
        switch format {
        case .text: printLine(line.text)
        case .json:
            // Cleaned before it became JSON: what hides a secret in a text would cut it.
            if let json = try? JSONText(line) { write(json.text + "\n") }
        }
    }

    private static func printLine(_ text: TerminalText) {
        printError(((isatty(STDERR_FILENO) == 1 ? clearing : "") + text + "\n").description)
    }

    private static let isJSON = Atomic(false)

    /// The form of everything that is said on standard error.
    static var format: LogFormat {
        get { isJSON.load(ordering: .relaxed) ? .json : .text }
        set { isJSON.store(newValue == .json, ordering: .relaxed) }
    }

    /// What cannot be shown is not worth an error.
    private static func printError(_ text: String) { write(withoutSecrets(text)) }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                let written = Glibc.write(
                    STDERR_FILENO, bytes.baseAddress.map { $0 + start }, bytes.count - start)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return }
                start += written
            }
        }
    }
}
