import Files
import Foundation

/// The samples of a run that could not be read: `quarantine.jsonl`, a line for each.
///
/// The file is begun with the first of them: a run without any leaves none.
package final class Quarantine {
    package private(set) var samples: [QuarantinedSample] = []
    private var known: Set<Place> = []
    private let path: String
    /// Of the whole lines that were there already.
    private var byteCount = 0
    /// Of `samples`, those that are in the file.
    private var writtenCount = 0
    /// Open from the first line of this process on.
    private var file: GrowingFile?

    private struct Place: Hashable {
        var sample: Int
        var use: QuarantinedSample.Use
    }

    /// Goes on with what a resumed run had found. A line that cannot be understood is left out.
    ///
    /// - Throws: where the file is there and cannot be read.
    package init(at path: String) throws(TrainingError) {
        self.path = path
        let text: Data
        do throws(FileError) {
            text = Data(try readFileIfThere(path, limit: SealedFolder.logByteLimit) ?? [])
        } catch {
            throw TrainingError(error, operation: "continue \(path)")
        }
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            byteCount += line.count + 1
            if let sample = try? JSONDecoder().decode(QuarantinedSample.self, from: line) { add(sample) }
        }
        writtenCount = samples.count
    }

    /// How many samples of one use there are.
    package func count(of use: QuarantinedSample.Use) -> Int { samples.count { $0.use == use } }

    /// Takes samples in; `write` puts them into the file.
    ///
    /// - Returns: those that were not known before.
    @discardableResult
    package func add(_ unreadable: [QuarantinedSample]) -> [QuarantinedSample] { unreadable.filter(add) }

    /// - Returns: whether it is a new one.
    @discardableResult
    private func add(_ sample: QuarantinedSample) -> Bool {
        guard known.insert(Place(sample: sample.sample, use: sample.use)).inserted else { return false }
        samples.append(sample)
        return true
    }

    /// Adds the lines that are missing in the file. Those that cannot be written now wait for the next call.
    package func write() throws {
        guard writtenCount < samples.count else { return }
        let lines = try samples[writtenCount...].map { try JSONText($0).text + "\n" }
        if file == nil {
            var opened = try GrowingFile(path: path)
            // A killed process may have left a part of a line.
            try opened.truncate(to: byteCount)
            file = consume opened
        }
        try file?.append(lines.joined())
        writtenCount = samples.count
    }
}
