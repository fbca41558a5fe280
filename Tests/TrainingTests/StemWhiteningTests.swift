import Bytes
import EndingJobs
import Files
import Networks
import Pixels
import Records
import TestSupport
import Testing
import Training

@Suite struct StemWhiteningTests {
    /// What whitening promises: over the patches that it saw, filters have unit variance and no correlation.
    @Test func filtersOfThePatchesAreUncorrelated() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: 3)
        let writer = try TilePackWriter(
            .replacing(folder.file("a")), tileWidth: 12, tileHeight: 12, classNames: ["a"])
        for _ in 0..<200 {
            // Neighbours and colours that have much in common, as in photographs.
            var image = Image(width: 12, height: 12)
            var (light, tint) = (Int.random(in: 0..<256, using: &random), 0)
            for y in 0..<12 {
                for x in 0..<12 {
                    light = min(255, max(0, light + .random(in: -40...40, using: &random)))
                    tint = min(60, max(-60, tint + .random(in: -20...20, using: &random)))
                    func byte(_ value: Int) -> UInt8 { UInt8(min(255, max(0, value))) }
                    image[x, y] = RGB(byte(light + tint), byte(light), byte(light - tint))
                }
            }
            try writer.append(image, label: 0)
        }
        try writer.commit()
        let pack = try TilePack(opening: folder.file("a"))
        let shape = [12, 3, 3, 3]
        let weights = try StemWhitening.weights(
            shape: shape, source: pack, side: 12, preprocessing: .imageNet)
        #expect(weights.shape == shape)
        let (positive, negative) = (weights.values[..<(6 * 27)], weights.values[(6 * 27)...])
        #expect(zip(positive, negative).allSatisfy { $0 == -$1 })

        var sums = [Double](repeating: 0, count: 36)
        var count = 0.0
        for tile in 0..<pack.count {
            let image = try pack.tile(tile)
            for y in stride(from: 0, through: 9, by: 2) {
                for x in stride(from: 0, through: 9, by: 2) {
                    let responses = (0..<6).map { filter in
                        (0..<27).reduce(0.0) { sum, i in
                            let (channel, row, column) = (i / 9, i / 3 % 3, i % 3)
                            let byte = image.pixelsHWC[((y + row) * 12 + x + column) * 3 + channel]
                            let value =
                                (Float(byte) - Preprocessing.imageNet.mean[channel])
                                / Preprocessing.imageNet.deviation[channel]
                            return sum + Double(value * weights.values[filter * 27 + i])
                        }
                    }
                    for i in 0..<6 { for j in 0..<6 { sums[i * 6 + j] += responses[i] * responses[j] } }
                    count += 1
                }
            }
        }
        for i in 0..<6 {
            for j in 0..<6 { #expect(abs(sums[i * 6 + j] / count - (i == j ? 1 : 0)) < 0.2, "\(i), \(j)") }
        }
    }

    /// Tiles of noise with these seeds.
    private func pack(_ name: String, seeds: [UInt64], in folder: TemporaryFolder) throws -> TilePack {
        let writer = try TilePackWriter(
            .replacing(folder.file(name)), tileWidth: 8, tileHeight: 8, classNames: ["a"])
        for seed in seeds {
            var random = SplitMix64(seed: seed)
            let pixels = (0..<192).map { _ in UInt8.random(in: 0...255, using: &random) }
            try writer.append(pixels.span, label: 0)
        }
        try writer.commit()
        return try TilePack(opening: folder.file(name))
    }

    @Test func aSampleThatCannotBeReadIsPassedOver() throws {
        let folder = try TemporaryFolder()
        func weights(_ source: any SampleSource) throws -> Tensor {
            try StemWhitening.weights(
                shape: [8, 3, 3, 3], source: source, side: 8, preprocessing: .imageNet)
        }
        let all = try pack("all", seeds: [1, 2, 3, 4], in: folder)
        let rest = try pack("rest", seeds: [1, 2, 4], in: folder)
        #expect(try weights(FaultySamples(all, torn: [2])) == weights(rest))
        let error = #expect(throws: RecordsError.self) {
            try weights(FaultySamples(all, torn: [0, 1, 2, 3]))
        }
        #expect(error?.cause == "it is torn")
    }

    @Test func endsWhenItIsCancelled() throws {
        let folder = try TemporaryFolder()
        let source = try pack("all", seeds: [1], in: folder)
        #expect(throws: Cancelled()) {
            try StemWhitening.weights(
                shape: [8, 3, 3, 3], source: source, side: 8, preprocessing: .imageNet,
                cancellation: .requested)
        }
    }

    /// As many patches of a large picture as of a small one; those of CIFAR's are what they were.
    @Test(arguments: [
        (32, 3, 15), (34, 3, 16), (64, 3, 16), (224, 7, 16), (4096, 7, 16), (8, 3, 3), (3, 3, 1),
    ])
    func patchesAreFew(side: Int, size: Int, limit: Int) {
        let places = Array(StemWhitening.places(side: side, size: size))
        #expect((1...limit).contains(places.count))
        #expect(places.allSatisfy { $0 >= 0 && $0 + size <= side })
        if side <= 32 { #expect(places == Array(stride(from: 0, through: side - size, by: 2))) }
    }
}
