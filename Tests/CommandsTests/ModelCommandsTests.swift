import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
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
        ("import cifar10 none --output https://127.0.0.1:9/x", "only be written to disks and object stores"),
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

    /// A folder as Hugging Face's hub has timm's: a ResNet-18 with its first weights, and what `config.json` says of it.
    private func writeHub(_ name: String, hasHead: Bool = true, config: String) throws {
        let architecture = try #require(Architecture(name: "resnet18-v1.5", classCount: 3))
        var weights = try Network(architecture).initialWeights(seed: 5)
        if !hasHead { weights = weights.filter { !$0.key.hasPrefix("fc.") } }
        try FileManager.default.createDirectory(
            atPath: folder.file(name), withIntermediateDirectories: false)
        try SafetensorsFile(tensors: weights).write(to: .replacing(folder.file(name + "/model.safetensors")))
        _ = try folder.write(Array(config.utf8), to: name + "/config.json")
    }

    private static let hubConfig = """
        {"architecture": "resnet18", "num_classes": 3, "label_names": ["car", "boat", "other"], "pretrained_cfg": {
        "tag": "test", "input_size": [3, 32, 32], "test_input_size": [3, 40, 40], "interpolation": "bicubic", "crop_pct": 0.875,
        "test_crop_pct": 0.8, "crop_mode": "squash", "mean": [0.5, 0.4, 0.3], "std": [0.25, 0.5, 1]}}
        """

    @Test func aFolderOfTheHubIsAModelThatLooksAtPicturesAsItSays() throws {
        try writeHub("hub", config: Self.hubConfig)
        let made = try run("import weights hub --output own.safetensors")
        #expect(made.exitCode == 0, "\(made.errors)")
        #expect(
            made.output
                == "own.safetensors: resnet18-v1.5, 3 classes, 40x40 pixels: the centre of images whose both sides are made 50, "
                + "bicubic\n")
        #expect(made.errors.contains("resnet18.test; it learnt from 32x32 pixels"), "\(made.errors)")
        let model = try Model(reading: folder.file("own.safetensors"))
        #expect(model.framing == Framing(.squash, length: 50, filter: .bicubic))
        #expect(model.classes == ["car", "boat", "other"] && model.architecture.inputSize == 40)
        #expect(model.architecture.preprocessing.mean == [Float(0.5), 0.4, 0.3].map { $0 * 255 })
        #expect(model.architecture.preprocessing.deviation == [Float(0.25), 0.5, 1].map { $0 * 255 })
        // One picture, alone and in records, and the same cut out by hand: the scores are alike.
        var random = SplitMix64(seed: 1)
        let pixels = (0..<60 * 90 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let picture = Image(width: 60, height: 90, pixelsHWC: pixels)
        let square = picture.resized(width: 50, height: 50, filter: .bicubic)
            .cropped(to: PixelRect(x0: 5, y0: 5, x1: 45, y1: 45))
        for (name, image) in [("pictures/boat/a.png", picture), ("square.png", square)] {
            let path = folder.file(name)
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(image.pngData()).write(to: URL(filePath: path))
        }
        let scores = try ["pictures/boat/a.png", "square.png"].map { name in
            let said = try run("predict own.safetensors \(name) --json --top 3")
            return said.output.drop { $0 != "[" }.prefix { $0 != "]" }
        }
        #expect(scores[0] == scores[1] && !scores[0].isEmpty, "\(scores)")
        _ = try folder.write(Array("car\nboat\nother\n".utf8), to: "classes.txt")
        let packed = try run("pack pictures --output a.rec --class-list classes.txt --pass-through")
        try #require(packed.exitCode == 0, "\(packed.errors)")
        let measured = try run(
            "evaluate own.safetensors a.rec --top 3 --resamples 0 --predictions seen.jsonl")
        #expect(measured.exitCode == 0, "\(measured.errors)")
        let seen = String(decoding: try folder.bytes("seen.jsonl"), as: UTF8.self)
        let best = try #require(scores[0].firstMatch(of: /"score":([0-9.e-]+)/)?.1)
        #expect(seen.contains(best.prefix(5)), "\(seen) \(best)")
    }

    @Test func optionsTakeThePlaceOfWhatTheConfigSays() throws {
        try writeHub("hub", config: Self.hubConfig)
        let made = try run(
            "import weights hub/model.safetensors --output own.safetensors --input-size 32 --classes a,b,c --mean 0,0,0 "
                + "--interpolation bilinear")
        #expect(made.exitCode == 0, "\(made.errors)")
        let model = try Model(reading: folder.file("own.safetensors"))
        // The share of the size that it learnt from.
        #expect(model.framing == Framing(.squash, length: 36, filter: .bilinear))
        #expect(model.classes == ["a", "b", "c"] && model.architecture.inputSize == 32)
        #expect(model.architecture.preprocessing.mean == [0, 0, 0])
        #expect(model.architecture.preprocessing.deviation == [Float(0.25), 0.5, 1].map { $0 * 255 })
        let cut = try run(
            "import weights hub --output own.safetensors --overwrite --shorter-side 44 --input-size 36")
        #expect(cut.exitCode == 0, "\(cut.errors)")
        #expect(
            try Model(reading: folder.file("own.safetensors")).framing
                == Framing(.centre, length: 44, filter: .bicubic))
        #expect(
            try run("import weights hub --output own.safetensors --overwrite --shorter-side 30").exitCode
                == 64)
    }

    @Test func weightsWithoutAHeadAreForTraining() throws {
        let config = Self.hubConfig.replacing("\"resnet18\"", with: "\"resnet18.a1_in1k\"")
        try writeHub("hub", hasHead: false, config: config)
        let refused = try run("import weights hub --output own.safetensors")
        #expect(
            refused.exitCode == 1 && refused.errors.contains("tilescope train --weights"), "\(refused.errors)"
        )
        let shown = try run(
            "train drawn.tiles --output run --weights hub --batch-size 8 --plan-only")
        #expect(shown.exitCode == 0, "\(shown.errors)")
        #expect(
            shown.output.contains("\"imagenet-v1.5\"") && shown.output.contains("127.5"), "\(shown.output)")
        let trained = try run(
            "train drawn.tiles --output run --weights hub --batch-size 8 --samples-per-epoch 8 --epochs 1")
        #expect(trained.exitCode == 0, "\(trained.errors)")
    }

    @Test func saysWhatIsNotKnownOfWeights() throws {
        try writeHub("hub", config: Self.hubConfig.replacing("\"resnet18\"", with: "\"resnet18d\""))
        let other = try run("import weights hub --output own.safetensors")
        #expect(
            other.exitCode == 1 && other.errors.contains("resnet18d.test, which is none of ours"),
            "\(other.errors)")
        #expect(
            try run("import weights hub --architecture resnet18-v1.5 --output own.safetensors").exitCode == 0)
        try FileManager.default.removeItem(atPath: folder.file("hub/config.json"))
        let unnamed = try run("import weights hub --output new.safetensors --classes a,b,c")
        #expect(unnamed.exitCode == 64 && unnamed.errors.contains("--architecture"), "\(unnamed.errors)")
        let classless = try run("import weights hub --output new.safetensors --architecture resnet18-v1.5")
        #expect(classless.exitCode == 64 && classless.errors.contains("--classes"), "\(classless.errors)")
        _ = try folder.write([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60), to: "net.pth")
        let torch = try run(
            "import weights net.pth --output new.safetensors --architecture resnet18-v1.5 --classes a")
        #expect(torch.exitCode == 1 && torch.errors.contains("docs/your-model.md"), "\(torch.errors)")
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
