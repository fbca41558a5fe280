import Foundation
import Bytes
import Mining
import Testing

@Suite struct TypicalItemsTests {
    @Test(arguments: UInt64(0)..<40) func nearestCentresEqualThePlainSearch(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let width = random.int(1...20)
        var rows = FloatRows.random(random.int(1...60), width: width, &random)
        rows.values[0] = .nan
        let features = UnitFeatures(rows, threads: 1)
        let clusters = Clusters(centres: .random(random.int(1...30), width: width, &random))
        let nearest = clusters.nearestCentres(of: features, threads: 3)
        #expect(nearest == plainNearest(features, clusters.centres))
        #expect(nearest[0] == -1)
    }

    @Test(arguments: UInt64(0)..<40) func meanDistancesEqualThePlainSearch(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let rows = FloatRows.random(random.int(1...90), width: random.int(1...20), &random)
        let unit = UnitFeatures(rows, threads: 1).gathered(0..<UInt32(rows.count))
        #expect(
            Neighbourhood.meanDistances(unit) == plainMeanDistances((0..<unit.count).map { unit.row($0) }))
    }

    @Test(arguments: UInt64(0)..<20) func separateCrowdsBecomeClusters(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let crowds = (0..<600).map { $0 % 12 }
        let values = crowds.flatMap { crowd in
            (0..<12).map { random.float(-0.1...0.1) + ($0 == crowd ? 1 : 0) }
        }
        let features = UnitFeatures(FloatRows(values, width: 12), threads: 1)
        let sample = features.gathered(0..<600)
        let nearest = Clusters(in: sample, count: 12, seed: seed, threads: 2)
            .nearestCentres(of: features, threads: 2)
        #expect(Set(zip(crowds, nearest).map { "\($0) \($1)" }).count == 12)
    }

    @Test(arguments: UInt64(0)..<20) func centresAreTheMeansOfTheirClusters(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let features = UnitFeatures(.random(200, width: 2, &random), threads: 1)
        let sample = features.gathered(0..<200)
        let clusters = Clusters(in: sample, count: 3, seed: seed, threads: 1)
        let nearest = clusters.nearestCentres(of: features, threads: 1)
        for centre in 0..<3 {
            let members = (0..<200).filter { nearest[$0] == centre }
            let mean = members.reduce(0) { $0 + sample.row($1)[0] } / Float(members.count)
            #expect(abs(mean - clusters.centres.row(centre)[0]) < 0.1)
        }
    }

    @Test func picksTheMiddleOfEachCrowdTheLargestFirst() {
        // Angles around three directions; the third crowd has a label.
        var values: [Float] = []
        for (middle, count) in [(0.0, 21), (2.0, 31), (4.0, 41)] {
            for place in 0..<count {
                let offset = Double(place - count / 2)
                let angle = middle + offset * (4 + abs(offset)) * 0.0015
                values += [Float(cos(angle)), Float(sin(angle))]
            }
        }
        var candidates = Candidates(count: 93, features: FloatRows(values, width: 2))
        candidates.labels = (0..<93).map { $0 == 60 ? 0 : -1 }
        let picked = candidates.picks(PickPlan(.typicalFirst, count: 2, threads: 1)).picks.map(\.item)
        #expect(picked == [36, 10])
    }

    /// The whole strategy, of plain loops, where no cluster is large enough for a sample.
    @Test(arguments: UInt64(0)..<60) func equalsPlainTypiClust(seed: UInt64) {
        var given = PickingCase(seed: seed, .typicalFirst)
        given.plan.balancesClasses = false
        let usable = (0..<given.candidates.count).filter { given.isFinite($0) || given.isLabelled($0) }
        guard let rows = given.candidates.features, !given.eligible.isEmpty else { return }
        let features = UnitFeatures(rows, threads: 1)
        let labelled = usable.filter { given.isLabelled($0) && !features.factors[$0].isNaN }
        let free = usable.filter { !given.isLabelled($0) }
        // The sample is all, in the order of the random numbers; only the centres are taken from the fast version.
        let wanted = labelled.count + min(given.plan.count, free.count)
        guard wanted > 0 else { return }
        let sample = shuffled((free + labelled).map { UInt32($0) }, seed: given.plan.seed)
        let clusters = Clusters(
            in: features.gathered(sample.items), count: wanted, seed: sample.next, threads: 1)
        let nearest = plainNearest(features, clusters.centres)
        let picked = given.picks().picks.map(\.item)
        #expect(picked == plainTypicalPicks(given, features, nearest, clusters.centres.count))
    }
}

/// The sample of the strategy and the random number that follows it.
private func shuffled(_ items: [UInt32], seed: UInt64) -> (items: [UInt32], next: UInt64) {
    var (items, random) = (items, SplitMix64(seed: seed, stream: 0))
    for index in items.indices {
        let offset = random.next().multipliedFullWidth(by: UInt64(items.count - index)).high
        items.swapAt(index, index + Int(offset))
    }
    return (items, random.next())
}

private func plainNearest(_ features: UnitFeatures, _ centres: FloatRows) -> [Int32] {
    (0..<features.rows.count).map { item in
        let factor = features.factors[item]
        guard !factor.isNaN else { return -1 }
        var best: (value: Float, centre: Int32) = (-.infinity, 0)
        for centre in 0..<centres.count {
            let row = centres.row(centre)
            let value = plainDot(features.rows.row(item), row) * factor - plainDot(row, row) / 2
            if value > best.value { best = (value, Int32(centre)) }
        }
        return best.centre
    }
}

private func plainMeanDistances(_ rows: [[Float]]) -> [Float] {
    let count = min(20, max(rows.count / 2, 1), rows.count - 1)
    return rows.indices.map { row in
        let dots = rows.indices.filter { $0 != row }.map { plainDot(rows[row], rows[$0]) }.sorted(by: >)
        let sum = dots.prefix(count).reduce(Float(0)) { $0 + max(2 - 2 * $1, 0).squareRoot() }
        return count > 0 ? sum / Float(count) : 0
    }
}

private func plainTypicalPicks(
    _ given: PickingCase, _ features: UnitFeatures, _ nearest: [Int32], _ clusterCount: Int
) -> [Int] {
    let eligible = Set(given.eligible)
    var covered = (0..<clusterCount).map { cluster in
        nearest.indices.filter { nearest[$0] == cluster && given.isLabelled($0) }.count
    }
    let members = (0..<clusterCount).map { cluster in nearest.indices.filter { nearest[$0] == cluster } }
    let ranked = members.map { members in
        let unit = features.gathered(members.map { UInt32($0) })
        let distances = plainMeanDistances(members.indices.map { unit.row($0) })
        return members.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { members[$0] }
    }
    var picked: [Int] = []
    while picked.count < given.plan.count {
        let offers = ranked.map { items in
            items.first { item in
                eligible.contains(item) && !picked.contains(item)
                    && !picked.contains { given.showSameObject($0, item) }
            }
        }
        func key(_ cluster: Int) -> (Int, Int, Int, Int) {
            (members[cluster].count < 5 ? 1 : 0, covered[cluster], -members[cluster].count, cluster)
        }
        guard let best = (0..<clusterCount).filter({ offers[$0] != nil }).min(by: { key($0) < key($1) }),
            let item = offers[best]
        else { break }
        picked.append(item)
        covered[best] += 1
    }
    return picked
}
