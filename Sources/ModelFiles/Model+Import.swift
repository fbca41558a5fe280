public import Networks

extension Model {
    /// Reads weights that another program trained and wrote as safetensors.
    ///
    /// Names are torchvision's, with the variants that people use: `linear.` for `fc.`, `module.` in front
    /// (`DataParallel`). `num_batches_tracked` is dropped: no formula here needs it.
    ///
    /// - Parameter classes: by label; as many as the architecture has.
    /// - Throws: with all missing, unknown and misshapen names.
    public init(
        importing path: String, architecture: Architecture, classes: [String]
    ) throws(ModelFileError) {
        let file = try SafetensorsFile(reading: path) { !$0.hasSuffix(".num_batches_tracked") }
        var weights: Weights = [:]
        for (name, tensor) in file.tensors where !name.hasPrefix(Self.momentumPrefix) {
            weights[torchvisionName(name)] = tensor
        }
        do throws(Malformed) {
            guard Set(classes).count == classes.count else { throw Malformed("a class is named twice") }
            guard classes.count == architecture.classCount else {
                throw Malformed("\(classes.count) classes for \(architecture.classCount) outputs")
            }
            try checkWeights(weights, architecture: architecture)
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "import it as \(architecture.name)", path: path,
                cause: error.reason)
        }
        self.init(
            architecture: architecture, classes: classes, weights: weights,
            provenance: file.metadata.filter { $0.key != Contract.key })
    }
}

/// The name that torchvision gives to the tensor.
private func torchvisionName(_ name: String) -> String {
    var name = name
    for (prefix, replacement) in [("module.", ""), ("linear.", "fc.")] where name.hasPrefix(prefix) {
        name = replacement + name.dropFirst(prefix.count)
    }
    return name
}
