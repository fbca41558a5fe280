import Files
import Records

extension SampleSource {
    /// Writes a sample where nobody can end it early.
    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>
    ) throws(RecordsError) {
        try write(sample, varied: variation, side: side, into: &pixelsHWC, cancellation: Cancellation())
    }
}
