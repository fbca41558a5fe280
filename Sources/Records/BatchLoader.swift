import Dispatch
import Foundation
import Synchronization

/// Brings the batches of one training epoch, made ahead on a thread of its own.
///
/// Which samples, how they are cut and in which order is a function of `seed`, `epoch` and the position alone. The
/// last samples that do not fill a batch are left out. Call it from one thread at a time.
public final class BatchLoader {
    /// Batches that may wait, besides the one in work.
    static let queueLength = 4

    /// Batches of the whole epoch.
    public let batchCount: Int
    /// Seconds that `next` has waited because no batch was ready.
    public private(set) var waitSeconds = 0.0
    private let source: any SampleSource
    private let batchSize: Int
    private let queue: Queue
    private var nextBatch: Int

    /// Starts the thread.
    ///
    /// - Parameter side: of the square samples.
    /// - Parameter sampleLimit: only so many samples of the epoch's order, rounded down to whole batches.
    /// - Parameter firstBatch: batches of the epoch that are passed over: the same stream from there on.
    public init(
        source: any SampleSource, side: Int, batchSize: Int, seed: UInt64, epoch: Int,
        augmentation: Augmentation, sampleLimit: Int? = nil, firstBatch: Int = 0
    ) {
        precondition(batchSize > 0 && firstBatch >= 0)
        let batchCount = min(source.count, sampleLimit ?? .max) / batchSize
        let queue = Queue(capacity: Self.queueLength)
        (self.source, self.batchSize, self.batchCount, self.queue) = (source, batchSize, batchCount, queue)
        nextBatch = firstBatch
        guard firstBatch < batchCount else { return }
        Thread.detachNewThread {
            let order = SampleOrder(count: source.count, seed: seed, epoch: epoch)
            for batch in firstBatch..<batchCount {
                let made = Result { () throws(RecordsError) in
                    try source.batch(of: batchSize, side: side) { place in
                        let position = batch * batchSize + place
                        return (
                            order[position],
                            Variation(augmentation, seed: seed, epoch: epoch, position: position)
                        )
                    }
                }
                guard queue.append(made) else { return }
            }
        }
    }

    deinit { queue.close() }

    /// The next batch; `nil` after the last.
    ///
    /// - Throws: where there are too few samples for a single batch.
    public func next() throws(RecordsError) -> Batch? {
        guard batchCount > 0 else {
            throw RecordsError(
                code: .tooFewSamples, operation: "make a batch of \(batchSize)", path: source.path,
                cause: "there are \(source.count) samples; use a smaller batch or a larger sample limit")
        }
        guard nextBatch < batchCount else { return nil }
        nextBatch += 1
        let start = ContinuousClock.now
        let batch = queue.removeFirst()
        waitSeconds += (ContinuousClock.now - start) / .seconds(1)
        return try batch.get()
    }
}

/// Hands batches from one thread to another, at most `capacity` at a time.
private final class Queue: Sendable {
    private struct State {
        var batches: [Result<Batch, RecordsError>] = []
        var isClosed = false
    }
    private let state = Mutex(State())
    private let places: DispatchSemaphore
    private let ready = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        // Raised from 0, because a semaphore must not end below the value that it began with.
        places = DispatchSemaphore(value: 0)
        for _ in 0..<capacity { places.signal() }
    }

    /// Waits for a free place.
    ///
    /// - Returns: `false` once nobody takes batches any more.
    func append(_ batch: Result<Batch, RecordsError>) -> Bool {
        places.wait()
        let isOpen = state.withLock {
            $0.batches.append(batch)
            return !$0.isClosed
        }
        ready.signal()
        return isOpen
    }

    /// Waits for a batch.
    func removeFirst() -> Result<Batch, RecordsError> {
        ready.wait()
        defer { places.signal() }
        return state.withLock { $0.batches.removeFirst() }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        places.signal()
    }
}
