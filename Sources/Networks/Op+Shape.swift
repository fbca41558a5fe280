extension Op {
    /// The result's shape: the only place where shape rules live.
    public func shape(of inputs: [[Int]]) throws(GraphError) -> [Int] {
        guard inputs.count == inputCount, let shape = validShape(of: inputs), shape.allSatisfy({ $0 > 0 })
        else {
            throw GraphError(op: self, inputs: inputs)
        }
        return shape
    }

    /// Tensors that the op takes.
    private var inputCount: Int {
        switch self {
        case .input, .parameter, .constant: 0
        case .normalize, .moments, .relu, .paddedShortcut, .maxPool, .globalMean, .windowMeans, .softmax,
            .row,
            .paddedShortcutGradient, .globalMeanGradient, .windowMeansGradient, .denseGradientBias:
            1
        case .conv2d, .stack, .add, .softmaxCrossEntropy, .correctCount, .conv2dGradientInput,
            .conv2dGradientWeights, .reluGradient, .maxPoolGradient, .denseGradientInput,
            .denseGradientWeights,
            .softmaxCrossEntropyGradient:
            2
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient: 2
        case .dense, .batchNormGradientSums: 3
        case .batchNorm: 4
        case .batchNormGradient: 5
        }
    }

    /// `nil` where the op's rule is broken; the number of inputs is right.
    private func validShape(of inputs: [[Int]]) -> [Int]? {
        let x = inputs.first ?? []
        switch self {
        case .input(_, let shape), .parameter(_, let shape), .constant(_, let shape): return shape
        case .normalize: return x.count == 4 && x[3] == 3 ? [x[0], 3, x[1], x[2]] : nil
        case .conv2d(let stride, let padding):
            return Self.convolved(x, by: inputs[1], stride: stride, padding: padding)
        case .moments: return x.count == 4 ? [2, x[1]] : nil
        case .stack: return x.count == 1 && inputs[1] == x ? [2, x[0]] : nil
        case .batchNorm:
            guard x.count == 4, inputs[1] == [x[1]], inputs[2] == [x[1]], inputs[3] == [2, x[1]] else {
                return nil
            }
            return x
        case .relu: return x
        case .add, .reluGradient: return inputs[1] == x ? x : nil
        case .paddedShortcut(let stride, let channels):
            return Self.shortcut(x, stride: stride, channels: channels)
        case .maxPool(let size, let stride, let padding):
            return Self.pooled(x, size: size, stride: stride, padding: padding)
        case .globalMean: return x.count == 4 ? [x[0], x[1]] : nil
        case .windowMeans(let size, let stride):
            guard let means = Self.pooled(x, size: size, stride: stride, padding: 0) else { return nil }
            return [x[0] * means[2] * means[3], x[1]]
        case .dense:
            guard x.count == 2, inputs[2].count == 1, inputs[1] == [inputs[2][0], x[1]] else { return nil }
            return [x[0], inputs[2][0]]
        case .softmax: return x.count == 2 ? x : nil
        case .softmaxCrossEntropy, .sigmoidCrossEntropy: return x.count == 2 && x == inputs[1] ? [] : nil
        case .correctCount(let highest):
            return highest > 0 && x.count == 2 && inputs[1] == [x[0]] ? [] : nil
        case .softmaxCrossEntropyGradient, .sigmoidCrossEntropyGradient:
            return x.count == 2 && x == inputs[1] ? x : nil
        case .conv2dGradientInput(let stride, let padding, let height, let width):
            guard x.count == 4, inputs[1].count == 4 else { return nil }
            let dx = [x[0], inputs[1][1], height, width]
            return Self.convolved(dx, by: inputs[1], stride: stride, padding: padding) == x ? dx : nil
        case .conv2dGradientWeights(let stride, let padding, let size):
            guard x.count == 4, inputs[1].count == 4 else { return nil }
            let weights = [inputs[1][1], x[1], size, size]
            return Self.convolved(x, by: weights, stride: stride, padding: padding) == inputs[1]
                ? weights : nil
        case .batchNormGradientSums:
            return x.count == 4 && inputs[1] == x && inputs[2] == [2, x[1]] ? inputs[2] : nil
        case .batchNormGradient:
            guard x.count == 4, inputs[1] == x, inputs[2] == [x[1]] else { return nil }
            return inputs[3] == [2, x[1]] && inputs[4] == inputs[3] ? x : nil
        case .paddedShortcutGradient(let stride, let channels, let height, let width):
            guard x.count == 4 else { return nil }
            let dx = [x[0], channels, height, width]
            return Self.shortcut(dx, stride: stride, channels: x[1]) == x ? dx : nil
        case .maxPoolGradient(let size, let stride, let padding):
            return Self.pooled(inputs[1], size: size, stride: stride, padding: padding) == x ? inputs[1] : nil
        case .globalMeanGradient(let height, let width): return x.count == 2 ? x + [height, width] : nil
        case .windowMeansGradient(let size, let stride, let height, let width):
            guard x.count == 2,
                let means = Self.pooled([1, x[1], height, width], size: size, stride: stride, padding: 0)
            else { return nil }
            let placeCount = means[2] * means[3]
            guard placeCount > 0, x[0].isMultiple(of: placeCount) else { return nil }
            return [x[0] / placeCount, x[1], height, width]
        case .denseGradientInput:
            return x.count == 2 && inputs[1].count == 2 && x[1] == inputs[1][0] ? [x[0], inputs[1][1]] : nil
        case .denseGradientWeights:
            return x.count == 2 && inputs[1].count == 2 && x[0] == inputs[1][0] ? [inputs[1][1], x[1]] : nil
        case .denseGradientBias: return x.count == 2 ? [x[1]] : nil
        case .row(let index): return x.count == 2 && (0..<x[0]).contains(index) ? [x[1]] : nil
        }
    }

    private static func convolved(_ x: [Int], by weights: [Int], stride: Int, padding: Int) -> [Int]? {
        guard x.count == 4, weights.count == 4, x[1] == weights[1], weights[2] == weights[3] else {
            return nil
        }
        return [x[0], weights[0]]
            + x[2...].map { outputSide($0, size: weights[2], stride: stride, padding: padding) }
    }

    private static func pooled(_ x: [Int], size: Int, stride: Int, padding: Int) -> [Int]? {
        guard x.count == 4, padding < size else { return nil }
        return x[..<2] + x[2...].map { outputSide($0, size: size, stride: stride, padding: padding) }
    }

    private static func shortcut(_ x: [Int], stride: Int, channels: Int) -> [Int]? {
        guard x.count == 4, stride > 0, channels >= x[1], (channels - x[1]) % 2 == 0 else { return nil }
        return [x[0], channels] + x[2...].map { ($0 + stride - 1) / stride }
    }

    /// Side of a convolution's or a pool's result: `⌊(side + 2·padding - size) / stride⌋ + 1`; 0 where nothing fits.
    private static func outputSide(_ side: Int, size: Int, stride: Int, padding: Int) -> Int {
        guard stride > 0, padding >= 0, size > 0, side + 2 * padding >= size else { return 0 }
        return (side + 2 * padding - size) / stride + 1
    }
}
