import Files
import Foundation
import TestSupport
import Testing

@Suite struct FolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func makesWhatIsMissingAndLeavesWhatIsThere() throws {
        try makeFolder(folder.file("a/b/c"))
        try writeFile("x", to: folder.file("a/b/c/file"))
        try makeFolder(folder.file("a/b/c/"))
        try makeFolder("/")
        #expect(try folder.bytes("a/b/c/file") == [120])
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
