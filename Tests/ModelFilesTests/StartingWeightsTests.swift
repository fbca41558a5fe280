import Files
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

@Suite struct StartingWeightsTests {
    let folder: TemporaryFolder
    let model: Model

    init() throws {
        folder = try TemporaryFolder()
        let architecture = Architecture(family: .cifarV1A, depth: 8, classCount: 3, inputSize: 32)
        model = Model(
            architecture: architecture, classes: ["car", "boat", "other"],
            weights: try Network(architecture).initialWeights(seed: 1))
    }

    /// The model's weights without its contract, as another program would write them.
    private func writeForeign(_ change: (inout SafetensorsFile) -> Void = { _ in }) throws -> String {
        var file = SafetensorsFile(tensors: model.weights)
        file.tensors["bn1.num_batches_tracked"] = Tensor(shape: [], values: [7])
        change(&file)
        try file.write(to: .replacing(folder.file("foreign")))
        return folder.file("foreign")
    }

    private func reading(
        _ path: String, classes: [String] = ["car", "boat", "other"],
        change: (inout Architecture) -> Void = { _ in }
    ) throws -> StartingWeights {
        var architecture = model.architecture
        architecture.classCount = classes.count
        change(&architecture)
        return try StartingWeights(reading: path, for: architecture, classes: classes)
    }

    private func expectRefusal(_ reason: String, _ body: () throws -> StartingWeights) {
        let error = #expect(throws: ModelFileError.self) { _ = try body() }
        #expect(error?.code == .wrongContract)
        #expect(error?.cause.contains(reason) == true, "\(error?.cause ?? "")")
    }

    @Test func ofAModelAreItsOwnWeights() throws {
        try model.write(to: .replacing(folder.file("m")))
        let weights = try reading(folder.file("m"))
        #expect(weights.weights == model.weights)
        #expect(weights.headObjection == nil)
        #expect(try StartingWeights.architecture(ofFile: folder.file("m")) == model.architecture)
    }

    @Test func leaveTheRangesAndMomentaOfAModelBehind() throws {
        var file = model.fileContent()
        file.tensors["momentum/conv1.weight"] = Tensor(shape: [1], values: [1])
        file.tensors["layer1.0.conv1.input_range"] = Tensor(shape: [1], values: [1])
        try file.write(to: .replacing(folder.file("m")))
        #expect(try reading(folder.file("m")).weights == model.weights)
    }

    @Test(arguments: [["boat", "car", "other"], ["car", "boat"]])
    func ofAModelOfOtherClassesLackTheHead(classes: [String]) throws {
        try model.write(to: .replacing(folder.file("m")))
        let weights = try reading(folder.file("m"), classes: classes)
        #expect(weights.headObjection == "its classes differ")
        #expect(weights.weights == model.weights.filter { !$0.key.hasPrefix("fc.") })
    }

    @Test func ofAnotherProgramKeepAHeadOfAsManyOutputs() throws {
        let path = try writeForeign()
        #expect(try reading(path).weights == model.weights)
        #expect(try StartingWeights.architecture(ofFile: path) == nil)
        let fewer = try reading(path, classes: ["cat", "dog"])
        #expect(fewer.headObjection == "it has 3 outputs for 2 classes")
        #expect(fewer.weights.count == model.weights.count - 2)
    }

    @Test func ofANetworkWithoutHeadAreTheRest() throws {
        let path = try writeForeign { $0.tensors = $0.tensors.filter { !$0.key.hasPrefix("fc.") } }
        let weights = try reading(path)
        #expect(weights.headObjection == "there is none")
        #expect(weights.weights.count == model.weights.count - 2)
    }

    @Test func areRefusedForAnotherNetwork() throws {
        try model.write(to: .replacing(folder.file("m")))
        expectRefusal("it is a model of cifar-resnet8-v1a; give --architecture cifar-resnet8-v1a") {
            try reading(folder.file("m")) { $0.depth = 14 }
        }
        expectRefusal("it normalises pixels by mean") {
            try reading(folder.file("m")) { $0.preprocessing.mean = [0, 0, 0] }
        }
        expectRefusal("missing: layer1.1.bn1.bias, ") { try reading(writeForeign()) { $0.depth = 14 } }
    }

    @Test func nameWhatIsWrongInThem() throws {
        let path = try writeForeign { file in
            file.tensors["conv1.weight"] = nil
            file.tensors["stray"] = Tensor(shape: [], values: [1])
            file.tensors["bn1.bias"] = Tensor(shape: [2], values: [1, 2])
        }
        expectRefusal(
            "missing: conv1.weight; unknown: stray; with the wrong shape: bn1.bias is [2], not [16]"
        ) {
            try reading(path)
        }
        let infinite = try writeForeign { $0.tensors["bn1.bias"]?.values[0] = .infinity }
        expectRefusal("not finite: bn1.bias") { try reading(infinite) }
    }
}
