import Files
import Foundation
import HTTPTypes
import Labelling
import Synchronization

/// Has projects learn, one after the other, by `tilescope learn` as a process of its own.
///
/// A learning that has not ended when the service ends, in whatever way, goes on when it starts again.
final class LearningRunner: Sendable {
    enum Phase: String, Codable { case idle, running, finished, failed, cancelled }

    /// What a project does.
    enum Purpose: String, Codable {
        /// Photographs to begin with are chosen.
        case choose
        case learn
    }

    /// How far a project is.
    struct Status: Codable, Sendable {
        var state: Phase
        var purpose: Purpose?
        var step: String?
        var fraction: Double?
        var remainingSeconds: Double?
        var error: String?
        /// In milliseconds since 1970.
        var started: Int64?
        /// About how long each training shall take; `nil` for the command's own.
        var trainingSeconds: Double?
        /// The round to learn: where it is complete, nothing is left to do.
        var round: Int?
    }

    /// A line of the child.
    private struct Line: Decodable {
        var step: String
        var fraction: Double
        var remainingSeconds: Double
    }

    private struct State {
        var statuses: [String: Status] = [:]
        var versions: [String: Int64] = [:]
        var waiting: [String] = []
        var running: (name: String, child: ChildProgram?)?
        var isStopping = false
    }

    private let state = Mutex(State())
    /// Held while a status is written, so that an older one never replaces a newer one.
    private let writing = NSLock()
    private let program: String
    private let folder: String
    private let niceness: Int32
    /// Tells when a project's learning has changed, by its name.
    let changes = ChangeSignal()

    init(program: String, folder: String, niceness: Int32 = 10) {
        self.program = program
        self.folder = folder
        self.niceness = niceness
    }

    private func mark(of name: String) -> String { folder + "/" + name + "/learning.json" }

    /// Goes on with what was under way when the service ended.
    func begin(_ names: [String]) {
        for name in names {
            guard let bytes = try? readFile(mark(of: name), limit: 1 << 20),
                let status = try? JSONDecoder().decode(Status.self, from: Data(bytes))
            else { continue }
            state.withLock { state in
                state.statuses[name] = status
                if status.state == .running { state.waiting.append(name) }
            }
        }
        startNext()
    }

    func status(of name: String) -> (status: Status, version: Int64) {
        state.withLock { ($0.statuses[name] ?? Status(state: .idle), $0.versions[name] ?? 0) }
    }

    /// - Parameter round: that is to be learnt; `nil` to choose photographs to begin with.
    /// - Parameter trainingSeconds: about how long each training shall take.
    /// - Throws: 409 where the project learns already.
    func start(_ name: String, round: Int?, trainingSeconds: Double? = nil) throws -> Status {
        let status = try state.withLock { state -> Status in
            guard !state.isStopping else {
                throw Problem.busy(.serviceUnavailable, "the service is stopping", retryAfter: 5)
            }
            // Learning takes the place of a choice that waits for its turn.
            let waits = state.statuses[name]?.purpose == .choose && state.waiting.contains(name)
            if waits, round != nil {
                state.waiting.removeAll { $0 == name }
                state.statuses[name]?.state = .cancelled
            }
            guard state.statuses[name]?.state != .running, state.running?.name != name else {
                let words =
                    switch (state.statuses[name]?.state, state.statuses[name]?.purpose) {
                    case (.running, .choose): "photographs to begin with are being chosen"
                    case (.running, _): "the project is learning already"
                    default: "the project's last learning is still ending"
                    }
                throw Problem(.conflict, "\(words); wait a moment")
            }
            let status = Status(
                state: .running, purpose: round == nil ? .choose : .learn,
                step: state.running == nil ? "begin" : "wait for another project",
                started: Int64(Date.now.timeIntervalSince1970 * 1000), trainingSeconds: trainingSeconds,
                round: round)
            state.statuses[name] = status
            // A choice takes seconds, a learning minutes.
            state.waiting.insert(name, at: round == nil ? 0 : state.waiting.count)
            return status
        }
        keep(name)
        startNext()
        return status
    }

    /// Ends it; what is trained already is used by the next one.
    ///
    /// - Throws: 409 where the project does not learn.
    func cancel(_ name: String) throws -> Status {
        let (status, child) = try state.withLock { state -> (Status, ChildProgram?) in
            guard var status = state.statuses[name], status.state == .running else {
                throw Problem(.conflict, "the project is not learning")
            }
            state.waiting.removeAll { $0 == name }
            status.state = .cancelled
            (status.step, status.fraction, status.remainingSeconds) = (nil, nil, nil)
            state.statuses[name] = status
            return (status, state.running?.name == name ? state.running?.child : nil)
        }
        child?.cancel()
        keep(name)
        return status
    }

    /// - Throws: 409 where the project learns.
    func forget(_ name: String) throws {
        try state.withLock { state in
            guard state.statuses[name]?.state != .running else {
                throw Problem(.conflict, "the project is learning; cancel that first")
            }
            guard state.running?.name != name else {
                throw Problem(.conflict, "the project's last learning is still ending; wait a moment")
            }
            state.statuses[name] = nil
        }
        changes.forget(name)
    }

    /// Asks the child to end. What it does goes on at the next start.
    func stop() {
        changes.close()
        let child = state.withLock { state -> ChildProgram? in
            state.isStopping = true
            return state.running?.child
        }
        child?.cancel()
    }

    /// Waits until no child is left, after `stop`.
    func waitForChildren() async {
        while state.withLock({ $0.running != nil }) { try? await Task.sleep(for: .milliseconds(20)) }
    }

    // MARK: Running

    /// Tells that a status has changed, and writes it down for the next start.
    private func keep(_ name: String) {
        let version = state.withLock { state -> Int64 in
            state.versions[name, default: 0] += 1
            return state.versions[name] ?? 0
        }
        changes.change(name, to: version)
        writing.lock()
        defer { writing.unlock() }
        guard let status = state.withLock({ $0.statuses[name] }) else { return }
        // Where the disk is full, it does not go on by itself after a restart.
        if let text = try? JSONText(status).text { try? writeFile(text, to: .replacing(mark(of: name))) }
    }

    private func startNext() {
        let next = state.withLock { state -> (name: String, status: Status)? in
            guard state.running == nil, !state.isStopping, !state.waiting.isEmpty else { return nil }
            let name = state.waiting.removeFirst()
            state.running = (name, nil)
            state.statuses[name]?.step = "begin"
            return state.statuses[name].map { (name, $0) }
        }
        guard let (name, status) = next else { return }
        var options = ["--supervised"]
        if status.purpose == .choose { options.append("--choose-only") }
        if let round = status.round { options += ["--round", "\(round)"] }
        if let seconds = status.trainingSeconds { options += ["--seconds", "\(seconds)"] }
        do {
            let child = try ChildProgram(
                starting: program, ["learn", folder + "/" + name] + options, niceness: niceness
            ) { [weak self] line in
                self?.take(line, of: name)
            } end: { [self] end in
                take(end, of: name)
            }
            let isCancelled = state.withLock { state in
                if state.running?.name == name { state.running?.child = child }
                return state.isStopping || state.statuses[name]?.state != .running
            }
            if isCancelled { child.cancel() }
        } catch {
            finish(name) { status in
                status.state = .failed
                status.error = "\(error)"
            }
        }
    }

    private func take(_ line: String, of name: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { return }
        let version = state.withLock { state -> Int64? in
            guard state.statuses[name]?.state == .running else { return nil }
            state.statuses[name]?.step = line.step
            state.statuses[name]?.fraction = line.fraction
            state.statuses[name]?.remainingSeconds = line.remainingSeconds
            state.versions[name, default: 0] += 1
            return state.versions[name]
        }
        if let version { changes.change(name, to: version) }
    }

    private func take(_ end: ChildProgram.End, of name: String) {
        let isStopping = state.withLock { $0.isStopping }
        finish(name) { status in
            // One that was stopped goes on at the next start.
            guard status.state == .running, !isStopping || end.exitCode == 0 else { return }
            status.state = end.exitCode == 0 ? .finished : .failed
            if end.exitCode != 0 {
                status.error = end.words(naming: [folder + "/" + name: "the project"])
            }
        }
    }

    private func finish(_ name: String, _ change: (inout Status) -> Void) {
        state.withLock { state in
            state.running = nil
            guard var status = state.statuses[name] else { return }
            change(&status)
            if status.state != .running {
                (status.step, status.fraction, status.remainingSeconds) = (nil, nil, nil)
            }
            state.statuses[name] = status
        }
        keep(name)
        startNext()
    }
}
