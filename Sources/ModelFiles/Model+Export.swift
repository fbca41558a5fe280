public import Files
import Networks

/// Whose names tensors can have.
public enum ForeignNames: String, Hashable, Sendable, CaseIterable {
    case torchvision, timm
}

extension Model {
    /// Writes the weights as safetensors, for other programs.
    ///
    /// - Parameter names: whose network shall load them, strictly; without it all tensors of the model, under our names.
    /// - Throws: where they have no such network.
    public func writeWeights(
        to output: OutputFile, named names: ForeignNames? = nil
    ) throws(ModelFileError) {
        var file = fileContent()
        if let names {
            guard let theirs = WeightNames.network(of: names, for: architecture) else {
                throw ModelFileError(
                    code: .wrongContract, operation: "write it for \(names.rawValue)", path: output.path,
                    cause: "\(names.rawValue) has no network like \(architecture.name); it has those of "
                        + "resnet18-v1.5 to resnet152-v1.5, wrn-50-2 and wrn-101-2")
            }
            file.tensors = file.tensors.filter { !isInputRange($0.key) }
            // What torch's loaders ask for, and which of their networks it is.
            file.metadata["format"] = "pt"
            file.metadata[names.rawValue] = theirs
        }
        try file.write(to: output)
    }
}
