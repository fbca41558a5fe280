import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import TestSupport
import Testing

@Suite struct ModelTests {
    let folder: TemporaryFolder
    var model: Model

    init() throws {
        folder = try TemporaryFolder()
        let architecture = Architecture(
            family: .cifarV1A, depth: 8, classCount: 3, inputSize: 32,
            preprocessing: Preprocessing(mean: [1, 2, 3], deviation: [0.1, 50, 60]))
        model = Model(
            architecture: architecture, classes: ["car", "boat", "other \"é\""],
            weights: try Network(architecture).initialWeights(seed: 1), provenance: ["source": "a test"])
    }

    /// Writes the model with its contract's text changed.
    private func write(replacing old: String, with new: String) throws -> String {
        var file = model.fileContent()
        let text = try #require(file.metadata["tilescope"])
        try #require(text.contains(old))
        file.metadata["tilescope"] = text.replacingOccurrences(of: old, with: new)
        try file.write(to: .replacing(folder.file("m")))
        return folder.file("m")
    }

    private func expectRefusal(_ path: String, _ code: ModelFileError.Code, _ reason: String) {
        let error = #expect(throws: ModelFileError.self) { _ = try Model(reading: path) }
        #expect(error?.code == code)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test func keepsTheRangesOfACalibration() throws {
        var calibrated = model
        for name in try Network(model.architecture).inputRangeNames() {
            calibrated.weights[name] = Tensor(shape: [1], values: [3])
        }
        try calibrated.write(to: .replacing(folder.file("m")))
        #expect(try Model(reading: folder.file("m")) == calibrated)
        calibrated.weights["layer1.0.conv1.input_range"] = Tensor(shape: [2], values: [3, 3])
        try calibrated.write(to: .replacing(folder.file("m")))
        expectRefusal(folder.file("m"), .wrongContract, "layer1.0.conv1.input_range is [2], not [1]")
        calibrated.weights["layer1.0.conv1.input_range"] = Tensor(shape: [1], values: [.nan])
        try calibrated.write(to: .replacing(folder.file("m")))
        expectRefusal(folder.file("m"), .wrongContract, "layer1.0.conv1.input_range")
        calibrated.weights["layer1.0.conv1.input_range"] = nil
        calibrated.weights["conv1.input_range"] = Tensor(shape: [1], values: [3])
        try calibrated.write(to: .replacing(folder.file("m")))
        expectRefusal(folder.file("m"), .wrongContract, "unknown: conv1.input_range")
    }

    @Test func theFolderOfATrainingSaysWhichModelIsInIt() throws {
        expectRefusal(folder.path, .cannotRead, "it is a folder")
        try model.write(to: .replacing(folder.file("model.safetensors")))
        expectRefusal(folder.path, .cannotRead, "name " + folder.file("model.safetensors"))
    }

    @Test func keepsHowItLooksAtPictures() throws {
        var framed = model
        framed.framing = Framing(.border, length: 40, filter: .bicubic, fill: [1, 2, 3])
        try framed.write(to: .replacing(folder.file("m")))
        #expect(try Model(reading: folder.file("m")) == framed)
        try framed.writeONNX(to: .replacing(folder.file("m.onnx")))
        #expect(try Model(importingONNX: folder.file("m.onnx")).framing == framed.framing)
    }

    @Test(arguments: [
        ("\"length\":40", "\"length\":31"), ("\"length\":40", "\"length\":-1"),
        ("\"filter\":\"bicubic\"", "\"filter\":\"none\""),
        ("\"mode\":\"centre\"", "\"mode\":\"border\""),
    ])
    mutating func aWayToLookAtPicturesThatThereIsNotIsRefused(old: String, new: String) throws {
        model.framing = Framing(.centre, length: 40, filter: .bicubic)
        try expectRefusal(
            write(replacing: old, with: new), .wrongContract,
            old.contains("filter") ? "framing.filter" : "way to cut images")
    }

    @Test func comesBackAsItWasWritten() throws {
        try model.write(to: .replacing(folder.file("m")))
        #expect(try Model(reading: folder.file("m")) == model)
    }

    @Test(arguments: [ModelFormat.safetensors, .onnx])
    func saysHowItsScoresAreRead(format: ModelFormat) throws {
        var model = model
        model.background = model.classes[2]
        model.reading = Reading(windowsOf: .mixed, labelRadius: 7.5, stride: 15)
        model.reading?.threshold = 0.625
        model.reading?.method = .wbf
        let path = folder.file("m")
        let read: Model
        switch format {
        case .safetensors:
            try model.write(to: .replacing(path))
            read = try Model(reading: path)
        case .onnx:
            read = try Model(importingONNX: model.onnxBytes(), contract: .init())
        }
        #expect(read.reading == model.reading)
        #expect(read.background == model.background)
    }

    enum ModelFormat { case safetensors, onnx }

    /// So that a model from before is read as it was then.
    @Test func aContractWithoutAReadingHasTheUsualOne() throws {
        #expect(model.fileContent().metadata["tilescope"]?.contains("reading") == false)
        #expect(Reading.usual == Reading(windowsOf: .single))
        #expect(
            (Reading.usual.threshold, Reading.usual.iou, Reading.usual.movesBoxes) == (0.9, 0.1, false))
    }

    @Test(arguments: [
        ("\"threshold\":0.5", "\"threshold\":1.5", "score threshold must lie in 0...1"),
        ("\"iou\":", "\"iou\":-", "IoU threshold must lie in 0...1"),
        ("\"stride\":16", "\"stride\":0", "stride must lie in 1...1048576"),
        ("\"labelRadius\":8", "\"labelRadius\":-8", "label radius must lie in 0...1048576"),
        ("\"mixed\"", "\"stirred\"", "cannot be read"),
    ])
    func refusesAReadingThatCannotBe(old: String, new: String, words: String) throws {
        var other = self
        other.model.reading = Reading(windowsOf: .mixed, labelRadius: 8, stride: 16)
        expectRefusal(try other.write(replacing: old, with: new), .wrongContract, words)
    }

    @Test func momentaAreNotWeights() throws {
        var file = model.fileContent()
        file.tensors["momentum/conv1.weight"] = Tensor(shape: [1], values: [1])
        try file.write(to: .replacing(folder.file("m")))
        #expect(try Model(reading: folder.file("m")) == model)
    }

    @Test func withoutContractItSaysHowToMakeOne() throws {
        var file = model.fileContent()
        file.metadata = [:]
        try file.write(to: .replacing(folder.file("m")))
        expectRefusal(folder.file("m"), .noContract, "tilescope import weights")
    }

    @Test(arguments: [
        ("\"version\":1", "\"version\":2", "version 2"),
        ("\"version\":1", "\"version\":\"1\"", "no version"),
        ("{", "", "no version"),
        ("\"RGB\"", "\"BGR\"", "channels are BGR"),
        ("\"fp32\"", "\"int8\"", "precision is int8"),
        ("\"car\",", "", "2 classes for 3 outputs"),
        ("\"car\"", "\"boat\"", "a class twice"),
        ("cifar-v1a", "cifar-v9", "cannot be read"),
        ("\"depth\":8", "\"depth\":9", "impossible"),
        ("\"depth\":8", "\"depth\":6000000000002", "impossible"),
        ("\"inputSize\":32", "\"inputSize\":4611686018427387904", "impossible"),
        ("[1,2,3]", "[1,2]", "one per channel"),
        ("\"classCount\":3", "\"classCount\":70000", "for 70000 outputs"),
        ("\"inputSize\":32", "\"inputSize\":0", "must lie in 1...4096: 0"),
        ("50", "-50", "one per channel"),
    ])
    func refusesAWrongContract(old: String, new: String, reason: String) throws {
        expectRefusal(try write(replacing: old, with: new), .wrongContract, reason)
    }

    @Test func namesEveryTensorThatIsNotTheNetworks() throws {
        var file = model.fileContent()
        file.tensors["conv1.weight"] = nil
        file.tensors["stray"] = Tensor(shape: [], values: [1])
        file.tensors["fc.bias"] = Tensor(shape: [2], values: [1, 2])
        try file.write(to: .replacing(folder.file("m")))
        expectRefusal(
            folder.file("m"), .wrongContract,
            "missing: conv1.weight; unknown: stray; with the wrong shape: fc.bias is [2], not [3]")
    }

    @Test(arguments: [Float.nan, -.infinity]) func refusesWeightsThatAreNotFinite(value: Float) throws {
        var broken = model
        broken.weights["fc.bias"]?.values[1] = value
        try broken.write(to: .replacing(folder.file("m")))
        expectRefusal(folder.file("m"), .wrongContract, "not finite: fc.bias")
    }

    @Test func importsTorchNamesAndDropsBatchCounts() throws {
        var foreign = SafetensorsFile(tensors: [:], metadata: ["source": "a test"])
        for (name, tensor) in model.weights {
            foreign.tensors["module." + name.replacingOccurrences(of: "fc.", with: "linear.")] = tensor
        }
        foreign.tensors["module.bn1.num_batches_tracked"] = Tensor(shape: [], values: [7])
        try foreign.write(to: .replacing(folder.file("f")))
        let imported = try Model(
            importing: folder.file("f"), architecture: model.architecture, classes: model.classes)
        #expect(imported == model)
    }

    @Test func refusesToImportForAnotherArchitecture() throws {
        try model.write(to: .replacing(folder.file("m")))
        var other = model.architecture
        other.depth = 14
        let error = #expect(throws: ModelFileError.self) {
            _ = try Model(importing: folder.file("m"), architecture: other, classes: model.classes)
        }
        #expect(error?.cause.contains("missing: layer1.1.bn1.bias, ") == true)
        let classes = #expect(throws: ModelFileError.self) {
            _ = try Model(importing: folder.file("m"), architecture: model.architecture, classes: ["car"])
        }
        #expect(classes?.cause == "1 classes for 3 outputs")
    }

    @Test(.enabled(if: testData != nil, "needs TILESCOPE_TEST_DATA"))
    func importsPublishedWeights() throws {
        let path = try #require(testData) + "/weights/resnet20-cifar10.safetensors"
        let architecture = Architecture(family: .cifarV1A, depth: 20, classCount: 10, inputSize: 32)
        let imported = try Model(
            importing: path, architecture: architecture, classes: (0..<10).map { "class \($0)" })
        #expect(imported.weights["fc.bias"]?.shape == [10])
        #expect(imported.provenance["source"]?.contains("akamaster") == true)
    }
}

private let testData = ProcessInfo.processInfo.environment["TILESCOPE_TEST_DATA"]
