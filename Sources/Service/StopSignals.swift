import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT (Ctrl-C), which ask the service to end. A second Ctrl-C ends the process at once.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]
    private let signals: AsyncStream<Void>

    /// From now on the first signal ends nothing by itself.
    init() {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        self.signals = signals
        let hasCome = Mutex(false)
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                continuation.yield()
                let isSecond = hasCome.withLock { hasCome in
                    defer { hasCome = true }
                    return hasCome
                }
                // Whoever stops services may send SIGTERM again; a person who presses Ctrl-C again means it.
                if isSecond, number == SIGINT { _exit(128 + number) }
            }
            source.resume()
            return source
        }
    }

    /// Has all threads that are started from now on leave the signals to the process as a whole. Dispatch takes them from there; one that
    /// a thread was interrupted by is lost when the thread ends before Dispatch has it.
    ///
    /// Call it before there are other threads. Children get an empty mask of their own (`ChildProgram`).
    static func block() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Returns when the first one has come.
    func first() async {
        for await _ in signals { break }
    }
}
