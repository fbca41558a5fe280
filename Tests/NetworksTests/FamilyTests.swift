import Foundation
import Networks
import Testing

/// The networks against the papers and programs that they come from.
struct FamilyTests {
    /// `Golden/make_parameter_counts.py` made it.
    private struct GoldenFile: Decodable { var counts: [String: Int] }

    private static func counts(_ here: String = #filePath) throws -> [(name: String, count: Int)] {
        let file = URL(filePath: here).deletingLastPathComponent()
            .appending(path: "Golden/parameter-counts.json")
        let golden = try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: file))
        return golden.counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    @Test(arguments: try counts()) func hasAsManyParametersAsItsSource(name: String, count: Int) throws {
        let classCount = name.hasPrefix("cifar") ? 10 : 1000
        let architecture = try #require(Architecture(name: name, classCount: classCount))
        #expect(architecture.name == name)
        #expect(try Network(architecture).parameterCount == count)
    }

    @Test(
        arguments: [Int.min, Int.min + 1, -6, 0, 2, 5, 7, 10_004, .max], ["v1a", "v2-bottleneck", "pooled"])
    func aDepthThatNoNetworkHasIsNoName(depth: Int, version: String) {
        #expect(Architecture(name: "cifar-resnet\(depth)-\(version)", classCount: 10) == nil)
    }

    /// As kuangliu/pytorch-cifar has it: torchvision's ResNet-34 with a 3x3 stem.
    @Test func theWideResNet34OfCIFARHasAsManyParametersAsItsSource() throws {
        let architecture = try #require(Architecture(name: "cifar-resnet34-v1.5", classCount: 10))
        #expect(try Network(architecture).parameterCount == 21_282_122)
    }

    @Test(arguments: [
        "cifar-wrn-28", "cifar-wrn-28-1", "cifar-wrn-28-21", "cifar-wrn-27-10", "cifar-wrn-106-2",
        "cifar-wrn--2-2",
        "cifar-wrn-28-10-2", "cifar-wrn-9223372036854775807-2", "wrn-34-2", "wrn-50-1", "wrn-50-5",
        "wrn-50-x",
    ])
    func aWidthThatNoNetworkHasIsNoName(name: String) {
        #expect(Architecture(name: name, classCount: 10) == nil)
    }

    @Test func aWidthThatNoNetworkHasIsRefused() {
        for (family, depth, widening) in [
            (Architecture.Family.cifarV2, 26, 1), (.cifarV2, 26, 0), (.cifarV2, 26, -1), (.cifarV1A, 20, 2),
            (.cifarV2, 200, 2), (.imageNetV15, 34, 2), (.imageNetV15, 50, .max),
        ] {
            let architecture = Architecture(
                family: family, depth: depth, widening: widening, classCount: 2, inputSize: 32)
            #expect(architecture.objection?.contains("times as wide") == true)
        }
    }

    @Test(arguments: [
        ("cifar-resnet8-v1a", Float(1e-5)), ("cifar-resnet8-v1b", 1e-5), ("cifar-resnet8-v2", 1e-5),
        ("resnet18-v1.5", 1e-5), ("resnet18-v2", 2e-5),
    ])
    func normalisesWithTheEpsilonOfItsSource(name: String, epsilon: Float) throws {
        let architecture = try #require(Architecture(name: name, classCount: 10))
        let ops = try Network(architecture).scoringGraph(batchSize: 1).nodes.map(\.op)
        let epsilons: [Float] = ops.compactMap { op in
            if case .batchNorm(let found) = op { found } else { nil }
        }
        #expect(!epsilons.isEmpty && epsilons.allSatisfy { $0 == epsilon })
    }
}
