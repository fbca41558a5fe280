import Bytes
import CKernels
import Testing

/// Convolutions of bytes: their sums are integers, so every variant is exact.
struct Int8KernelTests {
    private static let variants = [ts_portable, ts_avx2, ts_avx512, ts_avx512_vnni, ts_avx512_bf16]
        .filter(ts_has_variant)

    /// Shapes with blocks, rests and bands of all kinds.
    private static let shapes = [
        ts_int8_convolution(
            images: 2, height: 32, width: 32, inputs: 16, outputs: 16, size: 3, stride: 1, pixels: false),
        ts_int8_convolution(
            images: 3, height: 7, width: 7, inputs: 4, outputs: 64, size: 3, stride: 1, pixels: false),
        ts_int8_convolution(
            images: 1, height: 5, width: 17, inputs: 20, outputs: 32, size: 3, stride: 2, pixels: false),
        ts_int8_convolution(
            images: 2, height: 6, width: 9, inputs: 32, outputs: 48, size: 1, stride: 2, pixels: false),
        ts_int8_convolution(
            images: 2, height: 14, width: 14, inputs: 64, outputs: 128, size: 1, stride: 1, pixels: false),
        ts_int8_convolution(
            images: 1, height: 60, width: 60, inputs: 128, outputs: 16, size: 3, stride: 1, pixels: false),
        ts_int8_convolution(
            images: 2, height: 1, width: 1, inputs: 8, outputs: 16, size: 5, stride: 1, pixels: false),
    ]

    private struct Case {
        var shape: ts_int8_convolution
        var x: [UInt8]
        /// `[K, C, R, S]`, whole numbers; the largest of each output is 127.
        var weights: [Float]
        let height: Int
        let width: Int

        init(_ shape: ts_int8_convolution, x byte: (inout SplitMix64) -> UInt8) {
            self.shape = shape
            var random = SplitMix64(seed: 2)
            x = (0..<shape.images * shape.height * shape.width * shape.inputs).map { _ in byte(&random) }
            let perOutput = shape.inputs * shape.size * shape.size
            weights = (0..<shape.outputs * perOutput).map { i in
                i % perOutput == 0 ? 127 : Float(Int.random(in: -127...127, using: &random))
            }
            height = (shape.height + shape.size / 2 * 2 - shape.size) / shape.stride + 1
            width = (shape.width + shape.size / 2 * 2 - shape.size) / shape.stride + 1
        }

        var resultCount: Int { shape.images * height * width * shape.outputs }

        /// The bytes of the sums times `factor`, from a variant.
        func bytes(_ variant: ts_variant, factor: Float) -> [UInt8] {
            var shape = shape
            var packed = [Int8](repeating: 0, count: weights.count)
            var scale = [Float](repeating: 0, count: shape.outputs)
            ts_int8_weights(weights, nil, 1, &shape, &packed, &scale)
            #expect(scale.allSatisfy { $0 == 1 })
            var scratch = [UInt8](repeating: 77, count: ts_int8_scratch(&shape))
            var bytes = [UInt8](repeating: 0, count: resultCount)
            bytes.withUnsafeMutableBufferPointer { bytes in
                var finish = ts_finish()
                (finish.bytes, finish.bytes_factor) = (bytes.baseAddress, factor)
                ts_kernels_of(variant).pointee.int8_convolution(
                    x, packed, scale, nil, &shape, &finish, &scratch)
            }
            return bytes
        }

        /// The same from the definition.
        func expected(_ index: Int, factor: Float) -> UInt8 {
            let (k, pixel) = (index % shape.outputs, index / shape.outputs)
            let (q, p, n) = (pixel % width, pixel / width % height, pixel / width / height)
            var sum = 0
            for r in 0..<shape.size {
                for s in 0..<shape.size {
                    let (y, z) = (
                        p * shape.stride + r - shape.size / 2, q * shape.stride + s - shape.size / 2
                    )
                    guard (0..<shape.height).contains(y), (0..<shape.width).contains(z) else { continue }
                    for c in 0..<shape.inputs {
                        let weight = weights[((k * shape.inputs + c) * shape.size + r) * shape.size + s]
                        let byte = x[((n * shape.height + y) * shape.width + z) * shape.inputs + c]
                        sum += Int(byte) * Int(weight)
                    }
                }
            }
            return UInt8(min(255, max(0, (Float(sum) * factor).rounded(.toNearestOrEven))))
        }
    }

    @Test(arguments: variants, shapes.indices) func sumsAreExact(variant: ts_variant, index: Int) {
        let test = Case(Self.shapes[index]) { UInt8.random(in: 0...255, using: &$0) }
        // A power of two, so that no rounding depends on the variant.
        let factor: Float = 0x1p-10
        let found = test.bytes(variant, factor: factor)
        #expect(Set(found).count > 10)
        for i in stride(from: 0, to: found.count, by: max(1, found.count / 2000)) {
            #expect(found[i] == test.expected(i, factor: factor), "result \(i)")
        }
        #expect(found == test.bytes(ts_portable, factor: factor))
    }

    /// The largest sums that there can be: pairs of products must not saturate at 16 bits.
    @Test(arguments: variants) func doesNotSaturate(variant: ts_variant) {
        var test = Case(Self.shapes[5]) { _ in 255 }
        test.weights = test.weights.map { _ in 127 }
        let factor: Float = 0x1p-18
        let found = test.bytes(variant, factor: factor)
        let inside = (30 * 60 + 30) * 16
        #expect(found[inside] == test.expected(inside, factor: factor))
        #expect(test.expected(inside, factor: factor) == 142)
    }

    /// Results of a variant's Winograd kernel, and those of the definition in double precision.
    private static func winograd(
        _ variant: ts_variant, _ shape: ts_convolution, x: [UInt8], weights: [Float]
    ) -> [Float] {
        var shape = shape
        var packed = [Int16](repeating: 0, count: 36 * shape.inputs * shape.outputs)
        var scale = [Float](repeating: 0, count: shape.outputs)
        ts_int8_winograd_weights(weights, nil, 0.01, &shape, &packed, &scale)
        var scratch = [UInt8](repeating: 77, count: ts_int8_winograd_scratch(&shape, 8))
        var y = [Float](repeating: .nan, count: shape.images * shape.height * shape.width * shape.outputs)
        y.withUnsafeMutableBufferPointer { y in
            // The value, bfloat16 in memory, shows smaller errors than the second result in bytes.
            var halves = [UInt16](repeating: 0, count: y.count)
            var finish = ts_finish()
            ts_kernels_of(variant).pointee.int8_winograd(
                x, packed, scale, &halves, &shape, &finish, 8, &scratch)
            for (i, half) in halves.enumerated() { y[i] = Float(bitPattern: UInt32(half) << 16) }
        }
        return y
    }

    /// The same of the direct kernel, whose weights are bytes.
    private static func direct(
        _ variant: ts_variant, _ shape: ts_convolution, x: [UInt8], weights: [Float]
    ) -> [Float] {
        var shape = ts_int8_convolution(
            images: shape.images, height: shape.height, width: shape.width, inputs: shape.inputs,
            outputs: shape.outputs, size: 3, stride: 1, pixels: false)
        var packed = [Int8](repeating: 0, count: weights.count)
        var scale = [Float](repeating: 0, count: shape.outputs)
        ts_int8_weights(weights, nil, 0.01, &shape, &packed, &scale)
        var scratch = [UInt8](repeating: 77, count: ts_int8_scratch(&shape))
        var halves = [UInt16](
            repeating: 0, count: shape.images * shape.height * shape.width * shape.outputs)
        var finish = ts_finish()
        ts_kernels_of(variant).pointee.int8_convolution(
            x, packed, scale, &halves, &shape, &finish, &scratch)
        return halves.map { Float(bitPattern: UInt32($0) << 16) }
    }

    private static func definition(_ shape: ts_convolution, x: [UInt8], weights: [Float]) -> [Float] {
        (0..<shape.images * shape.height * shape.width * shape.outputs).map { index in
            let (k, pixel) = (index % shape.outputs, index / shape.outputs)
            let (q, p, n) = (
                pixel % shape.width, pixel / shape.width % shape.height, pixel / shape.width / shape.height
            )
            var sum = 0.0
            for r in 0..<3 {
                for s in 0..<3 {
                    let (y, z) = (p + r - 1, q + s - 1)
                    guard (0..<shape.height).contains(y), (0..<shape.width).contains(z) else { continue }
                    for c in 0..<shape.inputs {
                        let weight = weights[((k * shape.inputs + c) * 3 + r) * 3 + s]
                        sum +=
                            Double(x[((n * shape.height + y) * shape.width + z) * shape.inputs + c])
                            * Double(weight)
                    }
                }
            }
            return Float(sum * 0.01)
        }
    }

    private static let winogradShapes = [
        ts_convolution(images: 2, height: 7, width: 10, inputs: 16, outputs: 16),
        ts_convolution(images: 1, height: 4, width: 5, inputs: 32, outputs: 96),
        ts_convolution(images: 3, height: 8, width: 8, inputs: 64, outputs: 64),
        ts_convolution(images: 1, height: 3, width: 6, inputs: 288, outputs: 32),
    ]

    @Test(arguments: variants, winogradShapes.indices) func winogradIsFinerThanBytes(
        variant: ts_variant, index: Int
    ) {
        let shape = Self.winogradShapes[index]
        var random = SplitMix64(seed: 4)
        let x = (0..<shape.images * shape.height * shape.width * shape.inputs).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        let weights = (0..<shape.outputs * shape.inputs * 9).map { _ in
            Float.random(in: -1...1, using: &random)
        }
        let found = Self.winograd(variant, shape, x: x, weights: weights)
        let expected = Self.definition(shape, x: x, weights: weights)
        func square(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 } }
        let error = (square(zip(found, expected).map { $0 - $1 }) / square(expected)).squareRoot()
        let direct = Self.direct(variant, shape, x: x, weights: weights)
        let bytesError =
            (square(zip(direct, expected).map { $0 - $1 }) / square(expected)).squareRoot()
        #expect(error < bytesError, "\(error) against \(bytesError)")
        for (a, b) in zip(found, Self.winograd(ts_portable, shape, x: x, weights: weights)) {
            #expect(abs(a - b) <= 0x1p-7 * abs(b) + 1e-4)
        }
    }

    /// The largest sums that there can be: bytes that are 0 or 255 with weights of the sign that fits.
    @Test(arguments: variants) func winogradDoesNotOverflow(variant: ts_variant) {
        let shape = ts_convolution(images: 1, height: 12, width: 12, inputs: 160, outputs: 16)
        for pattern in [[1, 1, 1], [1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]] {
            let x = (0..<12 * 12 * 160).map { i in
                let (row, column) = (i / 160 / 12, i / 160 % 12)
                return UInt8(255 * pattern[row % 3] * pattern[column % 3])
            }
            for sign: (Int) -> Float in [{ _ in 1 }, { _ in -1 }, { $0 % 2 == 0 ? 1 : -1 }] {
                let weights = (0..<16 * 160 * 9).map { sign($0 % 9) }
                let found = Self.winograd(variant, shape, x: x, weights: weights)
                let expected = Self.definition(shape, x: x, weights: weights)
                // Weights that are all alike are rounded alike, so that their errors add up; but an overflow would be
                // larger than the sum of all products.
                let sum: Float = 0.01 * 255 * 9 * 160
                for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 0.1 * sum) }
            }
        }
    }

    @Test(arguments: variants) func bytesOfNumbersAreCutAndRoundedToEven(variant: ts_variant) {
        let numbers: [Float] = [
            -1, -0.0, 0.25, 0.5, 1.5, 2.5, 254.5, 255, 300, 1e30, .infinity, -.infinity, .nan, 7, 8, 9,
            -3, 255.5,
        ]
        var bytes = [UInt8](repeating: 1, count: numbers.count)
        bytes.withUnsafeMutableBufferPointer { bytes in
            var finish = ts_finish()
            (finish.bytes, finish.bytes_factor) = (bytes.baseAddress, 1)
            ts_kernels_of(variant).pointee.f32.finish(numbers, nil, 1, numbers.count, &finish)
        }
        #expect(bytes == [0, 0, 0, 0, 2, 2, 254, 255, 255, 255, 255, 0, 0, 7, 8, 9, 0, 255])
    }

    @Test(arguments: [Float(0), Float.leastNonzeroMagnitude]) func weightsOfAnOutputWithoutWeightStayZero(
        weight: Float
    ) {
        var shape = ts_int8_convolution(
            images: 1, height: 1, width: 1, inputs: 4, outputs: 16, size: 1, stride: 1, pixels: false)
        var packed = [Int8](repeating: 5, count: 64)
        var scale = [Float](repeating: 5, count: 16)
        ts_int8_weights([Float](repeating: weight, count: 64), nil, 1, &shape, &packed, &scale)
        #expect(packed.allSatisfy { $0 == 0 } && scale.allSatisfy { $0 == 0 })
    }
}
