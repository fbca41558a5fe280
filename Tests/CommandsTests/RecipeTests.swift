import Foundation
import TestSupport
import Testing

/// `train --recipe`, `--recipes`, `--show` and `--weights`.
@Suite struct RecipeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func shown(_ line: String) throws -> [String: Any] {
        let run = try run("train --show " + line)
        #expect(run.exitCode == 0, "\(run.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func listsTheRecipesThatAllCanBeShown() throws {
        let list = try run("train --recipes")
        #expect(list.exitCode == 0, "\(list.errors)")
        let names = list.output.split(separator: "\n").compactMap { $0.split(separator: " ").first }
        #expect(
            names.sorted() == [
                "cifar10-5000", "cifar10-fast", "cifar10-resnet164-v2", "cifar10-resnet20",
                "imagenet-resnet18-post",
                "imagenet-resnet50", "imagenet-resnet50-long", "imagenet-resnet50-strikes-back",
                "post-mosaic",
            ])
        for name in names {
            let shown = try shown("--recipe \(name)")
            #expect(shown["recipe"] as? String == String(name))
            #expect((shown["source"] as? String)?.isEmpty == false)
        }
    }

    /// The values of the posts and papers.
    @Test(arguments: [
        ("cifar10-resnet20", "cifar-resnet20-v2", 100, 128, 5e-4),
        ("cifar10-resnet164-v2", "cifar-resnet164-v2-bottleneck", 164, 128, 1e-4),
        ("post-mosaic", "cifar-resnet20-v2", 40, 128, 1e-4),
        ("imagenet-resnet18-post", "resnet18-v2", 30, 512, 1e-4),
        ("imagenet-resnet50", "resnet50-v1.5", 90, 256, 1e-4),
        ("imagenet-resnet50-long", "resnet50-v1.5", 600, 1024, 2e-5),
        ("imagenet-resnet50-strikes-back", "resnet50-v1.5", 100, 2048, 2e-5),
    ])
    func showsTheSettingsOfItsSource(
        name: String, architecture: String, epochs: Int, batch: Int, weightDecay: Double
    ) throws {
        let shown = try shown("--recipe \(name)")
        #expect(shown["architecture"] as? String == architecture)
        #expect(shown["epochCount"] as? Int == epochs && shown["batchSize"] as? Int == batch)
        let rates = ["imagenet-resnet50-long": 0.5, "imagenet-resnet50-strikes-back": 1]
        #expect(shown["learningRate"] as? Double == rates[name] ?? 0.1)
        let optimizer = try #require(shown["optimizer"] as? [String: Any])
        #expect(optimizer["momentum"] as? Double == 0.9)
        #expect(optimizer["weightDecay"] as? Double == weightDecay)
        #expect(["fp32", "bf16"].contains(shown["precision"] as? String))
    }

    @Test func anOptionTakesThePlaceOfTheRecipes() throws {
        let shown = try shown(
            "--recipe imagenet-resnet18-post --epochs 7 --precision fp32 --schedule cosine --clip-norm 2 "
                + "--architecture cifar-resnet8-v2 --crop moved --seed 5")
        #expect(shown["epochCount"] as? Int == 7 && shown["seed"] as? Int == 5)
        #expect(shown["precision"] as? String == "fp32")
        #expect((shown["schedule"] as? [String: Any])?.keys.first == "cosine")
        #expect(shown["architecture"] as? String == "cifar-resnet8-v2")
        #expect(shown["batchSize"] as? Int == 512)
        let cut = (shown["augmentation"] as? [String: Any])?["cut"] as? [String: Any]
        #expect(cut?.keys.first == "moved")
    }

    @Test func theLearningRateGoesWithTheBatch() throws {
        let scaled = try run("train --show --recipe imagenet-resnet50 --batch-size 64")
        #expect(scaled.output.contains("\"learningRate\" : 0.025"))
        #expect(scaled.errors.contains("the learning rate becomes 0.025, for batches of 64 instead of 256"))
        let given = try run("train --show --recipe imagenet-resnet50 --batch-size 64 --learning-rate 0.2")
        #expect(given.output.contains("\"learningRate\" : 0.2") && given.errors.isEmpty)
        let same = try run("train --show --recipe imagenet-resnet50 --batch-size 256")
        #expect(same.output.contains("\"learningRate\" : 0.1") && same.errors.isEmpty)
    }

    /// As many crops as have the pixels of the recipe's windows cost the same; only other numbers of crops change the rate.
    @Test func aStepOfCropsCostsWhatTheRecipesStepCosts() throws {
        let usual = try run("train --show --recipe cifar10-resnet20 --crop-windows 9")
        #expect(
            usual.output.contains("\"batchSize\" : 5,") && usual.output.contains("\"learningRate\" : 0.1"))
        #expect(usual.output.contains("\"perSide\" : 9") && usual.output.contains("\"stride\" : 16"))
        let twice = try run(
            "train --show --recipe cifar10-resnet20 --crop-windows 9 --crop-stride 8 --batch-size 28")
        // 96 pixels: 14 crops.
        #expect(twice.output.contains("\"learningRate\" : 0.2"), "\(twice.output)")
        #expect(twice.errors.contains("for batches of 28 instead of 14"), "\(twice.errors)")
        // Half a window is 112 pixels, and the total stride 32.
        let large = try run(
            "train --show --architecture resnet18-v2 --crop-windows 3 --crop moved --padding 0")
        #expect(large.output.contains("\"stride\" : 96"), "\(large.output)")
    }

    @Test(arguments: [
        ("", 0.05), (" --batch-size 64", 0.025), (" --scale-learning-rate 128", 0.1),
        (" --batch-size 64 --scale-learning-rate 32", 0.2), (" --batch-size 64 --learning-rate 0.3", 0.3),
        (" --learning-rate 0.3 --scale-learning-rate 512", 0.075),
    ])
    func theLearningRateIsScaledOnce(rest: String, learningRate: Double) throws {
        let text =
            #"{"summary":"s","source":"t","options":{"learning-rate":0.1,"batch-size":128,"scale-learning-rate":256}}"#
        _ = try folder.write(Array(text.utf8), to: "mine.json")
        let rate = try #require(try shown("--recipe mine.json" + rest)["learningRate"] as? Double)
        #expect(abs(rate - learningRate) < 1e-6)
    }

    /// Whatever decides a training is shown, and what is added to the plan must be.
    @Test func everySettingIsShown() throws {
        let pack = try run("sample drawn.tiles --per-class 2")
        try #require(pack.exitCode == 0, "\(pack.errors)")
        let settings =
            "--recipe cifar10-fast --batch-size 4 --samples-per-epoch 8 --mixup 0.2 --no-whiten-stem "
            + "--validation-interval 2 --replicas 2 --sync-batch-norm --checkpoint-minutes 5 --keep 4"
        let made = try run("train drawn.tiles --output run --plan-only " + settings)
        let object = try JSONSerialization.jsonObject(with: Data(made.output.utf8))
        let plan = try #require(object as? [String: Any], "\(made.errors)")
        let shown = try shown(settings)
        let ofTheData: Set = ["dataPath", "outputPath", "versions"]
        #expect(Set(plan.keys).subtracting(shown.keys) == ofTheData)
        #expect(shown["validationInterval"] as? Int == 2 && shown["replicaCount"] as? Int == 2)
        #expect(shown["whitensStem"] as? Bool == false && shown["synchronizesBatchNorm"] as? Bool == true)
        #expect(shown["inputSize"] as? Int == 32 && shown["keptCheckpointCount"] as? Int == 4)
        #expect(shown["checkpointMinutes"] as? Double == 5)
        #expect(try folder.names == ["drawn.tiles"])
    }

    @Test func aFileIsARecipeToo() throws {
        let text =
            #"{"summary":"s","source":"t","options":{"epochs":3,"mirror":"none","nesterov":true,"drop-epochs":[1,2],"schedule":"multistep"}}"#
        _ = try folder.write(Array(text.utf8), to: "mine.json")
        let shown = try shown("--recipe mine.json")
        #expect(shown["epochCount"] as? Int == 3 && shown["recipe"] as? String == "mine.json")
        #expect((shown["optimizer"] as? [String: Any])?["isNesterov"] as? Bool == true)
    }

    @Test func turnsAreARecipesOrTheLines() throws {
        func turns(_ line: String) throws -> Bool? {
            (try shown(line)["augmentation"] as? [String: Any])?["turns"] as? Bool
        }
        let text = #"{"summary":"s","source":"t","options":{"turn":true}}"#
        _ = try folder.write(Array(text.utf8), to: "mine.json")
        #expect(try turns("--recipe mine.json") == true)
        #expect(try turns("--recipe mine.json --no-turn") == false)
        #expect(try turns("--recipe cifar10-resnet20") == false)
        #expect(try turns("--recipe cifar10-resnet20 --turn") == true)
    }

    @Test(arguments: [
        ("{", "it is not JSON"), ("[]", "a summary, a source and options"),
        (#"{"summary":"s","options":{}}"#, "a summary, a source and options"),
        (#"{"summary":"s","source":"t","options":{"epoks":3}}"#, "--epoks"),
        (#"{"summary":"s","source":"t","options":{"epochs":"many"}}"#, "many"),
        (#"{"summary":"s","source":"t","options":{"epochs":{}}}"#, "its option epochs"),
        (#"{"summary":"s","source":"t","options":{"data":"x"}}"#, "--data"),
    ])
    func refusesWhatIsNoRecipe(text: String, words: String) throws {
        _ = try folder.write(Array(text.utf8), to: "mine.json")
        let run = try run("train --show --recipe mine.json")
        #expect(run.exitCode != 0)
        #expect(run.errors.contains(words) && run.errors.contains("mine.json"), "\(run.errors)")
    }

    @Test func saysWhyAFileCannotBeRead() throws {
        _ = try folder.write([], to: "mine.json")
        truncate(folder.file("mine.json"), 1 << 40)
        let long = try run("train --show --recipe mine.json")
        #expect(long.exitCode != 0 && long.errors.contains("bytes, more than"), "\(long.errors)")
        let other = try run("train --show --recipe .")
        #expect(other.exitCode != 0 && other.errors.contains("it is a folder"), "\(other.errors)")
    }

    @Test(arguments: [
        "train --recipe none --show", "train --recipe cifar10-resnet20",
        "train --show --resume run", "train --resume run --recipe cifar10-resnet20",
        "train --resume run --turn",
        "train --resume run --weights w.safetensors", "train --show --recipe cifar10-resnet20 --epochs 0",
        "train --show --recipe imagenet-resnet50 --padding 3",
        "train --show --architecture resnet18-v2 --border reflect", "train --show --plan-only",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
    }

    @Test func trainsByARecipeAndThenFromItsWeights() throws {
        let pack = try run("sample drawn.tiles --per-class 2")
        try #require(pack.exitCode == 0, "\(pack.errors)")
        let first = try run(
            "train drawn.tiles --output one --recipe cifar10-resnet20 --architecture cifar-resnet8-v2 "
                + "--epochs 1 --batch-size 10 --precision fp32")
        #expect(first.exitCode == 0, "\(first.errors)")
        #expect(
            String(decoding: try folder.bytes("one/plan.json"), as: UTF8.self).contains("cifar10-resnet20"))
        let second = try run(
            "train drawn.tiles --output two --weights one/model.safetensors --epochs 1 --batch-size 10 "
                + "--frozen-stages 1")
        #expect(second.exitCode == 0, "\(second.errors)")
        #expect(
            String(decoding: try folder.bytes("two/plan.json"), as: UTF8.self)
                .contains("one/model.safetensors"))
        let refused = try run(
            "train drawn.tiles --output three --weights drawn.tiles --epochs 1 --batch-size 10")
        #expect(refused.exitCode == 1 && refused.errors.contains("drawn.tiles"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("three")))
    }
}
