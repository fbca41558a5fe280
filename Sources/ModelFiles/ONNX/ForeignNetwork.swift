import Networks

/// A network that a file describes, in our ops and with its own weights, before we know which of ours it is.
struct ForeignNetwork {
    /// For one picture, from pixels to scores.
    private(set) var graph = Graph()
    /// By the names of the graph's parameters.
    private(set) var weights: Weights = [:]
    /// Numbers of batch norms by the graph's nodes.
    private(set) var norms: [NodeID: Norm] = [:]
    /// The file's words for the nodes, by their position.
    private var labels: [Int: String] = [:]
    /// The node of the file that is being read.
    var label = ""

    /// Numbers of a batch norm with running statistics, for each channel.
    struct Norm: Hashable {
        var scale: [Float]
        var shift: [Float]
        var mean: [Float]
        var variance: [Float]
        var epsilon: Float

        /// `x · scale + shift`.
        init(scale: [Float], shift: [Float]) {
            (self.scale, self.shift) = (scale, shift)
            mean = [Float](repeating: 0, count: scale.count)
            variance = [Float](repeating: 1, count: scale.count)
            epsilon = 0
        }

        init(scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Float) {
            (self.scale, self.shift, self.mean) = (scale, shift, mean)
            (self.variance, self.epsilon) = (variance, epsilon)
        }

        /// What it multiplies with and what it adds then.
        private var factors: [Double] {
            zip(scale, variance).map { Double($0) / (Double($1) + Double(epsilon)).squareRoot() }
        }
        private var shifts: [Double] {
            zip(zip(shift, mean), factors).map { Double($0.0) - Double($0.1) * $1 }
        }

        /// This norm, then another, as one.
        func followed(by next: Norm) -> Norm {
            let (first, second) = (zip(factors, shifts), zip(next.factors, next.shifts))
            return Norm(
                scale: zip(first, second).map { Float($0.0 * $1.0) },
                shift: zip(first, second).map { Float($0.1 * $1.0 + $1.1) })
        }

        /// The same norm with another epsilon.
        func with(epsilon new: Float) -> Norm {
            guard new != epsilon else { return self }
            var norm = self
            norm.epsilon = new
            norm.scale = zip(scale, variance).map { scale, variance in
                let (before, after) = (Double(variance) + Double(epsilon), Double(variance) + Double(new))
                return Float(Double(scale) * (after / before).squareRoot())
            }
            return norm
        }

        /// The same norm with a scale of 1; `nil` where a scale is not positive.
        func withoutScale() -> Norm? {
            guard scale.contains(where: { $0 != 1 }) else { return self }
            var norm = self
            norm.scale = [Float](repeating: 1, count: scale.count)
            norm.variance = zip(scale, variance).map { scale, variance in
                Float(
                    (Double(variance) + Double(epsilon)) / (Double(scale) * Double(scale)) - Double(epsilon))
            }
            return scale.allSatisfy { $0 > 0 } && norm.variance.allSatisfy { $0 >= 0 } ? norm : nil
        }
    }

    /// What the file calls a node of the graph.
    func label(of id: NodeID) -> String { labels[id.index] ?? "" }

    mutating func add(_ op: Op, _ inputs: [NodeID]) throws(Malformed) -> NodeID {
        do throws(GraphError) {
            let id: NodeID
            switch inputs.count {
            case 0: id = try graph.add(op)
            case 1: id = try graph.add(op, inputs[0])
            case 2: id = try graph.add(op, inputs[0], inputs[1])
            case 3: id = try graph.add(op, inputs[0], inputs[1], inputs[2])
            default: id = try graph.add(op, inputs[0], inputs[1], inputs[2], inputs[3])
            }
            labels[id.index] = label
            return id
        } catch {
            throw Malformed(error.reason)
        }
    }

    mutating func finish(_ output: NodeID) { graph.outputs = [output] }

    mutating func parameter(_ tensor: Tensor) throws(Malformed) -> NodeID {
        let name = "\(graph.nodes.count)"
        weights[name] = tensor
        return try add(.parameter(name: name, shape: tensor.shape), [])
    }

    /// - Parameter norm: of as many channels as the value has.
    mutating func add(_ norm: Norm, to x: NodeID) throws(Malformed) -> NodeID {
        var (norm, x) = (norm, x)
        // Two in a row are one: a convolution's bias before a batch norm, say.
        if let first = norms[x] { (norm, x) = (first.followed(by: norm), graph[x].inputs[0]) }
        let channels = [norm.scale.count]
        func tensor(_ values: [Float]) -> Tensor { Tensor(shape: channels, values: values) }
        guard zip(norm.variance, norm.scale).allSatisfy({ $0.0 + norm.epsilon > 0 && $0.1.isFinite }) else {
            throw Malformed("its variances are not positive, or its scales are not finite")
        }
        let operands = [norm.scale, norm.shift, norm.mean, norm.variance]
        let ids = try operands.map { values throws(Malformed) in try parameter(tensor(values)) }
        let moments = try add(.stack, [ids[2], ids[3]])
        let id = try add(.batchNorm(epsilon: norm.epsilon), [x, ids[0], ids[1], moments])
        norms[id] = norm
        return id
    }
}
