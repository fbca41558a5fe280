import Files
import Labelling
import Synchronization

/// What rounds have found, as it was read last: a page asks for it again and again.
final class ReadFinds: Sendable {
    private struct Entry {
        var file: FileGuard
        var finds: RoundFinds
    }

    private let entries = Mutex<[String: Entry]>([:])
    private static let limit = 4

    func read(_ path: String) throws -> RoundFinds {
        let file = FileGuard(path: path)
        if let known = entries.withLock({ $0[path] }), known.file == file { return known.finds }
        let finds = try RoundFinds.read(path)
        if let file {
            entries.withLock { entries in
                if entries.count >= Self.limit { entries = [:] }
                entries[path] = Entry(file: file, finds: finds)
            }
        }
        return finds
    }
}
