import Files
import Foundation

/// A log in JSON Lines that grows while a run goes on, so that others can follow it. Each line is there whole or not at
/// all, but for a last one that was being written when the process was killed.
package final class MetricsFile {
    private var file: GrowingFile
    /// The epochs of the lines that were there already.
    package private(set) var epochs: [EpochMetrics] = []
    /// The newest steps of the lines that were there already, as far as they were asked for.
    package private(set) var steps: [StepMetrics] = []

    package init(creating path: String) throws(TrainingError) {
        do throws(FileError) {
            file = try GrowingFile(creating: path)
        } catch {
            throw TrainingError(error, operation: "create \(path)")
        }
    }

    /// Opens a log to go on with it; a missing one is begun.
    ///
    /// What was written after the checkpoint is cut off first: the lines of later steps, and the line of an epoch that
    /// ended with this very step, because checkpoints come before the line of their epoch.
    ///
    /// - Parameter step: steps done at the checkpoint.
    /// - Parameter lastStep: `steps` has those after this one; none by default.
    /// - Throws: also where the log cannot be read; it is not cut then.
    package init(
        continuing path: String, afterStep step: Int, keepingStepsAfter lastStep: Int = .max
    ) throws(TrainingError) {
        do throws(FileError) {
            // Before it is read: then nobody else writes to it.
            var opened = try GrowingFile(path: path)
            let data = Data(try readFile(path, limit: SealedFolder.logByteLimit))
            var byteCount = 0
            for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            {
                guard let place = try? JSONDecoder().decode(Place.self, from: line),
                    place.trainingLoss == nil ? place.step <= step : place.step < step
                else { break }
                if let epoch = try? JSONDecoder().decode(EpochMetrics.self, from: line) {
                    epochs.append(epoch)
                } else if place.step > lastStep,
                    let step = try? JSONDecoder().decode(StepMetrics.self, from: line)
                {
                    steps.append(step)
                }
                byteCount += line.count + 1
            }
            try opened.truncate(to: byteCount)
            file = opened
        } catch {
            throw TrainingError(error, operation: "continue \(path) after step \(step)")
        }
    }

    /// Adds a line; one that could not be written whole is taken back.
    package func append(_ line: some Encodable) throws {
        let text = try JSONText(line).text + "\n"
        do throws(FileError) {
            try file.append(text)
        } catch {
            throw TrainingError(error, operation: "add a line to \(error.path)")
        }
    }

    /// What tells where in the run a line stands.
    private struct Place: Decodable {
        var step: Int
        /// Only in the lines of epochs.
        var trainingLoss: Double?
    }
}
