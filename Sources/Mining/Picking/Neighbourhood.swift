package import Bytes

/// The items of a cluster that have no label, the most typical first.
///
/// The smaller the mean distance to the 20 nearest neighbours in the cluster, the more typical an item is; in a cluster of fewer
/// than 40 items, to the nearer half. In a large cluster this is computed for a random sample, within the sample; other items
/// follow in random order.
package struct Neighbourhood: Sendable {
    package private(set) var items: [UInt32] = []
    /// Mean distances of the first items, those in the sample.
    package private(set) var distances: [Float] = []

    /// As in the code of TypiClust.
    private static let neighbourCount = 20

    init() {}

    /// How many items of each cluster are compared with each other.
    ///
    /// All clusters together then have at most 2²⁸ pairs, which costs as much as comparing half a million items with 500 centres.
    static func sampleSize(clusterCount: Int) -> Int {
        max(512, Int(Double((1 << 28) / max(clusterCount, 1)).squareRoot()))
    }

    /// - Parameter members: of the cluster, with those that have a label; ascending.
    /// - Parameter isOffered: whether an item may be picked.
    package init(
        _ members: [UInt32], of features: UnitFeatures, sampleSize: Int, _ random: inout SplitMix64,
        isOffered: (UInt32) -> Bool
    ) {
        var members = members
        if members.count > sampleSize { random.moveSample(members.count, toFrontOf: &members) }
        let sample = members.prefix(sampleSize)
        let means = Self.meanDistances(features.gathered(sample))
        let offered = sample.indices.filter { isOffered(sample[$0]) }.sorted {
            (means[$0], members[$0]) < (means[$1], members[$1])
        }
        items = offered.map { members[$0] } + members.dropFirst(sampleSize).filter(isOffered)
        distances = offered.map { means[$0] }
    }

    func pick(at position: Int) -> Pick {
        Pick(
            item: Int(items[position]),
            value: position < distances.count ? distances[position] : nil)
    }

    /// The mean distance of each unit vector to its nearest others. O(*n*² · *width*).
    package static func meanDistances(_ rows: FloatRows) -> [Float] {
        let panels = Panels(rows)
        let neighbourCount = min(neighbourCount, max(rows.count / 2, 1), rows.count - 1)
        guard neighbourCount > 0 else { return .init(repeating: 0, count: rows.count) }
        var means = [Float](repeating: 0, count: rows.count)
        var nearest = LargestNumbers(count: neighbourCount)
        panels.forEachQuery(0..<rows.count, of: rows) { row, dots in
            // Neither the vector itself nor the lanes behind the last one.
            dots[row / 8][row % 8] = -.infinity
            for lane in rows.count..<panels.blockCount * 8 { dots[lane / 8][lane % 8] = -.infinity }
            nearest.find(in: dots)
            let distances = nearest.numbers.map { max(2 - 2 * $0, 0).squareRoot() }
            means[row] = distances.reduce(0, +) / Float(neighbourCount)
        }
        return means
    }
}

/// The largest of many numbers, in descending order.
private struct LargestNumbers {
    private(set) var numbers: [Float]

    init(count: Int) { numbers = .init(repeating: -.infinity, count: count) }

    mutating func find(in blocks: UnsafeMutableBufferPointer<Panels.Lanes>) {
        numbers.withUnsafeMutableBufferPointer { numbers in
            numbers.update(repeating: -.infinity)
            let last = numbers.count - 1
            for block in blocks where any(block .> numbers[last]) {
                for lane in 0..<8 where block[lane] > numbers[last] {
                    var place = last
                    while place > 0, numbers[place - 1] < block[lane] {
                        numbers[place] = numbers[place - 1]
                        place -= 1
                    }
                    numbers[place] = block[lane]
                }
            }
        }
    }
}
