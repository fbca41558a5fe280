/// Samples for one call of an engine.
public struct Batch: Hashable, Sendable {
    /// `[N, H, W, 3]`.
    public var pixelsNHWC: [UInt8]
    /// `[N]`, class indices.
    public var labels: [Int32]
    public var count: Int { labels.count }

    public init(pixelsNHWC: [UInt8], labels: [Int32]) {
        (self.pixelsNHWC, self.labels) = (pixelsNHWC, labels)
    }
}

extension TilePack {
    /// All tiles in their order and as they are, for evaluation; the last batch may be smaller.
    public func batches(of batchSize: Int) -> some Sequence<Batch> {
        precondition(batchSize > 0)
        return stride(from: 0, to: count, by: batchSize).lazy.map { start in
            self.batch(of: min(batchSize, self.count - start)) { (start + $0, .whole) }
        }
    }

    /// - Parameter sample: the tile, and how it is cut, for each place of the batch.
    package func batch(of batchSize: Int, sample: (Int) -> (tile: Int, crop: Crop)) -> Batch {
        let tileByteCount = tileWidth * tileHeight * 3
        var labels: [Int32] = []
        labels.reserveCapacity(batchSize)
        let pixels = [UInt8](unsafeUninitializedCapacity: batchSize * tileByteCount) { buffer, count in
            for place in 0..<batchSize {
                let (tile, crop) = sample(place)
                let target = buffer[place * tileByteCount..<(place + 1) * tileByteCount]
                copy(tile, into: UnsafeMutableBufferPointer(rebasing: target), crop: crop)
                labels.append(Int32(label(of: tile)))
            }
            count = batchSize * tileByteCount
        }
        return Batch(pixelsNHWC: pixels, labels: labels)
    }
}
