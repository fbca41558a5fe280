import Bytes
import CKernels
import Testing

/// Every kernel of every variant against the portable one; whether that one is right, the engine's tests against the
/// reference engine tell.
struct KernelTests {
    private static let variants = [ts_avx2, ts_avx512, ts_avx512_vnni, ts_avx512_bf16].filter(ts_has_variant)
    /// Pixels and channels: whole rows of 64, rests, odd channels.
    private static let extents = [
        (1, 1), (7, 3), (4, 16), (5, 16), (300, 16), (33, 32), (9, 64), (5, 128), (3, 100),
    ]

    /// Activations in one of their types.
    private struct Activations {
        var isHalf: Bool
        var bytes: [UInt8]

        init(_ values: [Float], isHalf: Bool) {
            self.isHalf = isHalf
            bytes = isHalf ? [] : values.withUnsafeBytes { Array($0) }
            if isHalf {
                for value in values {
                    let half = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
                    bytes += [UInt8(half & 0xff), UInt8(half >> 8)]
                }
            }
        }

        var values: [Float] {
            bytes.withUnsafeBytes { raw in
                isHalf
                    ? raw.bindMemory(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
                    : Array(raw.bindMemory(to: Float.self))
            }
        }
    }

    /// What every kernel writes for random inputs, in one list.
    private static func results(_ variant: ts_variant, _ pixels: Int, _ channels: Int, isHalf: Bool)
        -> [Float]
    {
        let (kernels, count) = (ts_kernels_of(variant).pointee, pixels * channels)
        let passes = isHalf ? kernels.bf16 : kernels.f32
        var random = SplitMix64(seed: UInt64(pixels * 1000 + channels))
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -1...1, using: &random) } }
        func activations() -> Activations { Activations(floats(count), isHalf: isHalf) }
        let (x, dy, other) = (activations().bytes, activations().bytes, activations().bytes)
        let (a, b, k) = (floats(channels), floats(channels), floats(channels))
        var y = activations()
        var (sums, all) = ([Double](repeating: 0, count: 2 * channels), [Float]())
        func keep() { all += y.values }
        func keepSums() { all += sums.map(Float.init) }
        passes.affine(x, &y.bytes, pixels, channels, a, b, false); keep()
        passes.affine(x, &y.bytes, pixels, channels, a, b, true); keep()
        var z = activations()
        var quantised = [UInt8](repeating: 0, count: count)
        other.withUnsafeBytes { other in
            z.bytes.withUnsafeMutableBytes { z in
                quantised.withUnsafeMutableBufferPointer { quantised in
                    a.withUnsafeBufferPointer { a in
                        b.withUnsafeBufferPointer { b in
                            var finish = ts_finish(
                                bias: b.baseAddress, other: other.baseAddress, relu: false,
                                a: a.baseAddress, b: b.baseAddress, activated: z.baseAddress,
                                bytes: quantised.baseAddress, bytes_factor: 200)
                            passes.finish(x, &y.bytes, pixels, channels, &finish)
                        }
                    }
                }
            }
        }
        keep(); all += z.values
        // A rounding that falls the other way moves a byte by 1.
        all += quantised.map { Float($0) / 256 }
        passes.relu(x, &y.bytes, count); keep()
        passes.relu_gradient(dy, x, &y.bytes, count); keep()
        passes.add(x, dy, &y.bytes, count); keep()
        passes.moment_sums(x, pixels, channels, &sums); keepSums()
        passes.add_moment_sums(x, dy, &y.bytes, pixels, channels, &sums); keep(); keepSums()
        passes.gradient_sums(dy, x, pixels, channels, a, &sums); keepSums()
        passes.relu_gradient_sums(dy, other, x, &y.bytes, pixels, channels, a, &sums); keep(); keepSums()
        passes.affine_gradient(dy, x, nil, &y.bytes, pixels, channels, a, b, k); keep()
        passes.affine_gradient(dy, x, other, &y.bytes, pixels, channels, a, b, k); keep()
        var mean = [Float](repeating: 0, count: channels)
        passes.mean(x, &mean, pixels, channels); all += mean
        passes.mean_gradient(a, &y.bytes, pixels, channels); keep()
        let bytes = (0..<pixels * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        var normalised = Activations(floats(pixels * 3), isHalf: isHalf)
        passes.normalize(bytes, &normalised.bytes, pixels, [0.1, 0.2, 0.3], [1, 2, 3])
        return all + normalised.values
    }

    /// The kernels on weights, which are floats always.
    private static func weightResults(_ variant: ts_variant) -> [Float] {
        let (kernels, count) = (ts_kernels_of(variant).pointee, 100)
        var random = SplitMix64(seed: 3)
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -1...1, using: &random) } }
        var (y, v, sum) = (floats(count), floats(count), [Float](repeating: 0, count: 1))
        kernels.accumulate(0.3, floats(count), &y, count)
        var average = floats(count)
        for (nesterov, limit) in [(false, Float.infinity), (true, 0.5)] {
            var rule = ts_sgd(
                rate: 0.1, momentum: 0.9, decay: 0.01, factor: 0.7, limit: limit, average_decay: 0.8,
                nesterov: nesterov)
            kernels.sgd(&y, &v, floats(count), &average, count, &rule)
            kernels.sgd(&y, &v, floats(count), nil, count, &rule)
        }
        let squaredNorm = Float(kernels.squared_norm(floats(count), count))
        kernels.dense(floats(count), floats(count), [1], &sum, count, 1)
        var total = [Float](repeating: 0, count: 20)
        kernels.sum_arrays(floats(count), 20, 5, &total, 20)
        return y + v + average + sum + total + [squaredNorm]
    }

    @Test(arguments: variants) func weightKernelsAgreeWithThePortableOnes(variant: ts_variant) {
        for (a, b) in zip(Self.weightResults(variant), Self.weightResults(ts_portable)) {
            #expect(abs(a - b) <= 1e-5 * max(1, abs(b)))
        }
    }

    @Test(arguments: variants, extents)
    func everyVariantAgreesWithThePortableOne(variant: ts_variant, extent: (Int, Int)) {
        for isHalf in [false, true] {
            let expected = Self.results(ts_portable, extent.0, extent.1, isHalf: isHalf)
            let found = Self.results(variant, extent.0, extent.1, isHalf: isHalf)
            #expect(found.count == expected.count)
            // One unit in the last place of bf16 where a rounding falls the other way.
            let tolerance: Float = isHalf ? 0x1p-7 : 1e-5
            for (i, (a, b)) in zip(found, expected).enumerated() {
                #expect(abs(a - b) <= tolerance * max(1, abs(b)), "number \(i), half \(isHalf)")
            }
        }
    }

    @Test(arguments: variants, [false, true]) func poolingAgreesWithThePortableOne(
        variant: ts_variant, isHalf: Bool
    ) {
        for channels in [5, 48] {
            func results(_ variant: ts_variant) -> [Float] {
                let kernels = ts_kernels_of(variant).pointee
                let passes = isHalf ? kernels.bf16 : kernels.f32
                var random = SplitMix64(seed: 8)
                // Few distinct values, so that windows have ties.
                func activations(_ count: Int) -> Activations {
                    Activations(
                        (0..<count).map { _ in Float(Int.random(in: -2...2, using: &random)) }, isHalf: isHalf
                    )
                }
                var shape = ts_pooling(
                    images: 2, height: 7, width: 6, channels: channels, out_height: 4, out_width: 3, size: 3,
                    stride: 2, padding: 1)
                let (x, dy) = (activations(2 * 7 * 6 * channels), activations(2 * 4 * 3 * channels))
                var (y, dx) = (dy, x)
                passes.max_pool(x.bytes, &y.bytes, &shape)
                passes.max_pool_gradient(dy.bytes, x.bytes, &dx.bytes, &shape)
                return y.values + dx.values
            }
            #expect(results(variant) == results(ts_portable))
        }
    }

    @Test(arguments: variants, [(16, 16), (32, 16), (16, 48), (48, 48), (64, 64), (128, 64)])
    func winogradAgreesWithThePortableOne(variant: ts_variant, channels: (Int, Int)) {
        let (inputs, outputs) = channels
        func results(_ variant: ts_variant, block: Int, isGradient: Bool) -> [Float] {
            let kernels = ts_kernels_of(variant).pointee
            var random = SplitMix64(seed: 5)
            func floats(_ count: Int) -> [Float] {
                (0..<count).map { _ in .random(in: -1...1, using: &random) }
            }
            var shape = ts_convolution(images: 2, height: 7, width: 10, inputs: inputs, outputs: outputs)
            var transformed = [Float](repeating: 0, count: 36 * inputs * outputs)
            kernels.winograd_weights(
                floats(inputs * outputs * 9), floats(outputs), &transformed, inputs, outputs, isGradient)
            var scratch = [Float](repeating: 0, count: ts_winograd_gradient_scratch(&shape, block))
            let x = floats(2 * 7 * 10 * inputs)
            var (y, dw) = (floats(2 * 7 * 10 * outputs), floats(inputs * outputs * 9))
            kernels.f32.winograd(x, transformed, &y, &shape, nil, block, &scratch)
            kernels.f32.winograd_gradient_weights(x, y, &dw, true, &shape, block, &scratch)
            return y + dw
        }
        for isGradient in [false, true] {
            let expected = results(ts_portable, block: 8, isGradient: isGradient)
            let scale = expected.map(abs).max() ?? 0
            let found = results(variant, block: 8, isGradient: isGradient)
            for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-5 * scale) }
        }
    }

    /// The size of a block changes the speed only.
    @Test(arguments: variants + [ts_portable]) func winogradGivesTheSameBitsForAnyBlock(variant: ts_variant) {
        func result(block: Int) -> [Float] {
            let kernels = ts_kernels_of(variant).pointee
            var random = SplitMix64(seed: 5)
            func floats(_ count: Int) -> [Float] {
                (0..<count).map { _ in .random(in: -1...1, using: &random) }
            }
            var shape = ts_convolution(images: 3, height: 9, width: 8, inputs: 32, outputs: 32)
            var scratch = [Float](repeating: 0, count: ts_winograd_scratch(&shape, block))
            var y = floats(3 * 9 * 8 * 32)
            kernels.f32.winograd(floats(y.count), floats(36 * 32 * 32), &y, &shape, nil, block, &scratch)
            return y
        }
        #expect(result(block: 16) == result(block: 8))
        #expect(result(block: 64) == result(block: 8))
    }

    @Test(arguments: variants + [ts_portable]) func letsNaNThrough(variant: ts_variant) {
        let x = [Float](repeating: .nan, count: 20)
        var y = [Float](repeating: 0, count: 20)
        ts_kernels_of(variant).pointee.f32.relu(x, &y, 20)
        #expect(y.allSatisfy { $0.isNaN })
        ts_kernels_of(variant).pointee.f32.affine(x, &y, 1, 20, x, x, true)
        #expect(y.allSatisfy { $0.isNaN })
    }
}

/// A C enum is a plain number; clang's importer does not say that it may cross threads, and test arguments must.
extension ts_variant: @retroactive @unchecked Sendable {}
