extension ConfusionMatrix {
    /// Classes that `seriated` can order: it takes 4 bytes for each row and column, 0.4 GB of so many.
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
        let shares = ConfusionShares(self)
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
            let joined = Self.joined(groups[kept] ?? [], groups[gone] ?? [], by: shares)
            similarities.join(kept, gone, sizes: (groups[kept]?.count ?? 0, groups[gone]?.count ?? 0))
            (groups[kept], groups[gone]) = (joined, nil)
            active.remove(gone)
        }
        return active.first.flatMap { groups[$0] } ?? []
    }

    /// Two groups one after the other, each turned or not: the two ends that meet are as similar as can be.
    private static func joined(_ a: [Int], _ b: [Int], by shares: ConfusionShares) -> [Int] {
        let ways: [(Float, [Int], [Int])] = [
            (shares[a[a.count - 1], b[0]], a, b),
            (shares[a[a.count - 1], b[b.count - 1]], a, b.reversed()),
            (shares[a[0], b[0]], a.reversed(), b),
            (shares[a[0], b[b.count - 1]], a.reversed(), b.reversed()),
        ]
        let best = ways.reduce(ways[0]) { $1.0 > $0.0 ? $1 : $0 }
        return best.1 + best.2
    }
}

/// How often two classes are taken for each other, from the cells that are not zero.
private struct ConfusionShares {
    /// Row by row, each by label.
    private let cells: [ConfusionMatrix.Cell]
    private var rowCounts: [Int]

    init(_ matrix: ConfusionMatrix) {
        cells = matrix.cells
        rowCounts = [Int](repeating: 0, count: matrix.classCount)
        for cell in cells { rowCounts[cell.truth] += cell.count }
    }

    /// Half of the share of the class's samples.
    func half(_ cell: ConfusionMatrix.Cell) -> Float { Float(cell.count) / Float(rowCounts[cell.truth]) / 2 }

    /// The mean of both shares: of one's samples that are taken for the other.
    subscript(_ a: Int, _ b: Int) -> Float { half(min(a, b), max(a, b)) + half(max(a, b), min(a, b)) }

    private func half(_ truth: Int, _ label: Int) -> Float {
        var (low, high) = (0, cells.count)
        while low < high {
            let middle = (low + high) / 2
            if (cells[middle].truth, cells[middle].label) < (truth, label) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < cells.count, cells[low].truth == truth, cells[low].label == label else { return 0 }
        return half(cells[low])
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
        let shares = ConfusionShares(matrix)
        for cell in matrix.cells where cell.truth != cell.label {
            let share = shares.half(cell)
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
