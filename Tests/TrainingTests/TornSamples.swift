import Files
import Records

/// Samples of which some cannot be read.
final class TornSamples: SampleSource {
    private let whole: any SampleSource
    private let torn: Set<Int>

    init(_ whole: any SampleSource, torn: Set<Int>) { (self.whole, self.torn) = (whole, torn) }

    var path: String { whole.path }
    var count: Int { whole.count }
    var classNames: [String] { whole.classNames }
    var squareSide: Int? { whole.squareSide }
    var evaluation: Augmentation { whole.evaluation }
    func label(of sample: Int) -> Int { whole.label(of: sample) }
    func objection(toSide side: Int) -> String? { whole.objection(toSide: side) }

    func write(
        _ sample: Int, varied variation: Variation, side: Int, into pixelsHWC: inout MutableSpan<UInt8>,
        cancellation: Cancellation
    ) throws(RecordsError) {
        guard !torn.contains(sample) else {
            throw RecordsError(
                code: .malformed, operation: "read sample \(sample)", path: path, cause: "it is torn")
        }
        try whole.write(
            sample, varied: variation, side: side, into: &pixelsHWC, cancellation: cancellation)
    }
}
