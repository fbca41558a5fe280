import ArgumentParser
import Commands
import Foundation

/// A reader of files, and the sound files that damaged ones are made of.
struct FuzzedReader: Sendable {
    /// Files of one folder by name; a name may have folders in it.
    typealias Input = [String: [UInt8]]

    let name: String
    /// Makes sound inputs by the code that writes such files, in an empty folder. The readers find them in the same folder.
    let corpus: @Sendable (_ folder: String) throws -> [Input]
    /// Whether a file of an input is damaged; the others are only there.
    var damages: @Sendable (_ name: String) -> Bool = { _ in true }
    /// Makes checksums and lengths right again, so that what stands behind them is reached.
    var repair: (@Sendable (_ damaged: inout [UInt8], _ sound: [UInt8]) throws -> Void)?
    /// Reads as the commands do, and uses what was read.
    let read: @Sendable (_ folder: String) throws -> Void

    static let all = packs + models + trainings + scans + texts + pictures + annotations
}

extension FuzzedReader.Input {
    /// Files that lie in a folder.
    init(_ names: [String], in folder: String) throws {
        self.init()
        for name in names { self[name] = try Array(Data(contentsOf: URL(filePath: folder + "/" + name))) }
    }

    /// Writes all, and leaves nothing else in the folder.
    func write(to folder: String) throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, bytes) in self {
            let url = URL(filePath: folder + "/" + name)
            if name.contains("/") {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            }
            try Data(bytes).write(to: url)
        }
    }
}

/// Runs a command of `tilescope` in this process.
func runCommand(_ words: String...) throws {
    var command = try Tilescope.parseAsRoot(words)
    try command.run()
}
