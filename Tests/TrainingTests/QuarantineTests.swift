import Foundation
import Records
import TestSupport
import Testing
import Training

@Test func quarantineGoesOnWithWhatItKnows() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("quarantine.jsonl")
    let (first, second) = (
        UnreadableSample(sample: 7, reason: "cut short"), UnreadableSample(sample: 2, reason: "no picture")
    )
    var quarantine = Quarantine(at: path)
    #expect(try quarantine.add([]).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try quarantine.add([first]) == [first])
    var resumed = Quarantine(at: path)
    #expect(resumed.samples == [first])
    #expect(try resumed.add([first, second]) == [second])
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(
        lines == [#"{"reason":"cut short","sample":7}"#, #"{"reason":"no picture","sample":2}"#])
}
