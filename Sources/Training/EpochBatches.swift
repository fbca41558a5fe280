import Engines
import Files
import Networks
import Records

/// The batches of one epoch, as programs take them: the same samples in either form.
struct EpochBatches {
    struct Batch {
        var samples: StepSamples
        /// Class indices, sample by sample: `[N]`, or of crops `[N · windows]`.
        var labels: [Int32]
    }

    private enum Form {
        /// Pixels, made on the host's cores.
        case loaded(BatchLoader)
        /// Of tiles that all programs hold.
        case held(TileBatches)
    }
    private var form: Form
    private var quarantinedCount = 0
    /// In which `next` waited for batches.
    private(set) var waitSeconds = 0.0

    /// - Parameter stream: what decides the batches.
    /// - Parameter firstBatch: batches of the epoch that are passed over.
    /// - Parameter heldPack: the samples, where all programs hold its tiles: no pixel needs to be read then, and the host
    ///   is no bottleneck for a device that takes tiles faster than its cores could copy them.
    init(
        _ epoch: Int, of stream: TrainingPlan, samples: any BatchSource, firstBatch: Int, heldPack: TilePack?
    ) {
        let side = stream.sampleSide
        if let heldPack {
            form = .held(
                TileBatches(
                    pack: heldPack, side: side, batchSize: stream.batchSize, seed: stream.seed, epoch: epoch,
                    augmentation: stream.augmentation, sampleLimit: stream.samplesPerEpoch,
                    firstBatch: firstBatch))
        } else {
            form = .loaded(
                BatchLoader(
                    source: samples, side: side, batchSize: stream.batchSize, seed: stream.seed, epoch: epoch,
                    augmentation: stream.augmentation, sampleLimit: stream.samplesPerEpoch,
                    firstBatch: firstBatch))
        }
    }

    /// The next batch; `nil` after the last.
    ///
    /// - Throws: `RecordsError` where the samples make no batch; `Cancelled`, before the batch is given.
    mutating func next(_ cancellation: Cancellation) throws -> Batch? {
        switch form {
        case .loaded(let loader):
            let batch = try loader.next(cancellation)
            waitSeconds = loader.waitSeconds
            return batch.map { Batch(samples: .pixels($0.pixelsNHWC), labels: $0.labels) }
        case .held(var batches):
            let start = ContinuousClock.now
            let batch = try batches.next()
            form = .held(batches)
            waitSeconds += start.secondsUntilNow
            return batch.map { Batch(samples: .held($0.tiles.map(TilePlacement.init)), labels: $0.labels) }
        }
    }

    /// Samples that could not be read for the batches given since the last call, each once in an epoch.
    mutating func takeQuarantined() -> [UnreadableSample] {
        guard case .loaded(let loader) = form else { return [] }
        let new = loader.quarantined[quarantinedCount...]
        quarantinedCount = loader.quarantined.count
        return Array(new)
    }
}

extension TilePlacement {
    fileprivate init(_ placed: TileBatches.PlacedTile) {
        let crop = placed.crop
        self.init(tile: Int32(placed.tile), x: Int32(crop.x), y: Int32(crop.y), isMirrored: crop.mirrored)
    }
}
