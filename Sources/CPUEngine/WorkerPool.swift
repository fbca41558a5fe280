import Foundation
import Synchronization

/// Threads that run one job together, then sleep until the next.
///
/// Real threads, because oneDNN's thread count belongs to an OS thread and because kernels block for long.
final class WorkerPool: Sendable {
    let workerCount: Int
    private let shared: Shared

    init(workerCount: Int) {
        precondition(workerCount > 0)
        self.workerCount = workerCount
        shared = Shared()
        for worker in 0..<workerCount {
            // The thread holds what it shares with the pool, not the pool, so that the pool can end it.
            let thread = Thread { [shared] in shared.serve(worker) }
            thread.stackSize = 8 << 20
            thread.name = "tilescope-\(worker)"
            thread.start()
        }
    }

    deinit { shared.stop() }

    /// Calls `job` once on every worker, with the worker's number, and returns when all have ended.
    ///
    /// Blocks the calling thread; one call at a time.
    func run(_ job: @escaping @Sendable (Int) -> Void) { shared.run(job, workerCount: workerCount) }

    /// What the threads and their pool both see.
    private final class Shared: Sendable {
        private struct State {
            var generation = 0
            var job: (@Sendable (Int) -> Void)?
            var running = 0
            var isStopped = false
        }
        /// `NSCondition` guards `state`: it is touched only between `lock` and `unlock`.
        private nonisolated(unsafe) var state = State()
        private let condition = NSCondition()

        func run(_ job: @escaping @Sendable (Int) -> Void, workerCount: Int) {
            condition.lock()
            defer { condition.unlock() }
            state.job = job
            state.running = workerCount
            state.generation += 1
            condition.broadcast()
            while state.running > 0 { condition.wait() }
            state.job = nil
        }

        func stop() {
            condition.lock()
            state.isStopped = true
            condition.broadcast()
            condition.unlock()
        }

        func serve(_ worker: Int) {
            DNNLDevice.useOneThreadHere()
            var served = 0
            while let job = nextJob(after: &served) {
                job(worker)
                condition.lock()
                state.running -= 1
                if state.running == 0 { condition.broadcast() }
                condition.unlock()
            }
        }

        private func nextJob(after served: inout Int) -> (@Sendable (Int) -> Void)? {
            condition.lock()
            defer { condition.unlock() }
            while !state.isStopped && state.generation == served { condition.wait() }
            served = state.generation
            return state.isStopped ? nil : state.job
        }
    }
}

/// Where the workers of one job meet: the last to arrive does what one must do alone, then all go on.
final class Barrier: Sendable {
    private let workerCount: Int
    private let waiting = Atomic(0)
    private let generation = Atomic(0)

    init(workerCount: Int) { self.workerCount = workerCount }

    /// - Parameter alone: runs on the last worker, after all have arrived and before any goes on.
    func meet(_ alone: () -> Void) {
        let current = generation.load(ordering: .acquiring)
        if waiting.add(1, ordering: .acquiringAndReleasing).newValue == workerCount {
            waiting.store(0, ordering: .relaxed)
            alone()
            generation.store(current + 1, ordering: .releasing)
            return
        }
        var spins = 0
        while generation.load(ordering: .acquiring) == current {
            spins += 1
            // Others are usually some microseconds behind; when one lost its core, do not hold ours.
            if spins > 4000 { sched_yield() }
        }
    }
}
