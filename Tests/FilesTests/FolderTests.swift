import Files
import Foundation
import TestSupport
import Testing

@Suite struct FolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func makesWhatIsMissingAndLeavesWhatIsThere() throws {
        try makeFolder(folder.file("a/b/c"))
        try writeFile("x", to: .replacing(folder.file("a/b/c/file")))
        try makeFolder(folder.file("a/b/c/"))
        try makeFolder("/")
        #expect(try folder.bytes("a/b/c/file") == [120])
    }

    /// Equal as Swift's texts, and two folders for the system.
    @Test func anEquallySpeltFolderIsNotTheSealedOne() throws {
        let (sealed, other) = (folder.file("caf\u{e9}"), folder.file("cafe\u{301}"))
        try #require(sealed == other)
        try makeFolder(sealed)
        try makeFolder(other)
        try writeFile("ours", to: .new(sealed + "/a"))
        try writeFile("theirs", to: .new(other + "/b"))
        try #require(symlink(other + "/b", sealed + "/link") == 0)
        let seal = SealedFolder(path: sealed)
        #expect(try seal.read(sealed + "/a") == Array("ours".utf8))
        let error = #expect(throws: FileError.self) { _ = try seal.read(sealed + "/link") }
        #expect(error?.cause.contains("a link that leads out of the folder") == true)
    }

    @Test func refusesWhereAFileStands() throws {
        _ = try folder.write([1], to: "file")
        for name in ["file", "file/below"] {
            let error = #expect(throws: FileError.self) { try makeFolder(folder.file(name)) }
            #expect(error?.path == folder.file(name))
            #expect(error?.code == .cannotWrite)
        }
    }
}
