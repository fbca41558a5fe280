import Engines
import Networks

/// Which convolutions of a graph are computed in bytes, and what the bytes of their inputs stand for.
///
/// A value that such convolutions read stands in unsigned bytes: number = step · byte. All other readers of the value,
/// and all phases but the one that makes the bytes, see numbers.
struct Quantization {
    /// What one step of a value's bytes is worth, by the value.
    private var steps: [NodeID: Float] = [:]
    private var convolutions: Set<NodeID> = []
    /// The pixels' preprocessing, by the convolution that does it by its weights.
    private var preprocessings: [NodeID: Preprocessing] = [:]
    /// Values that are read as numbers, too, or instead.
    private var readAsNumbers: Set<NodeID> = []

    /// Pixels are bytes: their normalisation, and a batch norm that does not change, can go into weights.
    struct Preprocessing {
        var pixels: NodeID
        var normalize: NodeID
        var norm: NodeID?
        /// What the convolution reads in the graph, which nothing else does.
        var result: NodeID { norm ?? normalize }
    }

    /// Nothing in bytes.
    init() {}

    /// - Parameter ranges: the largest number of each convolution's input, by `RangedConvolution.rangeName`; more of it
    ///   is cut. Where convolutions of one value differ, the larger is taken.
    init(_ graph: Graph, ranges: Weights) throws(EngineError) {
        var missing: [String] = []
        for convolution in graph.rangedConvolutions where graph.canBeInBytes(convolution.id) {
            guard let range = ranges[convolution.rangeName] else {
                missing.append(convolution.rangeName)
                continue
            }
            guard range.shape == [1], range.values[0] > 0, range.values[0].isFinite else {
                throw EngineError(
                    code: .wrongInput, operation: "compute in int8",
                    cause: "\(convolution.rangeName) is \(range.values), not one positive number")
            }
            convolutions.insert(convolution.id)
            let value = graph[convolution.id].inputs[0]
            steps[value] = max(steps[value] ?? 0, range.values[0] / 255)
        }
        guard missing.isEmpty else {
            throw EngineError(
                code: .wrongInput, operation: "compute in int8",
                cause:
                    "the weights have no \(missing[0])\(missing.count == 1 ? "" : " (and \(missing.count - 1) more)"); "
                    + "`tilescope calibrate` adds the ranges to a model")
        }
        preprocessings = graph.preprocessings()
        convolutions.formUnion(preprocessings.keys)
        readAsNumbers = Set(graph.outputs)
        for id in graph.nodeIDs { readAsNumbers.formUnion(graph[id].inputs.dropFirst(isInBytes(id) ? 1 : 0)) }
    }

    /// What one step of a value's bytes is worth.
    func step(of id: NodeID) -> Float {
        guard let step = steps[id] else { preconditionFailure("node \(id.index) has no bytes") }
        return step
    }

    func isInBytes(_ convolution: NodeID) -> Bool { convolutions.contains(convolution) }

    /// What a convolution does to pixels; `nil` where it reads something else.
    func preprocessing(of convolution: NodeID) -> Preprocessing? { preprocessings[convolution] }

    /// The value of which a step reads the bytes.
    func bytesRead(by step: Step, _ graph: Graph) -> NodeID? {
        switch step {
        case .single(let id): bytesRead(by: id, graph)
        case .convolution(let step): bytesRead(by: step.convolution, graph)
        case .normalizeBatchNorm, .batchNormRelu, .quantize, .addMoments, .reluGradientSums,
            .batchNormGradientAdd, .inputGradientSum:
            nil
        }
    }

    private func bytesRead(by id: NodeID, _ graph: Graph) -> NodeID? {
        isInBytes(id) && preprocessings[id] == nil ? graph[id].inputs[0] : nil
    }

    /// The value of which a step writes the bytes.
    ///
    /// - Parameter read: whether a step of this phase reads a value's bytes.
    func bytesWritten(by step: Step, _ graph: Graph, read: (NodeID) -> Bool) -> NodeID? {
        switch step {
        case .quantize(let id): id
        case .convolution(let step): step.last.flatMap { read($0) ? $0 : nil }
        case .batchNormRelu(let norm, let relu): read(relu) && graph.isFixedBatchNorm(norm) ? relu : nil
        case .single, .normalizeBatchNorm, .addMoments, .reluGradientSums, .batchNormGradientAdd,
            .inputGradientSum:
            nil
        }
    }

    /// Whether a result of which `step` writes the bytes has to be written as numbers, too.
    func needsNumbers(_ id: NodeID, of step: Step) -> Bool {
        // oneDNN's convolutions write numbers, of which the bytes are made.
        if case .convolution(let step) = step, !isInBytes(step.convolution) { return true }
        return readAsNumbers.contains(id)
    }

    /// Makes bytes where no step has made them before they are read, and leaves out what convolutions do to pixels.
    func addingBytes(to steps: [Step], _ graph: Graph) -> [Step] {
        let read = Set(steps.compactMap { bytesRead(by: $0, graph) })
        var made: Set<NodeID> = []
        let leftOut = Set(preprocessings.values.map(\.result))
        return steps.flatMap { step in
            if let id = step.results(in: graph).first, leftOut.contains(id) { return [Step]() }
            var result = [step]
            if let id = bytesRead(by: step, graph), made.insert(id).inserted {
                result.insert(.quantize(id), at: 0)
            }
            if let id = bytesWritten(by: step, graph, read: read.contains) { made.insert(id) }
            return result
        }
    }
}

extension Graph {
    /// Convolutions of nothing but normalised pixels, with what comes before them.
    fileprivate func preprocessings() -> [NodeID: Quantization.Preprocessing] {
        var users: [NodeID: [NodeID]] = [:]
        for id in nodeIDs { for input in self[id].inputs { users[input, default: []].append(id) } }
        func onlyUser(of id: NodeID) -> NodeID? {
            outputs.contains(id) || users[id]?.count != 1 ? nil : users[id]?.first
        }
        var found: [NodeID: Quantization.Preprocessing] = [:]
        for id in nodeIDs {
            guard case .normalize = self[id].op, let user = onlyUser(of: id) else { continue }
            let norm = isFixedBatchNorm(user) ? user : nil
            guard let convolution = norm.map(onlyUser) ?? user, canBeInBytes(convolution, inputs: 4) else {
                continue
            }
            found[convolution] = Quantization.Preprocessing(
                pixels: self[id].inputs[0], normalize: id, norm: norm)
        }
        return found
    }

    /// Whether the kernel for bytes takes the convolution's shape.
    fileprivate func canBeInBytes(_ id: NodeID, inputs known: Int? = nil) -> Bool {
        guard case .conv2d(_, let padding) = self[id].op else { return false }
        let weights = self[self[id].inputs[1]].shape
        let (outputs, inputs, size) = (weights[0], known ?? weights[1], weights[2])
        // Sums of so many products of 255 by 127 fit 32 bits.
        return inputs % 4 == 0 && outputs % 16 == 0 && weights[3] == size && size % 2 == 1
            && padding == size / 2 && inputs * size * size < 1 << 16
    }
}
