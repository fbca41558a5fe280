import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// Our files in other people's programs, and theirs in ours: the scripts in `Peers` do it.
///
/// `make test-peers` installs what `Peers/requirements.txt` names. Torch comes with another Python that
/// `TILESCOPE_TEST_PYTHON` names.
@Suite(.serialized) struct PeerSoftwareTests {
    /// Every family, and of those for ImageNet both kinds of units.
    private static let networks = [
        "cifar-resnet8-v1a", "cifar-resnet8-v1b", "cifar-resnet8-v2", "cifar-resnet11-v2-bottleneck",
        "cifar-resnet8-pooled", "resnet18-v2", "resnet50-v2", "resnet18-v1.5", "resnet50-v1.5",
    ]
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(.enabled(if: Peers.hasONNX, "needs onnx and onnxruntime: make test-peers"), arguments: networks)
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
        try model.write(to: .replacing(folder.file("m")))
        try check(
            "check_onnx",
            [folder.file("m"), folder.path, "\(side)", "fp32", "1e-4", Peers.photos, "untrained"])
    }

    /// Trained, because bytes say little of weights that nothing was learnt with.
    @Test(
        .enabled(if: Peers.hasONNX, "needs onnx and onnxruntime: make test-peers"),
        arguments: ["v1a", "v2", "pooled"])
    func onnxruntimeScoresInBytesNearlyAsWeDo(version: String) throws {
        for line in [
            "sample drawn.tiles --per-class 16",
            "train drawn.tiles --output run --architecture cifar-resnet8-\(version) --epochs 4 --batch-size 32",
            "calibrate run/model.safetensors --data drawn.tiles --output bytes",
        ] {
            let run = try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
        try check("check_onnx", [folder.file("bytes"), folder.path, "32", "int8", "0.05", Peers.photos])
        try check("check_onnx", [folder.file("bytes"), folder.path, "32", "fp32", "1e-4", Peers.photos])
    }

    @Test(.enabled(if: Peers.hasTorch, "needs torch and torchvision"), arguments: networks)
    func whatTorchExportsScoresAsTorchDoes(name: String) throws {
        try check("check_torch", [name, folder.path, Peers.photos])
    }

    private func check(_ script: String, _ arguments: [String]) throws {
        let result = try #require(Peers.shared).run(script, [ToolRun.path] + arguments)
        #expect(!result.failed, "\(result.output)")
    }
}

/// Other people's programs: one Python for all cases.
private struct Peers {
    static let shared = ProcessInfo.processInfo.environment["TILESCOPE_TEST_PYTHON"].flatMap {
        try? Peers($0)
    }
    static let hasONNX = shared?.has("numpy, onnx, onnxruntime, PIL, safetensors") ?? false
    static let hasTorch = hasONNX && shared?.has("torch, torchvision") ?? false

    /// Real photographs, where there are some; else the picture in the README.
    static let photos: String = {
        let folder = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"].map {
            $0 + "/imagenet-samples"
        }
        if let folder, FileManager.default.fileExists(atPath: folder) { return folder }
        return root.appending(path: "docs/images/tagged.jpg").path(percentEncoded: false)
    }()

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private let python: AnsweringProcess

    private init(_ interpreter: String) throws {
        let script = Self.root.appending(path: "Tests/CommandsTests/Peers/answer.py")
        python = try AnsweringProcess(interpreter, [script.path(percentEncoded: false)])
    }

    struct Result: Decodable {
        var failed: Bool
        /// What was printed, and why it failed.
        var output: String
    }

    func run(_ script: String, _ arguments: [String]) throws -> Result {
        try python.answer(to: [script] + arguments)
    }

    private func has(_ modules: String) -> Bool { (try? run("modules", [modules]))?.failed == false }
}
