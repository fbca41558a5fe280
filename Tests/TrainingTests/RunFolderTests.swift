import Files
import Foundation
import TestSupport
import Testing

import Training

@Test func makesTheFoldersOnTheWay() throws {
    try withTemporaryFolder { folder in
        _ = try RunFolder(creating: folder + "/a/b", overwrites: false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/b/checkpoints").isEmpty)
    }
}

@Test(arguments: ["plan.json", "metrics.jsonl", "model.safetensors", "curves.svg"])
func refusesAFolderWithARun(file: String) throws {
    try withTemporaryFolder { folder in
        try writeFile("old", to: folder + "/" + file)
        let error = #expect(throws: TrainingError.self) {
            _ = try RunFolder(creating: folder, overwrites: false)
        }
        #expect(error?.code == .runExists)
        #expect(error?.description.contains("--overwrite") == true)
        #expect(try String(contentsOfFile: folder + "/" + file, encoding: .utf8) == "old")
    }
}

@Test func overwritesARunAndNothingElse() throws {
    try withTemporaryFolder { folder in
        for file in ["plan.json", "metrics.jsonl", "model.safetensors", "curves.svg", "notes.txt"] {
            try writeFile("old", to: folder + "/" + file)
        }
        _ = try RunFolder(creating: folder, overwrites: true)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(left.sorted() == ["checkpoints", "notes.txt"])
    }
}

@Test func aFileInTheWayIsAnError() throws {
    try withTemporaryFolder { folder in
        try writeFile("", to: folder + "/run")
        let error = #expect(throws: TrainingError.self) {
            _ = try RunFolder(creating: folder + "/run", overwrites: false)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == "Not a directory")
    }
}

@Test func namesCheckpointsSoThatTheySort() throws {
    try withTemporaryFolder { path in
        let folder = try RunFolder(creating: path, overwrites: false)
        #expect(folder.checkpointPath(epoch: 3) == path + "/checkpoints/epoch-0003.safetensors")
        #expect(folder.checkpointPath(step: 1234) == path + "/checkpoints/step-00001234.safetensors")
    }
}
