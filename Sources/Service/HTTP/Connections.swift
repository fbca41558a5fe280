import NIOCore
import Synchronization

/// The connections that are open.
final class Connections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let busyCount = Atomic(0)

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

    /// A request of one of them is being answered from now on.
    func becomeBusy() { busyCount.add(1, ordering: .relaxed) }

    /// It is answered, or its connection is gone.
    func becomeFree() { busyCount.subtract(1, ordering: .relaxed) }

    /// How long one that was answered waits with its next request, if that is there already: so long that each of the others whose
    /// requests are being answered can be answered once.
    var turnTime: TimeAmount {
        .microseconds(
            min(Int64(busyCount.load(ordering: .relaxed)) * Self.answerMicroseconds, Self.turnLimit))
    }

    /// What an answer takes an event loop, with room to spare.
    private static let answerMicroseconds: Int64 = 200
    private static let turnLimit: Int64 = 20_000

    var all: [any Channel] { channels.withLock { Array($0.values) } }
}
