/// What a training makes small.
public enum Loss: String, Hashable, Sendable, Codable, CaseIterable {
    /// Cross-entropy of the softmax: an image has one class, or shares of several.
    case crossEntropy = "cross-entropy"
    /// Cross-entropy of each class's own sigmoid, summed over the classes.
    ///
    /// - Source: Wightman, Touvron, Jégou, ResNet strikes back, 2021; the sum is that of timm's `--bce-sum`.
    case binary

    var op: Op {
        switch self {
        case .crossEntropy: .softmaxCrossEntropy
        case .binary: .sigmoidCrossEntropy
        }
    }
}
