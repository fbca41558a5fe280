public import Files
public import Pixels
import Rasters

/// Image records as samples: whatever size their pictures have, they are decoded and cut when they are asked for.
public final class RecordSamples: SampleSource {
    public let records: ImageRecords
    private let framing: Framing?
    private let cutter = PictureCutter()

    /// The samples of records that are open.
    ///
    /// - Parameter framing: what a model that scores them asks for; `nil` for the usual way.
    public init(_ records: ImageRecords, framing: Framing? = nil) {
        (self.records, self.framing) = (records, framing)
    }

    public var path: String { records.path }
    public var count: Int { records.count }
    public var classNames: [String] { records.classNames }
    public var squareSide: Int? { nil }

    /// The centre, after the shorter side was made 256 of 224 of the square's or what the framing says; a picture of the square's size is
    /// taken as it is.
    public var evaluation: Augmentation { .scoring(framing) }

    public func label(of sample: Int) -> Int { records.label(of: sample) }

    public func objection(toSide side: Int) -> String? { nil }

    public func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        try records.withImage(of: sample) { image throws(RecordsError) in
            do throws(RasterError) {
                try cutter.cut(
                    image, path: records.path, sample: sample, varied: variation, side: side,
                    into: &pixelsHWC, cancellation: cancellation)
            } catch {
                throw RecordsError(
                    code: .malformed, operation: "read record \(sample) of \(records.count)",
                    path: records.path,
                    cause: "cannot \(error.operation): \(error.cause)")
            }
        }
    }
}
