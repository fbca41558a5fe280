import Networks

/// Finds which of our networks a foreign one is, and takes its weights.
struct NetworkRecognition {
    private let foreign: ForeignNetwork
    private let inputSize: Int
    private let classCount: Int

    init(_ foreign: ForeignNetwork) {
        self.foreign = foreign
        let graph = foreign.graph
        inputSize =
            graph.nodes.lazy.compactMap(\.op.binding).first { $0.name == Network.pixels }?.shape[1] ?? 0
        classCount = graph[graph.outputs[0]].shape[1]
    }

    /// The network of ours that computes the same, with the weights.
    ///
    /// - Parameter known: the network, where the file names it; else every one is tried.
    /// - Throws: with the node at which the nearest of our networks is left.
    func recognised(
        as known: Architecture? = nil
    ) throws(Malformed) -> (architecture: Architecture, weights: Weights) {
        var departures: [Departure] = []
        let known = known.map { [(family: $0.family, depth: $0.depth, widening: $0.widening)] }
        for candidate in known ?? candidates {
            let architecture = Architecture(
                family: candidate.family, depth: candidate.depth, widening: candidate.widening,
                classCount: classCount, inputSize: inputSize)
            guard let ours = try? Network(architecture).scoringGraph(batchSize: 1) else { continue }
            var table = StructureNumbers()
            let numbers = table.numbers(of: ours)
            let theirs = table.numbers(of: foreign.graph)
            guard let departure = departure(theirs, from: numbers, of: ours, architecture) else {
                return (architecture, try weights(for: ours, numbers, theirs))
            }
            departures.append(departure)
        }
        guard let nearest = departures.max(by: { $0.nearness < $1.nearness }) else {
            throw Malformed(
                "it has \(convolutionCount) convolutions, and none of our networks has that number; see `tilescope train --help` "
                    + "for the list of networks")
        }
        throw Malformed(nearest.reason)
    }

    // MARK: Candidates

    private var convolutionCount: Int {
        foreign.graph.nodes.count { if case .conv2d = $0.op { true } else { false } }
    }

    /// Networks with about as many convolutions: shortcuts have some that the depth does not count.
    private var candidates: [(family: Architecture.Family, depth: Int, widening: Int?)] {
        Architecture.Family.allCases.flatMap { family in
            (convolutionCount - 4...convolutionCount + 2).filter(family.hasDepth).map { depth in
                let widening = lastWidth / (family.firstWidth << (family.stageCount(depth: depth) - 1))
                let isWide = family.widenings(depth: depth).contains(widening)
                return (family, depth, isWide ? widening : nil)
            }
        }
    }

    /// Channels of the last 3x3 convolution.
    private var lastWidth: Int {
        let shapes = foreign.graph.nodes.compactMap { node in
            if case .conv2d = node.op { foreign.graph[node.inputs[1]].shape } else { nil }
        }
        return shapes.last { $0[2] == 3 }?[0] ?? 0
    }

    /// Where the foreign network first does what one of ours does not.
    private struct Departure {
        /// 1 where the last feature maps are as large, so that both are for pictures of that kind, else 0; parts that both have; 1 where the
        /// last features are as many, else 0; 1 for a network of the usual width, else 0.
        var nearness: (scale: Int, sharedCount: Int, width: Int, plainness: Int)
        var reason: String
    }

    /// How many features the last dense layer takes; `nil` where there is none.
    private static func featureCount(of graph: Graph) -> Int? {
        graph.nodes.last { if case .dense = $0.op { true } else { false } }.map {
            graph[$0.inputs[0]].shape[1]
        }
    }

    /// Rows of the last feature map; `nil` where there is none.
    private static func lastSide(of graph: Graph) -> Int? {
        graph.nodes.last { if case .conv2d = $0.op { true } else { false } }?.shape[2]
    }

    private func departure(
        _ theirs: [NodeID: Int], from ours: [NodeID: Int], of graph: Graph, _ architecture: Architecture
    ) -> Departure? {
        let known = Set(ours.values)
        if let end = theirs[foreign.graph.outputs[0]], end == ours[graph.outputs[0]] { return nil }
        let needed = foreign.graph.needed
        let inOrder = foreign.graph.nodeIDs.filter { needed.contains($0) && theirs[$0] != nil }
        let shared = Set(inOrder.compactMap { theirs[$0] }).intersection(known)
        let isAsWide = Self.featureCount(of: graph) == Self.featureCount(of: foreign.graph)
        let isAsCoarse = Self.lastSide(of: graph) == Self.lastSide(of: foreign.graph)
        let nearness = (
            scale: isAsCoarse ? 1 : 0, sharedCount: shared.count, width: isAsWide ? 1 : 0,
            plainness: architecture.widening == nil ? 1 : 0
        )
        guard let first = inOrder.first(where: { theirs[$0].map { !known.contains($0) } ?? false }) else {
            return Departure(
                nearness: nearness, reason: "it ends before \(architecture.name) does")
        }
        // What ours does with the same value.
        let inputs = Set(foreign.graph[first].inputs.compactMap { theirs[$0] })
        let foldable = graph.foldableNorms
        let expected = graph.nodeIDs.filter { id in
            ours[id] != nil && !foldable.contains(id)
                && !inputs.isDisjoint(with: graph[id].inputs.compactMap { ours[$0] })
        }
        let words = Set(expected.map { graph.words(for: $0) }).sorted().joined(separator: " or ")
        return Departure(
            nearness: nearness,
            reason: "it is not one of our networks: node \(foreign.label(of: first)) is "
                + "\(foreign.graph.words(for: first)), but the nearest network, \(architecture.name), has "
                + (words.isEmpty ? "nothing" : words))
    }

    // MARK: Weights

    private func weights(
        for graph: Graph, _ ours: [NodeID: Int], _ theirs: [NodeID: Int]
    ) throws(Malformed) -> Weights {
        let parts = try foreignParts(theirs)
        let foldable = Set(graph.foldableNorms.map { graph[$0].inputs[0] })
        var weights: Weights = [:]
        for id in graph.nodeIDs {
            guard let number = ours[id] else { continue }
            let inputs = graph[id].inputs
            switch graph[id].op {
            case .conv2d:
                guard let found = parts[number]?.layer else { continue }
                weights[try name(inputs[1], graph)] = try parameter(1, of: found)
                if let norm = parts[number]?.norm, !foldable.contains(id) {
                    throw Malformed(
                        "node \(foreign.label(of: norm)): it has a bias or a batch norm where our network has none"
                    )
                }
            case .dense:
                guard let found = parts[number]?.layer else { continue }
                weights[try name(inputs[1], graph)] = try parameter(1, of: found)
                weights[try name(inputs[2], graph)] = try parameter(2, of: found)
            case .batchNorm(let epsilon):
                let norm = parts[number]?.norm
                for (name, values) in try numbers(of: id, in: graph, norm, epsilon: epsilon) {
                    weights[name] = Tensor(shape: [values.count], values: values)
                }
            case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
                .input, .parameter, .constant, .normalize, .moments, .stack, .relu, .add, .paddedShortcut,
                .maxPool, .globalMean, .softmax, .softmaxCrossEntropy, .correctCount, .conv2dGradientInput,
                .conv2dGradientWeights, .batchNormGradientSums, .batchNormGradient, .reluGradient,
                .paddedShortcutGradient, .maxPoolGradient, .globalMeanGradient, .windowMeansGradient,
                .denseGradientInput,
                .denseGradientWeights, .denseGradientBias, .softmaxCrossEntropyGradient, .row, .windowMeans:
                continue
            }
        }
        return weights
    }

    /// A convolution or a dense layer, and the batch norm behind it.
    private struct ForeignPart {
        var layer: NodeID?
        var norm: NodeID?
    }

    private func foreignParts(_ theirs: [NodeID: Int]) throws(Malformed) -> [Int: ForeignPart] {
        let graph = foreign.graph
        let needed = graph.needed
        var parts: [Int: ForeignPart] = [:]
        for id in graph.nodeIDs where needed.contains(id) {
            guard let number = theirs[id] else { continue }
            if case .batchNorm = graph[id].op {
                guard parts[number]?.norm == nil else { throw twice(id) }
                parts[number, default: ForeignPart()].norm = id
            } else {
                guard graph[id].hasWeights else { continue }
                guard parts[number]?.layer == nil else { throw twice(id) }
                parts[number, default: ForeignPart()].layer = id
            }
        }
        return parts
    }

    private func twice(_ id: NodeID) -> Malformed {
        Malformed("node \(foreign.label(of: id)) does what another node does with the same value")
    }

    private func name(_ parameter: NodeID, _ graph: Graph) throws(Malformed) -> String {
        guard let name = graph[parameter].op.binding?.name else { throw Malformed("a layer without weights") }
        return name
    }

    private func parameter(_ index: Int, of id: NodeID) throws(Malformed) -> Tensor {
        let name = try name(foreign.graph[id].inputs[index], foreign.graph)
        guard let tensor = foreign.weights[name] else { throw Malformed("a layer without weights") }
        return tensor
    }

    /// A batch norm's four tensors by our names, or three where ours has no scale.
    ///
    /// - Parameter found: the foreign one; without it one that changes nothing.
    private func numbers(
        of id: NodeID, in graph: Graph, _ found: NodeID?, epsilon: Float
    ) throws(Malformed) -> [(String, [Float])] {
        let inputs = graph[id].inputs
        let channels = graph[id].shape[1]
        var norm = ForeignNetwork.Norm(
            scale: [Float](repeating: 1, count: channels), shift: [Float](repeating: 0, count: channels))
        if let found, let known = foreign.norms[found] { norm = known }
        norm = norm.with(epsilon: epsilon)
        let moments = graph[inputs[3]].inputs
        var result = [
            (try name(inputs[2], graph), norm.shift), (try name(moments[0], graph), norm.mean),
        ]
        if case .constant = graph[inputs[1]].op {
            guard let plain = norm.withoutScale() else {
                throw Malformed(
                    "node \(found.map(foreign.label) ?? ""): its scales are not positive, and our network has no batch norm there"
                )
            }
            norm = plain
        } else {
            result.append((try name(inputs[1], graph), norm.scale))
        }
        result.append((try name(moments[1], graph), norm.variance))
        return result
    }
}

extension Node {
    fileprivate var hasWeights: Bool {
        if case .conv2d = op { return true }
        return op == .dense
    }
}

extension Graph {
    /// A node in words for people.
    fileprivate func words(for id: NodeID) -> String {
        let node = self[id]
        switch node.op {
        case .conv2d(let stride, let padding):
            let weights = self[node.inputs[1]].shape
            return "a \(weights[2])x\(weights[3]) convolution from \(weights[1]) to \(weights[0]) channels, "
                + "stride \(stride), padding \(padding)"
        case .dense: return "a dense layer with weights \(self[node.inputs[1]].shape)"
        case .maxPool(let size, let stride, let padding):
            return "a \(size)x\(size) max pool, stride \(stride), padding \(padding)"
        case .batchNorm: return "a batch norm of \(node.shape[1]) channels"
        case .relu: return "a ReLU"
        case .add: return "a sum"
        case .paddedShortcut(let stride, let channels):
            return "a shortcut to \(channels) channels, stride \(stride)"
        case .globalMean: return "the mean over all pixels"
        case .softmax: return "a softmax"
        default: return "\(node.op)"
        }
    }
}
