import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// `train`, `evaluate` and `import`.
@Suite struct ModelCommandsTests {
    let folder: TemporaryFolder

    /// A pack of 40 drawn tiles of ten classes, and a model of three others with its first weights.
    init() throws {
        folder = try TemporaryFolder()
        let run = try ToolRun(["sample", "drawn.tiles", "--per-class", "4"], folder: folder.path)
        try #require(run.exitCode == 0, "\(run.errors)")
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 32)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5))
        try model.write(to: folder.path + "/model.safetensors")
    }

    private func run(_ line: String, isInterrupted: Bool = false) throws -> ToolRun {
        try ToolRun(
            line.split(separator: " ").map(String.init), folder: folder.path, isInterrupted: isInterrupted)
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

    @Test(arguments: [
        ("train none.tiles --output run", "none.tiles"),
        ("train model.safetensors --output run", "model.safetensors"),
        ("train drawn.tiles --output run --batch-size 8 --validation none.tiles", "none.tiles"),
        ("train drawn.tiles --output run --batch-size 41", "less than one batch of 41"),
        ("evaluate none.safetensors drawn.tiles", "none.safetensors"),
        ("evaluate drawn.tiles drawn.tiles", "drawn.tiles"),
        ("evaluate model.safetensors none.tiles", "none.tiles"),
        ("evaluate model.safetensors drawn.tiles", "class"),
        ("import cifar10 none", "none"),
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
        "evaluate model.safetensors", "evaluate model.safetensors drawn.tiles --limit 0",
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
