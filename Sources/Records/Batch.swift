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
        let byteCount = tileWidth * tileHeight * 3
        return stride(from: 0, to: count, by: batchSize).lazy.map { start in
            let tiles = start..<min(start + batchSize, self.count)
            let pixels = [UInt8](unsafeUninitializedCapacity: tiles.count * byteCount) { buffer, count in
                for (place, tile) in tiles.enumerated() {
                    let target = buffer[place * byteCount..<(place + 1) * byteCount]
                    self.copy(tile, into: UnsafeMutableBufferPointer(rebasing: target), crop: .whole)
                }
                count = tiles.count * byteCount
            }
            return Batch(pixelsNHWC: pixels, labels: tiles.map { Int32(self.label(of: $0)) })
        }
    }
}

extension SampleSource {
    /// - Parameter sample: the sample, and how it is varied, for each place of the batch.
    package func batch(
        of batchSize: Int, side: Int, sample: (Int) -> (sample: Int, variation: Variation)
    ) throws(RecordsError) -> Batch {
        let byteCount = side * side * 3
        var pixels = [UInt8](repeating: 0, count: batchSize * byteCount)
        var labels: [Int32] = []
        labels.reserveCapacity(batchSize)
        try pixels.withUnsafeMutableBufferPointer { pixels throws(RecordsError) in
            for place in 0..<batchSize {
                let (sample, variation) = sample(place)
                let part = pixels[place * byteCount..<(place + 1) * byteCount]
                var target = UnsafeMutableBufferPointer(rebasing: part).mutableSpan
                try write(sample, varied: variation, side: side, into: &target)
                labels.append(Int32(label(of: sample)))
            }
        }
        return Batch(pixelsNHWC: pixels, labels: labels)
    }
}
