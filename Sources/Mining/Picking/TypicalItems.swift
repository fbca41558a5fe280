import Bytes

/// Typical items of clusters: the strategy `typicalFirst`.
///
/// 1. k-means finds as many clusters as there are labels and picks together, at most 500.
/// 2. In a cluster, an item is the more typical, the smaller its mean distance to its nearest neighbours is (`Neighbourhood`).
/// 3. Each pick is the most typical item that is left in the least covered cluster, the largest of several. A cluster is covered
///    by each of its labels and picks. Clusters of fewer than five items come last.
///
/// If classes take turns, a cluster belongs to the class of the item that it would give next.
///
/// - Source: G. Hacohen, A. Dekel, D. Weinshall, *Active learning on a budget: opposite strategies suit high and low budgets*
///   (TypiClust), 2022 (arXiv 2202.02794). The numbers 500 and 5 are those of the authors' code. The samples are ours.
struct TypicalItems: PickSource {
    private struct Cluster {
        var members: Neighbourhood
        var position = 0
        let size: Int
        var coveredCount: Int

        /// Which of two clusters gives the next pick.
        func isBefore(_ other: Cluster) -> Bool {
            let (isTiny, isOtherTiny) = (size < 5, other.size < 5)
            if isTiny != isOtherTiny { return isOtherTiny }
            if coveredCount != other.coveredCount { return coveredCount < other.coveredCount }
            return size > other.size
        }
    }

    private var clusters: [Cluster]
    private let turns: ClassTurns

    /// - Parameter items: with finite features and no label.
    /// - Parameter labelled: items with a label. They cover their clusters and are neighbours of others.
    init(
        _ items: [UInt32], labelled: [UInt32], of features: UnitFeatures, _ turns: ClassTurns,
        _ plan: PickPlan
    ) {
        self.turns = turns
        let labelled = labelled.filter { !features.factors[Int($0)].isNaN }
        let wanted = min(labelled.count + min(plan.count, items.count), 500)
        guard wanted > 0 else {
            clusters = []
            return
        }
        let found = Self.clusters(items + labelled, of: features, count: wanted, plan)
        let nearest = found.nearestCentres(of: features, threads: plan.threads)
        var members = [[UInt32]](repeating: [], count: found.centres.count)
        for (item, cluster) in nearest.enumerated() where cluster >= 0 {
            members[Int(cluster)].append(UInt32(item))
        }
        var coveredCounts = [Int](repeating: 0, count: members.count)
        for item in labelled { coveredCounts[Int(nearest[Int(item)])] += 1 }
        var isOffered = [Bool](repeating: false, count: nearest.count)
        for item in items { isOffered[Int(item)] = true }
        let sampleSize = Neighbourhood.sampleSize(clusterCount: members.count)
        let neighbourhoods = concurrentArray(
            members.count, repeating: Neighbourhood(), size: 1, threads: plan.threads
        ) { [members, isOffered] range, result in
            for cluster in range {
                var random = SplitMix64(seed: plan.seed, stream: 1, cluster)
                result[cluster - range.lowerBound] = Neighbourhood(
                    members[cluster], of: features, sampleSize: sampleSize, &random
                ) { isOffered[Int($0)] }
            }
        }
        clusters = members.indices.map {
            Cluster(members: neighbourhoods[$0], size: members[$0].count, coveredCount: coveredCounts[$0])
        }
    }

    /// Finds the centres in a seeded sample of the items.
    private static func clusters(
        _ items: [UInt32], of features: UnitFeatures, count: Int, _ plan: PickPlan
    ) -> Clusters {
        var items = items
        var random = SplitMix64(seed: plan.seed, stream: 0)
        let sampleSize = max(64 * count, 32768)
        random.moveSample(sampleSize, toFrontOf: &items)
        let sample = features.gathered(items.prefix(sampleSize))
        return Clusters(in: sample, count: count, seed: random.next(), threads: plan.threads)
    }

    mutating func next(ofClass turn: Int32?, _ taken: TakenObjects) -> Pick? {
        var best: Int?
        for index in clusters.indices {
            guard let item = offer(of: index, taken) else { continue }
            if let turn, turns.queueIndex(of: item) != turn { continue }
            if best.map({ clusters[index].isBefore(clusters[$0]) }) ?? true { best = index }
        }
        guard let best else { return nil }
        let position = clusters[best].position
        clusters[best].position += 1
        clusters[best].coveredCount += 1
        return clusters[best].members.pick(at: position)
    }

    /// The item that a cluster would give next.
    private mutating func offer(of index: Int, _ taken: TakenObjects) -> UInt32? {
        while clusters[index].position < clusters[index].members.items.count {
            let item = clusters[index].members.items[clusters[index].position]
            if !taken.contains(Int(item)) { return item }
            clusters[index].position += 1
        }
        return nil
    }
}
