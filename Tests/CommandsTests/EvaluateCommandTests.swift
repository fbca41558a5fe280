import Files
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing

/// `evaluate`, on drawn tiles and networks that have learnt nothing.
@Suite struct EvaluateCommandTests {
    let folder: TemporaryFolder
    private let names: [String]

    init() throws {
        folder = try TemporaryFolder(copying: Self.beginning.get())
        names = try TilePack(opening: folder.file("drawn.tiles")).classNames
    }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// 40 drawn tiles of ten classes, a model of them, and a run with two checkpoints.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        try folder.runTool("sample drawn.tiles --per-class 4")
        let names = try TilePack(opening: folder.file("drawn.tiles")).classNames
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: names.count, inputSize: 32)
        try FileManager.default.createDirectory(
            atPath: folder.file("run/checkpoints"), withIntermediateDirectories: true)
        for (seed, name) in [
            "model", "run/checkpoints/epoch-000001", "run/checkpoints/epoch-000002-step-0000000007",
        ].enumerated() {
            let weights = try Network(architecture).initialWeights(seed: UInt64(seed))
            try Model(architecture: architecture, classes: names, weights: weights)
                .write(to: .replacing(folder.file(name + ".safetensors")))
        }
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func tree() throws {
        let lines = names.enumerated().map { "\($0 < 4 ? "round" : "angular") \($1)" }
        _ = try folder.write(
            Array((["shape round", "shape angular"] + lines).joined(separator: "\n").utf8), to: "tree.txt")
    }

    @Test func printsTheNumbersOfEachClass() throws {
        let run = try run("evaluate model.safetensors drawn.tiles --resamples 50")
        #expect(run.exitCode == 0, "\(run.errors)")
        for words in ["top-1 ", "top-5 ", "calibration error", "95 % intervals of 50 resamples", "precision"]
        {
            #expect(run.output.contains(words), "\(run.output)")
        }
        for name in names { #expect(run.output.contains(name)) }
    }

    @Test func makesAllFilesOfAnEvaluation() throws {
        try tree()
        let run = try run(
            "evaluate --checkpoints run drawn.tiles --output seen --hierarchy tree.txt --matrix-top 3 --palette paper"
        )
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.file("seen")).sorted() == [
                ".evaluation-lock", "confusion.gif", "confusion.png", "confusion.svg", "duplicates.png",
                "errors.png",
                "label-errors.png", "numbers.jsonl", "pairs.png", "predictions.csv", "reliability.png",
                "reliability.svg", "report.html", "worst.jsonl",
            ])
        #expect(run.output.contains("epoch 1") && run.output.contains("epoch 2, step 7"))
        #expect(run.output.contains("mean distance of errors"))
        let rows = try String(contentsOfFile: folder.file("seen/predictions.csv"), encoding: .utf8)
        #expect(rows.split(separator: "\r\n").count == 41)
    }

    @Test func checkpointsHaveTheNumbersThatTheyHaveAlone() throws {
        let both = try run("evaluate --checkpoints run drawn.tiles --json")
        #expect(both.exitCode == 0, "\(both.errors)")
        let lines = try both.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["epoch"] as? Int } == [1, 2])
        #expect(lines.map { $0["step"] as? Int } == [nil, 7])
        for line in lines {
            let path = try #require(line["model"] as? String)
            let alone = try run("evaluate \(path) drawn.tiles --json")
            let single = try #require(
                JSONSerialization.jsonObject(with: Data(alone.output.utf8)) as? [String: Any])
            for key in ["topOne", "topK", "loss", "calibrationError", "classes"] {
                #expect(line[key] as? NSObject == single[key] as? NSObject, "\(key)")
            }
        }
    }

    @Test func drawsWhatSingleOptionsAskFor() throws {
        let run = try run(
            "evaluate --checkpoints run drawn.tiles --film f.gif --matrix m.png --matrix m.svg --order confusion "
                + "--scale equalised --predictions p.jsonl --top 3")
        #expect(run.exitCode == 0, "\(run.errors)")
        for name in ["f.gif", "m.png", "m.svg", "p.jsonl"] { #expect(try !folder.bytes(name).isEmpty) }
        let line = try #require(
            String(decoding: folder.bytes("p.jsonl"), as: UTF8.self).split(separator: "\n").first)
        #expect(line.split(separator: "\"score\"").count == 4)
    }

    @Test func trainingDrawsItsFilm() throws {
        let run = try run(
            "train drawn.tiles --output new --architecture cifar-resnet8-v2 --epochs 3 --batch-size 20 --keep 2 --film "
                + "--validation drawn.tiles")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.errors.contains("the film has the 2 of 3 epochs"), "\(run.errors)")
        #expect(try folder.bytes("new/confusion.gif").starts(with: Array("GIF89a".utf8)))
    }

    @Test func theNumbersArePrintedBeforeALateOutputFails() throws {
        _ = try folder.write(Array("hello\n".utf8), to: "run/metrics.jsonl")
        let run = try run("evaluate --checkpoints run drawn.tiles --output seen")
        #expect(run.exitCode == 1 && run.errors.contains("line 1"), "\(run.errors)")
        #expect(run.output.contains("top-1 "), "\(run.output)")
    }

    @Test(arguments: [
        ("a b\nb a", "it has a cycle: a > b > a"), ("a b", "it has no "), ("a", "on line 1"),
    ])
    func saysWhatIsWrongWithTheHierarchy(text: String, words: String) throws {
        _ = try folder.write(Array(text.utf8), to: "tree.txt")
        let run = try run("evaluate model.safetensors drawn.tiles --hierarchy tree.txt --output seen")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("seen")))
    }

    @Test(arguments: [
        ("evaluate --checkpoints none drawn.tiles", "no checkpoints in it"),
        ("evaluate model.safetensors drawn.tiles --hierarchy none.txt", "none.txt"),
        ("evaluate model.safetensors drawn.tiles --names drawn.tiles", "drawn.tiles"),
        ("evaluate model.safetensors drawn.tiles --predictions none/p.csv", "none/p.csv"),
        ("evaluate model.safetensors drawn.tiles --matrix none/m.png", "none/m.png"),
    ])
    func saysWhatCannotBeReadOrWritten(line: String, words: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test(arguments: [
        "evaluate --checkpoints run model.safetensors drawn.tiles", "evaluate drawn.tiles",
        "evaluate model.safetensors drawn.tiles --film f.gif",
        "evaluate model.safetensors drawn.tiles --top 0",
        "evaluate model.safetensors drawn.tiles --matrix-top 6",
        "evaluate model.safetensors drawn.tiles --matrix m.jpg",
        "evaluate model.safetensors drawn.tiles --order hierarchy",
        "evaluate model.safetensors drawn.tiles --resamples -1", "train drawn.tiles --output new --film",
    ])
    func refusesWrongUsage(line: String) throws {
        #expect(try run(line).exitCode == 64)
    }
}
