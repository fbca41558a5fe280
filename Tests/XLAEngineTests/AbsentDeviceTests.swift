import Engines
import Foundation
import Networks
import Testing
import XLAEngine

/// NVIDIA's compilers and the plugin, as in site-packages; `make test-gpu-compile` fetches them.
private enum CUDAPackages {
    static let folder = ProcessInfo.processInfo.environment["TILESCOPE_TEST_CUDA"]
}

/// Compiles for a GPU that is not here.
@Suite(.enabled(if: CUDAPackages.folder != nil), .serialized) struct AbsentDeviceTests {
    private func compile(_ text: String, deviceCount: Int = 1) throws -> AbsentDevices.Compiled {
        let description = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Golden/h200.txtpb")
        let devices = try AbsentDevices(
            pluginPath: (CUDAPackages.folder ?? "") + "/jax_plugins/xla_cuda13/xla_cuda_plugin.so",
            name: "cuda",
            description: String(contentsOf: description, encoding: .utf8), deviceCount: deviceCount)
        return try devices.compile(text)
    }

    /// How often a text is among the bytes.
    private func count(_ text: String, in bytes: [UInt8]) -> Int {
        Data(bytes).ranges(of: Data(text.utf8)).count
    }

    private static let steps = [
        ("resnet50-v1.5", 224, 256, 1, 14_000), ("resnet18-v2", 224, 256, 1, 4_200),
        ("cifar-resnet20-v2", 32, 512, 4, 720),
    ]

    @Test(arguments: steps)
    func everyConvolutionOfAStepIsALibrarysCall(
        name: String, side: Int, batchSize: Int, deviceCount: Int, megabytes: Int
    ) throws {
        let network = try Network(#require(Architecture(name: name, classCount: 1000, inputSize: side)))
        var configuration = TrainingConfiguration(batchSize: batchSize * deviceCount)
        configuration.replicaCount = deviceCount
        let text = try StableHLO.training(
            network, configuration, precision: .bf16, deviceCount: deviceCount,
            heldTileCount: side == 32 ? 50_000 : nil
        ).text
        let convolutions = text.ranges(of: "stablehlo.convolution(").count
        let compiled = try compile(text, deviceCount: deviceCount)
        let calls = count("__cudnn$conv", in: compiled.program)
        #expect(calls == convolutions)
        // About a third above what was measured: docs/benchmarks.md.
        #expect(try #require(compiled.byteCount) >> 20 < megabytes)
        // Nothing goes to the host or comes from it within a step.
        for transfer in ["infeed", "outfeed", "send-done", "recv-done", "MoveToHost"] {
            #expect(count(transfer, in: compiled.program) == 0, "\(transfer)")
        }
        if deviceCount > 1 { #expect(count("all-reduce", in: compiled.program) > 0) }
    }

    @Test func scoringIsALibrarysCallsToo() throws {
        let network = try Network(#require(Architecture(name: "resnet18-v2", classCount: 1000)))
        let text = try StableHLO.scoring(network, batchSize: 256, precision: .bf16)
        let compiled = try compile(text)
        let calls = count("__cudnn$conv", in: compiled.program)
        #expect(calls == text.ranges(of: "stablehlo.convolution(").count)
        #expect(try #require(compiled.byteCount) >> 20 < 750)
    }
}
