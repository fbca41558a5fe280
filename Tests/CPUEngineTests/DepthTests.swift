import Bytes
import CPUEngine
import Engines
import Foundation
import Networks
import Testing

/// Every ImageNet network at its full size. Minutes: only where `TILESCOPE_TEST_DEPTHS` is set.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["TILESCOPE_TEST_DEPTHS"] != nil))
struct DepthTests {
    @Test(arguments: [
        "resnet18-v2", "resnet34-v2", "resnet50-v2", "resnet101-v2", "resnet152-v2", "resnet200-v2",
        "resnet269-v2", "resnet18-v1.5", "resnet34-v1.5", "resnet50-v1.5", "resnet101-v1.5",
        "resnet152-v1.5",
    ])
    func lossFallsOnARepeatedBatch(name: String) throws {
        let network = try Network(#require(Architecture(name: name, classCount: 1000)))
        let engine = CPUEngine(
            workerCount: ProcessInfo.processInfo.activeProcessorCount, cacheFolder: nil)
        var optimizer = Optimizer()
        optimizer.gradientClip = .norm(1)
        let program = try engine.trainingProgram(
            for: network, state: TrainingState(weights: network.initialWeights(seed: 1)),
            configuration: .init(batchSize: 4, optimizer: optimizer))
        var random = SplitMix64(seed: 2)
        let pixels = (0..<4 * 224 * 224 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let targets = try Targets(labels: [3, 141, 592, 653], classCount: 1000)
        let losses = try (0..<4).map { _ in
            try program.step(pixels.span, targets: targets, learningRate: 0.02).loss
        }
        print("\(name): losses \(losses), \(network.parameterCount) parameters")
        #expect(losses.allSatisfy { $0.isFinite })
        #expect(losses[3] < losses[0])
    }
}
