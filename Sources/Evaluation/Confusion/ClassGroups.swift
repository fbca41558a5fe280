extension ClassHierarchy {
    /// Kinds of classes with a name, in the order of the tree, from large to small: each level leaves out what is too small
    /// to be named, and no two kinds of a level overlap.
    ///
    /// The large ones hold at most 60 % of the classes, the small ones 14 %.
    package func groups() -> [[ClassGroup]] {
        [groups(largest: 0.6, smallest: 0.1), groups(largest: 0.14, smallest: 0)]
    }

    private func groups(largest: Double, smallest: Double) -> [ClassGroup] {
        let tree = tree
        let classCount = Double(nodes.count)
        var found: [ClassGroup] = []
        var start = 0
        var waiting = [0]
        while let node = waiting.popLast() {
            let count = tree.labels(below: node).count
            let share = Double(count) / classCount
            if share > largest, !tree.children[node].isEmpty {
                if tree.labels[node] != nil { start += 1 }
                waiting += tree.children[node].reversed()
                continue
            }
            if share >= smallest, count > 1 {
                found.append(ClassGroup(name: name(of: node), places: start..<start + count))
            }
            start += count
        }
        return found
    }
}
