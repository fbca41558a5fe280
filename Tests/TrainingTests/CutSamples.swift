import Files
import Records
import Synchronization

/// Samples whose file is cut off after some of them were read.
final class CutSamples: SampleSource {
    private let whole: any SampleSource
    private let lastRead: Int
    private let readCount = Atomic(0)

    /// - Parameter lastRead: the last sample that is read whole, counted from 1 over all reads.
    init(_ whole: any SampleSource, lastRead: Int) { (self.whole, self.lastRead) = (whole, lastRead) }

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
        guard readCount.add(1, ordering: .relaxed).newValue <= lastRead else {
            throw RecordsError(
                code: .changed, operation: "read sample \(sample)", path: path, cause: "it was cut off")
        }
        try whole.write(sample, varied: variation, side: side, into: &pixelsHWC, cancellation: cancellation)
    }
}
