import Bytes
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// Our files in other people's programs, and theirs in ours: the scripts in `Peers` do it.
///
/// `make test` installs what `Peers/requirements.txt` names, where it can; `TILESCOPE_TEST_PYTHON` names another Python.
@Suite(.serialized) struct PeerSoftwareTests {
    /// Every family, and of those for ImageNet both kinds of units.
    private static let networks = [
        "cifar-resnet8-v1a", "cifar-resnet8-v1b", "cifar-resnet8-v2", "cifar-resnet11-v2-bottleneck",
        "cifar-resnet8-pooled", "resnet18-v2", "resnet50-v2", "resnet18-v1.5", "resnet50-v1.5",
    ]
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(.enabled(if: Python.hasONNX, "needs onnx and onnxruntime"), arguments: networks)
    func onnxruntimeScoresAsWeDo(name: String) throws {
        let side = name.hasPrefix("cifar") ? 32 : 96
        let architecture = try #require(Architecture(name: name, classCount: 10, inputSize: side))
        let network = try Network(architecture)
        var (weights, random) = (network.initialWeights(seed: 2), SplitMix64(seed: 3))
        for parameter in network.parameters where parameter.shape.count == 1 {
            let isPositive = parameter.name.hasSuffix("running_var") || parameter.name.hasSuffix(".weight")
            weights[parameter.name]?.values = (0..<parameter.shape[0]).map { _ in
                Float.random(in: isPositive ? 0.5...1.5 : -0.2...0.2, using: &random)
            }
        }
        let model = Model(
            architecture: architecture, classes: (0..<10).map { "class \($0)" }, weights: weights)
        try model.write(to: folder.file("m"))
        try check(
            "check_onnx",
            [folder.file("m"), folder.path, "\(side)", "fp32", "1e-4", Python.photos, "untrained"])
    }

    /// Trained, because bytes say little of weights that nothing was learnt with.
    @Test(.enabled(if: Python.hasONNX, "needs onnx and onnxruntime"), arguments: ["v1a", "v2", "pooled"])
    func onnxruntimeScoresInBytesNearlyAsWeDo(version: String) throws {
        for line in [
            "sample drawn.tiles --per-class 16",
            "train drawn.tiles --output run --architecture cifar-resnet8-\(version) --epochs 4 --batch-size 32",
            "calibrate run/model.safetensors --data drawn.tiles --output bytes",
        ] {
            let run = try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
        try check("check_onnx", [folder.file("bytes"), folder.path, "32", "int8", "0.05", Python.photos])
        try check("check_onnx", [folder.file("bytes"), folder.path, "32", "fp32", "1e-4", Python.photos])
    }

    @Test(.enabled(if: Python.hasTorch, "needs torch and torchvision"), arguments: networks)
    func whatTorchExportsScoresAsTorchDoes(name: String) throws {
        try check("check_torch", [name, folder.path, Python.photos])
    }

    private func check(_ script: String, _ arguments: [String]) throws {
        let result = try Python.run([Python.scripts + "/\(script).py", ToolRun.path] + arguments)
        #expect(result.exitCode == 0, "\(result.output)")
    }
}

/// The Python that has other people's programs.
private enum Python {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let scripts = root.appending(path: "Tests/CommandsTests/Peers").path(percentEncoded: false)
    private static let path =
        ProcessInfo.processInfo.environment["TILESCOPE_TEST_PYTHON"]
        ?? root.appending(path: ".deps/peers-venv/bin/python").path(percentEncoded: false)

    /// Real photographs, where there are some; else the picture in the README.
    static let photos: String = {
        let folder = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"].map {
            $0 + "/imagenet-samples"
        }
        if let folder, FileManager.default.fileExists(atPath: folder) { return folder }
        return root.appending(path: "docs/images/tagged.jpg").path(percentEncoded: false)
    }()

    static let hasONNX = has("import numpy, onnx, onnxruntime, PIL, safetensors")
    static let hasTorch = hasONNX && has("import torch, torchvision")

    private static func has(_ imports: String) -> Bool { (try? run(["-c", imports]))?.exitCode == 0 }

    static func run(_ arguments: [String]) throws -> (exitCode: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
