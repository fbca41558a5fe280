/// A small, fast, seeded random number generator whose sequence is the same on every machine.
///
/// - Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A generator of its own for each combination of `seed` and `stream`, such as (epoch, sample).
    public init(seed: UInt64, stream: Int...) {
        var mixed = SplitMix64(seed: seed)
        for part in stream {
            mixed = SplitMix64(seed: mixed.next() ^ UInt64(bitPattern: Int64(part)))
        }
        self.init(seed: mixed.next())
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
