import Bytes
import Mining
import Testing

@Suite struct PatchFeaturesTests {
    /// Textures of two kinds, in random colours and phases.
    private static func pictures(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return (0..<count).flatMap { picture -> [UInt8] in
            let (phase, light) = (random.int(0...7), random.int(60...180))
            return (0..<32 * 32).flatMap { place -> [UInt8] in
                let (x, y) = (place % 32, place / 32)
                let stripe = ((picture.isMultiple(of: 2) ? x : y) + phase) / 3 % 2 * 60
                return (0..<3).map { _ in UInt8(light + stripe - 30 + random.int(-8...8)) }
            }
        }
    }

    @Test func picturesOfOneKindAreNearestToEachOther() {
        let count = 60
        let pixels = Self.pictures(count, seed: 3)
        let features = PatchFeatures(learningFrom: pixels, seed: 1).features(of: pixels, threads: 2)
        #expect(features.count == count && features.width == PatchFeatures.width)
        let unit = UnitFeatures(features, threads: 1).gathered((0..<UInt32(count)).map { $0 })
        for item in 0..<count {
            let others = (0..<count).filter { $0 != item }
            let nearest = others.max { one, other in
                product(unit.row(item), unit.row(one)) < product(unit.row(item), unit.row(other))
            }
            #expect(nearest.map { ($0 - item).isMultiple(of: 2) } == true, "\(item)")
        }
    }

    private func product(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    @Test func theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() {
        let pixels = Self.pictures(150, seed: 4)
        let features = PatchFeatures(learningFrom: pixels, seed: 7)
        let expected = features.features(of: pixels, threads: 1).values
        #expect(features.features(of: pixels, threads: 3).values == expected)
        #expect(
            PatchFeatures(learningFrom: pixels, seed: 7).features(of: pixels, threads: 2).values == expected)
        #expect(
            PatchFeatures(learningFrom: pixels, seed: 8).features(of: pixels, threads: 2).values != expected)
    }

    @Test func eachNumberHasTheMeanZeroAndTheDeviationOne() {
        let pixels = Self.pictures(80, seed: 5)
        let features = PatchFeatures(learningFrom: pixels, seed: 1).features(of: pixels, threads: 2)
        for column in 0..<features.width {
            let values = (0..<features.count).map { Double(features.row($0)[column]) }
            let mean = values.reduce(0, +) / Double(values.count)
            let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
                .squareRoot()
            #expect(abs(mean) < 1e-4)
            // What hardly varies is not blown up.
            #expect(deviation < 1.001)
        }
    }

    /// One picture, pictures of one colour: numbers, and no crash.
    @Test(arguments: [1, 5]) func plainPicturesHaveFiniteFeatures(count: Int) {
        let pixels = [UInt8](repeating: 130, count: count * PatchFeatures.pictureCount)
        let features = PatchFeatures(learningFrom: pixels, seed: 1).features(of: pixels, threads: 2)
        #expect(features.values.allSatisfy { $0.isFinite })
    }

    @Test(arguments: [1, 2, 7, 40], 0..<5) func eigenvectorsDiagonalise(side: Int, seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var matrix = SymmetricMatrix(side: side)
        for row in 0..<side {
            for column in row..<side { matrix.set(row, column, to: Double(random.float(-3...3))) }
        }
        let (values, vectors) = matrix.eigenvectors()
        for first in 0..<side {
            for second in 0..<side {
                let overlap = (0..<side).reduce(0.0) {
                    $0 + vectors[$1 * side + first] * vectors[$1 * side + second]
                }
                #expect(abs(overlap - (first == second ? 1 : 0)) < 1e-9)
                // (A v)ᵢ = λ vᵢ
                let image = (0..<side).reduce(0.0) { $0 + matrix[first, $1] * vectors[$1 * side + second] }
                #expect(abs(image - values[second] * vectors[first * side + second]) < 1e-7)
            }
        }
    }

    @Test func aSampleHasTheAskedSizeAndAllAreAsLikely() {
        var random = SplitMix64(seed: 2)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<5000 {
            let isChosen = random.sample(3, of: 10)
            #expect(isChosen.count { $0 } == 3)
            for index in 0..<10 where isChosen[index] { counts[index] += 1 }
        }
        // 1,500 expected, deviation 32.
        #expect(counts.allSatisfy { abs($0 - 1500) < 160 }, "\(counts)")
        #expect(
            random.sample(9, of: 4) == [true, true, true, true] && random.sample(0, of: 2) == [false, false])
    }
}
