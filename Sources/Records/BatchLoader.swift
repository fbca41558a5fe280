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
    private let pack: TilePack
    private let batchSize: Int
    private let queue: Queue
    private var nextBatch = 0

    /// Starts the thread.
    ///
    /// - Parameter sampleLimit: only so many samples of the epoch's order, rounded down to whole batches.
    public init(
        pack: TilePack, batchSize: Int, seed: UInt64, epoch: Int, augmentation: Augmentation,
        sampleLimit: Int? = nil
    ) {
        precondition(batchSize > 0)
        let batchCount = min(pack.count, sampleLimit ?? .max) / batchSize
        let queue = Queue(capacity: Self.queueLength)
        (self.pack, self.batchSize, self.batchCount, self.queue) = (pack, batchSize, batchCount, queue)
        guard batchCount > 0 else { return }
        Thread.detachNewThread {
            let order = SampleOrder(count: pack.count, seed: seed, epoch: epoch)
            for batch in 0..<batchCount {
                let made = pack.batch(of: batchSize) { place in
                    let position = batch * batchSize + place
                    return (
                        order[position], augmentation.crop(seed: seed, epoch: epoch, position: position)
                    )
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
                code: .tooFewSamples, operation: "make a batch of \(batchSize)", path: pack.path,
                cause: "there are \(pack.count) tiles; use a smaller batch or a larger sample limit")
        }
        guard nextBatch < batchCount else { return nil }
        nextBatch += 1
        let start = ContinuousClock.now
        let batch = queue.removeFirst()
        waitSeconds += (ContinuousClock.now - start) / .seconds(1)
        return batch
    }
}

/// Hands batches from one thread to another, at most `capacity` at a time.
private final class Queue: Sendable {
    private struct State {
        var batches: [Batch] = []
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
    func append(_ batch: Batch) -> Bool {
        places.wait()
        let isOpen = state.withLock {
            $0.batches.append(batch)
            return !$0.isClosed
        }
        ready.signal()
        return isOpen
    }

    /// Waits for a batch.
    func removeFirst() -> Batch {
        ready.wait()
        defer { places.signal() }
        return state.withLock { $0.batches.removeFirst() }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        places.signal()
    }
}
