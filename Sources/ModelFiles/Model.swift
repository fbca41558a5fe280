import Foundation
public import Networks

/// A trained network with the contract that travels with it: how to feed it and what its outputs mean.
public struct Model: Hashable, Sendable {
    public var architecture: Architecture
    /// Names by label; as many as the architecture has classes.
    public var classes: [String]
    /// Parameters and running statistics by torchvision's keys, and the input ranges of a calibrated network.
    public var weights: Weights
    /// Where it comes from, for people: `["source": "…", "epoch": "12"]`. Kept in the file's metadata beside the contract.
    public var provenance: [String: String]

    public init(
        architecture: Architecture, classes: [String], weights: Weights, provenance: [String: String] = [:]
    ) {
        precondition(classes.count == architecture.classCount)
        (self.architecture, self.classes) = (architecture, classes)
        (self.weights, self.provenance) = (weights, provenance)
    }

    /// Reads a model and holds its weights to its architecture.
    ///
    /// What else a training keeps in a checkpoint is left unread.
    public init(reading path: String) throws(ModelFileError) {
        let file = try SafetensorsFile(reading: path) { name in
            ![Self.momentumPrefix, Self.lastWeightPrefix].contains { name.hasPrefix($0) }
        }
        guard let text = file.metadata[Contract.key] else {
            throw ModelFileError(
                code: .noContract, operation: "use it as a model", path: path,
                cause: "it does not say which architecture and classes its weights are for; "
                    + "`tilescope import weights` makes a model of it")
        }
        let contract: Contract
        do throws(Malformed) {
            contract = try Contract(decoding: text)
            try checkWeights(file.tensors, architecture: contract.architecture)
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "use it as a model", path: path,
                cause: error.reason)
        }
        self.init(
            architecture: contract.architecture, classes: contract.classes, weights: file.tensors,
            provenance: file.metadata.filter {
                $0.key != Contract.key && !$0.key.hasPrefix(Self.checkpointPrefix)
            })
    }

    /// Writes a file that any safetensors reader can read; equal models make equal files.
    public func write(to path: String) throws(ModelFileError) {
        try fileContent().write(to: path)
    }

    /// What `write` writes: a checkpoint adds its momenta to it.
    public func fileContent() -> SafetensorsFile {
        let contract = Contract(architecture: architecture, classes: classes)
        var metadata = provenance
        metadata[Contract.key] = contract.encoded()
        return SafetensorsFile(tensors: weights, metadata: metadata)
    }

    /// Names of tensors that begin so are a training's momenta, not weights.
    public static let momentumPrefix = "momentum/"
    /// Words in the metadata whose keys begin so are a training's, not the model's.
    public static let checkpointPrefix = "checkpoint/"
    /// Names that begin so are weights as a training's last step left them, where the model's are averages.
    public static let lastWeightPrefix = "last/"
}

/// Says how the tensors differ from what a network needs: each missing, unknown, misshapen and not finite one.
///
/// The input ranges of a calibrated network may be there.
func checkWeights(_ weights: Weights, architecture: Architecture) throws(Malformed) {
    var expected: [String: [Int]] = [:]
    let ranges: [String]
    do throws(GraphError) {
        let network = try Network(architecture)
        for parameter in network.parameters { expected[parameter.name] = parameter.shape }
        ranges = try network.inputRangeNames()
    } catch {
        throw Malformed("its architecture is impossible: \(error)")
    }
    let missing = expected.keys.filter { weights[$0] == nil }
    for name in ranges { expected[name] = [1] }
    let unknown = weights.keys.filter { expected[$0] == nil }
    let misshapen = weights.compactMap { name, tensor in
        expected[name].flatMap { $0 == tensor.shape ? nil : "\(name) is \(tensor.shape), not \($0)" }
    }
    let faults = [("missing", missing), ("unknown", unknown), ("of another shape", misshapen)]
        .filter { !$0.1.isEmpty }
        .map { "\($0.0): \($0.1.sorted().joined(separator: ", "))" }
    guard faults.isEmpty else {
        throw Malformed(
            "its tensors are not those of \(architecture.name): \(faults.joined(separator: "; "))")
    }
    let infinite = weights.filter { !$0.value.values.allSatisfy(\.isFinite) }.keys.sorted()
    guard infinite.isEmpty else {
        throw Malformed("its tensors hold values that are not finite: \(infinite.joined(separator: ", "))")
    }
}
