/// A convolution whose input is never negative, so that unsigned bytes can stand for it.
public struct RangedConvolution: Hashable, Sendable {
    public let id: NodeID
    /// Name of a tensor `[1]`: the number that the largest byte stands for, such as `layer1.0.conv1.input_range`.
    public let rangeName: String
}

extension Graph {
    /// The convolutions of values that come from a ReLU, in order.
    public var rangedConvolutions: [RangedConvolution] {
        nodeIDs.compactMap { id in
            guard case .conv2d = self[id].op, isNeverNegative(self[id].inputs[0]),
                case .parameter(let name, _) = self[self[id].inputs[1]].op
            else { return nil }
            let layer = name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
            return RangedConvolution(id: id, rangeName: layer + ".input_range")
        }
    }

    private func isNeverNegative(_ id: NodeID) -> Bool {
        switch self[id].op {
        case .relu: true
        case .maxPool: isNeverNegative(self[id].inputs[0])
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .input, .parameter, .constant, .normalize, .conv2d, .moments, .stack, .batchNorm, .add,
            .paddedShortcut, .globalMean, .windowMeans, .dense, .softmax, .softmaxCrossEntropy, .correctCount,
            .conv2dGradientInput, .conv2dGradientWeights, .batchNormGradientSums, .batchNormGradient,
            .reluGradient, .paddedShortcutGradient, .maxPoolGradient, .globalMeanGradient,
            .windowMeansGradient,
            .denseGradientInput, .denseGradientWeights, .denseGradientBias, .softmaxCrossEntropyGradient,
            .row:
            false
        }
    }
}

extension Network {
    /// Names of the tensors that scoring in bytes needs beside the parameters; `Calibration` makes them.
    public func inputRangeNames() throws(GraphError) -> [String] {
        try scoringGraph(batchSize: 1).rangedConvolutions.map(\.rangeName)
    }
}
