/// What a training makes small.
public enum Loss: String, Hashable, Sendable, Codable, CaseIterable {
    /// Of the softmax: a picture is of one class, or is shared among some.
    case crossEntropy = "cross-entropy"
    /// Of the sigmoid of each class by itself, summed over the classes.
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
