import Networks

/// Numbers the parts of networks by what they compute, so that equal parts of two networks have equal numbers.
///
/// A part is a node with all that it is computed of, weights by their shapes only. A batch norm that alone reads a
/// convolution has its number: where it was folded into the weights, the part is the same. The terms of a sum may stand
/// in either order.
struct StructureNumbers {
    private struct Part: Hashable {
        var op: Op
        var inputs: [Int]
        var weights: [Int]
    }
    private var numbers: [Part: Int] = [:]

    /// A number for each node that computes values; weights and what is made of them alone have none.
    mutating func numbers(of graph: Graph) -> [NodeID: Int] {
        var found: [NodeID: Int] = [:]
        let foldable = graph.foldableNorms
        for id in graph.nodeIDs {
            if foldable.contains(id) {
                found[id] = found[graph[id].inputs[0]]
            } else if let number = number(of: id, in: graph, known: found) {
                found[id] = number
            }
        }
        return found
    }

    private mutating func number(of id: NodeID, in graph: Graph, known: [NodeID: Int]) -> Int? {
        let node = graph[id]
        var part = Part(op: node.op, inputs: node.inputs.compactMap { known[$0] }, weights: [])
        switch node.op {
        case .parameter, .constant, .stack: return nil
        case .input: part.op = .input(name: "", shape: [])
        case .normalize: part.op = .normalize(.imageNet)
        case .conv2d, .dense: part.weights = graph[node.inputs[1]].shape
        case .batchNorm: part.op = .batchNorm(epsilon: 0)
        case .add: part.inputs.sort()
        case .relu, .paddedShortcut, .maxPool, .globalMean, .softmax: break
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .moments, .softmaxCrossEntropy, .correctCount, .conv2dGradientInput, .conv2dGradientWeights,
            .batchNormGradientSums, .batchNormGradient, .reluGradient, .paddedShortcutGradient,
            .maxPoolGradient, .globalMeanGradient, .windowMeansGradient, .denseGradientInput,
            .denseGradientWeights,
            .denseGradientBias, .softmaxCrossEntropyGradient, .row, .windowMeans:
            preconditionFailure("\(node.op) is no op of a scoring graph")
        }
        if let number = numbers[part] { return number }
        numbers[part] = numbers.count
        return numbers.count - 1
    }
}

extension Graph {
    /// What the outputs are computed of.
    var needed: Set<NodeID> {
        var needed = Set(outputs)
        for id in nodeIDs.reversed() where needed.contains(id) { needed.formUnion(self[id].inputs) }
        return needed
    }

    /// The batch norms that can be a part of the convolution before them, because nothing else reads it.
    var foldableNorms: Set<NodeID> {
        var readers: [NodeID: Int] = [:]
        let needed = needed
        for id in nodeIDs where needed.contains(id) {
            for input in self[id].inputs { readers[input, default: 0] += 1 }
        }
        return Set(
            nodeIDs.filter { id in
                guard case .batchNorm = self[id].op, case .conv2d = self[self[id].inputs[0]].op else {
                    return false
                }
                return needed.contains(id) && readers[self[id].inputs[0]] == 1
            })
    }
}
