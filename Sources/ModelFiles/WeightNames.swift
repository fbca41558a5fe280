import Files
package import Networks

/// What other programs call the tensors of our networks.
///
/// Our names are torchvision's, so that its ResNet-18 to 152 are our `resnet18-v1.5` to `resnet152-v1.5` name by name,
/// and so are those of timm's `resnet18` to `resnet152`. Read from left to right for a file that comes in, from right
/// to left for one of ours that goes out:
///
/// | theirs | ours | who says so |
/// |---|---|---|
/// | `conv1.weight`, `layer2.0.bn1.weight`, `layer2.0.downsample.0.weight`, `fc.bias` … | the same | torchvision, timm |
/// | `module.…` | `…` | torch's `DataParallel` |
/// | `_orig_mod.…` | `…` | `torch.compile` |
/// | `linear.…` | `fc.…` | many CIFAR networks |
/// | `layer2.0.shortcut.0.weight` | `layer2.0.downsample.0.weight` | many CIFAR networks |
/// | `resnet.embedder.embedder.convolution.weight` | `conv1.weight` | transformers |
/// | `resnet.encoder.stages.1.layers.0.layer.2.normalization.bias` | `layer2.0.bn3.bias` | transformers |
/// | `resnet.encoder.stages.1.layers.0.shortcut.convolution.weight` | `layer2.0.downsample.0.weight` | transformers |
/// | `classifier.1.weight` | `fc.weight` | transformers |
/// | `….num_batches_tracked` | none: no formula needs it | torch |
enum WeightNames {
    /// What stands in front, and what we say for it.
    private static let prefixes = [("module.", ""), ("_orig_mod.", ""), ("linear.", "fc.")]

    /// Names that show another network than any of ours, and in which way.
    private static let foreign: [(mark: String, reason: String)] = [
        (
            "stages.",
            "they are named as in timm's ResNetV2, which has no batch norm on its input and none between the first "
                + "convolution and the max pool; our resnet…-v2 differs from it"
        ),
        (
            "conv1.0.",
            "its stem has several convolutions, as in timm's resnet50d and resnet50s; our networks have one"
        ),
        (".se.", "it has squeeze-and-excitation blocks, which our networks do not have"),
    ]

    /// The network of theirs that has a tensor of each of our names, and no other; `nil` where there is none.
    static func network(of names: ForeignNames, for architecture: Architecture) -> String? {
        guard architecture.family == .imageNetV15 else { return nil }
        switch (names, architecture.depth, architecture.widening) {
        case (.torchvision, 26, _): return nil
        case (_, let depth, nil): return "resnet\(depth)"
        case (_, 50, 2), (_, 101, 2): return "wide_resnet\(architecture.depth)_2"
        default: return nil
        }
    }

    /// The name that we give to the tensor; `nil` for one that is not needed.
    static func ours(_ name: String) -> String? {
        guard !name.hasSuffix(".num_batches_tracked") else { return nil }
        let renamed = prefixes.reduce(name) { name, pair in
            name.hasPrefix(pair.0) ? pair.1 + name.dropFirst(pair.0.count) : name
        }
        return transformers(renamed) ?? renamed.replacing(".shortcut.", with: ".downsample.")
    }

    /// Our name for one of transformers' `ResNetForImageClassification`; `nil` where it is none.
    private static func transformers(_ name: String) -> String? {
        func kind(_ part: Substring, _ number: Int, isShortcut: Bool = false) -> String? {
            switch part {
            case "convolution": isShortcut ? "downsample.0" : "conv\(number)"
            case "normalization": isShortcut ? "downsample.1" : "bn\(number)"
            default: nil
            }
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let ours: String?
        switch parts.count {
        case 3 where parts.starts(with: ["classifier", "1"]): ours = "fc"
        case 5 where parts.starts(with: ["resnet", "embedder", "embedder"]): ours = kind(parts[3], 1)
        case 9, 10:
            guard parts.starts(with: ["resnet", "encoder", "stages"]), parts[4] == "layers",
                let stage = Int(parts[3]), let unit = Int(parts[5]), stage < 4
            else { return nil }
            let isShortcut = parts.count == 9 && parts[6] == "shortcut"
            let place = isShortcut ? 0 : parts.count == 10 && parts[6] == "layer" ? Int(parts[7]) : nil
            guard let place, place < 3 else { return nil }
            ours = kind(parts[parts.count - 2], place + 1, isShortcut: isShortcut)
                .map { "layer\(stage + 1).\(unit).\($0)" }
        default: ours = nil
        }
        return ours.map { $0 + ".\(parts[parts.count - 1])" }
    }

    /// Why a network with tensors of these names is none of ours; `nil` where no name says so.
    static func objection(to names: some Sequence<String>) -> String? {
        let names = Array(names)
        guard let found = foreign.first(where: { known in names.contains { has($0, known.mark) } }) else {
            return nil
        }
        let hasGroupNorms = found.mark == "stages." && !names.contains { $0.hasSuffix(".running_mean") }
        return hasGroupNorms
            ? found.reason + "; it also has group norms, as in BiT" : found.reason
    }

    private static func has(_ name: String, _ mark: String) -> Bool {
        mark.hasPrefix(".") ? name.contains(mark) : name.hasPrefix(mark)
    }
}

/// Tensors of a file under our names.
///
/// - Parameter shapes: by the file's names.
/// - Returns: the file's names by ours.
/// - Throws: where two tensors have one name of ours, or the names are those of another network.
package func ourNames(of shapes: [String: [Int]]) throws(Malformed) -> [String: String] {
    if let objection = WeightNames.objection(to: shapes.keys) { throw Malformed(objection) }
    var names: [String: String] = [:]
    for name in shapes.keys.sorted() {
        guard let ours = WeightNames.ours(name) else { continue }
        if let other = names[ours] { throw Malformed("\(other) and \(name) are both named \(ours) here") }
        names[ours] = name
    }
    return names
}

/// Says how tensors differ from what a network needs: the missing, unknown and misshapen ones.
///
/// The input ranges of a calibrated network may be there.
///
/// - Parameter shapes: by our names.
/// - Parameter isNeeded: by name; what is not needed may be missing, and must not be there.
package func checkShapes(
    _ shapes: [String: [Int]], architecture: Architecture, where isNeeded: (String) -> Bool = { _ in true }
) throws(Malformed) {
    var expected: [String: [Int]] = [:]
    let ranges: [String]
    do throws(GraphError) {
        let network = try Network(architecture)
        for parameter in network.parameters where isNeeded(parameter.name) {
            expected[parameter.name] = parameter.shape
        }
        ranges = try network.inputRangeNames()
    } catch {
        throw Malformed("its architecture is impossible: \(error)")
    }
    let missing = expected.keys.filter { shapes[$0] == nil }
    for name in ranges { expected[name] = [1] }
    let unknown = shapes.keys.filter { expected[$0] == nil }
    let misshapen = shapes.compactMap { name, shape in
        expected[name].flatMap { $0 == shape ? nil : "\(name) is \(shape), not \($0)" }
    }
    let faults = [("missing", missing), ("unknown", unknown), ("with the wrong shape", misshapen)]
        .filter { !$0.1.isEmpty }
        .map { "\($0.0): \(shortList($0.1.sorted()))" }
    guard faults.isEmpty else {
        throw Malformed(
            "its tensors do not match \(architecture.name): \(faults.joined(separator: "; "))")
    }
}
