import Files
import Foundation
import Records
import TestSupport
import Testing
import Training

@Suite struct QuarantineTests {
    let folder: TemporaryFolder
    let first = QuarantinedSample(UnreadableSample(sample: 7, reason: "cut short"), use: .training)
    let second = QuarantinedSample(UnreadableSample(sample: 2, reason: "no picture"), use: .training)
    /// The number of the first, in other data.
    let third = QuarantinedSample(UnreadableSample(sample: 7, reason: "torn"), use: .validation)

    init() throws { folder = try TemporaryFolder() }

    private func lines(of path: String) throws -> [Substring] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    }

    @Test func goesOnWithWhatItKnows() throws {
        let path = folder.file("quarantine.jsonl")
        do {
            let quarantine = try Quarantine(at: path)
            #expect(quarantine.add([]).isEmpty)
            try quarantine.write()
            #expect(try folder.names.isEmpty)
            #expect(quarantine.add([first]) == [first])
            #expect(quarantine.add([first]).isEmpty)
            try quarantine.write()
        }
        let resumed = try Quarantine(at: path)
        #expect(resumed.samples == [first])
        #expect(resumed.add([first, second, third]) == [second, third])
        try resumed.write()
        #expect(
            try lines(of: path) == [
                #"{"reason":"cut short","sample":7,"use":"training"}"#,
                #"{"reason":"no picture","sample":2,"use":"training"}"#,
                #"{"reason":"torn","sample":7,"use":"validation"}"#,
            ])
        #expect(resumed.count(of: .training) == 2 && resumed.count(of: .validation) == 1)
    }

    @Test func aListThatCannotBeReadIsNoEmptyOne() {
        let error = #expect(throws: TrainingError.self) { _ = try Quarantine(at: folder.path) }
        #expect(error?.operation == "continue \(folder.path)")
    }

    @Test func aLineThatAKilledProcessLeftHalfIsCutOff() throws {
        let half = #"{"reason":"cut short","sample":7,"use":"training"}"# + "\n" + #"{"reason":"no p"#
        let path = try folder.write(Array(half.utf8), to: "quarantine.jsonl")
        let quarantine = try Quarantine(at: path)
        #expect(quarantine.add([second]) == [second])
        try quarantine.write()
        #expect(try lines(of: path).count == 2)
        #expect(try lines(of: path).last == #"{"reason":"no picture","sample":2,"use":"training"}"#)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func whatAFullDiskKeepsOutIsToldOfAndWrittenLater() throws {
        let disk = try SmallDisk(kilobytes: 8)
        let full = try disk.folder.write([UInt8](repeating: 0, count: 8192), to: "full")
        let quarantine = try Quarantine(at: disk.folder.file("quarantine.jsonl"))
        #expect(quarantine.add([first, second]) == [first, second])
        #expect(throws: FileError.self) { try quarantine.write() }
        try FileManager.default.removeItem(atPath: full)
        #expect(quarantine.add([third]) == [third])
        try quarantine.write()
        #expect(try lines(of: disk.folder.file("quarantine.jsonl")).count == 3)
    }
}
