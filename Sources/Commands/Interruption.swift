import Foundation
import Synchronization

/// Outside the type, because a signal handler may capture nothing.
private let interruptionWasRequested = Atomic(false)

/// Ctrl-C asks a job to end after what it is doing; a second one ends it at once.
enum Interruption {
    /// Installs the handler; from then on `isRequested` tells.
    static func catchSignals() {
        for signalNumber in [SIGINT, SIGTERM] {
            signal(signalNumber) { received in
                interruptionWasRequested.store(true, ordering: .relaxed)
                signal(received, SIG_DFL)
            }
        }
    }

    static var isRequested: Bool { interruptionWasRequested.load(ordering: .relaxed) }
}
