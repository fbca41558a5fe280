import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct PredictCommandTests {
    let folder: TemporaryFolder

    /// A model of three classes with its first weights, and two pictures of its size in a folder.
    init() throws {
        folder = try TemporaryFolder()
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 32)
        let model = Model(
            architecture: architecture, classes: ["n02123045", "n02124075", "boat"],
            weights: try Network(architecture).initialWeights(seed: 5))
        try model.write(to: .replacing(folder.file("m")))
        try FileManager.default.createDirectory(
            atPath: folder.file("photos/cats"), withIntermediateDirectories: true)
        var random = SplitMix64(seed: 1)
        for name in ["photos/a.png", "photos/cats/b.png"] {
            let bytes = (0..<32 * 32 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
            try Image(width: 32, height: 32, pixelsHWC: bytes).writePNG(to: .replacing(folder.file(name)))
        }
        _ = try folder.write(Array("no picture".utf8), to: "photos/notes.txt")
        _ = try folder.write(
            Array("n02123045 tabby, tabby cat\nn02124075\tEgyptian cat\n".utf8), to: "words.txt")
    }

    private func run(_ line: String, input: [UInt8] = []) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path, input: input)
    }

    /// Through a shell, as Swift's strings hold no such name.
    private func shell(_ line: String) throws -> (exitCode: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", line, ToolRun.path]
        process.currentDirectoryURL = URL(filePath: folder.path)
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        return (process.terminationStatus, text)
    }

    @Test func findsNamesThatAreNoUTF8() throws {
        #expect(try shell("cp photos/a.png \"$(printf 'photos/\\351.png')\"").exitCode == 0)
        for line in ["\"$0\" predict m photos", "printf 'photos/\\351.png\\n' | \"$0\" predict m -"] {
            let run = try shell(line)
            #expect(run.exitCode == 0 && !run.output.contains("cannot"), "\(run.output)")
        }
        let run = try shell("\"$0\" predict m \"$(printf 'photos/\\351.png')\"")
        #expect(run.exitCode == 64 && run.output.contains("photos/\\xE9.png is not UTF-8"), "\(run.output)")
    }

    private struct Row: Decodable {
        struct Class: Decodable {
            var label: Int
            var name: String
            var words: String?
            var score: Float
        }
        var image: String
        var classes: [Class]?
        var error: String?
    }

    private func rows(_ run: ToolRun) throws -> [Row] {
        try run.output.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    }

    @Test func namesTheClassesWithTheirWords() throws {
        let run = try run("predict m photos/a.png --words words.txt")
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 3)
        #expect(lines.contains { $0.hasPrefix("n02123045 tabby, tabby cat  0.") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("n02124075 Egyptian cat  0.") })
        #expect(lines.contains { $0.hasPrefix("boat  0.") })
    }

    @Test func showsTheHighestScoresFirst() throws {
        let rows = try rows(run("predict m photos/a.png --json --top 2"))
        #expect(rows.count == 1 && rows[0].image == "photos/a.png")
        let classes = try #require(rows[0].classes)
        #expect(classes.count == 2 && classes[0].score >= classes[1].score)
    }

    @Test func takesFoldersListsAndOnePictureFromStandardInput() throws {
        let folderRows = try rows(run("predict m photos --json"))
        #expect(folderRows.map(\.image) == ["photos/a.png", "photos/cats/b.png"])
        let list = Array("photos/cats/b.png\n\nphotos/a.png\r\n".utf8)
        let listRows = try rows(run("predict m - --json", input: list))
        #expect(listRows.map(\.image) == ["photos/cats/b.png", "photos/a.png"])
        let picture = try folder.bytes("photos/a.png")
        let inputRows = try rows(run("predict m - --json", input: picture))
        #expect(inputRows.map(\.image) == ["standard input"])
        #expect(inputRows[0].classes?.map(\.score) == folderRows[0].classes?.map(\.score))
        #expect(listRows[1].classes?.map(\.score) == folderRows[0].classes?.map(\.score))
    }

    @Test func whatCannotBeReadIsARowAndFailsAtTheEnd() throws {
        let made = try run("predict m none.png photos/notes.txt photos/a.png none/ --json")
        #expect(made.exitCode == 1)
        let rows = try rows(made)
        #expect(rows.map(\.image) == ["none.png", "photos/notes.txt", "photos/a.png", "none/"])
        #expect(rows.map { $0.error == nil } == [false, false, true, false])
        #expect(rows[0].error?.contains("No such file") == true, "\(rows[0].error ?? "")")
        #expect(made.errors.contains("3 of 4 could not be read"), "\(made.errors)")
        let plain = try run("predict m none.png photos/a.png")
        #expect(plain.output.hasPrefix("error: none.png: "))
        #expect(plain.output.contains("photos/a.png:\n  "))
    }

    @Test func aFolderWithoutPicturesIsARow() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("empty"), withIntermediateDirectories: true)
        let run = try run("predict m empty")
        #expect(run.exitCode == 1 && run.output.contains("there are no images in it"))
    }

    @Test func cropsAndMirrorsChangeTheScores() throws {
        let plain = try rows(run("predict m photos/a.png --json"))
        for options in ["--mirror", "--crops 5 --shorter-side 40", "--crops 5 --shorter-side 40 --mirror"] {
            let other = try rows(run("predict m photos/a.png --json \(options)"))
            let scores = try #require(other[0].classes).map(\.score)
            #expect(abs(scores.reduce(0, +) - 1) < 1e-4)
            #expect(scores != plain[0].classes?.map(\.score), "\(options)")
        }
    }

    @Test(arguments: [
        "predict m", "predict m - -", "predict m photos --top 0", "predict m photos --crops 3",
        "predict m photos --shorter-side 0",
    ])
    func refusesWrongUsage(line: String) throws {
        #expect(try run(line).exitCode == 64)
    }

    @Test(arguments: [
        ("predict none photos", "none"), ("predict m photos --words none", "none"),
        ("predict m photos --words photos/notes.txt", "no line begins with a class"),
    ])
    func saysWhatIsWrong(line: String, words: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 1 && run.errors.contains(words), "\(run.errors)")
        #expect(run.output.isEmpty)
    }
}
