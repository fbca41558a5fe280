import ArgumentParser
import Files
import Foundation

/// Prints a result for people on standard output.
func say(_ text: TerminalText) { print(withoutSecrets(text.description)) }

/// Prints a result for programs on standard output.
func say(_ json: JSONText) { print(json.text) }

extension Tilescope {
    /// Opens nothing in the place of a standard stream that is closed, so that no file of ours gets its number and with it what
    /// is printed. Lets no command end because its reader stops reading, or because a file becomes larger than it may: that is
    /// an error of the write then. Called before anything else.
    public static func prepareStreams() {
        for ignored in [SIGPIPE, SIGXFSZ] { signal(ignored, SIG_IGN) }
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Writes out what was printed, and ends with 1 where it could not be written, as on a full disk. A reader that went
    /// away has seen what it wanted.
    static func finishOutput() {
        // Of all streams; standard output is the only one that is buffered here.
        let isWritten = fflush(nil) == 0
        let cause = String(cString: strerror(errno))
        var status = stat()
        let isForReader =
            fstat(STDOUT_FILENO, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
        guard !isWritten && !isForReader else { return }
        ProgressLine.fail("Error: cannot write to standard output: \(cause)")
        Foundation.exit(1)
    }

    /// Says why a command failed, and ends the process with its exit code.
    ///
    /// - Parameter command: that ran; `nil` where the arguments could not be parsed.
    static func end(by error: any Error, of command: (any ParsableCommand.Type)?) -> Never {
        let code = exitCode(for: error)
        // Help, which is our own text.
        if code == .success { exit(withError: error) }
        let message = message(for: error, of: command)
        if code == .validationFailure, !message.isEmpty {
            ProgressLine.fail(usageError(message))
        } else if !message.isEmpty {
            ProgressLine.fail("\(message)")
        }
        Foundation.exit(code.rawValue)
    }

    /// The parser knows the command only of errors that it found itself.
    private static func message(for error: any Error, of command: (any ParsableCommand.Type)?) -> String {
        guard let command, let error = error as? ValidationError else { return fullMessage(for: error) }
        let usage = usageString(for: command)
        let name = usage.split(separator: " ").prefix { $0.first?.isLetter == true }.joined(separator: " ")
        return """
            Error: \(error.message)
            Usage: \(usage)
              See '\(name) --help' for more information.
            """
    }

    /// - Parameter message: in lines; it may quote what was typed, or the value in it.
    private static func usageError(_ message: String) -> TerminalText {
        var message = message
        for word in typedArguments {
            let value = word.split(separator: "=", maxSplits: 1).last.map { String($0) } ?? word
            for typed in [word, value] {
                let shown = ("\(typed)" as TerminalText).description
                if shown != typed { message = message.replacingScalars(of: typed, with: shown) }
            }
        }
        let lines = message.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return TerminalText(lines: lines.map { String($0) })
    }
}
