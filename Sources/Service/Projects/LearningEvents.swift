import Files
import NIOCore

/// How a project's learning goes on, as server-sent events, until it ends or the service stops.
actor LearningEvents {
    /// After such a time without a change a comment is sent, so that both sides see that the other is still there.
    private static let commentSeconds = 15.0

    private let runner: LearningRunner
    private let name: String
    private var version: Int64?
    private var isOver = false

    init(_ runner: LearningRunner, name: String) {
        self.runner = runner
        self.name = name
    }

    func next() async -> ByteBuffer? {
        var isFirst = true
        while !isOver, !Task.isCancelled, !runner.changes.isClosed {
            let (status, version) = runner.status(of: name)
            if self.version != version {
                self.version = version
                isOver = status.state != .running
                guard let json = try? JSONText(LearningView(status)).text else { return nil }
                return ByteBuffer(string: "id: \(version)\nevent: learning\ndata: \(json)\n\n")
            }
            guard isFirst else { return ByteBuffer(string: ": still \(status.state.rawValue)\n\n") }
            isFirst = false
            await runner.changes.wait(for: name, newerThan: version, seconds: Self.commentSeconds)
        }
        isOver = true
        return nil
    }
}
