extension ConfusionMatrix {
    /// Classes that `seriated` can order: it takes 4 bytes for each two of them.
    package static let seriationLimit = 10_000

    /// An order of the labels in which classes that are taken for each other stand together, so that blocks show; found from
    /// the matrix alone.
    ///
    /// Classes are joined by their mean share of confusions, the closest first (average linkage, by chains of nearest
    /// neighbours); each two groups are then turned so that their most similar ends meet. The result does not depend on the
    /// order of the classes but for equal shares. O(classes²): 1,000 take a few hundredths of a second.
    ///
    /// - Source: Murtagh 1983 for the chains; the turning is that of Gruvaeus and Wainer 1972.
    package func seriated() -> [Int] {
        precondition(classCount <= Self.seriationLimit)
        var similarities = Similarities(self)
        var groups: [Int: [Int]] = Dictionary(uniqueKeysWithValues: (0..<classCount).map { ($0, [$0]) })
        let original = similarities
        var chain: [Int] = []
        var active = Set(0..<classCount)
        while active.count > 1 {
            if chain.isEmpty, let first = active.min() { chain.append(first) }
            let last = chain[chain.count - 1]
            let previous = chain.count > 1 ? chain[chain.count - 2] : nil
            let next = similarities.nearest(to: last, preferring: previous)
            guard next == previous else {
                chain.append(next)
                continue
            }
            chain.removeLast(2)
            let (kept, gone) = (min(last, next), max(last, next))
            let joined = Self.joined(groups[kept] ?? [], groups[gone] ?? [], by: original)
            similarities.join(kept, gone, sizes: (groups[kept]?.count ?? 0, groups[gone]?.count ?? 0))
            (groups[kept], groups[gone]) = (joined, nil)
            active.remove(gone)
        }
        return active.first.flatMap { groups[$0] } ?? []
    }

    /// Two groups one after the other, each turned or not: the two ends that meet are as similar as can be.
    private static func joined(_ a: [Int], _ b: [Int], by similarities: Similarities) -> [Int] {
        let ways: [(Float, [Int], [Int])] = [
            (similarities[a[a.count - 1], b[0]], a, b),
            (similarities[a[a.count - 1], b[b.count - 1]], a, b.reversed()),
            (similarities[a[0], b[0]], a.reversed(), b),
            (similarities[a[0], b[b.count - 1]], a.reversed(), b.reversed()),
        ]
        let best = ways.reduce(ways[0]) { $1.0 > $0.0 ? $1 : $0 }
        return best.1 + best.2
    }
}

/// How often classes, or groups of them, are taken for each other.
private struct Similarities {
    private let count: Int
    private var values: [Float]
    private var isGone: [Bool]

    /// The mean of both shares: of one's samples that are taken for the other.
    init(_ matrix: ConfusionMatrix) {
        count = matrix.classCount
        values = [Float](repeating: 0, count: count * count)
        isGone = [Bool](repeating: false, count: count)
        var rows = [Int](repeating: 0, count: count)
        for cell in matrix.cells { rows[cell.truth] += cell.count }
        for cell in matrix.cells where cell.truth != cell.label {
            let share = Float(cell.count) / Float(rows[cell.truth]) / 2
            values[cell.truth * count + cell.label] += share
            values[cell.label * count + cell.truth] += share
        }
    }

    subscript(_ a: Int, _ b: Int) -> Float { values[a * count + b] }

    /// - Parameter preferred: taken where none is nearer, so that chains end.
    func nearest(to group: Int, preferring preferred: Int?) -> Int {
        var best = preferred ?? -1
        var highest = preferred.map { self[group, $0] } ?? -1
        values.withUnsafeBufferPointer { values in
            for other in 0..<count where other != group && !isGone[other] {
                let value = values[group * count + other]
                if value > highest { (best, highest) = (other, value) }
            }
        }
        return best
    }

    mutating func join(_ kept: Int, _ gone: Int, sizes: (Int, Int)) {
        let (a, b) = (Float(sizes.0), Float(sizes.1))
        isGone[gone] = true
        for other in 0..<count where other != kept && !isGone[other] {
            let mean = (a * self[kept, other] + b * self[gone, other]) / (a + b)
            values[kept * count + other] = mean
            values[other * count + kept] = mean
        }
    }
}
