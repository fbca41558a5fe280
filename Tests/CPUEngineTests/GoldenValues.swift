import Bytes
import Networks

/// The numbers that `Golden/make_networks.py` puts into networks, made here in the same way, so that none are stored.
enum GoldenValues {
    /// Values for every tensor of `network`, by its name and shape.
    static func weights(for network: Network) -> Weights {
        let tensors = network.parameters.map { ($0.name, tensor($0.name, shape: $0.shape)) }
        return Weights(uniqueKeysWithValues: tensors)
    }

    static func tensor(_ name: String, shape: [Int]) -> Tensor {
        var random = SplitMix64(seed: fnv1a(name))
        let value = rule(name, shape)
        let values = (0..<shape.elementCount).map { _ in
            // In -1 ..< 1, of 53 bits.
            Float(value(Double(random.next() >> 11) * 0x1p-52 - 1))
        }
        return Tensor(shape: shape, values: values)
    }

    /// What to make of a number in -1 ..< 1.
    private static func rule(_ name: String, _ shape: [Int]) -> (Double) -> Double {
        let bound = (6 / Double(Array(shape.dropFirst()).elementCount)).squareRoot()
        return switch name {
        case _ where shape.count > 1: { $0 * bound }
        case _ where name.hasSuffix("running_var"): { 1 + 0.2 * abs($0) }
        case _ where name.hasSuffix("running_mean"): { 0.1 * $0 }
        case _ where name.hasSuffix("bn3.weight"): { 0.1 * (1 + 0.2 * $0) }
        case _ where name.hasSuffix("bn3.bias"): { 0.1 * (0.1 * $0) }
        case _ where name.hasSuffix("weight"): { 1 + 0.2 * $0 }
        default: { 0.1 * $0 }
        }
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
