import Dispatch
import Files
import Synchronization

/// Carries batches from the threads that make them to the one that takes them in their order.
///
/// Batches are begun in their order, so that the one which is waited for is always in work, and only so many are begun
/// or lie ready at a time.
final class Belt: Sendable {
    /// Batches that may lie ready, besides one in work for each thread.
    static let readyLimit = 4

    typealias Result = Swift.Result<BatchPlan.Made, RecordsError>

    private struct State {
        /// Not begun yet.
        var batches: Range<Int>
        var ready: [Int: Result] = [:]
    }
    private let state: Mutex<State>
    /// Requested when nobody wants batches any more.
    private let closing = Cancellation()
    /// Of the epoch, made by the first thread that needs them.
    private let samples = Mutex<SampleOrder?>(nil)
    private let workerCount: Int
    /// Free places.
    private let places = DispatchSemaphore(value: 0)
    /// Rises with each batch that is laid on.
    private let arrivals = DispatchSemaphore(value: 0)

    init(batches: Range<Int>, workerCount: Int) {
        state = Mutex(State(batches: batches))
        self.workerCount = workerCount
        // Raised from 0, because a semaphore must not end below the value that it began with.
        for _ in 0..<Self.readyLimit + workerCount { places.signal() }
    }

    /// Makes batches until there are no more, or nobody wants them: what each thread does.
    func work(on plan: BatchPlan) {
        let samples = plan.order == .shuffled ? samples(of: plan) : nil
        while let batch = begin() {
            let made = Result { () throws(RecordsError) in
                try plan.make(batch, samples: samples, closing)
            }
            state.withLock { $0.ready[batch] = made }
            arrivals.signal()
        }
    }

    /// Waits for a batch.
    ///
    /// - Throws: `Cancelled`, within a moment.
    func take(_ batch: Int, _ cancellation: Cancellation) throws -> Result {
        while true {
            try cancellation.check()
            if let made = state.withLock({ $0.ready.removeValue(forKey: batch) }) {
                places.signal()
                return made
            }
            // Whatever arrives: it may be a later one. A request to end wakes nobody.
            _ = arrivals.wait(timeout: .now() + .milliseconds(100))
        }
    }

    /// Lets the threads end soon.
    func close() {
        closing.request()
        for _ in 0..<workerCount { places.signal() }
    }

    /// Waits for a free place.
    private func begin() -> Int? {
        places.wait()
        guard !closing.isRequested else { return nil }
        return state.withLock { $0.batches.popFirst() }
    }

    private func samples(of plan: BatchPlan) -> SampleOrder {
        samples.withLock { samples in
            let order = samples ?? plan.shuffledSamples()
            samples = order
            return order
        }
    }
}
