import Files
import Foundation
package import Records

/// The samples of a run that could not be read: `quarantine.jsonl`, a line for each with its number and the reason.
///
/// Written whole each time one is added, and only then: a run without any leaves no file.
package struct Quarantine {
    package private(set) var samples: [UnreadableSample] = []
    private var known: Set<Int> = []
    private let path: String

    /// Goes on with what a resumed run had found. A line that cannot be understood is left out.
    package init(at path: String) {
        self.path = path
        let text = FileManager.default.contents(atPath: path) ?? Data()
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let sample = try? JSONDecoder().decode(UnreadableSample.self, from: line) else { continue }
            if known.insert(sample.sample).inserted { samples.append(sample) }
        }
    }

    /// - Returns: those that were not known before.
    package mutating func add(_ unreadable: [UnreadableSample]) throws -> [UnreadableSample] {
        let new = unreadable.filter { known.insert($0.sample).inserted }
        guard !new.isEmpty else { return [] }
        samples += new
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try samples.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
        try writeFile(lines.joined(), to: path)
        return new
    }
}
