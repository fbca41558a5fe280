import Networks

/// What one kernel call computes: a node, or several that one pass over memory serves.
enum Step: Hashable {
    case single(NodeID)
    /// A convolution with what follows it when a network scores.
    case convolution(FinishedConvolution)
    /// Pixels through the preprocessing and a batch norm that does not change.
    case normalizeBatchNorm(normalize: NodeID, norm: NodeID)
    /// ReLU of a batch norm that nothing else uses.
    case batchNormRelu(norm: NodeID, relu: NodeID)
    /// A value in bytes, where the step that makes the value could not write them.
    case quantize(NodeID)
    /// A sum and its moments.
    case addMoments(add: NodeID, moments: NodeID)
    /// The gradient of a ReLU, and the sums that the batch norm before it needs.
    case reluGradientSums(gradient: NodeID, sums: NodeID)
    /// The gradient of a batch norm, added to another gradient.
    case batchNormGradientAdd(gradient: NodeID, add: NodeID)
    /// The gradient of a convolution's input of which nobody reads more than the sum over all pixels: that of the shift
    /// of a batch norm with a fixed scale. The sum is linear in dy, and a hundredth of the work.
    case inputGradientSum(gradient: NodeID, sums: NodeID)

    /// The nodes whose activations the step writes: none where it is a reduction.
    func results(in graph: Graph) -> [NodeID] {
        switch self {
        case .single(let id): graph[id].op.isReduction ? [] : [id]
        case .convolution(let convolution): convolution.results
        case .normalizeBatchNorm(_, let norm): [norm]
        case .batchNormRelu(_, let relu): [relu]
        case .quantize: []
        case .addMoments(let add, _): [add]
        case .reluGradientSums(let gradient, _): [gradient]
        case .batchNormGradientAdd(_, let add): [add]
        case .inputGradientSum: []
        }
    }

    var nodes: [NodeID] {
        switch self {
        case .single(let id), .quantize(let id): [id]
        case .convolution(let convolution): convolution.nodes
        case .normalizeBatchNorm(let a, let b), .batchNormRelu(let a, let b), .addMoments(let a, let b),
            .reluGradientSums(let a, let b), .batchNormGradientAdd(let a, let b),
            .inputGradientSum(let a, let b):
            [a, b]
        }
    }

    /// The values that the step reads, whichever of its nodes does.
    func reads(in graph: Graph) -> [NodeID] {
        if case .quantize(let id) = self { return [id] }
        return nodes.flatMap { graph[$0].inputs }
    }

    /// Merges the nodes of one phase where one pass can serve two.
    ///
    /// - Parameter isStored: whether a value made in this phase is needed after it.
    static func steps(for nodes: [NodeID], in graph: Graph, isStored: @escaping (NodeID) -> Bool) -> [Step] {
        var users: [NodeID: [NodeID]] = [:]
        for id in nodes { for input in graph[id].inputs { users[input, default: []].append(id) } }
        var merged: Set<NodeID> = []
        var steps: [Step] = []
        for id in nodes where !merged.contains(id) {
            let uses = Uses(graph: graph, users: users, merged: merged, isStored: isStored)
            let step = FinishedConvolution(id, uses).map(Step.convolution) ?? mergedStep(id, uses)
            merged.formUnion(step.nodes)
            steps.append(step)
        }
        return steps.sorted { $0.position < $1.position }
    }

    private static func mergedStep(_ id: NodeID, _ uses: Uses) -> Step {
        let (graph, users, onlyUser) = (uses.graph, uses.users[id] ?? [], uses.onlyUser(of: id))
        if case .normalize = graph[id].op, let norm = onlyUser, graph.isFixedBatchNorm(norm) {
            return .normalizeBatchNorm(normalize: id, norm: norm)
        }
        if case .batchNorm = graph[id].op, let relu = onlyUser, graph[relu].op == .relu {
            return .batchNormRelu(norm: id, relu: relu)
        }
        if graph[id].op == .add, let moments = users.first(where: { graph[$0].op == .moments }) {
            return .addMoments(add: id, moments: moments)
        }
        if graph[id].op == .reluGradient, let sums = users.first(where: { isSums(graph[$0], of: id) }) {
            return .reluGradientSums(gradient: id, sums: sums)
        }
        if case .batchNormGradient = graph[id].op, let add = onlyUser, graph[add].op == .add {
            return .batchNormGradientAdd(gradient: id, add: add)
        }
        if case .conv2dGradientInput = graph[id].op, let sums = onlyUser, isSums(graph[sums], of: id),
            graph[graph[id].inputs[0]].shape[1] % 16 == 0,
            !graph.outputs.contains(sums),
            graph.nodes.allSatisfy({ !$0.inputs.contains(sums) || $0.op == .row(0) })
        {
            return .inputGradientSum(gradient: id, sums: sums)
        }
        return .single(id)
    }

    private static func isSums(_ node: Node, of dy: NodeID) -> Bool {
        if case .batchNormGradientSums = node.op { node.inputs[0] == dy } else { false }
    }

    /// Where in the order of the nodes the step can run: when all that it reads is there.
    private var position: NodeID {
        switch self {
        case .single(let id), .quantize(let id): id
        case .convolution(let convolution): convolution.position
        case .normalizeBatchNorm(_, let norm): norm
        case .batchNormRelu(_, let relu): relu
        case .addMoments(let add, _): add
        case .reluGradientSums(let gradient, _): gradient
        case .batchNormGradientAdd(_, let add): add
        case .inputGradientSum(_, let sums): sums
        }
    }
}

/// Who uses which value in one phase.
struct Uses {
    let graph: Graph
    let users: [NodeID: [NodeID]]
    /// Nodes that belong to a step already.
    let merged: Set<NodeID>
    /// Whether a value made in this phase is needed after it.
    let isStored: (NodeID) -> Bool

    /// The one node of the phase that uses `id`, if nothing else ever does and no step has it.
    func onlyUser(of id: NodeID) -> NodeID? {
        guard !isStored(id), let users = users[id], users.count == 1, !merged.contains(users[0]) else {
            return nil
        }
        return users[0]
    }
}
