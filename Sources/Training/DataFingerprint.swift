import Bytes
import Files
import Records

/// What tells one set of samples from another, wherever it lies.
struct DataFingerprint: Hashable, Codable, CustomStringConvertible {
    var sampleCount: Int
    /// CRC-32C over all labels and over the pixels of some samples from the whole set.
    var checksum: UInt32

    var description: String { "\(sampleCount), checksum \(String(checksum, radix: 16))" }

    /// Samples whose pixels count: enough to tell sets apart, and few enough that a large one is not read for it.
    private static let pictureCount = 16

    /// - Parameter side: of the squares as which the samples are looked at.
    /// - Throws: `TrainingError` for a label that is no class, with its sample, and where the samples' file was cut or changed;
    ///   `Cancelled`.
    init(of source: any SampleSource, side: Int, cancellation: Cancellation) throws {
        sampleCount = source.count
        let labels = (0..<source.count).map { Int32(clamping: source.label(of: $0)) }
        for (sample, label) in labels.enumerated() where !source.classNames.indices.contains(Int(label)) {
            throw TrainingError(
                code: .wrongData, operation: "train on sample \(sample) of \(source.path)",
                cause:
                    "its label \(label) is not among \(counted(source.classNames.count, "class", "classes"))")
        }
        checksum = CRC32C.checksum(labels.span.bytes)
        for picture in 0..<min(Self.pictureCount, source.count) {
            let sample = picture * source.count / min(Self.pictureCount, source.count)
            var pixels = [UInt8](repeating: 0, count: side * side * 3)
            var span = pixels.mutableSpan
            do throws(RecordsError) {
                try source.write(
                    sample, varied: Variation(source.evaluation, seed: 0, epoch: 0, position: 0), side: side,
                    into: &span, cancellation: cancellation)
            } catch {
                try cancellation.check()
                guard error.code != .changed else {
                    throw TrainingError.dataChanged(source.path, cause: "\(error)")
                }
                // One that cannot be read counts as black; it is for the loader to deal with it.
            }
            checksum = CRC32C.checksum(pixels.span.bytes, after: checksum)
        }
    }
}

extension SampleSource {
    /// Classes without a sample.
    var emptyClassNames: [String] {
        var isSeen = [Bool](repeating: false, count: classNames.count)
        for sample in 0..<count { isSeen[label(of: sample)] = true }
        return zip(classNames, isSeen).compactMap { $1 ? nil : $0 }
    }
}
