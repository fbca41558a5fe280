import Networks

/// What one kernel call computes: a node, or several that one pass over memory serves.
enum Step: Hashable {
    case single(NodeID)
    /// ReLU of a batch norm that nothing else uses.
    case batchNormRelu(norm: NodeID, relu: NodeID)
    /// A sum and its moments.
    case addMoments(add: NodeID, moments: NodeID)
    /// The gradient of a ReLU, and the sums that the batch norm before it needs.
    case reluGradientSums(gradient: NodeID, sums: NodeID)
    /// The gradient of a batch norm, added to another gradient.
    case batchNormGradientAdd(gradient: NodeID, add: NodeID)

    /// The node whose activations the step writes; `nil` where the single node is a reduction.
    func result(in graph: Graph) -> NodeID? {
        switch self {
        case .single(let id): graph[id].op.isReduction ? nil : id
        case .batchNormRelu(_, let relu): relu
        case .addMoments(let add, _): add
        case .reluGradientSums(let gradient, _): gradient
        case .batchNormGradientAdd(_, let add): add
        }
    }

    var nodes: [NodeID] {
        switch self {
        case .single(let id): [id]
        case .batchNormRelu(let a, let b), .addMoments(let a, let b), .reluGradientSums(let a, let b),
            .batchNormGradientAdd(let a, let b):
            [a, b]
        }
    }

    /// Merges the nodes of one phase where one pass can serve two.
    ///
    /// - Parameter isStored: whether a value made in this phase is needed after it.
    static func steps(for nodes: [NodeID], in graph: Graph, isStored: (NodeID) -> Bool) -> [Step] {
        var users: [NodeID: [NodeID]] = [:]
        for id in nodes { for input in graph[id].inputs { users[input, default: []].append(id) } }
        var merged: Set<NodeID> = []
        var steps: [Step] = []
        /// The one node of the phase that uses `id`, if nothing else ever does.
        func onlyUser(of id: NodeID) -> NodeID? {
            isStored(id) || users[id]?.count != 1 ? nil : users[id]?.first
        }
        for id in nodes where !merged.contains(id) {
            let step = mergedStep(id, in: graph, users: users[id] ?? [], onlyUser: onlyUser(of: id))
            merged.formUnion(step.nodes)
            steps.append(step)
        }
        return steps.sorted { $0.position < $1.position }
    }

    private static func mergedStep(
        _ id: NodeID, in graph: Graph, users: [NodeID], onlyUser: NodeID?
    ) -> Step {
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
        return .single(id)
    }

    private static func isSums(_ node: Node, of dy: NodeID) -> Bool {
        if case .batchNormGradientSums = node.op { node.inputs[0] == dy } else { false }
    }

    /// Where in the order of the nodes the step can run: when all that it reads is there.
    private var position: NodeID {
        switch self {
        case .single(let id): id
        case .batchNormRelu(_, let relu): relu
        case .addMoments(let add, _): add
        case .reluGradientSums(let gradient, _): gradient
        case .batchNormGradientAdd(_, let add): add
        }
    }
}
