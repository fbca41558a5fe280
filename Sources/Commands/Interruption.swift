import Foundation
import Synchronization

/// Outside the type, because a signal handler may capture nothing.
private let interruptionWasRequested = Atomic(false)

/// Ctrl-C, or the end of the terminal, asks a job to end after what it is doing; a second time it ends at once.
enum Interruption {
    /// Installs the handler; from then on `isRequested` tells. Nobody who stops reading what we print ends a job.
    static func catchSignals() {
        signal(SIGPIPE, SIG_IGN)
        for signalNumber in [SIGINT, SIGTERM, SIGHUP] {
            signal(signalNumber) { received in
                interruptionWasRequested.store(true, ordering: .relaxed)
                signal(received, SIG_DFL)
            }
        }
    }

    static var isRequested: Bool { interruptionWasRequested.load(ordering: .relaxed) }
}
