import Bytes

/// Cells that are alike as far as the scan can tell: of each stratum so many are drawn, each with the same chance.
package struct AuditStratum: Hashable, Sendable, Codable {
    package let kind: AuditScene.Kind
    /// Of the best detection or box in its cells; `nil` for any.
    package let label: Int?
    /// Cells of this kind and label with lower scores are in the strata after this one.
    package let lowestScore: Float
    /// In all scenes.
    package let cellCount: Int
    /// By how much the scan may be wrong about a cell, before anybody looked: a standard deviation, in objects.
    package let expectedDeviation: Double
    /// Drawn.
    package var sampledCount: Int

    /// The chance with which each of its cells was drawn.
    package var inclusionProbability: Double { Double(sampledCount) / Double(max(1, cellCount)) }

    package init(
        kind: AuditScene.Kind, label: Int?, lowestScore: Float, cellCount: Int, expectedDeviation: Double,
        sampledCount: Int = 0
    ) {
        self.kind = kind
        self.label = label
        self.lowestScore = lowestScore
        (self.cellCount, self.sampledCount) = (cellCount, sampledCount)
        self.expectedDeviation = expectedDeviation
    }

    func holds(_ cell: Int, of scene: AuditScene) -> Bool {
        scene.kind(ofCell: cell) == kind && (label ?? scene.label(ofCell: cell)) == scene.label(ofCell: cell)
            && scene.score(ofCell: cell) >= lowestScore
    }
}

/// A cell that was drawn.
package struct AuditUnit: Hashable, Sendable, Codable {
    /// Its place in the list of scenes.
    package let scene: Int
    package let cell: Int
    /// Its place in the list of strata.
    package let stratum: Int

    package init(scene: Int, cell: Int, stratum: Int) {
        self.scene = scene
        self.cell = cell
        self.stratum = stratum
    }
}

/// Which cells of some scenes an audit looks at: a random sample, stratified by what the scan says about each cell.
///
/// A larger audit of the same seed holds a smaller one's cells, as long as the strata stay: then it goes on with it.
package struct AuditPlan: Hashable, Sendable, Codable {
    /// Cells of an audit, at least: fewer say too little.
    package static let leastCount = 20
    package static let greatestCount = 100_000

    package let seed: UInt64
    package private(set) var strata: [AuditStratum]

    /// More labels than this share their strata.
    private static let separateLabelCount = 6
    /// Smaller audits have one stratum for each kind and label.
    private static let smallCount = 100
    /// The part of the objects that is taken to be where no window reaches the floor, before anybody looked.
    private static let missedShare = 0.1

    /// Makes strata and decides how many cells of each are drawn.
    ///
    /// - Parameter count: of cells that are to be drawn; where there are fewer, all are.
    package init(of scenes: [AuditScene], count: Int, seed: UInt64) {
        self.seed = seed
        strata = Self.strata(of: scenes, hasOneEach: count < Self.smallCount)
        allocate(count)
    }

    /// The same strata and numbers with another seed.
    package init(_ plan: AuditPlan, seed: UInt64) { (self.seed, strata) = (seed, plan.strata) }

    /// Draws more cells.
    ///
    /// - Parameter count: of all cells, with those before; at least as many.
    package mutating func extend(to count: Int) { allocate(count) }

    /// In the sample.
    package var count: Int { strata.reduce(0) { $0 + $1.sampledCount } }

    // MARK: - Strata

    /// A cell of a kind, while strata are made.
    private struct Scored {
        var score: Float
        /// What its detection or box is worth: the variance of an object that is there with the chance that the score gives. Scores near
        /// 0 and 1 promise more than models keep.
        var variance: Double { min(0.25, max(0.03, Double(score) * (1 - Double(score)))) }
    }

    private static func strata(of scenes: [AuditScene], hasOneEach: Bool) -> [AuditStratum] {
        var found: [Int: [Scored]] = [:]
        var near: [Scored] = []
        var counts: [AuditScene.Kind: Int] = [:]
        for scene in scenes {
            for cell in 0..<scene.cells.count {
                guard let kind = scene.kind(ofCell: cell) else { continue }
                counts[kind, default: 0] += 1
                let scored = Scored(score: scene.score(ofCell: cell))
                switch kind {
                case .found: found[scene.label(ofCell: cell), default: []].append(scored)
                case .near: near.append(scored)
                case .beside, .below: break
                }
            }
        }
        let isSeparate = found.count <= separateLabelCount
        let groups: [(label: Int?, cells: [Scored])] =
            isSeparate
            ? found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            : [(nil, found.values.flatMap(\.self))]
        // A rare class would get hardly any cells by its part of all errors, and half of them for an error as small as that of a common
        // one: the square root lies between (Bankier, 1988).
        let meanCount = Double(counts[.found] ?? 0) / Double(max(1, groups.count))
        var strata = groups.flatMap { group in
            let weight = (meanCount / Double(max(1, group.cells.count))).squareRoot()
            return Self.strata(.found, group.label, group.cells, weight: weight, hasOneEach: hasOneEach)
        }
        strata += Self.strata(.near, nil, near, weight: 1, hasOneEach: hasOneEach)
        let expected = Double(counts[.found] ?? 0) + near.reduce(0) { $0 + Double($1.score) }
        for kind in [AuditScene.Kind.beside, .below] {
            guard let count = counts[kind] else { continue }
            let share = min(0.25, max(1e-4, missedShare * expected / Double(count)))
            strata.append(
                AuditStratum(
                    kind: kind, label: nil, lowestScore: 0, cellCount: count,
                    expectedDeviation: share.squareRoot()))
        }
        return strata
    }

    /// Cuts cells of a kind by their scores, so that each part has about the same expected error.
    private static func strata(
        _ kind: AuditScene.Kind, _ label: Int?, _ cells: [Scored], weight: Double, hasOneEach: Bool
    ) -> [AuditStratum] {
        guard !cells.isEmpty else { return [] }
        let sorted = cells.sorted { $0.score > $1.score }
        let partCount = hasOneEach || cells.count < 30 ? 1 : cells.count < 60 ? 2 : 3
        let total = sorted.reduce(0) { $0 + $1.variance.squareRoot() }
        var strata: [AuditStratum] = []
        var (first, sum) = (0, 0.0)
        for place in sorted.indices {
            sum += sorted[place].variance.squareRoot()
            let isLast = place + 1 == sorted.count
            let isFull = sum >= total * Double(strata.count + 1) / Double(partCount)
            // Cells of one score stay together.
            guard
                isLast
                    || isFull && strata.count + 1 < partCount
                        && sorted[place].score != sorted[place + 1].score
            else { continue }
            let part = sorted[first...place]
            let variance = part.reduce(0) { $0 + $1.variance } / Double(part.count)
            strata.append(
                AuditStratum(
                    kind: kind, label: label, lowestScore: isLast ? 0 : sorted[place].score,
                    cellCount: part.count, expectedDeviation: weight * variance.squareRoot()))
            first = place + 1
        }
        return strata
    }

    // MARK: - Allocation

    /// Gives each next cell to the stratum where it lowers the expected variance of the count most, after each stratum has got some.
    ///
    /// - Source: Neyman (1934), in whole numbers by Wright's exact method (2012).
    private mutating func allocate(_ count: Int) {
        for index in strata.indices {
            var least = max(2, count / 25)
            // Whatever a model is worth, this much is looked at where it saw nothing.
            if strata[index].kind == .below { least = max(least, count / 5) }
            strata[index].sampledCount = max(
                strata[index].sampledCount, min(strata[index].cellCount, least))
        }
        var total = self.count
        while total < count {
            func gain(_ stratum: AuditStratum) -> Double {
                guard stratum.sampledCount < stratum.cellCount else { return -1 }
                let size = Double(stratum.sampledCount)
                let error = Double(stratum.cellCount) * stratum.expectedDeviation
                return error * error / (size * (size + 1))
            }
            guard let best = strata.indices.max(by: { gain(strata[$0]) < gain(strata[$1]) }),
                gain(strata[best]) >= 0
            else { return }
            strata[best].sampledCount += 1
            total += 1
        }
    }

    // MARK: - The draw

    /// The stratum of a cell; `nil` for one that is not looked at, or that no stratum holds.
    package func stratum(ofCell cell: Int, of scene: AuditScene) -> Int? {
        scene.kind(ofCell: cell) == nil ? nil : strata.firstIndex { $0.holds(cell, of: scene) }
    }

    /// Draws the cells, in an order in which they may be labelled: whoever stops early has a sample of nearly the same strata.
    ///
    /// - Parameter scenes: those of which the strata were made, in the same order.
    /// - Parameter earlier: how many were drawn of each stratum before: they come first.
    package func draw(from scenes: [AuditScene], after earlier: [Int] = []) -> [AuditUnit] {
        var drawn = strata.map { LowestNumbers(count: $0.sampledCount) }
        for (number, scene) in scenes.enumerated() {
            for cell in 0..<scene.cells.count {
                guard let stratum = stratum(ofCell: cell, of: scene) else { continue }
                var random = SplitMix64(seed: seed, stream: number, cell)
                drawn[stratum].add(random.next(), AuditUnit(scene: number, cell: cell, stratum: stratum))
            }
        }
        var ordered: [(part: Int, place: Double, unit: AuditUnit)] = []
        for (stratum, lowest) in drawn.enumerated() {
            let units = lowest.units
            let first = earlier.indices.contains(stratum) ? min(earlier[stratum], units.count) : 0
            var random = SplitMix64(seed: seed, stream: -1, stratum)
            for (place, unit) in units.enumerated() {
                let isEarlier = place < first
                let (start, count) = isEarlier ? (0, first) : (first, units.count - first)
                let shift = Double.random(in: 0..<1, using: &random)
                ordered.append((isEarlier ? 0 : 1, (Double(place - start) + shift) / Double(count), unit))
            }
        }
        return ordered.sorted { ($0.part, $0.place, $0.unit.stratum) < ($1.part, $1.place, $1.unit.stratum) }
            .map(\.unit)
    }
}

/// The units with the lowest of many random numbers.
private struct LowestNumbers {
    private let count: Int
    private var kept: [(number: UInt64, unit: AuditUnit)] = []
    /// Higher ones are not among the lowest.
    private var bound = UInt64.max

    init(count: Int) { self.count = count }

    mutating func add(_ number: UInt64, _ unit: AuditUnit) {
        guard count > 0, number <= bound else { return }
        kept.append((number, unit))
        guard kept.count >= 2 * count + 64 else { return }
        sortAndCut()
        bound = kept[kept.count - 1].number
    }

    private mutating func sortAndCut() {
        // Two equal numbers go by place.
        kept.sort {
            ($0.number, $0.unit.scene, $0.unit.cell) < ($1.number, $1.unit.scene, $1.unit.cell)
        }
        kept.removeLast(max(0, kept.count - count))
    }

    /// In the order of their numbers.
    var units: [AuditUnit] {
        var all = self
        all.sortAndCut()
        return all.kept.map(\.unit)
    }
}
