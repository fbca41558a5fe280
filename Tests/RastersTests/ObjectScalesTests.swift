import Bytes
import Rasters
import Testing

@Suite struct ObjectScalesTests {
    @Test(arguments: UInt64(0)..<200) func eachSizeIsSeenAtSomeScaleAndNoScaleIsTooMany(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let least = Double.random(in: 4...400, using: &random)
        let most = least * Double.random(in: 1...40, using: &random)
        let small = Double.random(in: 5...60, using: &random)
        let seen = small...small * (seed % 3 == 0 ? 1 : Double.random(in: 1...4, using: &random))
        let factors = SceneScale.factors(showing: least...most, as: seen)
        let band = 0.5 * seen.lowerBound * (1 - 1e-6)...1.4 * seen.upperBound * (1 + 1e-6)
        for step in 0...200 {
            let size = least + (most - least) * Double(step) / 200
            #expect(factors.contains { band.contains(size * $0) })
        }
        // What one scale less could cover is less than all.
        let reach = 1.4 * seen.upperBound / (0.5 * seen.lowerBound)
        var covered = 1.0
        for _ in 1..<max(1, factors.count) { covered *= reach }
        #expect(factors.count == 1 || covered < most / least * (1 + 1e-6))
        #expect(factors == factors.sorted(by: >))
    }

    @Test func objectsAsThoseOfTheTrainingAreSeenAsThere() {
        // Learnt at half size, of objects of 40 to 60 pixels.
        #expect(SceneScale.factors(showing: 40...60, as: 20...30) == [0.5])
        #expect(SceneScale.factors(showing: 15...17, as: 16...16) == [1])
    }
}
