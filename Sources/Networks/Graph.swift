/// A node of one graph.
public struct NodeID: Hashable, Sendable, Comparable {
    /// Position in `Graph.nodes`.
    public let index: Int

    public static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// One operation, where its inputs come from, and the shape of what it gives.
public struct Node: Hashable, Sendable {
    public let op: Op
    public let inputs: [NodeID]
    public let shape: [Int]
}

/// A small static graph of tensor operations. Nodes stand in an order in which they can be computed.
public struct Graph: Hashable, Sendable {
    public private(set) var nodes: [Node] = []
    /// What a program hands back, in this order.
    public var outputs: [NodeID] = []

    /// A graph without nodes.
    public init() {}

    /// The node itself. O(1).
    public subscript(id: NodeID) -> Node { nodes[id.index] }

    /// All nodes, in order.
    public var nodeIDs: [NodeID] { nodes.indices.map(NodeID.init(index:)) }

    /// Adds a node, whose shape follows from its inputs'.
    @discardableResult
    public mutating func add(_ op: Op, _ inputs: NodeID...) throws(GraphError) -> NodeID {
        let shape = try op.shape(of: inputs.map { self[$0].shape })
        nodes.append(Node(op: op, inputs: inputs, shape: shape))
        return NodeID(index: nodes.count - 1)
    }

    /// Checks every rule anew: order, shapes, names used once, outputs that exist.
    public func verify() throws(GraphError) {
        var names: Set<String> = []
        for (index, node) in nodes.enumerated() {
            guard node.inputs.allSatisfy({ $0.index < index }) else {
                throw GraphError(reason: "\(node.op) at \(index) takes an input that comes later")
            }
            let shape = try node.op.shape(of: node.inputs.map { self[$0].shape })
            guard shape == node.shape else {
                throw GraphError(reason: "\(node.op) at \(index) has shape \(node.shape), not \(shape)")
            }
            if let (name, _) = node.op.binding, !names.insert(name).inserted {
                throw GraphError(reason: "two sources are named \(name)")
            }
        }
        for id in outputs where !nodes.indices.contains(id.index) {
            throw GraphError(reason: "output \(id.index) of a graph of \(nodes.count) nodes")
        }
    }
}

/// A graph breaks a rule.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String

    init(reason: String) { self.reason = reason }

    init(op: Op, inputs: [[Int]]) { reason = "\(op) cannot take inputs of shapes \(inputs)" }

    public var description: String { reason }
}
