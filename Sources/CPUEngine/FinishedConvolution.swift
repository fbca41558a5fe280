import Networks

/// A convolution and what can be done with its sums before they are written: when a network scores, batch norm is an
/// affine map that never changes, so it goes into the weights or into the pass that writes the result.
///
///     convolution → [norm] → [add] → [relu] → value
///                                           ↘ [activatedNorm → activated]
struct FinishedConvolution: Hashable {
    let convolution: NodeID
    /// Folded into the weights and a bias.
    private(set) var norm: NodeID?
    private(set) var add: NodeID?
    /// What `add` adds to the convolution.
    private(set) var other: NodeID?
    private(set) var relu: NodeID?
    /// The node whose value is written; `nil` where nothing but `activated` reads it.
    private(set) var value: NodeID?
    /// A second result: the value through a batch norm and a ReLU.
    private(set) var activatedNorm: NodeID?
    private(set) var activated: NodeID?

    /// `nil` where `id` is no convolution, or nothing can be done with its sums.
    init?(_ id: NodeID, _ uses: Uses) {
        let graph = uses.graph
        guard case .conv2d = graph[id].op else { return nil }
        convolution = id
        var last = id
        func next(_ matches: (NodeID) -> Bool) -> NodeID? {
            uses.onlyUser(of: last).flatMap { matches($0) ? $0 : nil }
        }
        if let norm = next(graph.isFixedBatchNorm) {
            self.norm = norm
            last = norm
        }
        // Where both summands are convolutions, the first takes the sum and runs after the other.
        if let add = next({ graph[$0].op == .add }),
            let other = graph[add].inputs.first(where: { $0 != last })
        {
            (self.add, self.other) = (add, other)
            last = add
        }
        if let relu = next({ graph[$0].op == .relu }) {
            self.relu = relu
            last = relu
        }
        value = last
        let users = uses.users[last] ?? []
        if let norm = users.first(where: { graph.isFixedBatchNorm($0) && !uses.merged.contains($0) }),
            let relu = uses.onlyUser(of: norm), graph[relu].op == .relu
        {
            (activatedNorm, activated) = (norm, relu)
            if users.count == 1 && !uses.isStored(last) { value = nil }
        }
        if norm == nil && add == nil && relu == nil && activated == nil { return nil }
    }

    /// A convolution with nothing after it.
    init(alone id: NodeID) { (convolution, value) = (id, id) }

    var results: [NodeID] { [value, activated].compactMap { $0 } }

    /// The result that the convolution can write in bytes as well.
    var last: NodeID? { activated ?? value }

    var nodes: [NodeID] { [convolution, norm, add, relu, activatedNorm, activated].compactMap { $0 } }

    /// Where in the order of the nodes it can run.
    var position: NodeID { relu ?? add ?? norm ?? convolution }
}

extension Graph {
    /// Whether all that a batch norm does is in parameters, as when a network scores.
    func isFixedBatchNorm(_ id: NodeID) -> Bool {
        guard case .batchNorm = self[id].op else { return false }
        let (inputs, moments) = (self[id].inputs, self[self[id].inputs[3]])
        return moments.op == .stack && (inputs[1...2] + moments.inputs).allSatisfy { isKept(self[$0].op) }
    }

    /// Whether a value stays between runs.
    private func isKept(_ op: Op) -> Bool {
        switch op {
        case .parameter, .constant: true
        default: false
        }
    }
}
