import Bytes

/// The order in which an epoch visits the samples: a permutation made from three numbers alone.
public struct SampleOrder: Hashable, Sendable {
    private let samples: [UInt32]

    /// Shuffles. O(*count*): 2.3 million in less than 50 ms.
    ///
    /// - Parameter count: of samples.
    /// - Source: Fisher and Yates; bounded numbers by multiplication (Lemire 2019), whose bias, below 2⁻³² for any
    ///   `count`, is left in: written out here so that the order does not change with the standard library.
    public init(count: Int, seed: UInt64, epoch: Int) {
        var random = SplitMix64(seed: seed, stream: epoch)
        var samples = [UInt32](0..<UInt32(count))
        for last in stride(from: count - 1, to: 0, by: -1) {
            let other = Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high)
            samples.swapAt(last, other)
        }
        self.samples = samples
    }

    public var count: Int { samples.count }

    /// The sample at a position of the epoch.
    public subscript(position: Int) -> Int { Int(samples[position]) }
}
