import Foundation
import ModelFiles
import Networks
import Testing

/// Our networks against the tensors of torchvision's and timm's.
@Suite struct WeightNamesTests {
    /// `Golden/make_weight_names.py` made it.
    private struct GoldenFile: Decodable {
        var torchvision: [String: [String: [Int]]]
        var timmAsTorchvision: [String]
        var timm: [String: [String: [Int]]]
        var transformers: [String: [String: [Int]]]
    }

    private let golden: GoldenFile

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/weight-names.json")
        golden = try JSONDecoder().decode(GoldenFile.self, from: Data(contentsOf: file))
    }

    /// - Returns: what is wrong with the tensors; `nil` for nothing.
    private func fault(of shapes: [String: [Int]], as name: String) throws -> String? {
        let architecture = try #require(Architecture(name: name, classCount: 1000))
        do throws(Malformed) {
            let ours = try ourNames(of: shapes).mapValues { shapes[$0] ?? [] }
            try checkShapes(ours, architecture: architecture)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: [18, 34, 50, 101, 152]) func takesEveryResNetOfTorchvisionAndTimm(depth: Int) throws {
        let shapes = try #require(golden.torchvision["resnet\(depth)"])
        #expect(try fault(of: shapes, as: "resnet\(depth)-v1.5") == nil)
        #expect(golden.timmAsTorchvision.contains("resnet\(depth)"))
        for prefix in ["module.", "_orig_mod.", "module._orig_mod."] {
            let wrapped = Dictionary(uniqueKeysWithValues: shapes.map { (prefix + $0.key, $0.value) })
            #expect(try fault(of: wrapped, as: "resnet\(depth)-v1.5") == nil)
        }
    }

    @Test func takesTheWideResNetOfTorchvisionAndTimm() throws {
        #expect(try fault(of: #require(golden.timm["wide_resnet50_2"]), as: "wrn-50-2") == nil)
    }

    @Test(arguments: [("basic", "resnet18-v1.5"), ("bottleneck", "resnet50-v1.5")])
    func takesTheResNetsOfTransformers(kind: String, name: String) throws {
        let shapes = try #require(golden.transformers[kind])
        #expect(try fault(of: shapes, as: name) == nil)
        let ours = try ourNames(of: shapes)
        #expect(ours["layer3.1.bn2.bias"] == "resnet.encoder.stages.2.layers.1.layer.1.normalization.bias")
        #expect(ours["layer2.0.downsample.1.weight"]?.hasSuffix("shortcut.normalization.weight") == true)
    }

    /// As the best known CIFAR networks for torch name them.
    @Test func takesTheCIFARResNet18ThatManyHave() throws {
        let network = try Network(#require(Architecture(name: "cifar-resnet18-v1.5", classCount: 10)))
        let shapes = Dictionary(
            uniqueKeysWithValues: network.parameters.map { parameter in
                (
                    parameter.name.replacing(".downsample.", with: ".shortcut.").replacing(
                        "fc.", with: "linear."),
                    parameter.shape
                )
            })
        #expect(shapes["layer2.0.shortcut.0.weight"] == [128, 64, 1, 1])
        #expect(shapes["linear.weight"] == [10, 512] && shapes["conv1.weight"] == [64, 3, 3, 3])
        #expect(shapes["layer1.0.shortcut.0.weight"] == nil)
        let ours = try ourNames(of: shapes).mapValues { shapes[$0] ?? [] }
        try checkShapes(ours, architecture: network.architecture)
        // Without the moving moments of 4,800 channels.
        let numberCount: Int = shapes.values.reduce(0) { $0 + $1.elementCount } - 2 * 4800
        #expect(numberCount == 11_173_962)
    }

    @Test(arguments: [
        ("resnetv2_18", "resnet18-v2", "no batch norm on its input"),
        ("resnetv2_50", "resnet50-v2", "no batch norm on its input"),
        ("resnetv2_50x1_bit", "resnet50-v2", "group norms, as in BiT"),
        ("resnet50d", "resnet50-v1.5", "has several convolutions"),
        ("seresnet50", "resnet50-v1.5", "squeeze-and-excitation"),
        ("wide_resnet50_2", "resnet50-v1.5", "layer1.0.conv1.weight is [128, 64, 1, 1], not [64, 64, 1, 1]"),
    ])
    func saysWhyAnotherNetworkOfTimmIsNotOurs(theirs: String, ours: String, reason: String) throws {
        let shapes = try #require(golden.timm[theirs])
        let fault = try fault(of: shapes, as: ours)
        #expect(fault?.contains(reason) == true, "\(fault ?? "none")")
    }

    @Test func ofManyWrongNamesTwentyAreShown() throws {
        let shapes = try #require(golden.torchvision["resnet18"])
        let fault = try #require(try fault(of: shapes, as: "resnet152-v1.5"))
        #expect(fault.contains("missing: layer1.0.bn3.bias, "))
        #expect(fault.contains(" more"))
        #expect(fault.count < 3000)
    }

    @Test func twoNamesOfOneTensorAreRefused() throws {
        var shapes = try #require(golden.torchvision["resnet18"])
        shapes["linear.bias"] = [1000]
        #expect(
            try fault(of: shapes, as: "resnet18-v1.5")
                == "fc.bias and linear.bias are both named fc.bias here")
    }
}
