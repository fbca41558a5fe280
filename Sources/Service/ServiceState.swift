import Synchronization

/// Whether the service takes requests, and who wants to know when it stops.
final class ServiceState: Sendable {
    private struct Value {
        var isReady = false
        var isStopping = false
        var listeners: [Int: @Sendable () -> Void] = [:]
        var listenerCount = 0
    }
    private let value = Mutex(Value())

    var isReady: Bool { value.withLock { $0.isReady && !$0.isStopping } }
    var isStopping: Bool { value.withLock { $0.isStopping } }

    /// The service listens and its models are read.
    func becomeReady() { value.withLock { $0.isReady = true } }

    /// Answers that last end now, and the service is not ready any more.
    func stop() {
        let listeners = value.withLock { value in
            value.isStopping = true
            defer { value.listeners = [:] }
            return Array(value.listeners.values)
        }
        for listener in listeners { listener() }
    }

    /// Calls `body` when the service stops; at once where it is stopping.
    ///
    /// - Returns: what takes the wish back.
    func onStop(_ body: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let number = value.withLock { value -> Int? in
            guard !value.isStopping else { return nil }
            value.listenerCount += 1
            value.listeners[value.listenerCount] = body
            return value.listenerCount
        }
        guard let number else {
            body()
            return {}
        }
        return { [self] in value.withLock { _ = $0.listeners.removeValue(forKey: number) } }
    }
}
