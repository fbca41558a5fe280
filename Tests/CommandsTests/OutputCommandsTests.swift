import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Records
import TestSupport
import Testing

/// Where commands write, and where they refuse to.
@Suite struct OutputCommandsTests {
    let folder: TemporaryFolder

    /// One output of a command.
    struct Output: CustomTestStringConvertible {
        /// With `OUT` for the output.
        var line: String
        var inputs: [String] = []
        /// What the output's name must end in.
        var ending = ""
        var testDescription: String { line }
    }

    private static let outputs = [
        Output(line: "export m --format safetensors --output OUT", inputs: ["m"]),
        Output(line: "export m --format onnx --output OUT", inputs: ["m"]),
        Output(line: "calibrate m --data drawn.tiles --count 4 --output OUT", inputs: ["m", "drawn.tiles"]),
        Output(
            line: "import weights w --architecture cifar-resnet8-v2 --class-file classes --output OUT",
            inputs: ["w", "classes"]),
        Output(line: "import onnx m.onnx --output OUT", inputs: ["m.onnx"]),
        Output(line: "sample OUT --per-class 1"),
        Output(line: "sample OUT --guide", ending: ".png"),
        Output(line: "scatter drawn.tiles OUT --windows 20", inputs: ["drawn.tiles"]),
        Output(
            line: "mosaic guide.png --tiles drawn.tiles --output OUT", inputs: ["guide.png", "drawn.tiles"],
            ending: ".tif"),
        Output(
            line: "mosaic guide.png --tiles drawn.tiles --output scene.tif --truth OUT",
            inputs: ["guide.png", "drawn.tiles"]),
        Output(line: "pack in.tar --output OUT", inputs: ["in.tar"], ending: ".rec"),
        Output(line: "pack in.tar --output OUT", inputs: ["in.tar"], ending: ".tar"),
        Output(
            line: "evaluate m drawn.tiles --predictions OUT", inputs: ["m", "drawn.tiles"], ending: ".csv"),
        Output(line: "evaluate m drawn.tiles --matrix OUT", inputs: ["m", "drawn.tiles"], ending: ".svg"),
        Output(
            line: "bench engine --weights m --task score --seconds 0.1 --no-peaks --dump OUT", inputs: ["m"]),
    ]

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    private static func makeInputs(in folder: TemporaryFolder) throws {
        let names = (0..<10).map { "class\($0)" }
        try folder.runTool("sample drawn.tiles --per-class 2")
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 10, inputSize: 32)
        let weights = try Network(architecture).initialWeights(seed: 5)
        let model = Model(
            architecture: architecture, classes: try TilePack(opening: folder.file("drawn.tiles")).classNames,
            weights: weights)
        try model.write(to: .new(folder.file("m")))
        try model.writeONNX(to: .new(folder.file("m.onnx")))
        try SafetensorsFile(tensors: weights).write(to: .new(folder.file("w")))
        try writeFile(names.joined(separator: "\n"), to: .new(folder.file("classes")))
        try Image(width: 4, height: 4).writePNG(to: .new(folder.file("guide.png")))
        try makeFolder(folder.file("in/a"))
        try Image(width: 4, height: 4).writePNG(to: .new(folder.file("in/a/1.png")))
        try folder.runTool("pack in --output in.tar")
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func run(_ output: Output, named name: String, _ options: String = "") throws -> ToolRun {
        try run(output.line.replacing("OUT", with: name) + options)
    }

    private func link(_ target: String, to name: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(name), withDestinationPath: target)
    }

    private func mode(_ name: String) -> mode_t? {
        var status = stat()
        return lstat(folder.file(name), &status) == 0 ? status.st_mode : nil
    }

    @Test(arguments: outputs) func refusesItsInputsUnderEachOfTheirNames(output: Output) throws {
        for input in output.inputs {
            let before = try folder.bytes(input)
            try link(input, to: "link" + output.ending)
            try FileManager.default.linkItem(
                atPath: folder.file(input), toPath: folder.file("hard" + output.ending))
            for name in ["link", "hard"] {
                let run = try run(output, named: name + output.ending, " --overwrite")
                #expect(run.exitCode == 1, "\(name) of \(input)")
                #expect(
                    run.errors.contains(name + output.ending) && run.errors.contains("the same file as"),
                    "\(run.errors)")
                #expect(run.errors.contains(input), "\(run.errors)")
            }
            #expect(try folder.bytes(input) == before)
            for name in ["link", "hard"] { #expect(unlink(folder.file(name + output.ending)) == 0) }
        }
    }

    @Test(arguments: outputs) func refusesWhatIsThereOrNoFile(output: Output) throws {
        let names = ["file", "pipe", "device", "folder", "circle"].map { $0 + output.ending }
        _ = try folder.write([1, 2], to: names[0])
        #expect(mkfifo(folder.file(names[1]), 0o600) == 0)
        try link("/dev/null", to: names[2])
        try makeFolder(folder.file(names[3]))
        try link(names[4], to: names[4])
        let before = try folder.names
        for (name, words) in zip(
            names, ["--overwrite", "a named pipe", "a device", "a folder", "symbolic links"])
        {
            let run = try run(output, named: name, name == names[0] ? "" : " --overwrite")
            #expect(run.exitCode == 1, "\(name)")
            #expect(run.errors.contains(name) && run.errors.contains(words), "\(run.errors)")
        }
        #expect(try folder.names == before)
        #expect(try folder.bytes(names[0]) == [1, 2])
        #expect(mode(names[1]).map { $0 & S_IFMT } == S_IFIFO)
    }

    @Test(arguments: outputs) func followsLinksAndKeepsPermissions(output: Output) throws {
        try link("real" + output.ending, to: "link" + output.ending)
        let made = try run(output, named: "link" + output.ending)
        #expect(made.exitCode == 0, "\(made.errors)")
        #expect(mode("link" + output.ending).map { $0 & S_IFMT } == S_IFLNK)
        #expect(mode("real" + output.ending).map { $0 & S_IFMT } == S_IFREG)
        #expect(chmod(folder.file("real" + output.ending), 0o600) == 0)
        let again = try run(output, named: "link" + output.ending, " --overwrite")
        #expect(again.exitCode == 0, "\(again.errors)")
        #expect(mode("link" + output.ending).map { $0 & S_IFMT } == S_IFLNK)
        #expect(mode("real" + output.ending).map { $0 & 0o777 } == 0o600)
        #expect(try !folder.names.contains { $0.contains(".partial") })
    }

    @Test(arguments: [
        "export m --format safetensors --output m", "scatter drawn.tiles drawn.tiles",
        "mosaic guide.png --tiles drawn.tiles --output scene.tif --truth drawn.tiles",
        "import weights w --architecture cifar-resnet8-v2 --class-file classes --output w",
        "pack in.tar --output in.tar",
        "train drawn.tiles --output run --weights run/model.safetensors",
        "scan found/tagged.tif --model m --output found",
        "evaluate m drawn.tiles --names found/worst.jsonl --output found",
    ])
    func refusesAnInputThatIsNamedItself(line: String) throws {
        for name in ["run", "found"] { try makeFolder(folder.file(name)) }
        try FileManager.default.copyItem(
            atPath: folder.file("m"), toPath: folder.file("run/model.safetensors"))
        var scene = try TiledTIFFWriter(.new(folder.file("found/tagged.tif")), width: 64, height: 64)
        try scene.write(Image(width: 64, height: 64), x: 0, y: 0)
        try scene.commit()
        try writeFile("class0 a\n", to: .new(folder.file("found/worst.jsonl")))
        let before = try (folder.names, folder.bytes("run/model.safetensors"))
        let run = try run(line + " --overwrite")
        #expect(run.exitCode == 1 && run.errors.contains("which this command reads"), "\(run.errors)")
        #expect(try folder.names == before.0)
        #expect(try folder.bytes("run/model.safetensors") == before.1)
    }

    @Test func sidecarsOfAPackReplaceNothingOfOthers() throws {
        _ = try folder.write([1, 2], to: "a.idx")
        let refused = try run("pack in.tar --output a.rec")
        #expect(refused.exitCode == 1 && refused.errors.contains("a.idx"), "\(refused.errors)")
        #expect(try folder.bytes("a.idx") == [1, 2])
        try writeFile("a first\n", to: .new(folder.file("b.meta.json")))
        let input = try run("pack in.tar --output b.rec --synsets b.meta.json --overwrite")
        #expect(
            input.exitCode == 1 && input.errors.contains("the same file as b.meta.json"), "\(input.errors)")
        #expect(try run("pack in.tar --output a.rec --overwrite").exitCode == 0)
    }

    /// Signal 9 leaves a partial file, and the next run removes it.
    @Test func whatAKilledCommandWasWritingIsRemovedByTheNext() throws {
        let process = Process()
        process.executableURL = URL(filePath: ToolRun.path)
        process.arguments = ["sample", folder.file("out.tiles"), "--per-class", "100000"]
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (Pipe(), errors)
        try process.run()
        #expect(!errors.fileHandleForReading.availableData.isEmpty)
        kill(process.processIdentifier, SIGKILL)
        process.waitForEnd()
        #expect(try folder.names.contains { $0.hasPrefix("out.tiles.partial-") })
        let next = try run("sample out.tiles --per-class 1")
        #expect(next.exitCode == 0, "\(next.errors)")
        #expect(try folder.names.filter { $0.hasPrefix("out.tiles") } == ["out.tiles"])
    }

    @Test func oneEvaluationAtATimeWritesIntoAFolder() throws {
        try makeFolder(folder.file("numbers"))
        let lock = try FolderLock(folder.file("numbers"), name: ".evaluation-lock")
        let run = try run("evaluate m drawn.tiles --output numbers --overwrite")
        #expect(
            run.exitCode == 1 && run.errors.contains("process \(getpid()) is writing into it"),
            "\(run.errors)")
        withExtendedLifetime(lock) {}
    }
}
