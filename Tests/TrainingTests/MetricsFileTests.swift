import Files
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

/// What cannot be read now is not taken for an empty log, which would be cut to nothing.
@Test func aLogThatCannotBeReadIsLeftAsItIs() throws {
    try withTemporaryFile("{\"loss\":1,\"step\":1}\n") { path in
        let byteCount = 1 << 30 + 1
        truncate(path, byteCount)
        let error = #expect(throws: TrainingError.self) {
            _ = try MetricsFile(continuing: path, afterStep: 1)
        }
        #expect(error?.cause.contains("\(byteCount) bytes") == true)
        #expect(FileGuard(path: path)?.byteCount == byteCount)
    }
}

@Test func goesOnAfterTheStepsOfACheckpoint() throws {
    try withTemporaryFolder { folder in
        let path = folder + "/metrics.jsonl"
        let epoch = { (number: Int, step: Int) in
            #"{"epoch":\#(number),"step":\#(step),"trainingLoss":1,"trainingTopOne":0.5,"trainingTopFive":1,"#
                + #""seconds":2}"# + "\n"
        }
        let step = { (step: Int) in #"{"loss":1,"step":\#(step)}"# + "\n" }
        let text = step(1) + step(2) + epoch(1, 2) + step(3) + step(4) + epoch(2, 4) + #"{"loss":1,"st"#
        for (after, kept) in [
            (0, ""), (1, step(1)), (2, step(1) + step(2)), (3, step(1) + step(2) + epoch(1, 2) + step(3)),
            (4, step(1) + step(2) + epoch(1, 2) + step(3) + step(4)), (9, String(text.dropLast(13))),
        ] {
            try Data(text.utf8).write(to: URL(filePath: path))
            let file = try MetricsFile(continuing: path, afterStep: after)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == kept, "after \(after)")
            #expect(file.epochs.map(\.epoch) == [1, 2].filter { after > 2 * $0 })
            try file.append(["step": 5])
            #expect(try String(contentsOfFile: path, encoding: .utf8) == kept + "{\"step\":5}\n")
        }
    }
}

@Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
func aLineThatDoesNotFitIsTakenBack() throws {
    let disk = try SmallDisk(kilobytes: 8)
    let path = disk.folder.file("metrics.jsonl")
    let file = try MetricsFile(creating: path)
    let line = ["text": String(repeating: "x", count: 3000)]
    #expect(throws: TrainingError.self) { for _ in 0..<9 { try file.append(line) } }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasSuffix("\"}\n"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count == 3011 })
}
