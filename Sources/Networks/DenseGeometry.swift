/// How a network sees a picture that it runs over once, instead of window by window.
public struct DenseGeometry: Hashable, Sendable {
    /// Pixels from one place of the last feature map to the next. Windows stand at multiples of it.
    public let totalStride: Int
    /// Pixels beyond a window's edges that its score depends on at most.
    public let reach: Int
}

extension Network {
    /// - Throws: where the sides of windows, which are the network's input size, are no multiple of its total stride.
    public func denseGeometry() throws(GraphError) -> DenseGeometry {
        let side = architecture.inputSize
        var builder = NetworkBuilder(mode: .scoring)
        let features = try builder.features(architecture, of: [1, side, side, 3])
        let field = try builder.graph.field(of: features, 0...0)
        guard side.isMultiple(of: field.stride) else {
            throw GraphError(
                reason:
                    "\(architecture.name) takes \(side)×\(side) pixels, but only sides that are multiples "
                    + "of its total stride of \(field.stride) can be scored densely")
        }
        let window = try builder.graph.field(of: features, 0...side / field.stride - 1).pixels
        return DenseGeometry(
            totalStride: field.stride, reach: max(-window.lowerBound, window.upperBound - (side - 1), 0))
    }

    /// Pixels `[batchSize, height, width, 3]` → scores `[batchSize · P · Q, classCount]` of the windows of the network's input
    /// size in them, block by block, row by row, `stride` apart from the top left corner on: from one run over all pixels.
    ///
    /// A window's score comes from the mean of its part of the last feature map, which knows the pixels around the window
    /// where a window alone is padded with zeros: the scores are near those of `scoringGraph`, and not the same.
    ///
    /// - Parameter height: a multiple of the total stride (`denseGeometry`) with room for a window, as `width` is.
    /// - Parameter stride: a multiple of the total stride.
    /// - Throws: for sides or strides that are none, with what would do.
    public func denseScoringGraph(
        batchSize: Int = 1, height: Int, width: Int, stride: Int
    ) throws(GraphError) -> Graph {
        let (unit, side) = (try denseGeometry().totalStride, architecture.inputSize)
        let means = try windowMeans(stride: stride)
        for length in [height, width] where length < side || !length.isMultiple(of: unit) {
            throw GraphError(
                reason:
                    "a block of \(height)×\(width) pixels: \(architecture.name) scores densely multiples of "
                    + "\(unit), from \(side) on")
        }
        var builder = NetworkBuilder(mode: .scoring)
        let features = try builder.features(architecture, of: [batchSize, height, width, 3])
        let logits = try builder.head(features, means, classCount: architecture.classCount)
        builder.graph.outputs = [try builder.graph.add(.softmax, logits)]
        return builder.graph
    }

    /// Windows half a window apart, or a little less where the total stride asks for it.
    public func cropWindows(perSide: Int) throws(GraphError) -> CropWindows {
        let unit = try denseGeometry().totalStride
        return CropWindows(perSide: perSide, stride: max(unit, architecture.inputSize / 2 / unit * unit))
    }

    /// What makes of the last feature map the features of each window of the network's input size.
    ///
    /// - Parameter stride: pixels from one window to the next; a multiple of the total stride.
    /// - Throws: for strides that are none, with what would do.
    func windowMeans(stride: Int) throws(GraphError) -> Op {
        let unit = try denseGeometry().totalStride
        guard stride > 0, stride.isMultiple(of: unit) else {
            throw GraphError(
                reason:
                    "windows \(stride) pixels apart: \(architecture.name) can pool windows at multiples of "
                    + "\(unit) only, such as \(max(1, stride / unit) * unit)")
        }
        return .windowMeans(size: architecture.inputSize / unit, stride: stride / unit)
    }
}

extension Graph {
    /// What a range of places of a feature map sees, along one axis.
    private struct Field {
        /// Places of the node from one place of the feature map to the next.
        var stride: Int
        /// Of the node's places; may lie outside of it, where there is padding.
        var places: ClosedRange<Int>

        /// What is under a kernel at these places.
        func under(size: Int, stride: Int, padding: Int) -> Field {
            let first = places.lowerBound * stride - padding
            return Field(
                stride: self.stride * stride, places: first...places.upperBound * stride - padding + size - 1)
        }
    }

    /// The pixels that some places of a feature map are computed from, along either axis.
    ///
    /// - Returns: `stride`, pixels from one place to the next.
    fileprivate func field(
        of features: NodeID, _ places: ClosedRange<Int>
    ) throws(GraphError) -> (stride: Int, pixels: ClosedRange<Int>) {
        var fields = [features: Field(stride: 1, places: places)]
        for id in nodeIDs[...features.index].reversed() {
            guard let field = fields[id] else { continue }
            if case .input = self[id].op { return (field.stride, field.places) }
            for (input, seen) in try inputFields(of: id, field) {
                guard let other = fields[input] else {
                    fields[input] = seen
                    continue
                }
                guard other.stride == seen.stride else {
                    throw GraphError(reason: "the paths to \(self[id].op) have different strides")
                }
                let first = min(other.places.lowerBound, seen.places.lowerBound)
                fields[input]?.places = first...max(other.places.upperBound, seen.places.upperBound)
            }
        }
        throw GraphError(reason: "the features do not come from pixels")
    }

    /// What a node's places see of each input that has places.
    private func inputFields(of id: NodeID, _ field: Field) throws(GraphError) -> [(NodeID, Field)] {
        let (op, inputs) = (self[id].op, self[id].inputs)
        switch op {
        case .normalize, .relu, .batchNorm: return [(inputs[0], field)]
        case .add: return inputs.map { ($0, field) }
        case .conv2d(let stride, let padding):
            let size = self[inputs[1]].shape[2]
            return [(inputs[0], field.under(size: size, stride: stride, padding: padding))]
        case .maxPool(let size, let stride, let padding):
            return [(inputs[0], field.under(size: size, stride: stride, padding: padding))]
        case .paddedShortcut(let stride, _):
            return [(inputs[0], field.under(size: 1, stride: stride, padding: 0))]
        case .input, .parameter, .constant: return []
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .moments, .stack, .globalMean, .windowMeans, .dense, .softmax, .softmaxCrossEntropy,
            .correctCount, .conv2dGradientInput, .conv2dGradientWeights, .batchNormGradientSums,
            .batchNormGradient, .reluGradient, .paddedShortcutGradient, .maxPoolGradient,
            .globalMeanGradient, .windowMeansGradient, .denseGradientInput, .denseGradientWeights,
            .denseGradientBias,
            .softmaxCrossEntropyGradient, .row:
            throw GraphError(reason: "\(op) sees the whole image")
        }
    }
}
