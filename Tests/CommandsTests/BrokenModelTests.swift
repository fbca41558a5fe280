import Files
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing

/// Models whose weights are finite and so large that no score is a number.
@Suite struct BrokenModelTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for line in ["sample drawn.tiles --per-class 2", "sample scene.png --guide"] {
            try #require(try run(line).exitCode == 0)
        }
        let classes = try TilePack(opening: folder.file("drawn.tiles")).classNames
        let architecture = try #require(
            Architecture(
                name: "cifar-resnet8-v1a", classCount: classes.count,
                preprocessing: Preprocessing(mean: [0, 0, 0], deviation: [1, 1, 1])))
        for (name, broken) in [("m.st", ["fc.weight", "fc.bias"]), ("c.st", ["conv1.weight"])] {
            var weights = try Network(architecture).initialWeights(seed: 1)
            for tensor in broken {
                weights[tensor] = weights[tensor].map { Tensor(shape: $0.shape, repeating: 3e38) }
            }
            try Model(architecture: architecture, classes: classes, weights: weights).write(
                to: .replacing(folder.file(name)))
        }
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    @Test(arguments: [
        ("evaluate m.st drawn.tiles", "score sample 0 of drawn.tiles"),
        ("scan scene.png --model m.st --output scan", "score the window at 0,0"),
        ("predict m.st scene.png", "scene.png"),
        ("calibrate c.st --data drawn.tiles --output new.st", "c.st"),
    ])
    func theErrorNamesTheModelAndWhatItScored(line: String, words: String) throws {
        let run = try run(line + " --workers 1")
        #expect(run.exitCode == 1)
        let said = run.output + run.errors
        #expect(said.contains(words) && said.contains("are not numbers"), "\(said)")
        #expect(line.hasPrefix("predict") || said.contains(".st"), "\(said)")
    }
}
