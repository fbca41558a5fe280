import Files
import Synchronization

/// Which samples go into which batch of one pass over a source, and how they are varied: all that decides the batches.
struct BatchPlan: Sendable {
    /// Which sample stands at which place of the pass.
    enum Order: Sendable {
        /// Shuffled by seed and epoch, in whole batches. Where a sample cannot be read, the next one of the epoch's order
        /// that can takes its place as well.
        case shuffled
        /// From the first to the last; the last batch may be smaller. Samples that cannot be read are left out.
        case inTurn
    }

    /// A batch, and what could not be read for it.
    struct Made: Sendable {
        var batch: Batch
        var unreadable: [UnreadableSample] = []
    }

    var source: any BatchSource
    var side: Int
    var batchSize: Int
    /// Samples of the pass, rounded down to whole batches where it is shuffled.
    var sampleCount: Int
    var order: Order
    var augmentation: Augmentation
    var seed: UInt64
    var epoch: Int

    /// A training epoch.
    ///
    /// - Parameter sampleLimit: only so many samples of the epoch's order.
    static func training(
        _ source: any BatchSource, side: Int, batchSize: Int, seed: UInt64, epoch: Int,
        augmentation: Augmentation, sampleLimit: Int?
    ) -> BatchPlan {
        BatchPlan(
            source: source, side: side, batchSize: batchSize,
            sampleCount: min(source.count, sampleLimit ?? .max), order: .shuffled, augmentation: augmentation,
            seed: seed, epoch: epoch)
    }

    var batchCount: Int {
        switch order {
        case .shuffled: sampleCount / batchSize
        case .inTurn: (sampleCount + batchSize - 1) / batchSize
        }
    }

    /// What stands against the pass; `nil` for nothing.
    var objection: RecordsError? {
        if let objection = source.objection(toSide: side) ?? augmentation.objection(toSide: side) {
            return RecordsError(
                code: .unsuitable, operation: "make batches of \(side)x\(side) pixels", path: source.path,
                cause: objection)
        }
        guard batchCount == 0 && order == .shuffled else { return nil }
        return RecordsError(
            code: .tooFewSamples, operation: "make a batch of \(batchSize)", path: source.path,
            cause:
                "there are \(counted(source.count, "sample")); use a smaller batch or a larger sample limit")
    }

    /// Which sample stands at which position of a shuffled pass. O(samples).
    func shuffledSamples() -> SampleOrder { SampleOrder(count: source.count, seed: seed, epoch: epoch) }

    /// Where in the pass the samples of a batch stand.
    func positions(of batch: Int) -> Range<Int> {
        batch * batchSize..<min((batch + 1) * batchSize, sampleCount)
    }

    /// How the sample at a position is varied.
    func variation(at position: Int) -> Variation {
        Variation(augmentation, seed: seed, epoch: epoch, position: position)
    }

    /// Makes one batch.
    ///
    /// - Parameter samples: of the epoch; `nil` where they come in turn.
    /// - Parameter cancellation: where it is requested, what comes back is worth nothing.
    /// - Throws: where no sample at all can be read, and where the file was cut or changed.
    func make(
        _ index: Int, samples: SampleOrder?, _ cancellation: Cancellation
    ) throws(RecordsError) -> Made {
        let positions = positions(of: index)
        let byteCount = side * side * 3
        var made = Made(batch: Batch(pixelsNHWC: [], labels: []))
        made.batch.labels.reserveCapacity(positions.count * source.labelCount)
        var failure: RecordsError?
        made.batch.pixelsNHWC = [UInt8](unsafeUninitializedCapacity: positions.count * byteCount) {
            buffer, count in
            for position in positions where failure == nil && !cancellation.isRequested {
                let place = UnsafeMutableBufferPointer(rebasing: buffer[count..<count + byteCount])
                do throws(RecordsError) {
                    let labels = try write(
                        position, samples, into: place, &made.unreadable, cancellation)
                    guard let labels else { continue }
                    made.batch.labels += labels
                    count += byteCount
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return made
    }

    /// - Returns: the labels; `nil` where the sample is left out.
    /// - Throws: where no sample can be read, and where the file was cut or changed: what it still gives means nothing then.
    private func write(
        _ position: Int, _ samples: SampleOrder?, into place: UnsafeMutableBufferPointer<UInt8>,
        _ unreadable: inout [UnreadableSample], _ cancellation: Cancellation
    ) throws(RecordsError) -> [Int32]? {
        let variation = variation(at: position)
        var lastFailure: RecordsError?
        for attempt in 0..<(samples?.count ?? 1) {
            let sample = samples.map { $0[(position + attempt) % $0.count] } ?? position
            do throws(RecordsError) {
                var pixels = place.mutableSpan
                try source.write(
                    sample, varied: variation, side: side, into: &pixels, cancellation: cancellation)
                return source.labels(of: sample, varied: variation)
            } catch {
                guard error.code != .changed else { throw error }
                if cancellation.isRequested { throw error }
                lastFailure = error
                unreadable.append(UnreadableSample(sample: sample, reason: error.description))
            }
        }
        guard samples != nil, let lastFailure else { return nil }
        throw RecordsError(
            code: lastFailure.code, operation: "read any of the \(counted(source.count, "sample"))",
            path: source.path,
            cause: "the last one: \(lastFailure)")
    }
}
