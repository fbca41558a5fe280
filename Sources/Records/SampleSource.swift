public import Files
import Pixels

/// Labelled pictures, each with one label: a pack of tiles, or records of pictures of any size.
public protocol SampleSource: BatchSource {
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
}

extension SampleSource {
    public var origin: TilePackOrigin? { nil }
    public var labelCount: Int { 1 }

    public func labels(of sample: Int, varied variation: Variation) -> [Int32] {
        [Int32(label(of: sample))]
    }
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
        variation.changePixels(&pixelsHWC, side: side)
    }
}
