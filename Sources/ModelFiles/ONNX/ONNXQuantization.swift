import Networks

/// The convolutions of a calibrated network in bytes, as ONNX's QuantizeLinear and DequantizeLinear state them.
///
/// As the CPU engine does it: an input has one step, zero at zero; weights have one step for each output, after the
/// batch norm behind the convolution was folded in. All else stays in floats: the first convolution, sums, the head.
struct ONNXQuantization {
    struct Convolution {
        /// `[K, C, R, S]`.
        var shape: [Int]
        var weights: [Int8]
        /// What one step of the weights is worth, for each output.
        var weightSteps: [Float]
        /// What one step of the input's bytes is worth.
        var inputStep: Float
        /// In steps of weights times steps of the input; `nil` without a folded batch norm.
        var bias: [Int32]?
    }
    private(set) var convolutions: [NodeID: Convolution] = [:]
    private var foldedNorms: Set<NodeID> = []

    /// Whether a batch norm is in the weights of the convolution before it.
    func isFolded(_ norm: NodeID) -> Bool { foldedNorms.contains(norm) }

    /// - Throws: where an input range is missing, or numbers are too large or too small for bytes.
    init(_ graph: Graph, weights: Weights) throws(Malformed) {
        var users: [NodeID: [NodeID]] = [:]
        for id in graph.nodeIDs { for input in graph[id].inputs { users[input, default: []].append(id) } }
        let ranged = graph.rangedConvolutions
        let missing = ranged.map(\.rangeName).filter { weights[$0] == nil }
        guard missing.isEmpty else {
            throw Malformed(
                "it has no \(missing[0])\(missing.count == 1 ? "" : " (and \(missing.count - 1) more)"); "
                    + "`tilescope calibrate` adds the ranges to a model")
        }
        var steps: [NodeID: Float] = [:]
        for convolution in ranged {
            let range = weights[convolution.rangeName]?.values.first ?? 0
            guard (range / 255).isNormal, range > 0 else {
                throw Malformed(
                    "its \(convolution.rangeName) is \(range), which is not a valid range for int8")
            }
            let value = graph[convolution.id].inputs[0]
            steps[value] = max(steps[value] ?? 0, range / 255)
        }
        for convolution in ranged {
            let node = graph[convolution.id]
            var norm: FixedNorm?
            if let users = users[convolution.id], users.count == 1,
                let found = FixedNorm(users[0], of: graph, weights: weights)
            {
                norm = found
                foldedNorms.insert(users[0])
            }
            guard case .parameter(let name, _) = graph[node.inputs[1]].op, let tensor = weights[name] else {
                preconditionFailure("a convolution without weights")
            }
            do throws(Malformed) {
                convolutions[convolution.id] = try Convolution(
                    tensor, norm: norm, inputStep: steps[node.inputs[0]] ?? 1)
            } catch {
                throw Malformed("\(name): \(error.reason)")
            }
        }
    }
}

extension ONNXQuantization.Convolution {
    /// - Throws: where weights, with the norm in them, are not finite.
    fileprivate init(_ tensor: Tensor, norm: FixedNorm?, inputStep: Float) throws(Malformed) {
        let outputs = tensor.shape[0]
        let perOutput = tensor.values.count / outputs
        var (weights, steps, bias) = ([Int8](), [Float](), [Int32]())
        weights.reserveCapacity(tensor.values.count)
        // Below it a step, or what it makes with the input's, would have no digits left or be 0.
        let leastStep = Float.leastNormalMagnitude / min(1, inputStep)
        for output in 0..<outputs {
            let factor = norm?.factors[output] ?? 1
            let values = tensor.values[output * perOutput..<(output + 1) * perOutput].map { $0 * factor }
            let shift = norm?.shifts[output] ?? 0
            // The bias has 32 bits: where weights are next to nothing beside it, their step grows.
            let largest = max(
                values.reduce(0) { max($0, abs($1)) } / 127, abs(shift) / inputStep / Float(1 << 30))
            let step = largest > 0 ? max(largest, leastStep) : 1
            guard values.allSatisfy(\.isFinite), shift.isFinite, (step * inputStep).isFinite else {
                throw Malformed("the weights of output \(output) are too large for bytes, or not finite")
            }
            steps.append(step)
            if norm != nil { bias.append(Int32((shift / (step * inputStep)).rounded())) }
            weights += values.map { Int8(max(-127, min(127, ($0 / step).rounded(.toNearestOrEven)))) }
        }
        self.init(
            shape: tensor.shape, weights: weights, weightSteps: steps, inputStep: inputStep,
            bias: norm == nil ? nil : bias)
    }
}

/// A batch norm with running statistics as `x · factor + shift` for each channel.
private struct FixedNorm {
    var factors: [Float]
    var shifts: [Float]

    /// `nil` where the node is no such batch norm.
    init?(_ id: NodeID, of graph: Graph, weights: Weights) {
        guard case .batchNorm(let epsilon) = graph[id].op, graph[id].inputs.count == 4,
            case .stack = graph[graph[id].inputs[3]].op
        else { return nil }
        let moments = graph[graph[id].inputs[3]].inputs
        func values(_ id: NodeID) -> [Float]? {
            if case .constant(let value, let shape) = graph[id].op {
                return [Float](repeating: value, count: shape.elementCount)
            }
            return graph[id].op.binding.flatMap { weights[$0.name]?.values }
        }
        guard let scale = values(graph[id].inputs[1]), let shift = values(graph[id].inputs[2]),
            let mean = values(moments[0]), let variance = values(moments[1])
        else { return nil }
        factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
        shifts = zip(zip(shift, mean), factors).map { $0.0 - $0.1 * $1 }
    }
}
