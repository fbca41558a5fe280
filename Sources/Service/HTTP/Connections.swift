import NIOCore
import Synchronization

/// The connections that are open.
final class Connections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    var count: Int { channels.withLock { $0.count } }

    /// - Returns: whether there are no more than `limit` now.
    func add(_ channel: any Channel, limit: Int) -> Bool {
        channels.withLock { channels in
            channels[ObjectIdentifier(channel)] = channel
            return channels.count <= limit
        }
    }

    func remove(_ channel: any Channel) {
        channels.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// How long one that was answered waits with its next request, if that is there already: so long that each of the others can be
    /// answered once.
    var turnTime: TimeAmount { .microseconds(min(Int64(count) * 200, 20_000)) }

    var all: [any Channel] { channels.withLock { Array($0.values) } }
}
