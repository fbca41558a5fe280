import Bytes
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// Models as ONNX files and back. `PeerSoftwareTests` holds them to ONNX's own programs.
@Suite struct ONNXTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func model(_ name: String) throws -> Model {
        let network = try TestNetworks.network(name)
        return Model(
            architecture: network.architecture, classes: ["cat", "dog", "boat \"é\""],
            weights: TestNetworks.weights(of: network), provenance: ["source": "a test"])
    }

    private func scores(of model: Model) throws -> [Float] {
        let size = model.architecture.inputSize
        let program = try ReferenceEngine().scoringProgram(
            for: Network(model.architecture), weights: model.weights, batchSize: 1)
        var random = SplitMix64(seed: 3)
        let pixels = (0..<size * size * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        var scores = [Float](repeating: 0, count: model.classes.count)
        var target = scores.mutableSpan
        try program.score(pixels.span, into: &target)
        return scores
    }

    @Test(arguments: TestNetworks.names) func everyNetworkComesBackAsItWentOut(name: String) throws {
        let model = try model(name)
        try model.writeONNX(to: .replacing(folder.file("m.onnx")))
        #expect(try Model(importingONNX: folder.file("m.onnx")) == model)
    }

    @Test(arguments: Effort.isLong ? TestNetworks.names : TestNetworks.smallNames)
    func takesWhatExportersForMXNetWrite(name: String) throws {
        let model = try model(name)
        let bytes = try MXNetStyle(of: Network(model.architecture), weights: model.weights).bytes()
        let imported = try Model(importingONNX: bytes, contract: .init(classes: model.classes))
        #expect(imported.architecture == model.architecture)
        #expect(imported.weights == model.weights)
    }

    @Test(arguments: TestNetworks.smallNames) func foldedBatchNormsBecomeSuchThatOnlyShift(name: String)
        throws
    {
        let model = try model(name)
        let bytes = try MXNetStyle(of: Network(model.architecture), weights: model.weights).bytes(
            isFolded: true)
        let imported = try Model(importingONNX: bytes, contract: .init(classes: model.classes))
        #expect(imported.architecture == model.architecture && imported.weights != model.weights)
        for (a, b) in zip(try scores(of: imported), try scores(of: model)) { #expect(abs(a - b) < 1e-5) }
    }

    @Test func equalModelsMakeEqualFiles() throws {
        let model = try model("cifar-resnet8-v1b")
        #expect(try model.onnxBytes() == model.onnxBytes())
    }

    // MARK: Bytes

    @Test func bytesNeedCalibratedModels() throws {
        let model = try model("cifar-resnet8-v2")
        let error = try #require(throws: ModelFileError.self) {
            try model.writeONNX(to: .replacing(folder.file("m.onnx")), precision: .int8)
        }
        #expect(error.cause.contains("layer1.0.conv1.input_range (and 7 more)"), "\(error)")
        #expect(error.cause.contains("tilescope calibrate"))
        #expect(try folder.names.isEmpty)
    }

    @Test func bytesDoNotComeBackAsAModel() throws {
        var model = try model("cifar-resnet8-v2")
        for name in try Network(model.architecture).inputRangeNames() {
            model.weights[name] = Tensor(shape: [1], values: [4])
        }
        try model.writeONNX(to: .replacing(folder.file("m.onnx")), precision: .int8)
        let error = try #require(throws: ModelFileError.self) {
            _ = try Model(importingONNX: folder.file("m.onnx"))
        }
        #expect(error.cause.contains("precision is int8"), "\(error)")
    }

    /// Denormal numbers have no bytes, large ones no steps.
    @Test func numbersThatHaveNoBytesAreRefusedAndThoseNextToNothingAreNot() throws {
        let calibrated = try {
            var model = try model("cifar-resnet8-v1a")
            for name in try Network(model.architecture).inputRangeNames() {
                model.weights[name] = Tensor(shape: [1], values: [4])
            }
            return model
        }()
        func fault(_ name: String, _ value: Float, range: Float = 4) -> String? {
            var model = calibrated
            let count = model.weights[name]?.values.count ?? 0
            model.weights[name]?.values = [Float](repeating: value, count: count)
            model.weights["layer1.0.conv1.input_range"]?.values = [range]
            do throws(Malformed) {
                _ = try model.onnxBytes(precision: .int8)
                return nil
            } catch {
                return error.reason
            }
        }
        let weights = "layer1.0.conv1.weight"
        for value: Float in [
            0, .leastNonzeroMagnitude, .leastNonzeroMagnitude * 999, .leastNormalMagnitude, 1e30,
        ] {
            #expect(fault(weights, value) == nil, "\(value)")
            #expect(fault(weights, value, range: 1e-30) == nil, "\(value)")
        }
        for name in [weights, "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.0.bn1.running_mean"] {
            #expect(fault(name, .nan)?.contains("not finite") == true, "\(name)")
            #expect(fault(name, .infinity)?.contains("not finite") == true, "\(name)")
        }
        #expect(fault(weights, .greatestFiniteMagnitude, range: 1e6)?.contains("too large") == true)
        for range: Float in [0, -1, .leastNonzeroMagnitude, 1e-37, .infinity, .nan] {
            #expect(fault(weights, 1, range: range)?.contains("not a valid range for int8") == true)
        }
    }

    // MARK: What the file does not say

    @Test func aDepthThatNoNetworkHasIsRefused() throws {
        let own = try #require(try model("cifar-resnet8-v1a").fileContent().metadata["tilescope"])
        for depth in [Int.min, -6, .max] {
            var file = TinyONNX()
            file.node("Relu", ["data"], "out")
            let contract = own.replacing("\"depth\":8", with: "\"depth\":\(depth)")
            try #require(contract != own)
            file.metadata = [("tilescope", contract)]
            let fault = fault(file.bytes, .init()) ?? ""
            #expect(
                fault.contains("the depth of cifar-v1a must be 6n + 2 and at most 10000: \(depth)"),
                "\(fault)")
        }
    }

    /// The file is sound: what is said of it is not enough, or not so.
    @Test func whatIsSaidWronglyIsNoDamage() throws {
        let path = try folder.write(foreign("cifar-resnet8-v2"), to: "foreign.onnx")
        let own = try folder.write(model("cifar-resnet8-v2").onnxBytes(), to: "own.onnx")
        let cases: [(String, ForeignContract, ModelFileError.Code)] = [
            (path, .init(), .noContract), (path, .init(classes: ["a"]), .wrongContract),
            (path, .init(classes: ["a", "b", "a"]), .wrongContract),
            (path, .init(classes: ["a", "b", "c"], inputSize: 32), .wrongContract),
            (own, .init(inputSize: 32), .wrongContract), (own, .init(classes: ["cat"]), .wrongContract),
            (own, .init(preprocessing: .imageNet), .wrongContract),
        ]
        for (path, contract, code) in cases {
            let error = try #require(throws: ModelFileError.self) {
                _ = try Model(importingONNX: path, contract: contract)
            }
            #expect(error.code == code, "\(error)")
        }
    }

    private func foreign(_ name: String) throws -> [UInt8] {
        let network = try TestNetworks.network(name)
        return try MXNetStyle(of: network, weights: TestNetworks.weights(of: network)).bytes()
    }

    private func fault(_ bytes: [UInt8], _ contract: ForeignContract) -> String? {
        do throws(Malformed) {
            _ = try Model(importingONNX: bytes, contract: contract)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func whatIsSaidMustBeTheFiles() throws {
        let bytes = try foreign("cifar-resnet8-v2")
        let cases: [(ForeignContract, String)] = [
            (.init(), "does not name its 3 classes"),
            (.init(classes: ["a", "b"]), "2 classes are named for its 3 outputs"),
            (.init(classes: ["a", "b", "a"]), "named twice"),
            (.init(classes: ["a", "b", "c"], inputSize: 32), "is 16x16, not 32x32"),
        ]
        for (contract, words) in cases {
            let fault = fault(bytes, contract)
            #expect(fault?.contains(words) == true, "\(fault ?? "none")")
        }
        let own = try model("cifar-resnet8-v2").onnxBytes()
        let ownCases: [(ForeignContract, String)] = [
            (.init(classes: ["dog", "cat", "boat"]), "class 0 is dog in --classes and cat in the file"),
            (.init(classes: ["cat"]), "--classes names 1 classes, the file 3"),
            (.init(inputSize: 32), "its input size is 16, not 32"),
            (.init(preprocessing: .imageNet), "leave out --mean and --deviation"),
        ]
        for (contract, words) in ownCases {
            let fault = fault(own, contract)
            #expect(fault?.contains(words) == true, "\(fault ?? "none")")
        }
    }

    /// What exporters write in more than one way makes the same model.
    @Test func batchesHalvesAndHeadsMakeTheSameModel() throws {
        let network = try TestNetworks.network("cifar-resnet8-v1b")
        let style = try MXNetStyle(of: network, weights: TestNetworks.weights(of: network))
        func imported(_ change: (inout MXNetStyle) -> Void) throws -> Model {
            var style = style
            change(&style)
            return try Model(importingONNX: style.bytes(), contract: .init(classes: ["a", "b", "c"]))
        }
        let plain = try imported { _ in }
        for other in try [
            imported { $0.batch = 2 }, imported { $0.castsToHalf = true },
            imported { $0.head = "LogSoftmax" },
        ] {
            #expect(other == plain)
        }
        let alone = try imported { $0.head = "Sigmoid" }
        #expect(alone.weights == plain.weights)
        #expect(alone.provenance[Model.sigmoidKey] == "true")
    }

    /// Not a small network for a large one.
    @Test func theNearestNetworkIsOfTheRightKind() {
        var file = TinyONNX()
        file.inputShape = [1, 3, 64, 64]
        var x = file.node("Conv", ["data", file.weights("w", [64, 3, 5, 5])], "conv")
        for number in 0..<19 {
            let shape = [number == 18 ? 512 : 64, 64, 3, 3]
            x = file.node(
                "Conv", [x, file.weights("w\(number)", shape)], "conv\(number)",
                ["pads": .integers([1, 1, 1, 1])])
        }
        let mean = file.node("Flatten", [file.node("GlobalAveragePool", [x], "pool")], "flat")
        file.node("Gemm", [mean, file.weights("fc", [512, 3])], "out")
        let fault = fault(file.bytes, .init(classes: ["a", "b", "c"])) ?? ""
        #expect(fault.contains("resnet18-v"), "\(fault)")
    }

    @Test func preprocessingIsWhatIsSaid() throws {
        let said = Preprocessing(mean: [1, 2, 3], deviation: [4, 5, 6])
        let imported = try Model(
            importingONNX: foreign("cifar-resnet8-v1a"),
            contract: .init(classes: ["a", "b", "c"], preprocessing: said))
        #expect(imported.architecture.preprocessing == said)
    }

    @Test func anotherNetworkIsToldWhereItLeavesOurs() {
        var file = TinyONNX()
        let first = file.node(
            "Conv", ["data", file.weights("w", [16, 3, 3, 3])], "conv0", ["pads": .integers([1, 1, 1, 1])])
        let relu = file.node("Relu", [first], "relu0")
        let second = file.node(
            "Conv", [relu, file.weights("w2", [24, 16, 5, 5])], "wide", ["pads": .integers([2, 2, 2, 2])])
        let mean = file.node("Flatten", [file.node("GlobalAveragePool", [second], "pool")], "flat")
        file.node("Gemm", [mean, file.weights("fc", [24, 2])], "out")
        let fault = fault(file.bytes, .init(classes: ["a", "b"])) ?? ""
        #expect(fault.contains("one of our networks") || fault.contains("2 convolutions"), "\(fault)")
    }

    /// A stem of several convolutions, as in ResNet-50-D: for pictures of ImageNet's size, and no network of CIFAR's.
    @Test func theNearestIsOfTheSameKind() {
        var file = TinyONNX()
        file.inputShape = [1, 3, 64, 64]
        var (x, channels) = ("data", 3)
        for index in 0..<20 {
            let stride = [0, 2, 6, 11, 16].contains(index) ? 2 : 1
            let weights = file.weights("w\(index)", [16, channels, 3, 3])
            let y = file.node(
                "Conv", [x, weights], "conv\(index)",
                ["pads": .integers([1, 1, 1, 1]), "strides": .integers([stride, stride])])
            (x, channels) = (file.node("Relu", [y], "relu\(index)"), 16)
        }
        let mean = file.node("Flatten", [file.node("GlobalAveragePool", [x], "pool")], "flat")
        file.node("Gemm", [mean, file.weights("fc", [16, 2])], "out")
        let fault = fault(file.bytes, .init(classes: ["a", "b"])) ?? ""
        #expect(fault.contains("but the nearest network, resnet"), "\(fault)")
    }

    /// ResNet-50 as it was first published, its stride on the 1x1 convolutions.
    @Test func anotherStrideIsToldByItsNode() throws {
        let network = try TestNetworks.network("resnet50-v1.5")
        var style = try MXNetStyle(of: network, weights: TestNetworks.weights(of: network))
        style.strideOfFirst = true
        let fault = fault(style.bytes(), .init(classes: ["a", "b", "c"])) ?? ""
        #expect(
            fault.contains(
                "a 1x1 convolution from 256 to 128 channels, stride 2, padding 0, but the nearest network, resnet50-v1.5, "
                    + "has a 1x1 convolution from 256 to 128 channels, stride 1, padding 0"), "\(fault)")
    }
}
