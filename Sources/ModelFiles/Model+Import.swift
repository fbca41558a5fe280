public import Networks
public import Pixels

extension Model {
    /// Reads weights that another program trained and wrote as safetensors.
    ///
    /// Names are torchvision's or timm's, with the variants that people use (`WeightNames`).
    ///
    /// - Parameter classes: by label; as many as the architecture has.
    /// - Parameter framing: how it looks at pictures of other sizes than its input's; `nil` for the usual way.
    /// - Throws: with the missing, unknown and misshapen names, up to twenty of each.
    public init(
        importing path: String, architecture: Architecture, classes: [String], framing: Framing? = nil
    ) throws(ModelFileError) {
        let file = try SafetensorsFile(reading: path) { !isTrainingMemory($0) }
        var weights: Weights = [:]
        do throws(Malformed) {
            for (ours, theirs) in try ourNames(of: file.tensors.mapValues(\.shape)) {
                weights[ours] = file.tensors[theirs]
            }
            guard Set(classes).count == classes.count else { throw Malformed("a class is named twice") }
            guard classes.count == architecture.classCount else {
                throw Malformed("\(classes.count) classes for \(architecture.classCount) outputs")
            }
            guard weights["fc.weight"] != nil || weights.isEmpty else {
                throw Malformed(
                    "it has no head (fc.weight): it names no classes, but a training can start from it: tilescope train --weights"
                )
            }
            try checkWeights(weights, architecture: architecture)
        } catch {
            throw ModelFileError(
                code: .wrongContract, operation: "import it as \(architecture.name)", path: path,
                cause: error.reason)
        }
        self.init(
            architecture: architecture, classes: classes, framing: framing, weights: weights,
            provenance: file.metadata.filter { $0.key != Contract.key })
    }
}
