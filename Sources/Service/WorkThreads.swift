import Foundation
import Synchronization

/// Threads for work that blocks: decoding, reading, opening scenes. Swift's own threads never wait for a disk.
final class WorkThreads: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        /// The next one to do.
        var first = 0
        var idleCount = 0
        var threadCount = 0
    }

    private let state = Mutex(State())
    private let wish = DispatchSemaphore(value: 0)
    private let threadLimit: Int

    /// - Parameter count: threads at most; they are made when they are needed.
    init(count: Int) { threadLimit = count }

    /// Does some work on one of the threads.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            add { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Has some work done without anybody waiting for it.
    func add(_ body: @escaping @Sendable () -> Void) {
        let isThreadNeeded = state.withLock { state in
            state.waiting.append(body)
            guard state.idleCount < state.waiting.count - state.first, state.threadCount < threadLimit else {
                return false
            }
            state.threadCount += 1
            return true
        }
        wish.signal()
        guard isThreadNeeded else { return }
        let thread = Thread { [self] in work() }
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func work() {
        while true {
            state.withLock { $0.idleCount += 1 }
            wish.wait()
            let body = state.withLock { state in
                state.idleCount -= 1
                let body = state.waiting[state.first]
                state.first += 1
                if state.first * 2 > state.waiting.count {
                    state.waiting.removeFirst(state.first)
                    state.first = 0
                }
                return body
            }
            body()
        }
    }
}
