import Foundation

/// Where the trial of one reader keeps its files.
struct TrialPlace {
    let path: String

    init(of reader: FuzzedReader, in folder: String) throws {
        path = folder + "/" + reader.name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The folder that the reader reads.
    var inputPath: String { path + "/input" }
    /// What the process that tries writes to standard error.
    var logPath: String { path + "/log" }
    private var tallyPath: String { path + "/tally.json" }

    func write(_ tally: Trial.Tally) throws {
        try JSONEncoder().encode(tally).write(to: URL(filePath: tallyPath))
    }

    /// `nil` where nothing was tried.
    func tally() throws -> Trial.Tally? {
        guard let data = FileManager.default.contents(atPath: tallyPath) else { return nil }
        return try JSONDecoder().decode(Trial.Tally.self, from: data)
    }

    func removeTally() { unlink(tallyPath) }
}
