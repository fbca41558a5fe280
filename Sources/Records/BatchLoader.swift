public import Files
import Foundation
import Synchronization

/// Brings the batches of one pass over samples, made ahead by threads of its own.
///
/// Which samples, how they are cut and in which order is a function of the arguments alone, whatever the number of
/// threads. Call it from one thread at a time.
public final class BatchLoader {
    /// Batches of the whole pass.
    public let batchCount: Int
    /// Seconds that `next` has waited because no batch was ready.
    public private(set) var waitSeconds = 0.0
    /// Samples that could not be read for the batches given so far, each once, in the order in which they came up.
    ///
    /// In training, the next sample of the epoch's order that can be read took the place of each, besides its own; in
    /// evaluation, each was left out.
    public private(set) var quarantined: [UnreadableSample] = []
    private var quarantinedSamples: Set<Int> = []
    private let plan: BatchPlan
    private let belt: Belt
    private var nextBatch: Int

    /// Starts to make the batches of a training epoch. The last samples that do not fill a batch are left out.
    ///
    /// - Parameter side: of the square samples.
    /// - Parameter sampleLimit: only so many samples of the epoch's order, rounded down to whole batches.
    /// - Parameter firstBatch: batches of the epoch that are passed over: the same stream from there on.
    /// - Parameter workerCount: threads; one for each core by default.
    public convenience init(
        source: any BatchSource, side: Int, batchSize: Int, seed: UInt64, epoch: Int,
        augmentation: Augmentation, sampleLimit: Int? = nil, firstBatch: Int = 0,
        workerCount: Int? = nil
    ) {
        let plan = BatchPlan.training(
            source, side: side, batchSize: batchSize, seed: seed, epoch: epoch, augmentation: augmentation,
            sampleLimit: sampleLimit)
        self.init(plan, firstBatch: firstBatch, workerCount: workerCount)
    }

    /// Starts to make batches of all samples in turn, for evaluation: cut as the source says, and nothing random.
    ///
    /// - Parameter sampleLimit: only the first ones. The last batch may be smaller.
    public convenience init(
        evaluating source: any SampleSource, side: Int, batchSize: Int, sampleLimit: Int? = nil,
        workerCount: Int? = nil
    ) {
        let plan = BatchPlan(
            source: source, side: side, batchSize: batchSize,
            sampleCount: min(source.count, sampleLimit ?? .max), order: .inTurn,
            augmentation: source.evaluation, seed: 0, epoch: 0)
        self.init(plan, firstBatch: 0, workerCount: workerCount)
    }

    private init(_ plan: BatchPlan, firstBatch: Int, workerCount: Int?) {
        let workerCount = workerCount ?? ProcessInfo.processInfo.activeProcessorCount
        precondition(plan.batchSize > 0 && firstBatch >= 0 && workerCount > 0)
        (self.plan, batchCount, nextBatch) = (plan, plan.batchCount, firstBatch)
        let batches = firstBatch..<max(firstBatch, plan.objection == nil ? plan.batchCount : 0)
        let threadCount = min(workerCount, batches.count)
        belt = Belt(batches: batches, workerCount: threadCount)
        for _ in 0..<threadCount {
            startDecodingThread { [belt] in belt.work(on: plan) }
        }
    }

    deinit { belt.close() }

    /// The next batch; `nil` after the last.
    ///
    /// - Throws: `RecordsError` where there are too few samples for a single batch, where they do not suit, and where none of
    ///   them can be read; `Cancelled`, also where a batch takes long. The batch then counts as not given.
    public func next(_ cancellation: Cancellation = Cancellation()) throws -> Batch? {
        if let objection = plan.objection { throw objection }
        guard nextBatch < batchCount else { return nil }
        let start = ContinuousClock.now
        let result = try belt.take(nextBatch, cancellation)
        waitSeconds += (ContinuousClock.now - start) / .seconds(1)
        nextBatch += 1
        let made = try result.get()
        for unreadable in made.unreadable where quarantinedSamples.insert(unreadable.sample).inserted {
            quarantined.append(unreadable)
        }
        return made.batch
    }
}
