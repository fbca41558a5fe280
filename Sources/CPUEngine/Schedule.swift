import Networks

/// In which order a graph is computed, micro-batch by micro-batch.
///
/// Most ops work on each sample alone. A *reduction* (moments, sums, weight gradients) needs the whole batch before
/// anything can use its result. The schedule cuts the graph there: a *phase* is a list of nodes that one worker
/// computes for one micro-batch after the other, while its activations stay in cache. Between phases all workers
/// meet; then the reductions are finished and the *small* ops (those without a batch axis) are computed once.
///
/// A graph without reductions is cut where larger micro-batches pay (`MicroBatchCosts`).
///
/// A value that a later phase uses is *stored* for the whole batch, unless it is cheap to compute anew there
/// (normalised pixels, batch norm, the ReLU after it): memory traffic costs more.
struct Schedule {
    /// Nodes to compute for each micro-batch, in order.
    var phases: [[NodeID]] = []
    /// Small nodes to compute before the phase of the same index; the last entry comes after the last phase.
    var smallNodes: [[NodeID]] = []
    /// Values with a batch axis that live from their phase to the last that uses them.
    private(set) var stored: [NodeID: ClosedRange<Int>] = [:]
    /// Phase in which a reduction's or a per-sample node's value is made first.
    private(set) var home: [NodeID: Int] = [:]

    private let graph: Graph

    init(_ graph: Graph, costs: MicroBatchCosts) {
        self.graph = graph
        let needed = graph.nodesReachingOutputs()
        let hasReductions = needed.contains { graph[$0].op.isReduction }
        let ready = assignHomes(needed, earliest: hasReductions ? [:] : Self.cuts(needed, graph, costs))
        var instances: [Set<NodeID>] = Array(repeating: [], count: (home.values.max() ?? -1) + 1)
        for id in needed where graph[id].op.isReduction { demand(id, in: homePhase(id), &instances) }
        for id in graph.outputs where isBatched(id) {
            store(id, through: instances.count - 1)
            demand(id, in: homePhase(id), &instances)
        }
        phases = instances.map { $0.sorted() }
        smallNodes = Array(repeating: [], count: phases.count + 1)
        for id in needed.sorted()
        where !isBatched(id) && !graph[id].op.isReduction && graph[id].op.binding == nil {
            smallNodes[ready[id] ?? 0].append(id)
        }
    }

    /// Whether the value has a batch axis.
    func isBatched(_ id: NodeID) -> Bool { home[id] != nil && !graph[id].op.isReduction }

    func isInput(_ id: NodeID) -> Bool {
        if case .input = graph[id].op { true } else { false }
    }

    private func homePhase(_ id: NodeID) -> Int {
        guard let phase = home[id] else { preconditionFailure("node \(id.index) has no phase") }
        return phase
    }

    /// The first phase in which each node may be computed, so that a phase's micro-batch suits all its nodes.
    private static func cuts(_ needed: Set<NodeID>, _ graph: Graph, _ costs: MicroBatchCosts) -> [NodeID: Int]
    {
        var (phase, fit, want) = (0, MicroBatchCosts.limit, 1)
        var earliest: [NodeID: Int] = [:]
        for id in needed.sorted() where graph[id].op.binding == nil {
            if costs.weightFit(id) >= 2 * max(fit, want) {
                phase += 1
                (fit, want) = (costs.cacheFit(id), costs.weightFit(id))
            } else {
                (fit, want) = (min(fit, costs.cacheFit(id)), max(want, costs.weightFit(id)))
            }
            earliest[id] = phase
        }
        return earliest
    }

    /// Gives each per-sample node and reduction its phase; returns from which phase on each small value can be used.
    private mutating func assignHomes(_ needed: Set<NodeID>, earliest: [NodeID: Int]) -> [NodeID: Int] {
        var ready: [NodeID: Int] = [:]
        for id in needed.sorted() {
            let node = graph[id]
            if isInput(id) {
                home[id] = 0
                continue
            }
            let usable = node.inputs.map { ready[$0] ?? home[$0] ?? 0 }.max() ?? 0
            let isPerSample = node.inputs.contains { isBatched($0) }
            if isPerSample { home[id] = max(usable, earliest[id] ?? 0) }
            if !isPerSample || node.op.isReduction { ready[id] = isPerSample ? usable + 1 : usable }
        }
        return ready
    }

    /// Asks for the value of `id` in `phase`, and for what it is computed from.
    private mutating func demand(_ id: NodeID, in phase: Int, _ instances: inout [Set<NodeID>]) {
        guard !isInput(id) else { return }
        guard instances[phase].insert(id).inserted else { return }
        for input in graph[id].inputs where isBatched(input) {
            if homePhase(input) == phase || isCheap(input) {
                demand(input, in: phase, &instances)
            } else {
                store(input, through: phase)
                demand(input, in: homePhase(input), &instances)
            }
        }
    }

    private mutating func store(_ id: NodeID, through phase: Int) {
        guard !isInput(id) else { return }
        let first = homePhase(id)
        stored[id] = first...max(phase, stored[id]?.upperBound ?? first)
    }

    /// Whether computing the value again is cheaper than writing it to memory and reading it back.
    private func isCheap(_ id: NodeID) -> Bool {
        graph[id].op == .relu ? isBatchNorm(graph[id].inputs[0]) : isNormalize(id) || isBatchNorm(id)
    }

    private func isBatchNorm(_ id: NodeID) -> Bool {
        if case .batchNorm = graph[id].op { true } else { false }
    }

    private func isNormalize(_ id: NodeID) -> Bool {
        if case .normalize = graph[id].op { true } else { false }
    }
}

extension Graph {
    fileprivate func nodesReachingOutputs() -> Set<NodeID> {
        var found = Set(outputs)
        for id in nodeIDs.reversed() where found.contains(id) { found.formUnion(self[id].inputs) }
        return found
    }
}

extension Op {
    /// Whether a batch of samples becomes one value.
    var isReduction: Bool {
        switch self {
        case .sigmoidCrossEntropy,
            .moments, .batchNormGradientSums, .conv2dGradientWeights, .denseGradientWeights,
            .denseGradientBias, .softmaxCrossEntropy, .correctCount:
            true
        case .sigmoidCrossEntropyGradient,
            .input, .parameter, .constant, .normalize, .conv2d, .stack, .batchNorm, .relu, .add,
            .paddedShortcut, .maxPool, .globalMean, .windowMeans, .dense, .softmax, .conv2dGradientInput,
            .batchNormGradient, .reluGradient, .paddedShortcutGradient, .maxPoolGradient,
            .globalMeanGradient, .windowMeansGradient, .denseGradientInput, .softmaxCrossEntropyGradient,
            .row:
            false
        }
    }
}
