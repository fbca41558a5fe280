import Bytes

/// Clusters of unit vectors, found by k-means.
///
/// - Source: S. Lloyd, *Least squares quantization in PCM*, 1982; first centres by greedy k-means++ (D. Arthur and
///   S. Vassilvitskii, 2007) with four trials for each centre. The centres are found in a sample, as Faiss does it.
package struct Clusters: Sendable {
    package private(set) var centres: FloatRows
    /// Half the square of each centre's length, in lanes as the panels have them; infinite where there is no centre.
    private var halfSquares: [Panels.Lanes] = []
    private var panels: Panels

    package init(centres: FloatRows) {
        self.centres = centres
        panels = Panels(centres)
        var halves = [Float](repeating: .infinity, count: panels.blockCount * 8)
        for centre in 0..<centres.count {
            var sum: Float = 0
            for value in centres.values[centre * centres.width..<(centre + 1) * centres.width] {
                sum += value * value
            }
            halves[centre] = sum / 2
        }
        halfSquares = (0..<panels.blockCount).map { block in
            Panels.Lanes((0..<8).map { halves[block * 8 + $0] })
        }
    }

    /// Finds clusters in a sample.
    ///
    /// - Parameter sample: unit vectors, at least one.
    /// - Parameter count: how many clusters; there are fewer where the sample has fewer different vectors.
    package init(in sample: FloatRows, count: Int, seed: UInt64, threads: Int) {
        self.init(centres: Self.firstCentres(in: sample, count: count, seed: seed))
        let features = UnitFeatures(ofUnitLength: sample)
        var last: [Int32] = []
        for _ in 0..<Self.greatestRoundCount {
            let nearest = nearestCentres(of: features, threads: threads)
            if nearest == last { return }
            self = Clusters(centres: means(of: sample, nearest))
            last = nearest
        }
    }

    /// Bounds the time. The centres need not be exact: they only spread the picks.
    private static let greatestRoundCount = 12

    /// The mean of each cluster's vectors. A cluster without any keeps its centre.
    private func means(of sample: FloatRows, _ nearest: [Int32]) -> FloatRows {
        let width = sample.width
        var sums = [Double](repeating: 0, count: centres.values.count)
        var counts = [Int](repeating: 0, count: centres.count)
        for (row, cluster) in nearest.enumerated() {
            counts[Int(cluster)] += 1
            for column in 0..<width {
                sums[Int(cluster) * width + column] += Double(sample.values[row * width + column])
            }
        }
        var means = centres
        for cluster in 0..<centres.count where counts[cluster] > 0 {
            for index in cluster * width..<(cluster + 1) * width {
                means.values[index] = Float(sums[index] / Double(counts[cluster]))
            }
        }
        return means
    }

    /// The number of the nearest centre for each vector; the smaller of two equally near; -1 for a vector that is not finite.
    ///
    /// O(*items* · *centres* · *width*).
    package func nearestCentres(of features: UnitFeatures, threads: Int) -> [Int32] {
        concurrentArray(features.rows.count, repeating: -1, size: 1024, threads: threads) { range, result in
            panels.forEachQuery(range, of: features.rows) { position, dots in
                let factor = features.factors[range.lowerBound + position]
                if !factor.isNaN { result[position] = nearest(dots, factor: factor) }
            }
        }
    }

    /// The centre with the smallest distance has the largest x·c − |c|²/2.
    private func nearest(_ dots: UnsafeMutableBufferPointer<Panels.Lanes>, factor: Float) -> Int32 {
        var best = Panels.Lanes(repeating: -.infinity)
        var bestBlock = SIMD8<Int32>(repeating: 0)
        halfSquares.withUnsafeBufferPointer { halfSquares in
            for block in 0..<halfSquares.count {
                let values = dots[block] * factor - halfSquares[block]
                let isBetter = values .> best
                best.replace(with: values, where: isBetter)
                bestBlock.replace(with: SIMD8(repeating: Int32(truncatingIfNeeded: block)), where: isBetter)
            }
        }
        var result: (value: Float, centre: Int32) = (-.infinity, 0)
        for lane in 0..<8 {
            let centre = bestBlock[lane] * 8 + Int32(lane)
            if best[lane] > result.value || best[lane] == result.value && centre < result.centre {
                result = (best[lane], centre)
            }
        }
        return result.centre
    }

    /// Greedy k-means++: the first centre is random. For each further one, four vectors are drawn, each as likely as the square
    /// of its distance to the nearest centre; the one that leaves the smallest sum of squares becomes a centre.
    private static func firstCentres(in sample: FloatRows, count: Int, seed: UInt64) -> FloatRows {
        var random = SplitMix64(seed: seed)
        let panels = Panels(sample)
        var squares = DistanceSquares(panels)
        var trials = [random.below(sample.count)]
        var chosen: [UInt32] = []
        repeat {
            var best = (squares: squares, trial: trials[0])
            best.squares.total = .infinity
            panels.forEachQuery(trials, of: sample) { trial, dots in
                let left = squares.after(dots)
                if left.total < best.squares.total { best = (left, trials[trial]) }
            }
            squares = best.squares
            chosen.append(UInt32(best.trial))
            trials = (0..<4).map { _ in squares.row(at: random.unit() * squares.total) }
        } while chosen.count < min(count, sample.count) && squares.total > 0
        return UnitFeatures(ofUnitLength: sample).gathered(chosen)
    }
}

/// The square of each vector's distance to the nearest centre.
private struct DistanceSquares {
    /// 0 in lanes without a vector.
    private var lanes: [Panels.Lanes]
    var total = Double.infinity
    private let count: Int

    /// Squares below this are rounding errors of equal vectors.
    private static let rounding: Float = 1e-6

    init(_ panels: Panels) {
        count = panels.count
        lanes = .init(repeating: .init(repeating: 4), count: panels.blockCount)
        for lane in count..<lanes.count * 8 { lanes[lane / 8][lane % 8] = 0 }
    }

    /// - Parameter dots: of all vectors with one more centre.
    func after(_ dots: UnsafeMutableBufferPointer<Panels.Lanes>) -> DistanceSquares {
        var result = self
        result.total = 0
        for block in dots.indices {
            var distances = 2 - 2 * dots[block]
            distances.replace(with: 0, where: distances .< Self.rounding)
            result.lanes[block] = pointwiseMin(distances, lanes[block])
            result.total += Double(result.lanes[block].sum())
        }
        return result
    }

    /// The vector in which the running sum of squares passes `target`.
    func row(at target: Double) -> Int {
        var left = target
        var block = 0
        while block < lanes.count - 1, left >= Double(lanes[block].sum()) {
            left -= Double(lanes[block].sum())
            block += 1
        }
        var lane = 0
        while block * 8 + lane < count - 1, lane < 7, left >= Double(lanes[block][lane]) {
            left -= Double(lanes[block][lane])
            lane += 1
        }
        return block * 8 + lane
    }
}
