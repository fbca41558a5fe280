import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import Synchronization

/// HTTP on each connection, also on those that are accepted while the service stops.
///
/// Hummingbird's loop ends with the listening socket. A connection that is accepted in that moment reaches nobody, and NIO ends the
/// process over it ("deinited NIOAsyncWriter without calling finish()"): one of 20 stops under load. Here it is handled by whoever
/// claims it first, the loop or, after a moment, the connection itself.
struct AcceptedConnections: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let inner: HTTP1Channel
    private let unclaimed = UnclaimedConnections()
    /// The loop takes a connection within milliseconds.
    private static let patience = TimeAmount.seconds(1)

    init(_ inner: HTTP1Channel) { self.inner = inner }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        inner.setup(channel: channel, logger: logger).map { [inner, unclaimed] value in
            unclaimed.add(value)
            channel.eventLoop.scheduleTask(in: Self.patience) {
                guard unclaimed.claim(value) else { return }
                Task { await inner.handle(value: value, logger: logger) }
            }
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        guard unclaimed.claim(value) else { return }
        await inner.handle(value: value, logger: logger)
    }
}

/// Connections that nobody handles yet.
private final class UnclaimedConnections: Sendable {
    private let connections = Mutex<[ObjectIdentifier: HTTP1Channel.Value]>([:])

    func add(_ value: HTTP1Channel.Value) {
        connections.withLock { $0[ObjectIdentifier(value.channel)] = value }
    }

    /// - Returns: whether it is the caller's now.
    func claim(_ value: HTTP1Channel.Value) -> Bool {
        connections.withLock { $0.removeValue(forKey: ObjectIdentifier(value.channel)) != nil }
    }
}
