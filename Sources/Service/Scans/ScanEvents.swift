import Files
package import NIOCore

/// How a scan goes on, as server-sent events: each is the whole scan, so that one who reads slowly misses steps and never the newest
/// state. Nothing is kept for a reader but what was sent last.
///
/// - Source: WHATWG HTML, "Server-sent events".
package final class ScanEvents: Sendable {
    /// After such a time without a change a comment is sent, by which both sides see that the other is still there.
    package static let commentSeconds = 15.0

    private let runner: ScanRunner
    private let id: String
    private let commentSeconds: Double

    package init(_ runner: ScanRunner, id: String, commentSeconds: Double = commentSeconds) {
        self.runner = runner
        self.id = id
        self.commentSeconds = commentSeconds
    }

    /// The events from the state as it is now, until the scan has ended or the service stops.
    ///
    /// - Parameter lastID: of the event that the reader has seen last: it gets what is newer.
    package func stream(after lastID: Int64?) -> AsyncStream<ByteBuffer> {
        let reader = Reader(events: self, version: lastID ?? 0)
        return AsyncStream { await reader.next() }
    }

    /// One connection.
    private actor Reader {
        private let events: ScanEvents
        private var version: Int64
        private var phase: ScanPhase?
        private var isOver = false

        init(events: ScanEvents, version: Int64) {
            self.events = events
            self.version = version
        }

        func next() async -> ByteBuffer? {
            let (runner, id) = (events.runner, events.id)
            var isFirst = true
            while !isOver, !Task.isCancelled, !runner.changes.isClosed {
                // Gone where it was deleted meanwhile.
                guard let scan = try? await runner.scan(id) else { break }
                if scan.updated > version { return event(scan) }
                guard !scan.phase.isEnded else { break }
                guard isFirst else { return ByteBuffer(string: ": still \(scan.phase.rawValue)\n\n") }
                isFirst = false
                await runner.changes.wait(for: id, newerThan: version, seconds: events.commentSeconds)
            }
            isOver = true
            return nil
        }

        private func event(_ scan: StoredScan) -> ByteBuffer? {
            guard let json = try? JSONText(ScanView(scan)).text else { return nil }
            let name = scan.phase == phase ? "progress" : "state"
            version = scan.updated
            phase = scan.phase
            isOver = scan.phase.isEnded
            return ByteBuffer(string: "id: \(scan.updated)\nevent: \(name)\ndata: \(json)\n\n")
        }
    }
}
