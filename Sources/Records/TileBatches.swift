/// The batches of one training epoch over a pack, without pixels: which tiles, and how they are moved and mirrored.
///
/// The stream is that of `BatchLoader`, whose arguments it takes; whoever holds the tiles can make the bytes. A batch of
/// 1,000 takes about 0.1 ms, so that nothing is made ahead.
package struct TileBatches {
    package struct Batch: Hashable {
        package var tiles: [PlacedTile]
        /// Of the tiles, class indices.
        package var labels: [Int32]
    }

    /// A tile, and how it is moved.
    package struct PlacedTile: Hashable {
        package var tile: Int
        package var crop: Crop
    }

    private let pack: TilePack
    private let plan: BatchPlan
    private let samples: SampleOrder
    private var nextBatch: Int

    /// Shuffles the tiles.
    ///
    /// - Parameter side: of the tiles.
    /// - Parameter augmentation: one that only moves and mirrors: its `move` is not `nil`.
    /// - Parameter sampleLimit: only so many tiles of the epoch's order, rounded down to whole batches.
    /// - Parameter firstBatch: batches of the epoch that are passed over: the same stream from there on.
    package init(
        pack: TilePack, side: Int, batchSize: Int, seed: UInt64, epoch: Int, augmentation: Augmentation,
        sampleLimit: Int? = nil, firstBatch: Int = 0
    ) {
        precondition(batchSize > 0 && firstBatch >= 0 && augmentation.move != nil)
        plan = .training(
            pack, side: side, batchSize: batchSize, seed: seed, epoch: epoch, augmentation: augmentation,
            sampleLimit: sampleLimit)
        self.pack = pack
        (samples, nextBatch) = (plan.shuffledSamples(), firstBatch)
    }

    /// The next batch; `nil` after the last.
    ///
    /// - Throws: where there are too few tiles for a single batch, and where they do not suit.
    package mutating func next() throws(RecordsError) -> Batch? {
        if let objection = plan.objection { throw objection }
        guard nextBatch < plan.batchCount else { return nil }
        let positions = plan.positions(of: nextBatch)
        nextBatch += 1
        // No tile has another one in its place, as the loader may give a record: all of an open pack can be read.
        let tiles = positions.map { position in
            let tile = samples[position]
            guard let crop = plan.variation(at: position).crop(of: tile) else {
                preconditionFailure("the augmentation was checked")
            }
            return PlacedTile(tile: tile, crop: crop)
        }
        return Batch(tiles: tiles, labels: tiles.map { Int32(pack.label(of: $0.tile)) })
    }
}
