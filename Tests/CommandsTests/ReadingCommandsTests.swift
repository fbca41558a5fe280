import Files
import Foundation
import ModelFiles
import Records
import TestSupport
import Testing
import Training

/// From a pack that says how it was made, over the model's contract, to the boxes of a scan.
@Suite struct ReadingCommandsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }
    private static let groups = "--group car=car --group boat=boat --group other=*"

    /// A small model of a mixed pack, and a scene with its truth.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        for line in [
            "sample drawn.tiles --per-class 20", "sample guide.png --guide",
            "scatter drawn.tiles mixed.tiles --mixed \(groups) --windows 1000",
            "train mixed.tiles --output run --architecture cifar-resnet8-v2 --epochs 2 --batch-size 32 --warm-up-steps 5",
            "mosaic guide.png --tiles drawn.tiles --output scene.tif --truth truth.jsonl \(groups) --tiles-across 12",
        ] {
            let run = try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
            #expect(run.exitCode == 0, "\(line): \(run.errors)")
        }
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func model(_ path: String) throws -> Model { try Model(reading: folder.path + "/" + path) }

    @Test func theModelSaysHowItIsReadAndAScanObeys() throws {
        let model = try model("run/model.safetensors")
        #expect(model.reading == Reading(windowsOf: .mixed, labelRadius: 12, stride: 16))
        #expect(model.background == "other")
        let scan = try run("scan scene.tif --model run/model.safetensors --output found")
        #expect(scan.exitCode == 0, "\(scan.errors)")
        #expect(
            scan.errors.contains(
                "boxes as the model's contract says: nms, IoU 0.3, threshold 0.5, sub-stride boxes"))
        #expect(scan.output.contains("car: ") && scan.output.contains("boat: "))
        #expect(!scan.output.contains("other: "))
        let changed = try run(
            "scan scene.tif --model run/model.safetensors --output found --iou 0.2 --no-sub-stride")
        #expect(
            changed.errors.contains(
                "boxes as the model's contract says, but for the options: nms, IoU 0.2, threshold 0.5\n"))
    }

    /// Without any option a step and an epoch cost what they cost window by window, and the scan is dense.
    @Test func aModelOfCropsIsScannedDenselyUnlessAnOptionSaysOtherwise() throws {
        let trained = try run(
            "train mixed.tiles --output crops --architecture cifar-resnet8-v2 --crop-windows 3 --epochs 1 --warm-up-steps 5"
        )
        #expect(trained.exitCode == 0, "\(trained.errors)")
        #expect(trained.errors.contains("learns from crops of 64×64 pixels with 9 windows each: "))
        #expect(
            trained.errors.contains("lie on no canvas with room for a crop")
                && trained.errors.contains(" windows/s"))
        let plan = try TrainingPlan(reading: folder.file("crops/plan.json"))
        let pack = try TilePack(opening: folder.file("mixed.tiles"))
        #expect(plan.batchSize == 32 && plan.samplesPerEpoch == pack.count / 4)
        #expect(plan.augmentation.cut == .moved(padding: 0, border: .black))
        let model = try model("crops/model.safetensors")
        #expect(
            model.reading == Reading(windowsOf: .mixed, labelRadius: 12, stride: 16).ofCrops(totalStride: 4))
        #expect((model.reading?.denseStride, model.reading?.moveReach) == (8, 16))
        let line = "scan scene.tif --model crops/model.safetensors --threshold 0.2 --output "
        let usual = try run(line + "usual")
        #expect(
            usual.exitCode == 0 && usual.errors.contains("scans densely, as the model's contract says"),
            "\(usual.errors)")
        let dense = try run(line + "dense --dense")
        #expect(dense.exitCode == 0 && !dense.errors.contains("scans densely"), "\(dense.errors)")
        #expect(try folder.bytes("usual/detections.jsonl") == folder.bytes("dense/detections.jsonl"))
        let exact = try run(line + "exact --exact")
        #expect(exact.exitCode == 0 && exact.errors.contains("windows/s"), "\(exact.errors)")
        #expect(try folder.bytes("usual/detections.jsonl") != folder.bytes("exact/detections.jsonl"))
        // What was begun exactly goes on so.
        let again = try run(line + "exact")
        #expect(
            again.exitCode == 0 && again.errors.contains("scans exactly, as this scan was begun"),
            "\(again.errors)")
        #expect(again.output.contains("nothing to do"))
        let views = try run(line + "views --views 2")
        #expect(
            views.errors.contains("scans exactly, not densely as the model's contract says: "),
            "\(views.errors)")
        #expect(try run(line + "none --dense --exact").exitCode == 64)
        #expect(try run(line + "none --exact --dense-block 64").exitCode == 64)
    }

    @Test func theThresholdOfAModelOfCropsIsChosenByADenseScan() throws {
        var model = try model("run/model.safetensors")
        model.reading = model.reading?.ofCrops(totalStride: 4)
        try model.write(to: .replacing(folder.file("dense.safetensors")))
        let thresholds = try ["run/model.safetensors", "dense.safetensors"].map { name in
            let run = try run(
                "calibrate \(name) --scene scene.tif --truth truth.jsonl --output better.safetensors --overwrite"
            )
            #expect(run.exitCode == 0, "\(run.errors)")
            return try self.model("better.safetensors").reading?.threshold
        }
        #expect(thresholds[0] != thresholds[1])
    }

    @Test func aDenseScanOfAModelOfWindowsSaysHowFarItIsFromAnExactOne() throws {
        let run = try run("scan scene.tif --model run/model.safetensors --output found --dense")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(
            run.errors.contains(
                "this model learnt from single windows: dense scores differ from exact ones by 0."))
        #expect(
            !(try self.run("scan scene.tif --model run/model.safetensors --output exact").errors.contains(
                "differ")))
    }

    @Test(arguments: [
        ("train drawn.tiles --output no --crop-windows 3", "tilescope scatter", 1),
        ("train mixed.tiles --output no --crop-windows 3 --crop-stride 12", "--crop-stride 8 or 16", 1),
        ("train mixed.tiles --output no --crop-windows 20", "has room for 336×336 pixels", 1),
        ("train mixed.tiles --output no --crop-windows 1", "between 2 and 64", 64),
        ("train mixed.tiles --output no --crop-stride 8", "beside --crop-windows", 64),
        ("train mixed.tiles --output no --crop-windows 3 --padding 2", "only mirrored and turned", 64),
        ("train mixed.tiles --output no --crop-windows 3 --crop centre", "only mirrored and turned", 64),
    ])
    func cropsThatCannotBeAreRefused(line: String, words: String, exitCode: Int32) throws {
        let run = try run(line)
        #expect(run.exitCode == exitCode && run.errors.contains(words), "\(run.errors)")
    }

    @Test func aModelThatSaysNothingIsReadAsUsual() throws {
        var model = try model("run/model.safetensors")
        (model.reading, model.background) = (nil, nil)
        try model.write(to: .replacing(folder.path + "/old.safetensors"))
        let scan = try run("scan scene.tif --model old.safetensors --output found --labels car,boat")
        #expect(
            scan.errors.contains(
                "boxes as usual, because the model's contract says nothing of them: nms, IoU 0.1, threshold 0.9\n"
            ))
    }

    @Test func calibratePutsTheBestThresholdIntoTheContract() throws {
        let before = try model("run/model.safetensors")
        let run = try run(
            "calibrate run/model.safetensors --scene scene.tif --truth truth.jsonl --output better.safetensors"
        )
        #expect(run.exitCode == 0, "\(run.errors)")
        let after = try model("better.safetensors")
        let threshold = try #require(after.reading?.threshold)
        #expect(threshold != before.reading?.threshold)
        #expect(run.output.contains("threshold \(threshold): precision"))
        var expected = before
        expected.reading?.threshold = threshold
        #expect(after == expected)
        let scan = try self.run("scan scene.tif --model better.safetensors --output found")
        #expect(scan.errors.contains("threshold \(threshold), sub-stride boxes"))
    }

    @Test func calibratePutsTheMethodThatItMeasuresIntoTheContract() throws {
        let line =
            "calibrate run/model.safetensors --scene scene.tif --truth truth.jsonl --method wbf --iou 0.4"
        let run = try run(line + " --output fused.safetensors")
        #expect(run.exitCode == 0, "\(run.errors)")
        let reading = try #require(try model("fused.safetensors").reading)
        #expect(reading.method == .wbf && reading.iou == 0.4)
        let scan = try self.run("scan scene.tif --model fused.safetensors --output found")
        #expect(scan.errors.contains("wbf, IoU 0.4, threshold \(reading.threshold)"), "\(scan.errors)")
        let other = try self.run(
            "scan scene.tif --model fused.safetensors --output found --method nms --iou 0.3")
        #expect(other.errors.contains("nms, IoU 0.3"), "\(other.errors)")
        let wrong = try self.run(
            "calibrate run/model.safetensors --data mixed.tiles --method wbf --output other.safetensors")
        #expect(wrong.exitCode == 64 && wrong.errors.contains("--method and --iou need --scene"))
    }

    @Test func trainChoosesTheThresholdWhenItIsComplete() throws {
        let run = try run(
            "train mixed.tiles --output second --architecture cifar-resnet8-v2 --epochs 2 --batch-size 32 --warm-up-steps 5 "
                + "--validation-scene scene.tif --truth truth.jsonl")
        #expect(run.exitCode == 0, "\(run.errors)")
        let calibrated = try self.run(
            "calibrate run/model.safetensors --scene scene.tif --truth truth.jsonl --output better.safetensors"
        )
        #expect(calibrated.exitCode == 0)
        #expect(
            try model("second/model.safetensors").reading == model("better.safetensors").reading)
    }

    /// Rather than when it is over.
    @Test func aSceneThatCannotBeReadIsToldBeforeTheTraining() throws {
        let run = try run(
            "train mixed.tiles --output second --architecture cifar-resnet8-v2 --epochs 1 --batch-size 32 "
                + "--validation-scene mixed.tiles --truth truth.jsonl")
        #expect(run.exitCode == 1 && run.errors.contains("mixed.tiles: cannot open as an image"))
        #expect(try !folder.names.contains("second"))
    }

    @Test func aTrainingGoesOnWithoutItsSceneAndSaysSo() throws {
        let line =
            "train mixed.tiles --output second --architecture cifar-resnet8-v2 --epochs 3 --batch-size 32 "
            + "--validation-scene scene.tif --truth truth.jsonl"
        let begun = try ToolRun(
            line.split(separator: " ").map(String.init), folder: folder.path, isInterrupted: true)
        #expect(begun.exitCode == 1, "\(begun.errors)")
        try FileManager.default.moveItem(
            atPath: folder.file("scene.tif"), toPath: folder.file("elsewhere.tif"))
        let resumed = try run("train --resume second")
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(resumed.errors.contains("scene.tif"))
        let reading = try model("second/model.safetensors").reading
        #expect(reading == Reading(windowsOf: .mixed, labelRadius: 12, stride: 16))
    }

    /// Unless it is asked for.
    @Test(arguments: [("", "moved(padding: 0"), (" --padding 2", "moved(padding: 2")])
    func aRecipeMovesNoWindowsWhoseLabelsFollowFromPlaces(option: String, cut: String) throws {
        let run = try run("train mixed.tiles --output third --recipe cifar10-fast --plan-only\(option)")
        #expect(run.exitCode == 0, "\(run.errors)")
        let plan = try JSONDecoder().decode(TrainingPlan.self, from: Data(run.output.utf8))
        #expect("\(plan.augmentation.cut)".hasPrefix(cut))
        #expect(run.errors.contains("windows are not moved") == option.isEmpty)
    }

    @Test func groupsHaveTheSharesAndTheOriginalsThatAreAskedFor() throws {
        let run = try run(
            "scatter drawn.tiles shares.tiles --mixed \(Self.groups) --shares car=6,boat=0,other=1 --layers 0 --windows 1500 "
                + "--originals 0.25")
        #expect(run.exitCode == 0, "\(run.errors)")
        let pack = try TilePack(opening: folder.file("shares.tiles"))
        let counts = try run.output.matches(of: /(\w+): (\d+) windows, (\d+) tiles as they are/).map {
            (name: $0.1, windows: try #require(Int($0.2)), originals: try #require(Int($0.3)))
        }
        #expect(counts.map(\.name) == ["car", "boat", "other"])
        let windowCount = counts.reduce(0) { $0 + $1.windows }
        #expect(counts[1].windows == 0 && counts[0].windows > windowCount / 10)
        // Equal for each group, boats too.
        #expect(Set(counts.map(\.originals)).count <= 2)
        let originalCount = counts.reduce(0) { $0 + $1.originals }
        #expect(windowCount + originalCount == pack.count)
        #expect(abs(Double(originalCount) / Double(pack.count) - 0.25) < 0.01)
    }

    /// The parser has not found it, but knows the command.
    @Test func wrongUsageThatIsFoundLateNamesTheCommand() throws {
        let run = try run("scatter drawn.tiles out.tiles --mixed --group car=car --shares boat=1")
        #expect(run.errors.contains("Usage: tilescope scatter "))
        #expect(run.errors.hasSuffix("See 'tilescope scatter --help' for more information.\n"))
    }

    @Test(arguments: [
        "scatter drawn.tiles out.tiles --layers 1", "scatter drawn.tiles out.tiles --mixed --layers 1,x",
        "scatter drawn.tiles out.tiles --mixed --scan-stride 0",
        "scatter drawn.tiles out.tiles --originals 1",
        "scatter drawn.tiles out.tiles --mixed --least-visible 2",
        "scatter drawn.tiles out.tiles --mixed --group car=car --shares boat=1",
        "scatter drawn.tiles out.tiles --mixed --group car=car --shares car=-1",
        "scatter drawn.tiles out.tiles --mixed --group a=car --group b=boat --shares a=1",
        "calibrate m --scene s --truth t --count 5 --output o", "calibrate m --output o",
        "calibrate m --scene s --output o",
        "train mixed.tiles --output o --validation-scene s",
        "train mixed.tiles --output o --truth t",
    ])
    func wrongUsageEndsWith64(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
    }
}
