package import Files
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
    /// Samples that the covariance comes from: the first ones, unvaried; those that cannot be read are passed over.
    static let sampleCount = 2000
    /// Patches of a sample in each direction, at most: with them a 7x7 stem takes seconds, not minutes.
    static let placeLimit = 16
    /// Added to each eigenvalue, in units of the preprocessed pixels.
    static let epsilon = 1e-2

    /// - Parameter shape: of the weights, `[K, 3, R, R]`, K even and at most twice the numbers of a patch.
    /// - Returns: the weights.
    /// - Throws: `RecordsError` where none of the samples can be read: why the last cannot; `Cancelled`.
    package static func weights(
        shape: [Int], source: any SampleSource, side: Int, preprocessing: Preprocessing,
        cancellation: Cancellation = Cancellation()
    ) throws -> Tensor {
        let (size, half) = (shape[2], shape[0] / 2)
        let patchCount = 3 * size * size
        precondition(shape.count == 4 && shape[1] == 3 && half * 2 == shape[0] && half <= patchCount)
        let covariance = try covariance(
            of: source, side: side, size: size, preprocessing, cancellation)
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
        of source: any SampleSource, side: Int, size: Int, _ preprocessing: Preprocessing,
        _ cancellation: Cancellation
    ) throws -> SymmetricMatrix {
        let count = 3 * size * size
        var sums = [Double](repeating: 0, count: count * count)
        var patch = [Double](repeating: 0, count: count)
        var patches = 0
        let places = places(side: side, size: size)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var failure: RecordsError?
        for sample in 0..<min(sampleCount, source.count) {
            if cancellation.isRequested { throw Cancelled() }
            var target = pixels.mutableSpan
            let variation = Variation(.none, seed: 0, epoch: 0, position: sample)
            do throws(RecordsError) {
                try source.write(
                    sample, varied: variation, side: side, into: &target, cancellation: cancellation)
            } catch {
                if cancellation.isRequested { throw Cancelled() }
                // The loader tells of it when its turn comes.
                failure = error
                continue
            }
            for y in places {
                for x in places {
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
        if patches == 0, let failure { throw failure }
        return SymmetricMatrix(count: count, lower: sums.map { $0 / Double(max(1, patches)) })
    }

    /// Where patches begin in a row or a column of pixels: at every other one, which says as much as at each, or at
    /// fewer where these were more than `placeLimit`.
    package static func places(side: Int, size: Int) -> StrideThrough<Int> {
        let step = max(2, (side - size + placeLimit - 1) / (placeLimit - 1))
        return stride(from: 0, through: side - size, by: step)
    }
}
