extension Graph {
    /// Adds the nodes that compute the gradient of a loss.
    ///
    /// - Parameter loss: a `softmaxCrossEntropy` or `sigmoidCrossEntropy` node.
    /// - Parameter parameters: the nodes to differentiate by; each must lie on a path to the loss.
    /// - Returns: one gradient node per parameter, in their order.
    public mutating func addGradients(of loss: NodeID, by parameters: [NodeID]) throws(GraphError) -> [NodeID]
    {
        let gradient: Op
        switch self[loss].op {
        case .softmaxCrossEntropy: gradient = .softmaxCrossEntropyGradient
        case .sigmoidCrossEntropy: gradient = .sigmoidCrossEntropyGradient
        case let op: throw GraphError(reason: "only a loss can be differentiated, not \(op)")
        }
        let needed = dependents(of: parameters)
        let logits = self[loss].inputs[0]
        var gradients = [logits: try add(gradient, logits, self[loss].inputs[1])]
        for id in nodeIDs[...logits.index].reversed() where needed.contains(id) {
            guard let dy = gradients[id] else { continue }
            for (input, gradient) in try addInputGradients(of: id, dy: dy, needed: needed) {
                gradients[input] =
                    try gradients[input].map { (sum) throws(GraphError) in try add(.add, sum, gradient) }
                    ?? gradient
            }
        }
        return try parameters.map { (parameter) throws(GraphError) in
            guard let gradient = gradients[parameter] else {
                throw GraphError(reason: "\(self[parameter].op) does not reach the loss")
            }
            return gradient
        }
    }

    /// The nodes whose value changes when one of `sources` does.
    private func dependents(of sources: [NodeID]) -> Set<NodeID> {
        var found = Set(sources)
        for id in nodeIDs where self[id].inputs.contains(where: found.contains) { found.insert(id) }
        return found
    }

    /// The chain rule, op by op: for each needed input of `id`, the gradient that reaches it through this node.
    private mutating func addInputGradients(
        of id: NodeID, dy: NodeID, needed: Set<NodeID>
    ) throws(GraphError) -> [(NodeID, NodeID)] {
        let node = self[id]
        var result: [(NodeID, NodeID)] = []
        func shape(_ input: Int) -> [Int] { self[node.inputs[input]].shape }
        func isNeeded(_ input: Int) -> Bool { needed.contains(node.inputs[input]) }

        switch node.op {
        case .conv2d(let stride, let padding):
            let (x, weights) = (node.inputs[0], node.inputs[1])
            if isNeeded(1) {
                let op = Op.conv2dGradientWeights(stride: stride, padding: padding, size: shape(1)[2])
                result.append((weights, try add(op, x, dy)))
            }
            if isNeeded(0) {
                let (height, width) = (shape(0)[2], shape(0)[3])
                let op = Op.conv2dGradientInput(
                    stride: stride, padding: padding, height: height, width: width)
                result.append((x, try add(op, dy, weights)))
            }
        case .batchNorm(let epsilon):
            let (x, scale, shift, moments) = (node.inputs[0], node.inputs[1], node.inputs[2], node.inputs[3])
            guard self[moments].op == .moments, self[moments].inputs == [x] else {
                throw GraphError(
                    reason: "batchNorm can be differentiated only with the moments of its own input")
            }
            let sums = try add(.batchNormGradientSums(epsilon: epsilon), dy, x, moments)
            if isNeeded(1) { result.append((scale, try add(.row(1), sums))) }
            if isNeeded(2) { result.append((shift, try add(.row(0), sums))) }
            if isNeeded(0) {
                result.append((x, try add(.batchNormGradient(epsilon: epsilon), dy, x, scale, moments, sums)))
            }
        case .relu: result.append((node.inputs[0], try add(.reluGradient, dy, id)))
        case .add: result += node.inputs.filter(needed.contains).map { ($0, dy) }
        case .paddedShortcut(let stride, _):
            let x = shape(0)
            let op = Op.paddedShortcutGradient(stride: stride, channels: x[1], height: x[2], width: x[3])
            result.append((node.inputs[0], try add(op, dy)))
        case .maxPool(let size, let stride, let padding):
            let op = Op.maxPoolGradient(size: size, stride: stride, padding: padding)
            result.append((node.inputs[0], try add(op, dy, node.inputs[0])))
        case .globalMean:
            let op = Op.globalMeanGradient(height: shape(0)[2], width: shape(0)[3])
            result.append((node.inputs[0], try add(op, dy)))
        case .windowMeans(let size, let stride):
            let op = Op.windowMeansGradient(
                size: size, stride: stride, height: shape(0)[2], width: shape(0)[3])
            result.append((node.inputs[0], try add(op, dy)))
        case .dense:
            let (x, weights, bias) = (node.inputs[0], node.inputs[1], node.inputs[2])
            if isNeeded(1) { result.append((weights, try add(.denseGradientWeights, x, dy))) }
            if isNeeded(2) { result.append((bias, try add(.denseGradientBias, dy))) }
            if isNeeded(0) { result.append((x, try add(.denseGradientInput, dy, weights))) }
        case .input, .parameter, .constant: break
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .normalize, .moments, .stack, .softmax, .softmaxCrossEntropy, .correctCount, .row,
            .conv2dGradientInput, .conv2dGradientWeights, .batchNormGradientSums, .batchNormGradient,
            .reluGradient, .paddedShortcutGradient, .maxPoolGradient, .globalMeanGradient,
            .windowMeansGradient, .denseGradientInput, .denseGradientWeights, .denseGradientBias,
            .softmaxCrossEntropyGradient:
            throw GraphError(reason: "\(node.op) has no gradient")
        }
        return result
    }
}
