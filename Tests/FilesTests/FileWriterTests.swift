import Files
import Foundation
import TestSupport
import Testing

@Suite struct FileWriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func appearsOnlyWhenCommitted() throws {
        var writer = try FileWriter(.replacing(folder.file("a")))
        try writer.write("all of it")
        #expect(try !folder.names.contains("a"))
        try writer.commit()
        #expect(try folder.names == ["a"])
        #expect(try folder.bytes("a") == Array("all of it".utf8))
    }

    @Test func leavesTheOldFileAndNothingElseWithoutCommit() throws {
        _ = try folder.write([1, 2], to: "a")
        do {
            var writer = try FileWriter(.replacing(folder.file("a")))
            try writer.write([UInt8](repeating: 3, count: 3_000_000).span.bytes)
            #expect(try folder.names.count == 2)
        }
        #expect(try folder.names == ["a"])
        #expect(try folder.bytes("a") == [1, 2])
    }

    @Test func writesThroughALink() throws {
        _ = try folder.write([1, 2], to: "real")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("real"))
        try writeFile("new", to: .replacing(folder.file("link")))
        #expect(try folder.bytes("real") == Array("new".utf8))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("link"))
        #expect(attributes[.type] as? FileAttributeType == .typeSymbolicLink)
    }

    /// A rename would put a file in its place.
    @Test func refusesWhatIsNoFile() throws {
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        let error = #expect(throws: FileError.self) {
            try writeFile("new", to: .replacing(folder.file("pipe")))
        }
        #expect(error?.path == folder.file("pipe"))
        #expect(try folder.names == ["pipe"])
        #expect(throws: FileError.self) { try writeFile("new", to: .replacing("/dev/full")) }
    }

    @Test(arguments: ["new", "./new", "folder/new"]) func writesThroughAChainOfLinksToNothing(target: String)
        throws
    {
        try makeFolder(folder.file("folder"))
        try link("second", to: "first")
        try link(target, to: "second")
        try writeFile("new", to: .new(folder.file("first")))
        #expect(try folder.bytes(target) == Array("new".utf8))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("second")) == target)
    }

    @Test func refusesLinksThatLeadRoundInACircle() throws {
        try link("b", to: "a")
        try link("a", to: "b")
        let error = #expect(throws: FileError.self) { try writeFile("new", to: .replacing(folder.file("a"))) }
        #expect(error?.cause == String(cString: strerror(ELOOP)))
    }

    private func link(_ target: String, to name: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(name), withDestinationPath: target)
    }

    @Test(arguments: [mode_t(0o600), 0o640, 0o444, 0o755]) func keepsThePermissionsOfWhatItReplaces(
        mode: mode_t
    ) throws {
        _ = try folder.write([1], to: "a")
        #expect(chmod(folder.file("a"), mode) == 0)
        try writeFile("new", to: .replacing(folder.file("a")))
        var status = stat()
        #expect(stat(folder.file("a"), &status) == 0 && status.st_mode & 0o777 == mode)
    }

    @Test func whatMustNotBeReplacedIsRefusedBeforeAnyWork() throws {
        _ = try folder.write([1], to: "a")
        let error = #expect(throws: FileError.self) { _ = try FileWriter(.new(folder.file("a"))) }
        #expect(error?.code == .exists && error?.cause.contains("--overwrite") == true)
        #expect(try folder.bytes("a") == [1])
    }

    @Test func ofTwoWritersOfANewFileTheSecondGetsAnError() throws {
        var first = try FileWriter(.new(folder.file("a")))
        do {
            var second = try FileWriter(.new(folder.file("a")))
            try first.write("first")
            try second.write("second")
            try second.commit()
        }
        var error: FileError?
        do throws(FileError) { try first.commit() } catch let failure { error = failure }
        #expect(error?.code == .exists)
        #expect(try folder.bytes("a") == Array("second".utf8))
    }

    /// Nobody has them locked.
    @Test func removesWhatDeadProcessesWereWritingAndNothingElse() throws {
        let dead = "a.partial-0123456789012345"
        let others = [
            "a.partial", "a.partial-12", "a.partial-012345678901234x", "b.partial-0123456789012345",
        ]
        for name in [dead] + others { _ = try folder.write([1], to: name) }
        let living = try FileWriter(.replacing(folder.file("a")))
        _ = try FileWriter(.replacing(folder.file("a")))
        let names = try folder.names
        #expect(!names.contains(dead) && Set(names).isSuperset(of: others))
        #expect(names.count == others.count + 1)
        _ = consume living
        #expect(try folder.names == others.sorted())
    }

    @Test func aNameMayBeAsLongAsTheDiskTakes() throws {
        let name = String(repeating: "é", count: 127) + "a"
        try #require(name.utf8.count == 255)
        let living = try FileWriter(.replacing(folder.file(name)))
        try writeFile("new", to: .replacing(folder.file(name)))
        #expect(try folder.names.count == 2)
        _ = consume living
        #expect(try folder.names == [name])
    }

    @Test func replacesTheOldFile() throws {
        _ = try folder.write([1, 2], to: "a")
        try writeFile("new", to: .replacing(folder.file("a")))
        #expect(try folder.bytes("a") == Array("new".utf8))
    }

    @Test(arguments: UInt64(0)..<5) func keepsTheOrderOfPartsOfAllSizes(seed: UInt64) throws {
        var random = LinearRandom(state: seed)
        var writer = try FileWriter(.replacing(folder.file("a")))
        var expected: [UInt8] = []
        for number in 0..<40 {
            let size = [0, 1, 1000, 1 << 19, 1 << 20, 1 << 20 + 1].randomElement(using: &random) ?? 0
            let part = [UInt8](repeating: UInt8(number), count: size)
            if Bool.random(using: &random) {
                try writer.write(part)
            } else {
                try writer.write(part.span.bytes)
            }
            expected += part
        }
        try writer.commit()
        #expect(try folder.bytes("a") == expected)
    }

    @Test func overwritesOnlyWhatIsNamed() throws {
        var writer = try FileWriter(.replacing(folder.file("a")))
        try writer.write([0, 0, 0, 0])
        try writer.write([5, 6])
        try writer.overwrite([1, 2], at: 1)
        try writer.write([7])
        try writer.commit()
        #expect(try folder.bytes("a") == [0, 1, 2, 0, 5, 6, 7])
    }

    @Test func twoWritersOfOnePathDoNotMix() throws {
        var first = try FileWriter(.replacing(folder.file("a")))
        var second = try FileWriter(.replacing(folder.file("a")))
        try first.write("first")
        try second.write("second")
        try second.commit()
        try first.commit()
        #expect(try folder.bytes("a") == Array("first".utf8))
        #expect(try folder.names == ["a"])
    }

    @Test func refusesAFolderBeforeAnyWork() throws {
        let error = #expect(throws: FileError.self) { _ = try FileWriter(.replacing(folder.path)) }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == "it is a folder; name a file")
    }

    @Test func refusesAMissingFolder() throws {
        let error = #expect(throws: FileError.self) {
            try writeFile("a", to: .replacing(folder.file("no/a")))
        }
        #expect(error?.path == folder.file("no/a"))
        #expect(error?.cause == String(cString: strerror(ENOENT)))
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func saysThatTheDiskIsFullAndLeavesNothing() throws {
        let disk = try SmallDisk(kilobytes: 64)
        let error = #expect(throws: FileError.self) {
            try writeFile(String(repeating: "x", count: 100_000), to: .replacing(disk.folder.file("a")))
        }
        #expect(error?.code == .noSpace)
        #expect(try disk.folder.names.isEmpty)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a read-only disk"))
    func refusesAReadOnlyFolder() throws {
        let disk = try SmallDisk(kilobytes: 64, isReadOnly: true)
        let error = #expect(throws: FileError.self) {
            try writeFile("x", to: .replacing(disk.folder.file("a")))
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.cause == String(cString: strerror(EROFS)))
    }
}

/// Knuth's, for a choice that a failure can repeat.
struct LinearRandom: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
