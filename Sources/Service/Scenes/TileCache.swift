import Synchronization

/// Encoded tiles that were asked for last, up to a number of bytes.
final class TileCache: Sendable {
    private struct Entry {
        var bytes: [UInt8]
        var use: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var byteCount = 0
        var useCount = 0
    }

    /// What a tile takes beside its bytes.
    private static let overheadByteCount = 200

    private let byteLimit: Int
    private let state = Mutex(State())

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    subscript(key: String) -> [UInt8]? {
        state.withLock { state in
            state.useCount += 1
            state.entries[key]?.use = state.useCount
            return state.entries[key]?.bytes
        }
    }

    func add(_ bytes: [UInt8], as key: String) {
        state.withLock { state in
            state.useCount += 1
            let old = state.entries.updateValue(Entry(bytes: bytes, use: state.useCount), forKey: key)
            state.byteCount += Self.size(bytes) - (old.map { Self.size($0.bytes) } ?? 0)
            guard state.byteCount > byteLimit else { return }
            // Some at a time, because they have to be put in order.
            for (key, entry) in state.entries.sorted(by: { $0.value.use < $1.value.use }) {
                guard state.byteCount > byteLimit / 8 * 7 else { break }
                state.entries[key] = nil
                state.byteCount -= Self.size(entry.bytes)
            }
        }
    }

    private static func size(_ bytes: [UInt8]) -> Int { bytes.count + overheadByteCount }
}
