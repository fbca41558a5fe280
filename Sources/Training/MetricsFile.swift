import Foundation

/// A log in JSON Lines that grows while a run goes on, so that others can follow it: the one output that does not
/// appear by rename. Each line is there whole or not at all, but for a last one that was being written when the
/// process was killed.
package final class MetricsFile {
    private let path: String
    private let descriptor: Int32
    /// Of the whole lines.
    private var byteCount = 0
    private let encoder = JSONEncoder()
    /// The epochs of the lines that were there already.
    package private(set) var epochs: [EpochMetrics] = []

    package convenience init(creating path: String) throws(TrainingError) {
        try self.init(path, flags: O_EXCL)
    }

    /// Opens a log to go on with it; a missing one is begun.
    ///
    /// What was written after the checkpoint is cut off first: the lines of later steps, and the line of an epoch that
    /// ended with this very step, because checkpoints come before the line of their epoch.
    ///
    /// - Parameter step: steps done at the checkpoint.
    package convenience init(continuing path: String, afterStep step: Int) throws {
        try self.init(path, flags: 0)
        let data = FileManager.default.contents(atPath: path) ?? Data()
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            guard let place = try? JSONDecoder().decode(Place.self, from: line),
                place.trainingLoss == nil ? place.step <= step : place.step < step
            else { break }
            if let epoch = try? JSONDecoder().decode(EpochMetrics.self, from: line) { epochs.append(epoch) }
            byteCount += line.count + 1
        }
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw TrainingError(writing: "cut \(path) after step \(step)")
        }
    }

    private init(_ path: String, flags: Int32) throws(TrainingError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0o644)
        guard descriptor >= 0 else { throw TrainingError(writing: "open \(path)") }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    deinit { close(descriptor) }

    /// Adds a line; one that could not be written whole is taken back.
    package func append(_ line: some Encodable) throws {
        var bytes = [UInt8](try encoder.encode(line))
        bytes.append(UInt8(ascii: "\n"))
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                let error = TrainingError(writing: "add a line to \(path)")
                _ = ftruncate(descriptor, off_t(byteCount))
                throw error
            }
            start += written
        }
        byteCount += bytes.count
    }

    /// What tells where in the run a line stands.
    private struct Place: Decodable {
        var step: Int
        /// Only in the lines of epochs.
        var trainingLoss: Double?
    }
}
