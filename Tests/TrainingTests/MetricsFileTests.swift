import Foundation
import TestSupport
import Testing

import Training

@Test func growsByALineAtATime() throws {
    try withTemporaryFolder { folder in
        let path = folder + "/metrics.jsonl"
        let file = try MetricsFile(creating: path)
        try file.append(["step": 1])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"step\":1}\n")
        try file.append(["step": 2])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"step\":1}\n{\"step\":2}\n")
    }
}

@Test func doesNotWriteOverALog() throws {
    try withTemporaryFolder { folder in
        let path = folder + "/metrics.jsonl"
        _ = try MetricsFile(creating: path)
        let error = #expect(throws: TrainingError.self) { _ = try MetricsFile(creating: path) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.description.contains("File exists") == true)
    }
}

@Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
func aFullDiskIsAnErrorOfTheLog() throws {
    let disk = try SmallDisk(kilobytes: 64)
    let file = try MetricsFile(creating: disk.folder.file("metrics.jsonl"))
    let error = #expect(throws: TrainingError.self) {
        for step in 0..<100_000 { try file.append(["step": step]) }
    }
    #expect(error?.code == .noSpace)
    #expect(error?.description.contains("metrics.jsonl: No space left on device") == true)
}
