public import Files
import Pixels

/// Labelled pictures that batches are made of: a pack of tiles, or records of pictures of any size.
public protocol SampleSource: AnyObject, Sendable {
    var path: String { get }
    /// Number of samples.
    var count: Int { get }
    /// By label.
    var classNames: [String] { get }
    /// The side of the samples where all are squares of one size, in pixels; `nil` where they can have any.
    var squareSide: Int? { get }
    /// How they were made, where that decides how a model is read that learns from them.
    var origin: TilePackOrigin? { get }
    /// How samples are cut where nothing shall be random.
    var evaluation: Augmentation { get }
    /// The class of a sample: an index into `classNames`.
    func label(of sample: Int) -> Int
    /// Why samples cannot be given as squares of this side; `nil` where they can.
    func objection(toSide side: Int) -> String?
    /// Writes a sample as a square of `side` pixels, varied. Several threads may do so at a time.
    ///
    /// - Parameter pixelsHWC: `side * side * 3` bytes.
    /// - Parameter cancellation: looked up where a sample takes long; where it is requested, any error may be thrown.
    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError)
}

extension SampleSource {
    public var origin: TilePackOrigin? { nil }
}

extension TilePack: SampleSource {
    public var squareSide: Int? { tileWidth == tileHeight ? tileWidth : nil }

    /// As they are.
    public var evaluation: Augmentation { .none }

    public func objection(toSide side: Int) -> String? {
        tileWidth == side && tileHeight == side
            ? nil : "its tiles have \(tileWidth)×\(tileHeight) pixels, not \(side)×\(side)"
    }

    public func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        guard let crop = variation.crop(of: sample) else {
            return PictureCutter.cut(
                try tile(sample), sample: sample, varied: variation, side: side, into: &pixelsHWC)
        }
        try pixelsHWC.withUnsafeMutableBufferPointer { pixels throws(RecordsError) in
            try copy(sample, into: pixels, crop: crop)
        }
        variation.colourChange?.apply(to: &pixelsHWC)
    }
}
