import Files
import Foundation
import TestSupport
import Testing

@Suite struct MappedFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func bytes(_ file: MappedFile) -> [UInt8] {
        file.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    @Test func lendsTheFilesBytes() throws {
        let file = try MappedFile(path: folder.write([1, 2, 3], to: "a"))
        #expect(file.byteCount == 3)
        #expect(bytes(file) == [1, 2, 3])
    }

    @Test func keepsTheOldBytesWhenTheFileIsReplaced() throws {
        let file = try MappedFile(path: folder.write([1, 2, 3], to: "a"))
        try writeFile("new", to: folder.file("a"))
        #expect(bytes(file) == [1, 2, 3])
    }

    @Test func anEmptyFileHasNoBytes() throws {
        let file = try MappedFile(path: folder.write([], to: "a"))
        #expect(file.byteCount == 0)
        #expect(bytes(file).isEmpty)
    }

    @Test func refusesAFolderAndWhatIsNotThere() throws {
        let folderError = #expect(throws: FileError.self) { _ = try MappedFile(path: folder.path) }
        #expect(folderError?.cause == String(cString: strerror(EISDIR)))
        let missing = #expect(throws: FileError.self) { _ = try MappedFile(path: folder.file("no")) }
        #expect(missing?.code == .cannotRead)
        #expect(missing?.cause == String(cString: strerror(ENOENT)))
    }
}
