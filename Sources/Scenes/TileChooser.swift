import Bytes
import Files
import Pixels
import Records

/// Finds the tiles whose colours fit best, without using one again too soon.
///
/// Each tile is known by the mean colours of `detail` x `detail` parts. To choose, only the tiles whose overall mean is
/// nearest to the wanted one are compared part by part; they are listed once for each of 4096 cells of the colour cube.
struct TileChooser {
    private let tiles: [Int]
    /// Parts along a side.
    private let detail: Int
    /// `[tiles, detail, detail, 3]`.
    private let partColours: [UInt8]
    /// `[tiles]`.
    private let meanColours: [RGB]
    private let repeatDistance: Int
    private let maxRepeats: Int
    private var candidatesOfCell: [[Int32]?]
    private var useCount: [Int32]
    /// For each tile the last choice near which it stands.
    private var lastNear: [Int32]
    private var choiceCount: Int32 = 0
    private var random: SplitMix64
    private static let candidateCount = 512

    /// - Parameter tiles: those that may be used; choices are positions in this list.
    /// - Throws: `RecordsError`; `Cancelled`.
    init(
        _ tiles: [Int], pack: TilePack, detail: Int, plan: MosaicPlan, job: Job<MosaicProgress>
    ) throws {
        (self.tiles, self.detail) = (tiles, detail)
        var (partColours, meanColours): ([UInt8], [RGB]) = ([], [])
        let batchSize = 1024
        for start in stride(from: 0, to: tiles.count, by: batchSize) {
            try job.checkCancellation()
            let colours = try concurrentMap(min(batchSize, tiles.count - start)) {
                offset throws(RecordsError) in
                let tile = try pack.tile(tiles[start + offset])
                return (
                    parts: tile.downscaled(width: detail, height: detail),
                    mean: tile.downscaled(width: 1, height: 1)
                )
            }
            partColours += colours.flatMap { $0.parts.pixelsHWC }
            meanColours += colours.map { $0.mean[0, 0] }
        }
        (self.partColours, self.meanColours) = (partColours, meanColours)
        (repeatDistance, maxRepeats) = (plan.repeatDistance, plan.maxRepeats ?? Int.max)
        candidatesOfCell = Array(repeating: nil, count: 4096)
        useCount = Array(repeating: 0, count: tiles.count)
        lastNear = Array(repeating: -1, count: tiles.count)
        random = SplitMix64(seed: plan.seed, stream: 0)
    }

    /// - Parameter parts: the wanted colours, `[detail, detail, 3]`.
    /// - Parameter near: the choices that already stand close by.
    /// - Returns: a position in the list of tiles.
    mutating func choose(_ parts: [UInt8], near: some Sequence<Int32>) -> Int32 {
        for tile in near { lastNear[Int(tile)] = choiceCount }
        let candidates = candidates(for: Self.mean(parts))
        let best =
            best(of: candidates, parts, mayStandNear: false)
            ?? best(of: 0..<Int32(tiles.count), parts, mayStandNear: false)
            ?? best(of: 0..<Int32(tiles.count), parts, mayStandNear: true)
        guard let best else { preconditionFailure("more places than the tiles may fill") }
        useCount[Int(best)] += 1
        choiceCount += 1
        return best
    }

    /// A little chance is added, so that even areas show no pattern.
    private mutating func best(
        of candidates: some Sequence<Int32>, _ parts: [UInt8], mayStandNear: Bool
    ) -> Int32? {
        var best: Int32?
        var bestCost = Int.max
        for candidate in candidates {
            let tile = Int(candidate)
            guard mayStandNear || lastNear[tile] != choiceCount, Int(useCount[tile]) < maxRepeats else {
                continue
            }
            let chance = Int(random.next() >> 57) * detail * detail
            let cost = chance + distance(tile, parts)
            if cost < bestCost { (best, bestCost) = (candidate, cost) }
        }
        return best
    }

    /// Squared, summed over the parts.
    private func distance(_ tile: Int, _ parts: [UInt8]) -> Int {
        let start = tile * parts.count
        var sum = 0
        for i in 0..<parts.count {
            let difference = Int(partColours[start + i]) - Int(parts[i])
            sum += difference * difference
        }
        return sum
    }

    /// The tiles nearest to a colour, listed at its cell's first use.
    private mutating func candidates(for colour: RGB) -> [Int32] {
        let cell = Int(colour.red >> 4) << 8 | Int(colour.green >> 4) << 4 | Int(colour.blue >> 4)
        if let known = candidatesOfCell[cell] { return known }
        func fromMiddle(_ light: UInt8, _ wanted: UInt8) -> Int { Int(light) - (Int(wanted) / 16 * 16 + 8) }
        // Distance above, tile below, so that equal distances go by position.
        let keys = meanColours.enumerated().map { tile, mean in
            let r = fromMiddle(mean.red, colour.red)
            let g = fromMiddle(mean.green, colour.green)
            let b = fromMiddle(mean.blue, colour.blue)
            return (r * r + g * g + b * b) << 32 | tile
        }
        let nearest = keys.sorted().prefix(Self.candidateCount).map {
            Int32(truncatingIfNeeded: $0 & 0xFFFF_FFFF)
        }
        candidatesOfCell[cell] = nearest
        return nearest
    }

    private static func mean(_ parts: [UInt8]) -> RGB {
        var sums = (0, 0, 0)
        for i in stride(from: 0, to: parts.count, by: 3) {
            sums = (sums.0 + Int(parts[i]), sums.1 + Int(parts[i + 1]), sums.2 + Int(parts[i + 2]))
        }
        let count = parts.count / 3
        return RGB(UInt8(sums.0 / count), UInt8(sums.1 / count), UInt8(sums.2 / count))
    }
}
