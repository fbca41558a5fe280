public import Networks

/// Weights from a file, to start a training from: one of our models or checkpoints, or what torchvision or timm made.
public struct StartingWeights: Hashable, Sendable {
    /// By our names: all of the network's, or all but those of its head.
    public let weights: Weights
    /// Why the file's head (`fc.…`) is not among them; `nil` where it is.
    public let headObjection: String?

    /// Reads the weights of an architecture.
    ///
    /// The head is taken where it knows the data's classes: by their names in one of our models, by their number in
    /// another file, which does not name any.
    ///
    /// - Parameter classes: of the data.
    /// - Throws: for a model of another architecture or preprocessing, for missing, unknown and misshapen tensors (all
    ///   are named, up to twenty of each), and for values that are not finite.
    public init(
        reading path: String, for architecture: Architecture, classes: [String]
    ) throws(ModelFileError) {
        let path = weightsFile(at: path)
        let file = try SafetensorsFile(reading: path) { !isTrainingMemory($0) }
        do throws(Malformed) {
            let contract = try file.metadata[Contract.key].map { text throws(Malformed) in
                try Contract(decoding: text)
            }
            if let contract { try check(contract.architecture, is: architecture) }
            let shapes = file.tensors.mapValues(\.shape)
            var weights: Weights = [:]
            for (ours, theirs) in try ourNames(of: shapes) where !isInputRange(ours) {
                weights[ours] = file.tensors[theirs]
            }
            headObjection = Self.headObjection(
                classes: classes, known: contract?.classes, outputs: weights["fc.weight"]?.shape.first)
            if headObjection != nil { weights = weights.filter { !isHead($0.key) } }
            let takesHead = headObjection == nil
            try checkShapes(
                weights.mapValues(\.shape), architecture: architecture,
                where: { takesHead || !isHead($0) })
            try checkFinite(weights)
            self.weights = weights
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "start from it as \(architecture.name)", path: path,
                cause: error.reason)
        }
    }

    /// The architecture that a model's file names, or the `config.json` beside it; `nil` where neither does.
    public static func architecture(ofFile path: String) throws(ModelFileError) -> Architecture? {
        let path = weightsFile(at: path)
        guard let text = try SafetensorsFile(reading: path, where: { _ in false }).metadata[Contract.key]
        else {
            guard let config = try ForeignConfig(beside: path), let name = config.architecture else {
                return nil
            }
            return Architecture(
                name: name, classCount: config.classes?.count ?? 1, inputSize: config.trainedSize,
                preprocessing: config.preprocessing)
        }
        do throws(Malformed) {
            return try Contract(decoding: text).architecture
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "start from it", path: path, cause: error.reason)
        }
    }

    /// - Parameter known: names of the file's classes.
    /// - Parameter outputs: of the file's head.
    private static func headObjection(classes: [String], known: [String]?, outputs: Int?) -> String? {
        guard let outputs else { return "there is none" }
        if let known { return known == classes ? nil : "its classes differ" }
        return outputs == classes.count ? nil : "it has \(outputs) outputs for \(classes.count) classes"
    }
}

private func check(_ found: Architecture, is wanted: Architecture) throws(Malformed) {
    guard found.family == wanted.family, found.depth == wanted.depth else {
        throw Malformed("it is a model of \(found.name); give --architecture \(found.name)")
    }
    guard found.preprocessing == wanted.preprocessing else {
        throw Malformed(
            "it normalises pixels by mean \(found.preprocessing.mean) and deviation \(found.preprocessing.deviation), not by mean "
                + "\(wanted.preprocessing.mean) and deviation \(wanted.preprocessing.deviation)")
    }
}

private func isHead(_ name: String) -> Bool { name.hasPrefix("fc.") }
func isInputRange(_ name: String) -> Bool { name.hasSuffix(".input_range") }
