import Files
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing

/// `train`, `evaluate` and `import`.
@Suite struct ModelCommandsTests {
    let folder: TemporaryFolder

    /// A pack of 40 drawn tiles of ten classes, and a model of three others with its first weights.
    private static let beginning = Result {
        try TemporaryFolder.lasting { folder in
            try folder.runTool("sample drawn.tiles --per-class 4")
            let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 32)
            let model = Model(
                architecture: architecture, classes: ["boat", "car", "other"],
                weights: try Network(architecture).initialWeights(seed: 5))
            try model.write(to: .replacing(folder.path + "/model.safetensors"))
        }
    }

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private func run(_ line: String, isInterrupted: Bool = false) throws -> ToolRun {
        try ToolRun(
            line.split(separator: " ").map(String.init), folder: folder.path, isInterrupted: isInterrupted)
    }

    @Test func anInterruptedEvaluationReplacesNoOlderOne() throws {
        for line in [
            "scatter drawn.tiles many.tiles --group boat=boat --group car=car --group other=* --windows 40000",
            "evaluate model.safetensors many.tiles --limit 10 --output seen --predictions all.csv",
        ] {
            let done = try run(line)
            try #require([0, 1].contains(done.exitCode) && !done.errors.contains("Error"), "\(done.errors)")
        }
        let older = try ["seen/numbers.jsonl", "all.csv"].map { try folder.bytes($0) }
        let line = "evaluate model.safetensors many.tiles --output seen --predictions all.csv --overwrite"
        let part = try run(line, isInterrupted: true)
        #expect(part.exitCode == 1 && part.errors.contains("the older files stay"), "\(part.errors)")
        #expect(try ["seen/numbers.jsonl", "all.csv"].map { try folder.bytes($0) } == older)
    }

    @Test func controlCKeepsWhatTheTrainingHasLearnt() throws {
        let run = try run(
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs 1000 --batch-size 4",
            isInterrupted: true)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("interrupted after"), "\(run.errors)")
        let model = try Model(reading: folder.path + "/run/model.safetensors")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run/checkpoints")
        let last = try #require(names.sorted().last)
        #expect(try Model(reading: folder.path + "/run/checkpoints/" + last) == model)
    }

    @Test func calibratesAModelThatThenScoresInBytes() throws {
        let pack = try run("sample three.tiles --per-class 4")
        try #require(pack.exitCode == 0, "\(pack.errors)")
        let names = try TilePack(opening: folder.path + "/three.tiles").classNames
        let architecture = Architecture(
            family: .cifarV2, depth: 8, classCount: names.count, inputSize: 32)
        let model = Model(
            architecture: architecture, classes: names,
            weights: try Network(architecture).initialWeights(seed: 5), provenance: ["source": "here"])
        try model.write(to: .replacing(folder.path + "/plain.safetensors"))
        let refused = try run("evaluate plain.safetensors three.tiles --precision int8")
        #expect(refused.exitCode == 1 && refused.errors.contains("tilescope calibrate"), "\(refused.errors)")
        let line = "calibrate plain.safetensors --data three.tiles --count 10 --output bytes.safetensors"
        let made = try run(line)
        #expect(made.exitCode == 0 && made.output.contains("8 input ranges"), "\(made.errors)")
        let calibrated = try Model(reading: folder.path + "/bytes.safetensors")
        #expect(calibrated.provenance == model.provenance)
        #expect(calibrated.weights.filter { !$0.key.hasSuffix(".input_range") } == model.weights)
        for precision in ["int8", "fp32"] {
            let scored = try run("evaluate bytes.safetensors three.tiles --precision \(precision)")
            #expect(scored.exitCode == 0, "\(scored.errors)")
        }
    }

    @Test func automaticPrecisionIsBytesOnlyWithEveryRange() throws {
        try writePlainModel()
        let line = "calibrate plain.safetensors --data drawn.tiles --count 10 --output bytes.safetensors"
        let made = try run(line)
        try #require(made.exitCode == 0, "\(made.errors)")
        var model = try Model(reading: folder.path + "/bytes.safetensors")
        let name = try #require(try Network(model.architecture).inputRangeNames().last)
        model.weights[name] = nil
        try model.write(to: .replacing(folder.path + "/most.safetensors"))
        let scored = try run("evaluate most.safetensors drawn.tiles --precision auto")
        #expect(scored.exitCode == 0, "\(scored.errors)")
        #expect(!scored.errors.contains("int8"), "\(scored.errors)")
    }

    @Test func calibrateReplacesOnlyWhatItMay() throws {
        try writePlainModel()
        let line = "calibrate plain.safetensors --data drawn.tiles --count 4 --output "
        let other = try Data(contentsOf: URL(filePath: folder.path + "/model.safetensors"))
        let refused = try run(line + "model.safetensors")
        #expect(refused.exitCode == 1 && refused.errors.contains("--overwrite"), "\(refused.errors)")
        #expect(try Data(contentsOf: URL(filePath: folder.path + "/model.safetensors")) == other)
        let made = try run(line + "model.safetensors --overwrite")
        #expect(made.exitCode == 0, "\(made.errors)")
        #expect(
            try Model(reading: folder.path + "/model.safetensors").weights.keys.contains {
                $0.hasSuffix("input_range")
            })
    }

    /// A model of the drawn tiles' classes with its first weights.
    private func writePlainModel() throws {
        let names = try TilePack(opening: folder.path + "/drawn.tiles").classNames
        let architecture = Architecture(
            family: .cifarV2, depth: 8, classCount: names.count, inputSize: 32)
        let model = Model(
            architecture: architecture, classes: names,
            weights: try Network(architecture).initialWeights(seed: 5))
        try model.write(to: .replacing(folder.path + "/plain.safetensors"))
    }

    /// 8.27 % of CIFAR-10's test images are the published errors of these weights.
    @Test(.enabled(if: testData != nil, "needs TILESCOPE_TEST_DATA"))
    func publishedWeightsMakeAtMost20MoreErrorsInBytes() throws {
        let data = try #require(testData)
        let classes = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck"
        for line in [
            "import cifar10 \(data)/cifar-10-batches-bin",
            "import weights \(data)/weights/resnet20-cifar10.safetensors --architecture cifar-resnet20-v1a "
                + "--classes \(classes) --output plain.safetensors",
            "calibrate plain.safetensors --data cifar10-train.tiles --output bytes.safetensors",
        ] {
            let run = try run(line)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
        for (precision, errors) in [("fp32", 824...830), ("bf16", 807...847), ("int8", 807...847)] {
            let run = try run(
                "evaluate bytes.safetensors cifar10-test.tiles --json --precision \(precision)")
            let line = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
            let count = try #require(line?["errorCount"] as? Int)
            #expect(errors.contains(count), "\(precision): \(count)")
        }
    }

    @Test(arguments: [
        ("calibrate none.safetensors --data drawn.tiles --output new.safetensors", "none.safetensors"),
        ("calibrate model.safetensors --data none.tiles --output new.safetensors", "none.tiles"),
        ("calibrate model.safetensors --data drawn.tiles --output none/new.safetensors", "none/new"),
        (
            "calibrate model.safetensors --data drawn.tiles --output drawn.tiles --overwrite",
            "the same file as drawn.tiles"
        ),
        ("calibrate model.safetensors --data drawn.tiles --output .", "cannot create: it is a folder"),
        ("train none.tiles --output run", "none.tiles"),
        ("train model.safetensors --output run", "model.safetensors"),
        ("train drawn.tiles --output run --batch-size 8 --validation none.tiles", "none.tiles"),
        ("train drawn.tiles --output run --batch-size 41", "less than one batch of 41"),
        ("evaluate none.safetensors drawn.tiles", "none.safetensors"),
        ("evaluate drawn.tiles drawn.tiles", "drawn.tiles"),
        ("evaluate model.safetensors none.tiles", "none.tiles"),
        ("evaluate model.safetensors drawn.tiles", "class"),
        ("import cifar10 none", "none"),
        ("import cifar10 none --output https://127.0.0.1:9/x", "into object stores only"),
        (
            "import weights none --architecture cifar-resnet8-v2 --classes a,b,c --output new.safetensors",
            "none"
        ),
        (
            "import weights model.safetensors --architecture cifar-resnet8-v2 --classes a,b --output new.safetensors",
            "fc.bias is [3], not [2]"
        ),
    ])
    func saysWhatIsWrongAndLeavesNothing(line: String, words: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.output.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ["drawn.tiles", "model.safetensors"])
    }

    @Test(arguments: [
        "train drawn.tiles", "train drawn.tiles --output run --epochs 0",
        "train drawn.tiles --output run --epochs 9223372036854775807 --schedule multistep",
        "train drawn.tiles --output run --batch-size 65537",
        "train drawn.tiles --output run --architecture cifar-resnet600000002-v2",
        "calibrate model.safetensors --data drawn.tiles",
        "calibrate model.safetensors --data drawn.tiles --count 0 --output new.safetensors",
        "bench engine --task train --precision int8", "train none.tiles --output run --precision int8",
        "evaluate model.safetensors", "evaluate model.safetensors drawn.tiles --reference --precision bf16",
        "evaluate model.safetensors drawn.tiles --limit 0",
        "import weights model.safetensors --architecture cifar-resnet9-v2 --classes a,b,c --output n",
        "import weights model.safetensors --architecture cifar-resnet8-v2 --classes a,b,c --output n "
            + "--mean=3e38,0,0",
        "import weights model.safetensors --architecture cifar-resnet8-v2 --classes a,b,c --output n "
            + "--deviation=3e38,1,1",
        "import weights model.safetensors --architecture cifar-resnet8-v2 --classes a,b,c --output n "
            + "--deviation=0.0001,1,1",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ["drawn.tiles", "model.safetensors"])
    }
}

private let testData = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"]
