extension ClassHierarchy {
    /// The labels in the order of the tree, so that what is of one kind stands together.
    ///
    /// A node with several parents stands below the one that is deepest. Kinds follow each other by their lowest label.
    package var classOrder: [Int] { tree.labels(below: 0) }

    /// The hierarchy with one parent for each node.
    var tree: ClassTree { ClassTree(self) }
}

/// A hierarchy in which each node has one parent.
struct ClassTree {
    /// By node, ordered by the lowest label below them.
    let children: [[Int]]
    /// The class of a node that is one.
    let labels: [Int: Int]

    init(_ hierarchy: ClassHierarchy) {
        let nodeCount = hierarchy.identifiers.count
        labels = Dictionary(uniqueKeysWithValues: hierarchy.nodes.enumerated().map { ($1, $0) })
        var children = [[Int]](repeating: [], count: nodeCount)
        var lowest = (0..<nodeCount).map { [labels] in labels[$0] ?? Int.max }
        // Parents stand before their children, so that from the end on every node is complete when it comes up.
        for node in (0..<nodeCount).reversed() {
            let parents = hierarchy.parents[node]
            guard let deepest = parents.max(by: { hierarchy.depths[$0] < hierarchy.depths[$1] }) else {
                continue
            }
            children[deepest].append(node)
            lowest[deepest] = min(lowest[deepest], lowest[node])
        }
        self.children = children.map { $0.sorted { (lowest[$0], $0) < (lowest[$1], $1) } }
    }

    /// The classes of a node and all below it, in order.
    func labels(below node: Int) -> [Int] {
        var found: [Int] = []
        var waiting = [node]
        while let node = waiting.popLast() {
            if let label = labels[node] { found.append(label) }
            waiting += children[node].reversed()
        }
        return found
    }
}
