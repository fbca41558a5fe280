import Files
import Foundation
import TestSupport
import Testing

@Suite struct ResultFolderTests {
    let folder: TemporaryFolder
    private let results: ResultFolder

    init() throws {
        folder = try TemporaryFolder()
        results = ResultFolder(folder.path, names: ["page", "a", "b", "c"], stagingName: ".new")
    }

    private struct Failure: Error {}

    private func write(_ names: [String], text: String, fails: Bool = false) throws {
        try results.replace { staging in
            for name in names { try writeFile(text, to: .new(staging + "/" + name)) }
            if fails { throw Failure() }
        }
    }

    private func text(_ name: String) throws -> String {
        try String(decoding: folder.bytes(name), as: UTF8.self)
    }

    @Test func replacesAllOlderFilesAndNothingElse() throws {
        _ = try folder.write([1], to: "mine")
        try write(["page", "a", "b"], text: "old")
        try write(["page", "b", "c"], text: "new")
        #expect(try folder.names == ["b", "c", "mine", "page"])
        for name in ["b", "c", "page"] { #expect(try text(name) == "new") }
    }

    @Test(arguments: [".new", ".new-complete", ".new-moving"])
    func movesNothingOutOfSomebodyElsesFolder(name: String) throws {
        try makeFolder(folder.file("theirs"))
        _ = try folder.write([1], to: "theirs/page")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(name), withDestinationPath: folder.file("theirs"))
        try results.recover()
        try write(["page", "a"], text: "new")
        #expect(try folder.bytes("theirs/page") == [1])
        #expect(try folder.names == ["a", "page", "theirs"])
    }

    @Test func whatFailsLeavesTheOlderFiles() throws {
        try write(["page", "a"], text: "old")
        #expect(throws: Failure.self) { try write(["page", "b"], text: "new", fails: true) }
        #expect(try folder.names == ["a", "page"])
        #expect(try text("page") == "old")
    }

    @Test func removesWhatAKilledProcessHadNotCompleted() throws {
        try write(["page", "a"], text: "old")
        try makeFolder(folder.file(".new"))
        _ = try folder.write([1], to: ".new/page")
        try results.recover()
        #expect(try folder.names == ["a", "page"])
        #expect(try text("page") == "old")
    }

    /// Older files are removed one by one, then newer ones are moved one by one.
    @Test(arguments: [0, 1, 2]) func endsWhatAKilledProcessHadCompleted(removedCount: Int) throws {
        try write(["page", "a"], text: "old")
        try makeFolder(folder.file(".new-complete"))
        for name in ["page", "b"] { try writeFile("new", to: .new(folder.file(".new-complete/" + name))) }
        for name in ["page", "a"].prefix(removedCount) { #expect(unlink(folder.file(name)) == 0) }
        try results.recover()
        #expect(try folder.names == ["b", "page"])
        #expect(try text("page") == "new" && text("b") == "new")
    }

    @Test func goesOnWithMovingAndRemovesNothingThen() throws {
        try makeFolder(folder.file(".new-moving"))
        try writeFile("new", to: .new(folder.file(".new-moving/page")))
        try writeFile("new", to: .new(folder.file("b")))
        try results.recover()
        #expect(try folder.names == ["b", "page"])
    }

    @Test func aFolderInTheWayIsNamedAndEverythingStays() throws {
        try write(["page", "a"], text: "old")
        try makeFolder(folder.file("b/mine"))
        let error = #expect(throws: FileError.self) { try write(["page", "b"], text: "new") }
        #expect(error?.path == folder.file("b") && error?.cause.contains("move it away") == true)
        #expect(try folder.names == ["a", "b", "page"])
        #expect(try text("page") == "old")
    }

    // MARK: - Files whose names depend on what a run is about

    private func more(_ older: [String]) -> ResultFolder {
        ResultFolder(folder.path, names: ["page", "a"], stagingName: ".new", olderNames: older)
    }

    @Test func replacesFurtherFilesAndFoldersThatTheLastRunHasLeft() throws {
        try more([]).replace { staging in
            try writeFile("old", to: .new(staging + "/page"))
            try writeFile("old", to: .new(staging + "/x"))
            try makeFolder(staging + "/parts")
            try writeFile("old", to: .new(staging + "/parts/1"))
        }
        _ = try folder.write([1], to: "mine")
        #expect(try folder.names == ["mine", "page", "parts", "x"])
        try more(["x", "parts"]).replace { staging in
            try writeFile("new", to: .new(staging + "/page"))
            try makeFolder(staging + "/parts")
            try writeFile("new", to: .new(staging + "/parts/2"))
        }
        #expect(try folder.names == ["mine", "page", "parts"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("parts")) == ["2"])
    }

    @Test(arguments: ["x", "parts"]) func nothingOfSomebodyElseIsReplaced(name: String) throws {
        try write(["page"], text: "old")
        _ = try folder.write([1], to: "x")
        try makeFolder(folder.file("parts"))
        let error = #expect(throws: FileError.self) {
            try more([]).replace { staging in
                try writeFile("new", to: .new(staging + "/page"))
                if name == "x" {
                    try writeFile("new", to: .new(staging + "/x"))
                } else {
                    try makeFolder(staging + "/parts")
                }
            }
        }
        #expect(error?.code == .exists && error?.path == folder.file(name))
        #expect(try text("page") == "old" && folder.bytes("x") == [1])
    }

    @Test func allThatIsInTheWayIsNamed() throws {
        for name in 1...7 { _ = try folder.write([1], to: "x\(name)") }
        let error = #expect(throws: FileError.self) {
            try more([]).replace { staging in
                for name in 1...7 { try writeFile("new", to: .new(staging + "/x\(name)")) }
            }
        }
        #expect(error?.operation == "write x1, x2, x3, x4, x5 and 2 more", "\(error?.operation ?? "")")
        #expect(error?.path == folder.path && error?.cause.contains("move them away") == true)
    }
}
