package import Networks
package import Records

/// The first convolution as filters that whiten the data, so that what the network sees first has unit variance and no
/// correlation between its channels.
///
/// The filters are eigenvectors of the covariance of the preprocessed pixels' patches, those of the largest eigenvalues
/// first, over the roots of the eigenvalues; then the same with the other sign, as a ReLU follows. To be frozen.
///
/// - Source: Page, How to train your ResNet 8: bag of tricks, 2019 (there for 3x3 patches too).
package struct StemWhitening {
    /// Samples that the covariance comes from: the first ones, unvaried.
    static let sampleCount = 2000
    /// Added to each eigenvalue, in units of the preprocessed pixels.
    static let epsilon = 1e-2

    /// - Parameter shape: of the weights, `[K, 3, R, R]`, K even and at most twice the numbers of a patch.
    /// - Returns: the weights.
    /// - Throws: where a sample cannot be read.
    package static func weights(
        shape: [Int], source: any SampleSource, side: Int, preprocessing: Preprocessing
    ) throws(RecordsError) -> Tensor {
        let (size, half) = (shape[2], shape[0] / 2)
        let patchCount = 3 * size * size
        precondition(shape.count == 4 && shape[1] == 3 && half * 2 == shape[0] && half <= patchCount)
        let covariance = try covariance(of: source, side: side, size: size, preprocessing)
        let (values, vectors) = covariance.eigenpairs()
        var weights = Tensor(shape: shape, repeating: 0)
        for (filter, index) in values.indices.sorted(by: { values[$0] > values[$1] }).prefix(half)
            .enumerated()
        {
            let scale = 1 / (values[index] + epsilon).squareRoot()
            for i in 0..<patchCount {
                let weight = Float(vectors[index][i] * scale)
                weights.values[filter * patchCount + i] = weight
                weights.values[(half + filter) * patchCount + i] = -weight
            }
        }
        return weights
    }

    /// Of patches `[3, size, size]`, about zero.
    private static func covariance(
        of source: any SampleSource, side: Int, size: Int, _ preprocessing: Preprocessing
    ) throws(RecordsError) -> SymmetricMatrix {
        let count = 3 * size * size
        var sums = [Double](repeating: 0, count: count * count)
        var patch = [Double](repeating: 0, count: count)
        var patches = 0
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        for sample in 0..<min(sampleCount, source.count) {
            var target = pixels.mutableSpan
            let variation = Variation(.none, seed: 0, epoch: 0, position: sample)
            try source.write(sample, varied: variation, side: side, into: &target)
            // Every other patch of every other row says as much.
            for y in stride(from: 0, through: side - size, by: 2) {
                for x in stride(from: 0, through: side - size, by: 2) {
                    for i in 0..<count {
                        let (channel, row, column) = (i / (size * size), i / size % size, i % size)
                        let byte = pixels[((y + row) * side + x + column) * 3 + channel]
                        let (mean, deviation) = (
                            preprocessing.mean[channel], preprocessing.deviation[channel]
                        )
                        patch[i] = Double((Float(byte) - mean) / deviation)
                    }
                    for i in 0..<count {
                        for j in 0...i { sums[i * count + j] += patch[i] * patch[j] }
                    }
                    patches += 1
                }
            }
        }
        return SymmetricMatrix(count: count, lower: sums.map { $0 / Double(max(1, patches)) })
    }
}

/// A small symmetric matrix.
package struct SymmetricMatrix {
    package let count: Int
    private var values: [Double]

    /// - Parameter lower: `count * count` numbers row by row; those above the diagonal are not read.
    package init(count: Int, lower: [Double]) {
        precondition(lower.count == count * count)
        self.count = count
        values = lower
        for i in 0..<count {
            for j in 0..<i { values[j * count + i] = values[i * count + j] }
        }
    }

    package subscript(row: Int, column: Int) -> Double { values[row * count + column] }

    /// All eigenvalues, each with its eigenvector of unit length. O(*count*³) for each of a few sweeps.
    ///
    /// - Source: Jacobi's cyclic method; Golub and Van Loan, Matrix computations, section 8.5.
    package func eigenpairs() -> (values: [Double], vectors: [[Double]]) {
        var a = values
        var vectors = (0..<count).map { i in (0..<count).map { $0 == i ? 1.0 : 0 } }
        for _ in 0..<50 {
            var off = 0.0
            for p in 0..<count {
                for q in 0..<p { off += a[p * count + q] * a[p * count + q] }
            }
            if off < 1e-22 { break }
            for p in 0..<count {
                for q in p + 1..<max(p + 1, count) { rotate(&a, &vectors, p, q) }
            }
        }
        return ((0..<count).map { a[$0 * count + $0] }, vectors)
    }

    /// Makes the element at `p`, `q` zero.
    private func rotate(_ a: inout [Double], _ vectors: inout [[Double]], _ p: Int, _ q: Int) {
        let element = a[p * count + q]
        guard element != 0 else { return }
        let tau = (a[q * count + q] - a[p * count + p]) / (2 * element)
        let tangent = (tau < 0 ? -1 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = tangent * cosine
        for k in 0..<count {
            let (x, y) = (a[k * count + p], a[k * count + q])
            (a[k * count + p], a[k * count + q]) = (cosine * x - sine * y, sine * x + cosine * y)
        }
        for k in 0..<count {
            let (x, y) = (a[p * count + k], a[q * count + k])
            (a[p * count + k], a[q * count + k]) = (cosine * x - sine * y, sine * x + cosine * y)
            let (v, w) = (vectors[p][k], vectors[q][k])
            (vectors[p][k], vectors[q][k]) = (cosine * v - sine * w, sine * v + cosine * w)
        }
    }
}
