import Bytes
package import Networks
import Testing

/// One op, or a small graph, with the tensors that it takes.
package struct OpCase: Sendable, CustomTestStringConvertible {
    package var name: String
    package var graph: Graph
    /// Largest difference from the reference, relative to the largest reference value of the output.
    package var tolerance: Float

    package var testDescription: String { name }

    /// - Parameter build: adds nodes and returns the outputs.
    package init(
        _ name: String, tolerance: Float = 2e-6, _ build: (inout Graph) throws(GraphError) -> [NodeID]
    ) {
        (self.name, self.tolerance, graph) = (name, tolerance, Graph())
        do {
            graph.outputs = try build(&graph)
            try graph.verify()
        } catch {
            Issue.record("\(name): \(error)")
        }
    }

    /// Random numbers for everything that the graph binds; labels, targets and pixels as they must be.
    package func inputs(seed: UInt64) -> [String: Tensor] {
        var random = SplitMix64(seed: seed)
        var inputs: [String: Tensor] = [:]
        for node in graph.nodes {
            guard let (name, shape) = node.op.binding else { continue }
            let values = (0..<shape.elementCount).map { index -> Float in
                switch name {
                // Rows of three that sum to 1.
                case "targets": [0.25, 0.75, 0][(index + index / 3) % 3]
                case "pixels": Float(Int.random(in: 0...255, using: &random))
                case "labels": Float(Int.random(in: 0..<3, using: &random))
                case _ where name.hasPrefix("variance") || name.hasSuffix(".running_var"):
                    Float.random(in: 0.5...2, using: &random)
                default: Float.random(in: -1...1, using: &random)
                }
            }
            inputs[name] = Tensor(shape: shape, values: values)
        }
        return inputs
    }
}

extension Graph {
    package mutating func input(_ name: String, _ shape: Int...) throws(GraphError) -> NodeID {
        try add(.input(name: name, shape: shape))
    }

    package mutating func parameter(_ name: String, _ shape: Int...) throws(GraphError) -> NodeID {
        try add(.parameter(name: name, shape: shape))
    }
}

/// Largest absolute difference over the largest reference value.
package func relativeError(_ a: Tensor, _ reference: Tensor) -> Float {
    guard a.shape == reference.shape else { return .infinity }
    let scale = reference.values.map(abs).max() ?? 0
    let differences = zip(a.values, reference.values).map { abs($0 - $1) }
    return differences.contains { $0.isNaN } ? .infinity : (differences.max() ?? 0) / max(scale, 1e-20)
}
