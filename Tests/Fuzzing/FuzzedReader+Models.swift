import Bytes
import Files
import Foundation
import ModelFiles
import Networks

extension FuzzedReader {
    static let models = [
        FuzzedReader(
            name: "safetensors",
            corpus: { _ in
                let file = SafetensorsFile(
                    tensors: [
                        "a": Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]),
                        "b": Tensor(shape: [], values: [7]),
                    ], metadata: ["key": "text"])
                return [["a.safetensors": bytes(of: file)]]
            }, repair: fitHeader, read: { _ = try SafetensorsFile(reading: $0 + "/a.safetensors") }),
        FuzzedReader(
            name: "models",
            corpus: { _ in [["m.safetensors": bytes(of: try model().fileContent())]] }, repair: fitHeader,
            read: { folder in
                _ = try StartingWeights.architecture(ofFile: folder + "/m.safetensors")
                let model = try Model(reading: folder + "/m.safetensors")
                _ = try Network(model.architecture)
                _ = model.fileContent()
            }),
        FuzzedReader(
            name: "weights-of-others",
            corpus: { folder in
                try exportModel(as: "safetensors", to: "w.safetensors", in: folder)
                return [try Input(["w.safetensors"], in: folder)]
            }, repair: fitHeader,
            read: { folder in
                _ = try Model(
                    importing: folder + "/w.safetensors", architecture: model().architecture,
                    classes: ["a", "b"])
            }),
        // Files with every operator, but no network of ours, are in ModelFilesTests.
        FuzzedReader(
            name: "onnx",
            corpus: { folder in
                try exportModel(as: "onnx", to: "m.onnx", in: folder)
                return [try Input(["m.onnx"], in: folder)]
            },
            read: { folder in
                _ = try Model(
                    importingONNX: folder + "/m.onnx", contract: .init(classes: ["a", "b"], inputSize: 16))
            }),
    ]

    /// The smallest network that there is, with its first weights.
    static func model() throws -> Model {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 2, inputSize: 16)
        return Model(
            architecture: architecture, classes: ["a", "b"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
    }

    /// Writes a model into a folder, as `m.safetensors`.
    static func writeModel(to folder: String) throws {
        try Data(bytes(of: model().fileContent())).write(to: URL(filePath: folder + "/m.safetensors"))
    }

    private static func exportModel(as format: String, to name: String, in folder: String) throws {
        try writeModel(to: folder)
        try runCommand(
            "export", folder + "/m.safetensors", "--format", format, "--output", folder + "/" + name)
    }

    /// The file of some tensors.
    static func bytes(of file: SafetensorsFile) -> [UInt8] {
        var (entries, data): ([String], [UInt8]) = ([], [])
        for (name, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
            let start = data.count
            for value in tensor.values { data.appendLittleEndian(value.bitPattern) }
            entries.append(
                "\(jsonString(name)):{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(data.count)]}"
            )
        }
        let metadata = file.metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0)):\(jsonString($1))" }
        entries.append("\"__metadata__\":{\(metadata.joined(separator: ","))}")
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt64(header.count))
        return bytes + header + data
    }

    /// Makes the length of a changed header right: what follows it is as long as it was.
    static func fitHeader(_ bytes: inout [UInt8], sound: [UInt8]) {
        func word(_ bytes: [UInt8]) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) } }
        let length = bytes.count - (sound.count - word(sound))
        guard bytes.count >= 8, length >= 0 else { return }
        put(UInt32(length), at: 0, in: &bytes)
        put(0, at: 4, in: &bytes)
    }
}
