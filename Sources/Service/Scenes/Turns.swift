import HTTPTypes
import Synchronization

/// Lets some tasks at a time do what is costly; others wait in the order in which they come.
///
/// A task that is cancelled while it waits leaves the queue and has cost nothing.
final class Turns: Sendable {
    private struct State {
        var freeCount: Int
        var queue: [(number: Int, task: CheckedContinuation<Void, any Error>)] = []
        var nextNumber = 0
        /// Numbers that were cancelled before they stood in the queue.
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>
    private let waitingLimit: Int

    init(count: Int, waitingLimit: Int) {
        state = Mutex(State(freeCount: count))
        self.waitingLimit = waitingLimit
    }

    /// - Throws: `CancellationError`; 503 where too many wait; what `body` throws.
    func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try Task.checkCancellation()
        try await wait()
        defer { leave() }
        try Task.checkCancellation()
        return try await body()
    }

    private func wait() async throws {
        let number = state.withLock { state -> Int? in
            if state.freeCount > 0 {
                state.freeCount -= 1
                return nil
            }
            state.nextNumber += 1
            return state.nextNumber
        }
        guard let number else { return }
        defer { state.withLock { _ = $0.cancelled.remove(number) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { task in
                let outcome = state.withLock { state -> Swift.Result<Void, any Error>? in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if state.freeCount > 0 {
                        state.freeCount -= 1
                        return .success(())
                    }
                    guard state.queue.count < waitingLimit else {
                        return .failure(
                            Problem.busy(
                                .serviceUnavailable, "too many pictures are waited for; try again in a moment"
                            ))
                    }
                    state.queue.append((number, task))
                    return nil
                }
                if let outcome { task.resume(with: outcome) }
            }
        } onCancel: {
            let task = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let place = state.queue.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.queue.remove(at: place).task
            }
            task?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.queue.isEmpty else {
                state.freeCount += 1
                return nil
            }
            return state.queue.removeFirst().task
        }
        next?.resume()
    }
}
