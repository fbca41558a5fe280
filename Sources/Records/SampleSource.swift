import Pixels

/// Labelled pictures that batches are made of: a pack of tiles, or records of pictures of any size.
public protocol SampleSource: AnyObject, Sendable {
    var path: String { get }
    /// Number of samples.
    var count: Int { get }
    /// By label.
    var classNames: [String] { get }
    /// The class of a sample: an index into `classNames`.
    func label(of sample: Int) -> Int
    /// Why samples cannot be given as squares of this side; `nil` where they can.
    func objection(toSide side: Int) -> String?
    /// Writes a sample as a square of `side` pixels, varied.
    ///
    /// - Parameter pixelsHWC: `side * side * 3` bytes.
    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>
    ) throws(RecordsError)
}

/// How one sample is varied at one place of one epoch: a function of these values alone.
public struct Variation: Hashable, Sendable {
    public var augmentation: Augmentation
    public var seed: UInt64
    public var epoch: Int
    /// In the epoch's order.
    public var position: Int

    public init(_ augmentation: Augmentation, seed: UInt64, epoch: Int, position: Int) {
        (self.augmentation, self.seed) = (augmentation, seed)
        (self.epoch, self.position) = (epoch, position)
    }
}

extension TilePack: SampleSource {
    public func objection(toSide side: Int) -> String? {
        tileWidth == side && tileHeight == side
            ? nil : "its tiles have \(tileWidth)×\(tileHeight) pixels, not \(side)×\(side)"
    }

    public func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>
    ) throws(RecordsError) {
        let crop = variation.augmentation.crop(
            seed: variation.seed, epoch: variation.epoch, position: variation.position)
        pixelsHWC.withUnsafeMutableBufferPointer { copy(sample, into: $0, crop: crop) }
    }
}
