public import Files
import Foundation
public import Networks
public import Pixels

/// A trained network with the contract that travels with it: how to feed it and what its outputs mean.
public struct Model: Hashable, Sendable {
    public var architecture: Architecture
    /// Names by label; as many as the architecture has classes.
    public var classes: [String]
    /// One of the classes, that stands for none of the things looked for; `nil` where there is none.
    public var background: String?
    /// How scans read its scores; `nil` for the usual way.
    public var reading: Reading?
    /// What the pixels were that it learnt from; `nil` where nobody knows.
    public var pixels: TrainedPixels?
    /// How pictures of other sizes than its input's become squares of that size; `nil` for the usual way. Tiles and windows of scenes have
    /// its input's size.
    public var framing: Framing?
    /// Parameters and running statistics by torchvision's keys, and the input ranges of a calibrated network.
    public var weights: Weights
    /// Where it comes from, for people: `["source": "…", "epoch": "12"]`. Kept in the file's metadata beside the contract.
    public var provenance: [String: String]

    public init(
        architecture: Architecture, classes: [String], background: String? = nil, reading: Reading? = nil,
        pixels: TrainedPixels? = nil, framing: Framing? = nil, weights: Weights,
        provenance: [String: String] = [:]
    ) {
        precondition(classes.count == architecture.classCount && background.map(classes.contains) ?? true)
        precondition(reading?.objection == nil && pixels?.objection == nil)
        precondition(framing?.objection(toSide: architecture.inputSize) == nil)
        (self.architecture, self.classes, self.background) = (architecture, classes, background)
        (self.reading, self.pixels, self.framing) = (reading, pixels, framing)
        (self.weights, self.provenance) = (weights, provenance)
    }

    /// Reads a model and holds its weights to its architecture.
    ///
    /// What else a training keeps in a checkpoint is left unread.
    public init(reading path: String) throws(ModelFileError) {
        if folderExists(path) {
            let inside = path + (path.hasSuffix("/") ? "" : "/") + "model.safetensors"
            throw ModelFileError(
                code: .cannotRead, operation: "use it as a model", path: path,
                cause: (try? FileReader(path: inside)) == nil
                    ? "it is a folder; name a model in it" : "it is the folder of a training; name \(inside)")
        }
        let file = try SafetensorsFile(reading: path) { !isTrainingMemory($0) }
        let contract = try Contract(of: file, at: path)
        do throws(Malformed) {
            try checkWeights(file.tensors, architecture: contract.architecture)
        } catch {
            throw Contract.wrong(error, at: path)
        }
        self.init(
            architecture: contract.architecture, classes: contract.classes, background: contract.background,
            reading: contract.reading, pixels: contract.pixels, framing: contract.framing,
            weights: file.tensors,
            provenance: file.metadata.filter {
                $0.key != Contract.key && !$0.key.hasPrefix(Self.checkpointPrefix)
            })
    }

    /// Writes a file that any safetensors reader can read; equal models make equal files.
    public func write(to output: OutputFile) throws(ModelFileError) {
        try fileContent().write(to: output)
    }

    /// What `write` writes: a checkpoint adds its momenta to it.
    public func fileContent() -> SafetensorsFile {
        var metadata = provenance
        metadata[Contract.key] = contract.encoded()
        return SafetensorsFile(tensors: weights, metadata: metadata)
    }

    /// What travels beside the weights.
    var contract: Contract {
        Contract(
            architecture: architecture, classes: classes, background: background, reading: reading,
            pixels: pixels, framing: framing)
    }

    /// Names of tensors that begin so are a training's momenta, not weights.
    public static let momentumPrefix = "momentum/"
    /// Words in the metadata whose keys begin so are a training's, not the model's.
    public static let checkpointPrefix = "checkpoint/"
    /// Names that begin so are weights as a training's last step left them, where the model's are averages.
    public static let lastWeightPrefix = "last/"
}

/// Whether a tensor of a checkpoint is no weight but something else that a training remembers.
func isTrainingMemory(_ name: String) -> Bool {
    [Model.momentumPrefix, Model.lastWeightPrefix].contains { name.hasPrefix($0) }
}

/// Says how the tensors differ from what a network needs: the missing, unknown, misshapen and not finite ones.
///
/// The input ranges of a calibrated network may be there.
func checkWeights(_ weights: Weights, architecture: Architecture) throws(Malformed) {
    if let objection = architecture.objection { throw Malformed(objection, code: .wrongContract) }
    try checkShapes(weights.mapValues(\.shape), architecture: architecture)
    try checkFinite(weights)
}

func checkFinite(_ weights: Weights) throws(Malformed) {
    let infinite = weights.filter { !$0.value.values.allSatisfy(\.isFinite) }.keys.sorted()
    guard infinite.isEmpty else {
        throw Malformed("its tensors hold values that are not finite: \(infinite.joined(separator: ", "))")
    }
}
