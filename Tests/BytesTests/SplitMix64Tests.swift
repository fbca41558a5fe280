import Bytes
import Testing

@Suite struct SplitMix64Tests {
    /// Computed by prng.di.unimi.it/splitmix64.c for seed 1234567; also at rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64.
    @Test func givesThePublishedSequence() {
        var random = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.indices.map { _ in random.next() } == expected)
    }

    @Test func eachStreamHasASequenceOfItsOwn() {
        var firsts: Set<UInt64> = []
        for epoch in 0..<20 {
            for sample in 0..<50 {
                var random = SplitMix64(seed: 7, stream: epoch, sample)
                firsts.insert(random.next())
            }
        }
        #expect(firsts.count == 1000)
    }

    @Test func aStreamRepeats() {
        var (a, b) = (SplitMix64(seed: 7, stream: 3, 4), SplitMix64(seed: 7, stream: 3, 4))
        #expect((0..<10).map { _ in a.next() } == (0..<10).map { _ in b.next() })
    }
}
