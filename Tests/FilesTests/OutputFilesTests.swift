import Files
import Foundation
import TestSupport
import Testing

@Suite struct OutputFilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func outputs(reading inputs: [String] = [], replaces: Bool = true) -> OutputFiles {
        OutputFiles(inputs: inputs.map { Address($0) }, replaces: replaces)
    }

    private func refusal(_ path: String, reading inputs: [String] = [], replaces: Bool = true) -> FileError? {
        var outputs = outputs(reading: inputs, replaces: replaces)
        return #expect(throws: FileError.self) { _ = try outputs.file(path) }
    }

    @Test func takesANewFileAndLeavesNothing() throws {
        var outputs = outputs(replaces: false)
        let output = try outputs.file(folder.file("a"))
        #expect(output == .new(folder.file("a")))
        #expect(try folder.names.isEmpty)
    }

    @Test func takesAFileThatIsThereOnlyWhereItMayReplaceIt() throws {
        let path = try folder.write([1], to: "a")
        #expect(refusal(path, replaces: false)?.code == .exists)
        var outputs = outputs()
        let output = try outputs.file(path)
        #expect(output == .replacing(path))
        #expect(try folder.bytes("a") == [1])
    }

    @Test func refusesAnInputUnderEachOfItsNames() throws {
        let input = try folder.write([1], to: "input")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "input")
        try FileManager.default.linkItem(atPath: input, toPath: folder.file("hard"))
        for name in ["input", "link", "hard", "./input"] {
            let error = refusal(folder.file(name), reading: ["file://" + input])
            #expect(error?.code == .isInput, "\(name)")
            #expect(error?.description.contains(input) == true && error?.path == folder.file(name))
        }
    }

    @Test(arguments: ["/vsizip/*/1.png", "/vsizip/{*}/1.png", "/vsitar//vsigzip/*", "/vsisubfile/0_1,*"])
    func refusesTheArchiveThatIsRead(address: String) throws {
        let archive = try folder.write([1], to: "archive")
        #expect(refusal(archive, reading: [address.replacing("*", with: archive)])?.code == .isInput)
    }

    @Test func refusesTwoOutputsOfOneName() throws {
        var outputs = outputs()
        try makeFolder(folder.file("b"))
        _ = try outputs.file(folder.file("a"))
        let error = #expect(throws: FileError.self) { _ = try outputs.file(folder.file("b/../a")) }
        #expect(error?.code == .exists && error?.cause.contains("it is also the output") == true)
    }

    @Test func aFolderIsRefusedWhereItsFilesAreRead() throws {
        let input = try folder.write([1], to: "input")
        let outputs = outputs(reading: [input])
        try outputs.checkFolder(folder.path, names: ["a"])
        let error = #expect(throws: FileError.self) {
            try outputs.checkFolder(folder.path, names: ["a", "input"])
        }
        #expect(error?.code == .isInput)
    }

    @Test(arguments: ["https://host/a", "/vsimem/a", "", "none/a", "."])
    func refusesWhatCannotBeMade(path: String) {
        #expect(refusal(path.contains("/") || path.isEmpty ? path : folder.file(path))?.code == .cannotWrite)
    }

    @Test func neverShowsASecret() {
        let error = refusal("https://user:secret@host/a")
        #expect(error?.description.contains("secret") == false)
    }
}
