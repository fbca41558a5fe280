import Bytes
import Mining

extension SplitMix64 {
    mutating func float(_ range: ClosedRange<Float> = -1...1) -> Float { .random(in: range, using: &self) }
    mutating func int(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &self) }
}

extension FloatRows {
    static func random(_ count: Int, width: Int, _ random: inout SplitMix64) -> FloatRows {
        FloatRows((0..<count * width).map { _ in random.float() }, width: width)
    }

    func row(_ index: Int) -> [Float] { Array(values[index * width..<(index + 1) * width]) }
}

/// Candidates and a plan of any kind: with and without overlaps, groups, labels, equal rows and numbers that are not finite.
struct PickingCase {
    var candidates: Candidates
    var plan: PickPlan

    init(seed: UInt64, _ strategy: PickStrategy) {
        var random = SplitMix64(seed: seed)
        let count = random.int(0...120)
        let (width, classCount) = (random.int(1...9), random.int(1...5))
        var features = FloatRows.random(count, width: width, &random)
        var scores = Self.scores(count, classCount, &random)
        if Bool.random(using: &random), count > 0 {
            for row in 0..<count where random.int(0...3) == 0 {
                for column in 0..<width { features.values[row * width + column] = features.values[column] }
            }
        }
        if Bool.random(using: &random), count > 0 {
            features.values[random.int(0...count * width - 1)] = .nan
            features.values[random.int(0...count * width - 1)] = .infinity
            scores.values[random.int(0...count * classCount - 1)] = .nan
        }
        let reach = [60, 300, 2000].randomElement(using: &random) ?? 60
        let places = (0..<count).map { _ in Candidates.Place.random(reach: reach, &random) }
        let groups = (0..<count).map { _ in Int32(random.int(-10...30)) }
        let labels = (0..<count).map { _ in
            Int32(random.int(0...2) == 0 ? random.int(0...classCount - 1) : -1)
        }
        let hasScores = strategy.needsScores || Bool.random(using: &random)
        candidates = Candidates(
            count: count, features: features, scores: hasScores ? scores : nil,
            places: Bool.random(using: &random) ? places : [],
            groups: Bool.random(using: &random) ? groups : [],
            labels: strategy == .labelErrors || Bool.random(using: &random) ? labels : [],
            background: hasScores && Bool.random(using: &random) ? random.int(0...classCount - 1) : nil)
        plan = PickPlan(strategy, count: random.int(0...140), threads: 1)
        plan.seed = random.next()
        plan.greatestIoU = [0, 0.1, 0.5].randomElement(using: &random) ?? 0
        plan.skipsLabelledObjects = .random(using: &random)
        plan.balancesClasses = hasScores ? [nil, true, false].randomElement(using: &random) ?? nil : nil
    }

    /// Rows that sum to 1; of 20 different numbers, so that some are equal.
    static func scores(_ count: Int, _ width: Int, _ random: inout SplitMix64) -> FloatRows {
        let rows = (0..<count).flatMap { _ in
            let row = (0..<width).map { _ in Float(random.int(1...20)) }
            return row.map { $0 / row.reduce(0, +) }
        }
        return FloatRows(rows, width: width)
    }

    func picks() -> Picks { candidates.picks(plan) }

    var isBalanced: Bool {
        plan.balancesClasses
            ?? (candidates.scores != nil && plan.strategy != .labelErrors && plan.strategy != .random)
    }

    func isLabelled(_ item: Int) -> Bool { !candidates.labels.isEmpty && candidates.labels[item] >= 0 }

    /// Whether all numbers are finite that the plan uses.
    func isFinite(_ item: Int) -> Bool {
        let features = plan.strategy.needsFeatures ? candidates.features?.row(item) : nil
        return ((features ?? []) + (candidates.scores?.row(item) ?? [])).allSatisfy(\.isFinite)
    }

    /// Items that may be picked, as far as they alone decide it.
    var eligible: [Int] {
        let peaks = self.peaks
        return (0..<candidates.count).filter { item in
            guard peaks.contains(item), isLabelled(item) == (plan.strategy == .labelErrors), isFinite(item)
            else { return false }
            guard plan.skipsLabelledObjects, plan.strategy != .labelErrors else { return true }
            return !(0..<candidates.count).contains { isLabelled($0) && showSameObject($0, item) }
        }
    }

    /// Where there is a background, those that look most like an object, each without those that it suppresses.
    private var peaks: Set<Int> {
        let all = (0..<candidates.count).filter(isFinite)
        guard let background = candidates.background, !candidates.places.isEmpty,
            plan.strategy == .margin || plan.strategy == .entropy
        else { return Set(all) }
        func doubt(_ item: Int) -> Float { candidates.scores?.row(item)[background] ?? 0 }
        var peaks: [Int] = []
        for item in all.sorted(by: { (doubt($0), $0) < (doubt($1), $1) }) {
            let isSuppressed = peaks.contains {
                showSameGroup($0, item) || candidates.places[$0].iou(with: candidates.places[item]) > 0.1
            }
            if !isSuppressed { peaks.append(item) }
        }
        return Set(peaks)
    }

    private func showSameGroup(_ a: Int, _ b: Int) -> Bool {
        let groups = candidates.groups
        return !groups.isEmpty && groups[a] >= 0 && groups[a] == groups[b]
    }

    func showSameObject(_ a: Int, _ b: Int) -> Bool {
        let places = candidates.places
        if showSameGroup(a, b) { return true }
        guard !places.isEmpty, places[a].scene >= 0 else { return false }
        return places[a].iou(with: places[b]) > plan.greatestIoU
    }

    func predictedClass(_ item: Int) -> Int? {
        guard let row = candidates.scores?.row(item), let best = row.max() else { return nil }
        return row.firstIndex(of: best)
    }

    /// The picks of a ranking, without queues: in each turn, the first item of the ranking that may be picked.
    func plainPicks(ranking: [Int]) -> [Int] {
        var order: [Int?] = [nil]
        if isBalanced {
            let labels = candidates.labels.map { Int($0) }
            order = (0..<(candidates.scores?.width ?? 0)).sorted { a, b in
                (labels.filter { $0 == a }.count, a) < (labels.filter { $0 == b }.count, b)
            }
        }
        var left = ranking
        var picked: [Int] = []
        while picked.count < plan.count {
            let before = picked.count
            for turn in order where picked.count < plan.count {
                left.removeAll { item in picked.contains { showSameObject($0, item) } }
                guard let next = left.first(where: { turn == nil || predictedClass($0) == turn }) else {
                    continue
                }
                picked.append(next)
                left.removeAll { $0 == next }
            }
            if picked.count == before { break }
        }
        return picked
    }
}

extension Candidates.Place {
    /// Sizes and places that overlap often, also across zero; now and then no place at all.
    static func random(reach: Int, _ random: inout SplitMix64) -> Self {
        guard random.int(0...9) > 0 else { return .none }
        let (x, y) = (random.int(-reach...reach), random.int(-reach...reach))
        let side = random.int(0...9) == 0 ? 0...1000 : 0...60
        return Self(
            scene: Int32(random.int(0...1)), x0: Int32(x), y0: Int32(y), x1: Int32(x + random.int(side)),
            y1: Int32(y + random.int(side)))
    }
}
