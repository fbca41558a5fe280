import Files
import Foundation
import TestSupport
import Testing

import Training

@Test func makesTheFoldersOnTheWay() throws {
    try withTemporaryFolder { folder in
        try RunFolder(creating: folder + "/a/b", overwrites: false).begin()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a/b/checkpoints").isEmpty)
    }
}

@Test(arguments: ["plan.json", "metrics.jsonl", "model.safetensors", "curves.svg"])
func refusesAFolderWithARun(file: String) throws {
    try withTemporaryFolder { folder in
        try writeFile("old", to: .replacing(folder + "/" + file))
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
            try writeFile("old", to: .replacing(folder + "/" + file))
        }
        let names = { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
        let run = try RunFolder(creating: folder, overwrites: true)
        #expect(try names().count == 6)
        try run.begin()
        #expect(try names() == ["checkpoints", "lock", "notes.txt"])
    }
}

@Test func overwritesNoCheckpointsOfSomebodyElse() throws {
    try withTemporaryFolder { folder in
        try makeFolder(folder + "/checkpoints")
        for file in ["mine.safetensors", "epoch-000001.safetensors", "best.safetensors"] {
            try writeFile("old", to: .replacing(folder + "/checkpoints/" + file))
        }
        try RunFolder(creating: folder, overwrites: true).begin()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder + "/checkpoints") == [
                "mine.safetensors"
            ])
    }
}

@Test func aFileInTheWayIsAnError() throws {
    try withTemporaryFolder { folder in
        try writeFile("", to: .replacing(folder + "/run"))
        let error = #expect(throws: TrainingError.self) {
            _ = try RunFolder(creating: folder + "/run", overwrites: false)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == "File exists")
    }
}

@Test func aSecondRunInAFolderIsToldWhoIsInIt() throws {
    try withTemporaryFolder { folder in
        let first = try RunFolder(creating: folder, overwrites: false)
        let error = #expect(throws: TrainingError.self) {
            _ = try RunFolder(creating: folder, overwrites: true)
        }
        #expect(error?.code == .runLocked)
        #expect(error?.cause.hasPrefix("process \(getpid()) is writing into it") == true)
        withExtendedLifetime(first) {}
    }
}

@Test func aLockThatWasLeftBehindKeepsNobodyOut() throws {
    try withTemporaryFolder { folder in
        try RunFolder(creating: folder, overwrites: false).begin()
        #expect(FileManager.default.fileExists(atPath: folder + "/lock"))
        // Nor does the empty folder of checkpoints of a process that did not come to write its plan.
        _ = try RunFolder(creating: folder, overwrites: false)
    }
}

/// `runs` looks whether a run is locked, and holds its lock for that moment.
@Test func whoOnlyLooksAtTheLockKeepsNobodyOut() throws {
    try withTemporaryFolder { folder in
        let descriptor = open(folder + "/lock", O_RDWR | O_CREAT, 0o644)
        try #require(flock(descriptor, LOCK_SH | LOCK_NB) == 0)
        Thread.detachNewThread {
            usleep(10_000)
            close(descriptor)
        }
        _ = try RunFolder(creating: folder, overwrites: false)
    }
}

@Test func aFolderWithoutAPlanCannotBeResumed() throws {
    try withTemporaryFolder { folder in
        let error = #expect(throws: TrainingError.self) { _ = try RunFolder(resuming: folder) }
        #expect(error?.cause.contains("plan.json is missing") == true)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.isEmpty)
    }
}

@Test func whatAKilledProcessWasWritingIsRemoved() throws {
    try withTemporaryFolder { path in
        try RunFolder(creating: path, overwrites: false).begin()
        for file in [
            "plan.json", "model.safetensors.partial-0000000000000012",
            "checkpoints/epoch-000001.safetensors.partial-1234567890123456",
        ] { try writeFile("half", to: .replacing(path + "/" + file)) }
        _ = try RunFolder(resuming: path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(names.sorted() == ["checkpoints", "lock", "plan.json"])
    }
}

@Test func checkpointsSortByTheirPlaceInTheRun() throws {
    try withTemporaryFolder { path in
        let run = try RunFolder(creating: path, overwrites: false)
        try run.begin()
        let folder = run.checkpoints
        let inOrder = [
            folder.path(epoch: 1, step: 5), folder.path(epoch: 1), folder.path(epoch: 2, step: 12),
            folder.path(epoch: 2, step: 100), folder.path(epoch: 2), folder.path(epoch: 10),
        ]
        #expect(inOrder[0] == path + "/checkpoints/epoch-000001-step-0000000005.safetensors")
        #expect(inOrder[1] == path + "/checkpoints/epoch-000001.safetensors")
        for file in inOrder.shuffled() + [folder.bestPath, inOrder[0] + ".damaged"] {
            try writeFile("", to: .replacing(file))
        }
        #expect(try folder.paths == inOrder)
    }
}
