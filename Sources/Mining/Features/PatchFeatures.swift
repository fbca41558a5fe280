import Bytes

/// Features of small pictures, learnt from these pictures alone: no labels, no network.
///
/// 1. Patches of 6 by 6 pixels are brought to one brightness and contrast, and whitened.
/// 2. Spherical k-means finds 32 typical patches, the filters.
/// 3. A picture's feature is how strongly its patches are like a filter, or like its negative, on average over a quarter of
///    the picture: 2 · 32 · 4 = 256 numbers. Each has the mean 0 and the deviation 1 over all pictures.
///
/// Measured on CIFAR-10: ten nearest neighbours by these features give the right class to 52 % of the test pictures. More filters
/// do not help: 54 % with 64 of them, 51 % with 128.
///
/// - Source: A. Coates and A. Ng, *Learning feature representations with k-means*, 2012; the constants 10 (contrast), 0.1
///   (whitening) and 0.5 (threshold) are theirs, for pixels of 0...255.
package struct PatchFeatures: Sendable {
    /// Pictures have this side, in pixels.
    package static let side = 32
    /// Numbers of a picture: `[32, 32, 3]`.
    package static let pictureCount = side * side * 3
    /// Numbers in a feature vector.
    package static let width = 4 * 2 * filterCount

    private static let patchSide = 6
    private static let patchCount = patchSide * patchSide * 3
    private static let filterCount = 32
    private static let step = 2
    /// Patches in a row of a picture.
    private static let across = (side - patchSide) / step + 1
    /// Patches that the filters are learnt from, at most.
    private static let sampleLimit = 60_000
    private static let roundCount = 10
    private static let threshold: Float = 0.5

    /// For whole patches: whitening and filter in one.
    private let filters: Panels
    /// What a mean patch has with each filter.
    private let offsets: [Float]

    /// Learns the filters.
    ///
    /// - Parameter picturesNHWC: `[N, 32, 32, 3]`, at least one picture.
    package init(learningFrom picturesNHWC: [UInt8], seed: UInt64) {
        let count = picturesNHWC.count / Self.pictureCount
        precondition(
            count > 0 && picturesNHWC.count.isMultiple(of: Self.pictureCount), "these are no pictures")
        var random = SplitMix64(seed: seed)
        var patches = FloatRows([], width: Self.patchCount)
        // Of a few pictures all patches would be alike.
        for _ in 0..<min(Self.sampleLimit, count * Self.across * Self.across) {
            let picture = random.below(count)
            let (x, y) = (
                random.below(Self.side - Self.patchSide + 1), random.below(Self.side - Self.patchSide + 1)
            )
            Self.appendPatch(of: picturesNHWC, picture, x: x, y: y, to: &patches.values)
        }
        let whitening = Whitening(patches)
        let white = whitening.applied(to: patches)
        let found = Self.filters(in: white, &random)
        let folded = whitening.applied(toFilters: found)
        filters = Panels(folded)
        offsets = (0..<Self.filterCount).map { filter in
            (0..<Self.patchCount).reduce(0) {
                $0 + whitening.mean[$1] * folded.values[filter * Self.patchCount + $1]
            }
        }
    }

    /// The features of pictures, `[N, 256]`. A picture costs 0.6 million products.
    ///
    /// - Parameter picturesNHWC: `[N, 32, 32, 3]`.
    package func features(of picturesNHWC: [UInt8], threads: Int) -> FloatRows {
        let count = picturesNHWC.count / Self.pictureCount
        let width = Self.width
        let rows = concurrentArray(
            count, repeating: [Float](), size: 64, threads: threads
        ) { range, result in
            for picture in range {
                result[picture - range.lowerBound] = rawFeatures(of: picturesNHWC, picture)
            }
        }
        var values = rows.flatMap { $0 }
        for column in 0..<width {
            var (sum, squares) = (0.0, 0.0)
            for row in 0..<count {
                let value = Double(values[row * width + column])
                sum += value
                squares += value * value
            }
            let mean = sum / Double(max(count, 1))
            let deviation = max(squares / Double(max(count, 1)) - mean * mean, 0).squareRoot() + 1e-3
            for row in 0..<count {
                let value = Double(values[row * width + column])
                values[row * width + column] = Float((value - mean) / deviation)
            }
        }
        return FloatRows(values, width: width)
    }

    private func rawFeatures(of picturesNHWC: [UInt8], _ picture: Int) -> [Float] {
        let (across, half) = (Self.across, Self.across / 2)
        var patches: [Float] = []
        patches.reserveCapacity(across * across * Self.patchCount)
        for row in 0..<across {
            for column in 0..<across {
                Self.appendPatch(
                    of: picturesNHWC, picture, x: column * Self.step, y: row * Self.step, to: &patches)
            }
        }
        let rows = FloatRows(patches, width: Self.patchCount)
        var sums = [Float](repeating: 0, count: Self.width)
        filters.forEachQuery(0..<rows.count, of: rows) { position, dots in
            let (row, column) = (position / across, position % across)
            let quarter = (row < half ? 0 : 2) + (column < half ? 0 : 1)
            let first = quarter * 2 * Self.filterCount
            for filter in 0..<Self.filterCount {
                let value = dots[filter / 8][filter % 8] - offsets[filter]
                sums[first + filter] += max(value - Self.threshold, 0)
                sums[first + Self.filterCount + filter] += max(-value - Self.threshold, 0)
            }
        }
        let patchCount = Float(half * half)
        return sums.map { $0 / patchCount }
    }

    /// Appends a patch with the mean 0 and about the deviation 1.
    private static func appendPatch(
        of picturesNHWC: [UInt8], _ picture: Int, x: Int, y: Int, to patches: inout [Float]
    ) {
        let start = patches.count
        var (sum, squares): (Float, Float) = (0, 0)
        for row in y..<y + patchSide {
            let first = picture * pictureCount + (row * side + x) * 3
            for index in first..<first + patchSide * 3 {
                let value = Float(picturesNHWC[index])
                patches.append(value)
                sum += value
                squares += value * value
            }
        }
        let mean = sum / Float(patchCount)
        let factor = 1 / (max(squares / Float(patchCount) - mean * mean, 0) + 10).squareRoot()
        for index in start..<patches.count { patches[index] = (patches[index] - mean) * factor }
    }

    /// Spherical k-means: a filter is a direction, and a patch counts for the filter that it is most like, with its sign.
    private static func filters(in white: FloatRows, _ random: inout SplitMix64) -> FloatRows {
        var filters = FloatRows(
            (0..<filterCount * patchCount).map { _ in random.normal() }, width: patchCount)
        filters.scaleToUnitLength()
        for _ in 0..<roundCount {
            var sums = [Float](repeating: 0, count: filters.values.count)
            Panels(filters).forEachQuery(0..<white.count, of: white) { patch, dots in
                var (best, bestValue): (Int, Float) = (0, 0)
                for filter in 0..<filterCount where abs(dots[filter / 8][filter % 8]) > abs(bestValue) {
                    (best, bestValue) = (filter, dots[filter / 8][filter % 8])
                }
                for index in 0..<patchCount {
                    sums[best * patchCount + index] += bestValue * white.values[patch * patchCount + index]
                }
            }
            var next = FloatRows(sums, width: patchCount)
            next.scaleToUnitLength(keeping: filters)
            filters = next
        }
        return filters
    }
}

/// What makes patches uncorrelated: x ↦ (x − mean) · W with W = (C + 0.1)^(−1/2), where C is their covariance.
private struct Whitening {
    private(set) var mean: [Float]
    /// `[width, width]`, symmetric.
    private let matrix: FloatRows

    init(_ rows: FloatRows) {
        let (width, count) = (rows.width, max(rows.count, 1))
        var sums = [Double](repeating: 0, count: width)
        for row in 0..<rows.count {
            for column in 0..<width { sums[column] += Double(rows.values[row * width + column]) }
        }
        let mean = sums.map { Float($0 / Double(count)) }
        self.mean = mean
        // In Float, sample by sample: rounding does not matter beside the 0.1.
        var products = [Double](repeating: 0, count: width * width)
        for row in 0..<rows.count {
            let centred = (0..<width).map { rows.values[row * width + $0] - mean[$0] }
            for first in 0..<width {
                let factor = centred[first]
                for second in first..<width {
                    products[first * width + second] += Double(factor * centred[second])
                }
            }
        }
        var covariance = SymmetricMatrix(side: width)
        for first in 0..<width {
            for second in first..<width {
                covariance.set(first, second, to: products[first * width + second] / Double(count))
            }
        }
        let eigen = covariance.eigenvectors()
        var values = [Float](repeating: 0, count: width * width)
        for first in 0..<width {
            for second in 0..<width {
                var sum = 0.0
                for index in 0..<width {
                    sum +=
                        eigen.vectors[first * width + index] * eigen.vectors[second * width + index]
                        / (max(eigen.values[index], 0) + 0.1).squareRoot()
                }
                values[first * width + second] = Float(sum)
            }
        }
        matrix = FloatRows(values, width: width)
    }

    func applied(to rows: FloatRows) -> FloatRows {
        let width = rows.width
        var centred = rows
        for index in centred.values.indices { centred.values[index] -= mean[index % width] }
        return applied(toFilters: centred)
    }

    /// Without the mean.
    func applied(toFilters rows: FloatRows) -> FloatRows {
        let width = rows.width
        var result = rows
        Panels(matrix).forEachQuery(0..<rows.count, of: rows) { row, dots in
            for column in 0..<width { result.values[row * width + column] = dots[column / 8][column % 8] }
        }
        return result
    }
}

/// A symmetric matrix, and its eigenvectors by Jacobi's rotations.
package struct SymmetricMatrix: Sendable {
    package let side: Int
    private var values: [Double]

    package init(side: Int) {
        self.side = side
        values = .init(repeating: 0, count: side * side)
    }

    package mutating func set(_ row: Int, _ column: Int, to value: Double) {
        values[row * side + column] = value
        values[column * side + row] = value
    }

    package subscript(row: Int, column: Int) -> Double { values[row * side + column] }

    /// The eigenvectors are the columns of `vectors`, `[side, side]`. O(*side*³) for each of some eight sweeps.
    ///
    /// - Source: C. Jacobi, 1846; the rotation as in G. Golub and C. Van Loan, *Matrix computations*, 8.5.
    package func eigenvectors() -> (values: [Double], vectors: [Double]) {
        var rotated = self
        var vectors = [Double](repeating: 0, count: side * side)
        for index in 0..<side { vectors[index * side + index] = 1 }
        let size = values.reduce(0) { $0 + $1 * $1 }
        for _ in 0..<Self.sweepLimit where rotated.offDiagonal > 1e-18 * size {
            for row in 0..<side {
                for column in row + 1..<max(side, row + 1) { rotated.rotate(row, column, &vectors) }
            }
        }
        return ((0..<side).map { rotated[$0, $0] }, vectors)
    }

    private static let sweepLimit = 30

    /// The sum of the squares beside the diagonal.
    private var offDiagonal: Double {
        var sum = 0.0
        for row in 0..<side {
            for column in 0..<side where column != row { sum += self[row, column] * self[row, column] }
        }
        return sum
    }

    /// Makes the element at a row and a column 0.
    private mutating func rotate(_ p: Int, _ q: Int, _ vectors: inout [Double]) {
        let value = self[p, q]
        guard value != 0 else { return }
        let ratio = (self[q, q] - self[p, p]) / (2 * value)
        let tangent = (ratio >= 0 ? 1 : -1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for index in 0..<side {
            let (first, second) = (values[index * side + p], values[index * side + q])
            values[index * side + p] = cosine * first - sine * second
            values[index * side + q] = sine * first + cosine * second
        }
        for index in 0..<side {
            let (first, second) = (values[p * side + index], values[q * side + index])
            values[p * side + index] = cosine * first - sine * second
            values[q * side + index] = sine * first + cosine * second
        }
        for index in 0..<side {
            let (first, second) = (vectors[index * side + p], vectors[index * side + q])
            vectors[index * side + p] = cosine * first - sine * second
            vectors[index * side + q] = sine * first + cosine * second
        }
    }
}

extension FloatRows {
    /// - Parameter others: rows that are kept where there is none of a length.
    fileprivate mutating func scaleToUnitLength(keeping others: FloatRows? = nil) {
        for row in 0..<count {
            let part = row * width..<(row + 1) * width
            let length = values[part].reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 1e-6 else {
                if let others { values.replaceSubrange(part, with: others.values[part]) }
                continue
            }
            for index in part { values[index] /= length }
        }
    }
}

extension SplitMix64 {
    /// A number of the standard normal distribution, by the sum of twelve even ones: good enough for first directions.
    fileprivate mutating func normal() -> Float {
        Float((0..<12).reduce(0) { sum, _ in sum + unit() } - 6)
    }
}
