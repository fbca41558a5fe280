import Files
import Foundation
import TestSupport
import Testing

@Suite struct FileReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsBytesAtAnyPlace() throws {
        let file = try FileReader(path: folder.write([1, 2, 3, 4], to: "a"))
        #expect(file.byteCount == 4)
        #expect(try file.read(2, at: 1) == [2, 3])
        #expect(try file.read(0, at: 4).isEmpty)
        #expect(try readFile(file.path, limit: 4) == [1, 2, 3, 4])
    }

    @Test func keepsTheOldBytesWhenTheFileIsReplaced() throws {
        let file = try FileReader(path: folder.write([1, 2, 3], to: "a"))
        try writeFile("new", to: .replacing(folder.file("a")))
        #expect(try file.read(3, at: 0) == [1, 2, 3])
    }

    /// As a mapped file it would end the process.
    @Test func aFileThatIsCutWhileItIsOpenIsAnErrorThatNamesIt() throws {
        let path = try folder.write([UInt8](repeating: 7, count: 10_000), to: "a")
        let file = try FileReader(path: path)
        truncate(path, 5000)
        #expect(try file.read(5000, at: 0).count == 5000)
        let error = #expect(throws: FileError.self) { _ = try file.read(2000, at: 4000) }
        #expect(error?.code == .changed)
        #expect(error?.description.contains(path) == true)
        #expect(error?.cause == "it was truncated or changed while it was read")
    }

    @Test func seesThatAFileWasWrittenTo() throws {
        let path = try folder.write([1, 2, 3], to: "a")
        let file = try FileReader(path: path)
        try file.checkUnchanged()
        truncate(path, 4)
        let error = #expect(throws: FileError.self) { try file.checkUnchanged() }
        #expect(error?.code == .changed)
    }

    @Test func anEmptyFileHasNoBytes() throws {
        #expect(try readFile(folder.write([], to: "a"), limit: 0).isEmpty)
    }

    @Test func refusesAFileThatIsTooLongBeforeReadingIt() throws {
        let path = try folder.write([1, 2, 3], to: "a")
        #expect(try readFile(path, limit: 3).count == 3)
        let error = #expect(throws: FileError.self) { _ = try readFile(path, limit: 2) }
        #expect(error?.code == .tooLarge)
        // It takes no place on the disk, and would take all memory.
        truncate(path, 1 << 40)
        #expect(throws: FileError.self) { _ = try readFile(path, limit: 1 << 30) }
    }

    @Test func aMissingFileHasNoBytesAndNoOtherFailureCountsAsThat() throws {
        #expect(try readFileIfThere(folder.file("no"), limit: 9) == nil)
        #expect(try readFileIfThere(folder.write([], to: "empty"), limit: 9) == [])
        for path in [folder.path, folder.file("empty/below")] {
            #expect(throws: FileError.self) { _ = try readFileIfThere(path, limit: 9) }
        }
    }

    @Test func refusesAFolderAPipeAndWhatIsNotThere() throws {
        let folderError = #expect(throws: FileError.self) { _ = try FileReader(path: folder.path) }
        #expect(folderError?.cause == "it is a folder; name a file")
        mkfifo(folder.file("pipe"), 0o600)
        let pipe = #expect(throws: FileError.self) { _ = try FileReader(path: folder.file("pipe")) }
        #expect(pipe?.cause == "it is a named pipe; name a file")
        let missing = #expect(throws: FileError.self) { _ = try FileReader(path: folder.file("no")) }
        #expect(missing?.code == .cannotRead)
        #expect(missing?.cause == String(cString: strerror(ENOENT)))
    }
}
