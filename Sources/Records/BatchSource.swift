public import Files

/// What batches are made of: squares of one size, each with one label or several.
public protocol BatchSource: AnyObject, Sendable {
    var path: String { get }
    /// Number of samples.
    var count: Int { get }
    /// Labels of each sample.
    var labelCount: Int { get }
    /// The classes of a sample as it looks when it is varied so: `labelCount` class indices.
    func labels(of sample: Int, varied variation: Variation) -> [Int32]
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
