import Files
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// `export` and `import onnx`. What other programs make of the files is for `PeerSoftwareTests`.
@Suite struct ExportCommandTests {
    let folder: TemporaryFolder
    private let model: Model

    init() throws {
        folder = try TemporaryFolder()
        let architecture = Architecture(family: .cifarV1A, depth: 8, classCount: 3, inputSize: 32)
        model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5))
        try model.write(to: .replacing(folder.file("m")))
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    @Test func aModelGoesOutAndComesBack() throws {
        let out = try run("export m --format onnx --output m.onnx")
        #expect(out.exitCode == 0, "\(out.errors)")
        #expect(out.output == "m.onnx: cifar-resnet8-v1a as ONNX, opset 13, fp32\n")
        let back = try run("import onnx m.onnx --output back")
        #expect(back.exitCode == 0, "\(back.errors)")
        #expect(back.output == "back: cifar-resnet8-v1a, 3 classes, 32x32 pixels\n")
        #expect(try Model(reading: folder.file("back")) == model)
    }

    /// The largest part of such a model is what would be lost.
    @Test func aModelDoesNotReplaceTheFileOfItsTensors() throws {
        let external = try ExternalTensors(of: model.onnxBytes(), in: "m.data")
        try #require(external.data.count > 100_000)
        _ = try folder.write(external.model, to: "m.onnx")
        _ = try folder.write(external.data, to: "m.data")
        let refused = try run("import onnx m.onnx --output m.data --overwrite")
        #expect(refused.exitCode == 1, "\(refused.errors)")
        #expect(refused.errors.contains("m.data, which this command reads"), "\(refused.errors)")
        #expect(try folder.bytes("m.data") == external.data)
        #expect(try folder.names == ["m", "m.data", "m.onnx"])
        let taken = try run("import onnx m.onnx --output back")
        #expect(taken.exitCode == 0, "\(taken.errors)")
        #expect(try Model(reading: folder.file("back")) == model)
    }

    @Test func aCheckpointGoesOutAsItsWeightsAlone() throws {
        var file = model.fileContent()
        file.tensors["momentum/conv1.weight"] = Tensor(shape: [1], values: [1])
        try file.write(to: .replacing(folder.file("checkpoint")))
        let out = try run("export checkpoint --format safetensors --output weights")
        #expect(out.exitCode == 0, "\(out.errors)")
        #expect(try folder.bytes("weights") == folder.bytes("m"))
    }

    @Test func torchvisionGetsWhatItHasAndNothingElse() throws {
        let architecture = Architecture(family: .imageNetV15, depth: 18, classCount: 2, inputSize: 64)
        let network = try Network(architecture)
        var resnet = Model(
            architecture: architecture, classes: ["a", "b"], weights: network.initialWeights(seed: 1))
        let names = Set(resnet.weights.keys)
        for name in try network.inputRangeNames() { resnet.weights[name] = Tensor(shape: [1], values: [1]) }
        try resnet.write(to: .replacing(folder.file("resnet")))
        for names in ["torchvision", "timm"] {
            let out = try run("export resnet --format safetensors --names \(names) --output \(names)")
            #expect(out.exitCode == 0, "\(out.errors)")
        }
        let file = try SafetensorsFile(reading: folder.file("torchvision"))
        #expect(Set(file.tensors.keys) == names)
        #expect(file.metadata["torchvision"] == "resnet18" && file.metadata["format"] == "pt")
    }

    @Test func classesMayStandInAFile() throws {
        let network = try Network(model.architecture)
        let names = Data("boat\ncar, with a comma\nother\n".utf8)
        try names.write(to: URL(filePath: folder.file("classes.txt")))
        try SafetensorsFile(tensors: network.initialWeights(seed: 5)).write(to: .replacing(folder.file("w")))
        let made = try run(
            "import weights w --architecture cifar-resnet8-v1a --class-file classes.txt --output new")
        #expect(made.exitCode == 0, "\(made.errors)")
        #expect(try Model(reading: folder.file("new")).classes == ["boat", "car, with a comma", "other"])
    }

    @Test(arguments: [
        ("export none --format onnx --output x", "none"),
        ("export m --format onnx --precision int8 --output x", "tilescope calibrate"),
        ("export m --format onnx --output none/x", "none/x"),
        ("export m --format safetensors --names torchvision --output x", "torchvision has no network like"),
        ("import onnx none --output x", "none"), ("import onnx m --output x", "not an ONNX file"),
    ])
    func saysWhatIsWrongAndLeavesNothing(line: String, words: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 1 && run.errors.contains(words), "\(run.errors)")
        #expect(try folder.names == ["m"])
    }

    @Test(arguments: [
        "export m --output x", "export m --format onnx", "export m --format tflite --output x",
        "export m --format onnx --names timm --output x",
        "export m --format safetensors --precision int8 --output x",
        "import onnx m --classes a,,b --output x", "import onnx m --classes a,b --class-file c --output x",
        "import weights m --architecture cifar-resnet8-v1a --output x",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(try folder.names == ["m"])
    }
}
