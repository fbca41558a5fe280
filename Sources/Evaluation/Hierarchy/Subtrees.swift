/// Which classes lie below which nodes of a hierarchy, and how far classes are apart.
struct Subtrees {
    /// The subtrees of one depth.
    struct Level {
        /// By label: whether the class lies at this depth or below.
        var isDeepEnough: [Bool]
        /// `[classes, classes]`, in words of 64 bits: the classes that share a subtree with each class.
        fileprivate var members: [UInt64]
        fileprivate var wordCount: Int

        func shares(_ truth: Int, _ label: Int) -> Bool {
            members[truth * wordCount + label >> 6] >> UInt64(label & 63) & 1 == 1
        }

        /// Classes that share a subtree with this one, itself included.
        func memberCount(_ truth: Int) -> Int {
            members[truth * wordCount..<(truth + 1) * wordCount].reduce(0) { $0 + $1.nonzeroBitCount }
        }
    }

    private let hierarchy: ClassHierarchy
    /// By label, each with its ancestors by node.
    private let ancestors: [[(node: Int, distance: Int)]]
    /// By node.
    private let classes: [[Int]]

    init(_ hierarchy: ClassHierarchy) {
        self.hierarchy = hierarchy
        ancestors = hierarchy.nodes.indices.map(hierarchy.ancestors)
        var classes = [[Int]](repeating: [], count: hierarchy.identifiers.count)
        for (label, ancestors) in ancestors.enumerated() {
            for ancestor in ancestors { classes[ancestor.node].append(label) }
        }
        self.classes = classes
    }

    /// Nodes at a depth; each has classes below it or is one.
    func count(at depth: Int) -> Int { hierarchy.depths.count { $0 == depth } }

    func level(_ depth: Int) -> Level {
        let wordCount = (ancestors.count + 63) / 64
        var level = Level(
            isDeepEnough: hierarchy.nodes.map { hierarchy.depths[$0] >= depth },
            members: [UInt64](repeating: 0, count: ancestors.count * wordCount), wordCount: wordCount)
        for (node, nodeDepth) in hierarchy.depths.enumerated() where nodeDepth == depth {
            var together = [UInt64](repeating: 0, count: wordCount)
            for label in classes[node] { together[label >> 6] |= 1 << UInt64(label & 63) }
            for truth in classes[node] {
                for word in 0..<wordCount { level.members[truth * wordCount + word] |= together[word] }
            }
        }
        return level
    }

    /// Edges between two classes over the common ancestor that makes them fewest.
    func distance(_ a: Int, _ b: Int) -> Int {
        var (i, j) = (0, 0)
        var best = Int.max
        let (first, second) = (ancestors[a], ancestors[b])
        while i < first.count && j < second.count {
            if first[i].node < second[j].node {
                i += 1
            } else if first[i].node > second[j].node {
                j += 1
            } else {
                best = min(best, first[i].distance + second[j].distance)
                (i, j) = (i + 1, j + 1)
            }
        }
        return best
    }

    /// To the other classes.
    func meanDistance(from label: Int) -> Double {
        let sum = ancestors.indices.reduce(0) { $1 == label ? $0 : $0 + distance(label, $1) }
        return Double(sum) / Double(max(1, ancestors.count - 1))
    }
}
