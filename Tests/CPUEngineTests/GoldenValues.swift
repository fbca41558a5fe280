import Networks
import Pixels

/// The numbers that `Golden/make_networks.py` puts into networks, made here in the same way, so that none are stored.
enum GoldenValues {
    /// Values for every tensor of `network`, by its name and shape.
    static func weights(for network: Network) -> Weights {
        let tensors = network.parameters.map { ($0.name, tensor($0.name, shape: $0.shape)) }
        return Weights(uniqueKeysWithValues: tensors)
    }

    static func tensor(_ name: String, shape: [Int]) -> Tensor {
        var random = SplitMix64(seed: fnv1a(name))
        let bound = (6 / Double(shape.dropFirst().elementCount)).squareRoot()
        let isDamped = name.contains(".bn3.") && !name.contains("running")
        let values = (0..<shape.elementCount).map { _ in
            // In -1 ..< 1, of 53 bits.
            let u = Double(random.next() >> 11) * 0x1p-52 - 1
            let value =
                switch name {
                case _ where shape.count > 1: u * bound
                case _ where name.hasSuffix("weight"): 1 + 0.2 * u
                case _ where name.hasSuffix("running_var"): 1 + 0.2 * abs(u)
                default: 0.1 * u
                }
            return Float(isDamped ? 0.1 * value : value)
        }
        return Tensor(shape: shape, values: values)
    }

    /// `[N, H, W, 3]`: squares of 8x8 pixels in one colour each, and noise.
    static func pixels(batchSize: Int, size: Int) -> [UInt8] {
        let (squares, side) = (size / 8, size)
        let colours = bytesBelow128("colours", count: batchSize * squares * squares * 3)
        let noise = bytesBelow128("noise", count: batchSize * side * side * 3)
        return noise.indices.map { i in
            let (channel, x, y, image) = (i % 3, i / 3 % side, i / 3 / side % side, i / 3 / side / side)
            return noise[i] + colours[((image * squares + y / 8) * squares + x / 8) * 3 + channel]
        }
    }

    private static func bytesBelow128(_ name: String, count: Int) -> [UInt8] {
        var random = SplitMix64(seed: fnv1a(name))
        return (0..<count).map { _ in UInt8(random.next() >> 57) }
    }

    /// - Source: Fowler, Noll, Vo: FNV-1a, 64 bits.
    private static func fnv1a(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}

extension ArraySlice<Int> {
    fileprivate var elementCount: Int { reduce(1, *) }
}
