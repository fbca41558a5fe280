import Files
import Foundation
import TestSupport
import Testing

@Suite struct GrowingFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func keepsWhatItHasAndGoesOnAtItsEnd() throws {
        for text in ["one", "two"] {
            var file = try GrowingFile(path: folder.file("a"))
            try file.append(text)
        }
        #expect(try folder.bytes("a") == Array("onetwo".utf8))
        var file = try GrowingFile(path: folder.file("a"))
        #expect(file.byteCount == 6)
        try file.truncate(to: 2)
        try file.append("!")
        #expect(file.byteCount == 3)
        try file.rename(to: .replacing(folder.file("b")))
        #expect(try folder.bytes("b") == Array("on!".utf8))
        #expect(try folder.names == ["b"])
    }

    @Test func hasOneOwnerAtATime() throws {
        do {
            let file = try GrowingFile(path: folder.file("a"))
            let error = #expect(throws: FileError.self) { _ = try GrowingFile(path: folder.file("a")) }
            #expect(error?.cause == "another process is writing it")
            file.remove()
        }
        #expect(try folder.names.isEmpty)
        #expect(try GrowingFile(path: folder.file("a")).byteCount == 0)
    }

    @Test func saysWhereItCannotWrite() {
        let error = #expect(throws: FileError.self) { _ = try GrowingFile(path: folder.file("no/a")) }
        #expect(error?.description == "\(folder.file("no/a")): cannot create: No such file or directory")
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs a small file system")) func aFullDiskIsAnError() throws {
        let disk = try SmallDisk(kilobytes: 8)
        var file = try GrowingFile(path: disk.folder.file("a"))
        let error = #expect(throws: FileError.self) { try file.append(String(repeating: "x", count: 20_000)) }
        #expect(error?.code == .noSpace)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs a small file system"))
    func whatIsNotWrittenWholeIsTakenBack() throws {
        let disk = try SmallDisk(kilobytes: 8)
        var file = try GrowingFile(path: disk.folder.file("a"))
        try file.append("one")
        #expect(throws: FileError.self) { try file.append(String(repeating: "x", count: 20_000)) }
        #expect(try disk.folder.bytes("a") == Array("one".utf8))
        try file.append("two")
        #expect(try disk.folder.bytes("a") == Array("onetwo".utf8))
    }

    @Test func aLinkLeadsToTheFileThatGetsTheName() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("begun"), withDestinationPath: folder.file("elsewhere"))
        var file = try GrowingFile(path: folder.file("begun"))
        try file.append("one")
        try file.rename(to: .new(folder.file("done")))
        #expect(try folder.bytes("done") == Array("one".utf8))
        let type = try FileManager.default.attributesOfItem(atPath: folder.file("done"))[.type]
        #expect(type as? FileAttributeType == .typeRegular)
    }

    @Test func createsNoFileThatIsThere() throws {
        _ = try GrowingFile(creating: folder.file("a"))
        let error = #expect(throws: FileError.self) { _ = try GrowingFile(creating: folder.file("a")) }
        #expect(error?.description == "\(folder.file("a")): cannot create: File exists")
    }
}
