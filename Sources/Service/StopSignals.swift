import Dispatch
import Foundation

/// SIGTERM and SIGINT, which ask the service to end.
final class StopSignals {
    private static let numbers = [SIGTERM, SIGINT]
    private let sources: [any DispatchSourceSignal]
    private let signals: AsyncStream<Void>

    /// From now on the first signal ends nothing by itself.
    init() {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        self.signals = signals
        sources = Self.numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
    }

    /// Returns when the first one has come. The second then ends the process at once.
    func first() async {
        for await _ in signals { break }
        for source in sources { source.cancel() }
        for number in Self.numbers { signal(number, SIG_DFL) }
    }
}
