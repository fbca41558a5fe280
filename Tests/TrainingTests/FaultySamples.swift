import Files
import Records
import Synchronization

/// Samples of which some reads fail.
final class FaultySamples: SampleSource {
    private let whole: any SampleSource
    private let code: RecordsError.Code
    private let cause: String
    private let fails: @Sendable (_ sample: Int, _ readNumber: Int) -> Bool
    private let readCount = Atomic(0)

    /// Some samples are damaged.
    init(_ whole: any SampleSource, torn: Set<Int>) {
        self.whole = whole
        (code, cause) = (.malformed, "it is torn")
        fails = { sample, _ in torn.contains(sample) }
    }

    /// The file is cut off while it is read.
    ///
    /// - Parameter lastRead: the last read that still succeeds, counted from 1 over all samples.
    init(_ whole: any SampleSource, lastRead: Int) {
        self.whole = whole
        (code, cause) = (.changed, "it was cut off")
        fails = { _, readNumber in readNumber > lastRead }
    }

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
        guard !fails(sample, readCount.add(1, ordering: .relaxed).newValue) else {
            throw RecordsError(
                code: code, operation: "read sample \(sample)", path: path, cause: cause)
        }
        try whole.write(
            sample, varied: variation, side: side, into: &pixelsHWC, cancellation: cancellation)
    }
}
