import CKernels
import Pixels
import Testing

struct KernelTests {
    private static let variants = [ts_avx2, ts_avx512].filter(ts_has_variant)
    /// Pixels and channels: whole rows of 64, rests, odd channels.
    private static let extents = [
        (1, 1), (7, 3), (4, 16), (5, 16), (300, 16), (33, 32), (9, 64), (5, 128), (3, 100),
    ]

    /// What every kernel writes for random inputs, in one list.
    private static func results(_ variant: ts_variant, _ pixels: Int, _ channels: Int) -> [Double] {
        let (kernels, count) = (ts_kernels_of(variant).pointee, pixels * channels)
        var random = SplitMix64(seed: UInt64(pixels * 1000 + channels))
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -1...1, using: &random) } }
        let (x, dy, other) = (floats(count), floats(count), floats(count))
        let (a, b, k) = (floats(channels), floats(channels), floats(channels))
        var (y, z) = ([Float](repeating: 0, count: count), floats(count))
        var (sums, all) = ([Double](repeating: 0, count: 2 * channels), [Double]())
        func keepFloats() { all += y.map(Double.init) }
        kernels.affine(x, &y, pixels, channels, a, b, false); keepFloats()
        kernels.affine(x, &y, pixels, channels, a, b, true); keepFloats()
        kernels.relu(x, &y, count); keepFloats()
        kernels.relu_gradient(dy, x, &y, count); keepFloats()
        kernels.add(x, dy, &y, count); keepFloats()
        kernels.moment_sums(x, pixels, channels, &sums); all += sums
        kernels.add_moment_sums(x, dy, &y, pixels, channels, &sums); keepFloats(); all += sums
        kernels.gradient_sums(dy, x, pixels, channels, a, &sums); all += sums
        kernels.relu_gradient_sums(dy, other, x, &y, pixels, channels, a, &sums); keepFloats(); all += sums
        kernels.affine_gradient(dy, x, nil, &y, pixels, channels, a, b, k); keepFloats()
        kernels.affine_gradient(dy, x, other, &y, pixels, channels, a, b, k); keepFloats()
        kernels.accumulate(0.3, x, &y, count); keepFloats()
        kernels.sgd(&y, &z, dy, count, 0.1, 0.9, 0.01); keepFloats(); all += z.map(Double.init)
        kernels.dense(x, dy, a, &y, count, 1); all.append(Double(y[0]))
        if pixels > 1 { kernels.sum_arrays(x, channels, pixels, &y, channels); keepFloats() }
        let bytes = (0..<pixels * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        var normalised = [Float](repeating: 0, count: pixels * 3)
        kernels.normalize(bytes, &normalised, pixels, [1, 2, 3], [0.1, 0.2, 0.3])
        return all + normalised.map(Double.init)
    }

    @Test(arguments: variants, extents)
    func everyVariantAgreesWithThePortableOne(variant: ts_variant, extent: (Int, Int)) {
        let expected = Self.results(ts_portable, extent.0, extent.1)
        let found = Self.results(variant, extent.0, extent.1)
        #expect(found.count == expected.count)
        for (i, (a, b)) in zip(found, expected).enumerated() {
            #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "number \(i)")
        }
    }

    @Test(arguments: variants, [(16, 16), (32, 16), (16, 48), (64, 64)])
    func winogradAgreesWithThePortableOne(variant: ts_variant, channels: (Int, Int)) {
        func result(_ variant: ts_variant, isGradient: Bool) -> [Float] {
            let (kernels, (inputs, outputs)) = (ts_kernels_of(variant).pointee, channels)
            var random = SplitMix64(seed: 5)
            func floats(_ count: Int) -> [Float] {
                (0..<count).map { _ in .random(in: -1...1, using: &random) }
            }
            var transformed = [Float](repeating: 0, count: 16 * inputs * outputs)
            kernels.winograd_weights(floats(inputs * outputs * 9), &transformed, inputs, outputs, isGradient)
            var scratch = [Float](repeating: 0, count: 16 * ts_winograd_squares * (inputs + outputs))
            var y = [Float](repeating: 0, count: 2 * 7 * 10 * outputs)
            kernels.winograd(
                floats(2 * 7 * 10 * inputs), transformed, &y, 2, 7, 10, inputs, outputs, &scratch)
            return y
        }
        for isGradient in [false, true] {
            let pairs = zip(
                result(variant, isGradient: isGradient), result(ts_portable, isGradient: isGradient))
            for (a, b) in pairs { #expect(abs(a - b) < 1e-4) }
        }
    }

    @Test(arguments: variants + [ts_portable]) func letsNaNThrough(variant: ts_variant) {
        let x = [Float](repeating: .nan, count: 20)
        var y = [Float](repeating: 0, count: 20)
        ts_kernels_of(variant).pointee.relu(x, &y, 20)
        #expect(y.allSatisfy { $0.isNaN })
        ts_kernels_of(variant).pointee.affine(x, &y, 1, 20, x, x, true)
        #expect(y.allSatisfy { $0.isNaN })
    }
}

/// A C enum is a plain number; clang's importer does not say that it may cross threads, and test arguments must.
extension ts_variant: @retroactive @unchecked Sendable {}
