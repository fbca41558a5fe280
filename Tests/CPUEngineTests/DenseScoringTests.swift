import Bytes
import CPUEngine
import Engines
import Networks
import Testing

/// Networks that run once over blocks.
struct DenseScoringTests {
    private static let side = 16
    private static let names = ["cifar-resnet8-v1a", "cifar-resnet8-v2", "cifar-resnet8-pooled"]

    private func network(_ name: String = "cifar-resnet8-v2") throws -> Network {
        try Network(#require(Architecture(name: name, classCount: 5, inputSize: Self.side)))
    }

    /// First weights, and the ranges that int8 needs.
    private func weights(_ network: Network) throws -> Weights {
        var weights = network.initialWeights(seed: 4)
        var calibration = Calibration(
            network: network, weights: weights, engine: CPUEngine(workerCount: 1, cacheFolder: nil))
        try calibration.add(pixels(seed: 1, height: Self.side, width: 8 * Self.side).span)
        weights.merge(calibration.ranges) { $1 }
        return weights
    }

    private func pixels(seed: UInt64, height: Int, width: Int) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return (0..<height * width * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// - Parameter blocks: each of 40 × 56 pixels.
    private func scores(
        _ engine: any Engine, _ network: Network, _ blocks: [[UInt8]], stride: Int = 8
    ) throws -> [[Float]] {
        let program = try engine.denseScoringProgram(
            for: network, weights: weights(network), blockSize: BlockSize(height: 40, width: 56),
            stride: stride)
        return try Swift.stride(from: 0, to: blocks.count, by: program.blocksPerCall).flatMap { first in
            let call = blocks[first..<min(first + program.blocksPerCall, blocks.count)]
            return try program.begin(Array(call)).result()
        }
    }

    @Test(arguments: names, [4, 8]) func agreesWithTheReference(name: String, stride: Int) throws {
        let (network, block) = (try network(name), pixels(seed: 2, height: 40, width: 56))
        guard try stride.isMultiple(of: network.denseGeometry().totalStride) else { return }
        let expected = try scores(ReferenceEngine(), network, [block], stride: stride)[0]
        let engine = CPUEngine(workerCount: 2, cacheFolder: nil)
        #expect(engine.abilities.contains(.denseScoring))
        let found = try scores(engine, network, [block], stride: stride)[0]
        #expect(found.count == ((40 - 16) / stride + 1) * ((56 - 16) / stride + 1) * 5)
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-4) }
    }

    @Test(arguments: Precision.allCases.filter(CPUEngine.supports))
    func bitsDoNotDependOnWorkersAndCompany(precision: Precision) throws {
        let network = try network()
        let blocks = (0..<5).map { pixels(seed: $0, height: 40, width: 56) }
        let results = try [1, 2, 3].map { workers in
            let engine = CPUEngine(workerCount: workers, precision: precision, cacheFolder: nil)
            return try scores(engine, network, blocks)
        }
        #expect(Set(results[0]).count == 5)
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }

    /// One window over the whole block sees what it sees alone.
    @Test(arguments: Precision.allCases.filter(CPUEngine.supports))
    func aBlockOfOneWindowHasTheBitsOfTheWindow(precision: Precision) throws {
        let network = try network()
        let engine = CPUEngine(workerCount: 2, precision: precision, cacheFolder: nil)
        let (weights, pixels) = (
            try weights(network), pixels(seed: 3, height: Self.side, width: Self.side)
        )
        var expected = [Float](repeating: 0, count: 5)
        var target = expected.mutableSpan
        try engine.scoringProgram(for: network, weights: weights, batchSize: 4)
            .score(pixels.span, into: &target)
        let found = try engine.denseScoringProgram(
            for: network, weights: weights, blockSize: BlockSize(height: Self.side, width: Self.side),
            stride: 4
        ).begin([pixels]).result()
        #expect(found == [expected])
    }

    /// Scores in bytes are near those in floats, and are not those.
    @Test func int8IsNearFP32() throws {
        let (network, block) = (try network(), pixels(seed: 2, height: 40, width: 56))
        let wide = try scores(CPUEngine(workerCount: 1, cacheFolder: nil), network, [block])[0]
        let narrow = try scores(
            CPUEngine(workerCount: 1, precision: .int8, cacheFolder: nil), network, [block])[0]
        let differences = zip(wide, narrow).map { abs($0 - $1) }
        #expect((differences.max() ?? 1) < 0.05)
        #expect(wide != narrow)
    }

    /// Mostly scene in large scenes, several blocks in small ones, and the same for any number of workers.
    @Test func blocksSuitNetworkAndScene() {
        let engines = [1, 16].map { CPUEngine(workerCount: $0, cacheFolder: nil) }
        for engine in engines {
            #expect(engine.denseBlockSide(reach: 40, scenePixelCount: 1 << 40) == 960)
            #expect(engine.denseBlockSide(reach: 250, scenePixelCount: 1 << 40) == 2048)
            #expect(engine.denseBlockSide(reach: 5, scenePixelCount: 1 << 40) == 512)
            #expect(engine.denseBlockSide(reach: 40, scenePixelCount: 2000 * 2000) == 707)
            #expect(engine.denseBlockSide(reach: 40, scenePixelCount: 100 * 100) == 480)
        }
    }

    @Test func refusesWhatTheNetworkCannotHave() throws {
        let network = try network()
        let engine = CPUEngine(workerCount: 1, cacheFolder: nil)
        let error = #expect(throws: EngineError.self) {
            try engine.denseScoringProgram(
                for: network, weights: weights(network), blockSize: BlockSize(height: 40, width: 56),
                stride: 6)
        }
        #expect(error?.description.contains("such as 4") == true)
    }
}
