import Files
import Foundation

/// Outside of everything, because a signal handler may capture nothing.
private let signalCancellation = Cancellation()

/// Installed at the first look.
private let handlers: Void = {
    // Before a handler needs it: what is made at the first look must not be made in a handler.
    _ = signalCancellation.isRequested
    for signalNumber in [SIGINT, SIGTERM, SIGHUP] {
        signal(signalNumber) { received in
            signalCancellation.request()
            signal(received, SIG_DFL)
        }
    }
}()

extension Cancellation {
    /// The process's one, whether or not signals request it yet.
    static var ofSignals: Cancellation { signalCancellation }

    /// The process's one that Ctrl-C, the end of the terminal and `kill` request, from the first call on.
    ///
    /// The second signal of a kind ends the process at once. Commands call this before anything else, so that what they
    /// do is not ended in the middle.
    @discardableResult
    static func catchSignals() -> Cancellation {
        _ = handlers
        return signalCancellation
    }
}

extension Job {
    /// The job of a command: signals cancel it, its progress is shown on a line, its warnings beside it.
    init(on line: ProgressLine, text: @escaping @Sendable (Progress) -> TerminalText) {
        self.init(
            cancellation: .catchSignals(), progress: { progress in line.show(text(progress)) },
            warning: { ProgressLine.warn("\($0)") })
    }
}
