import CPUEngine
import Engines
import Foundation
import Networks
import Testing

/// Pooled features beside the scores.
struct FeatureTests {
    private let network: Network
    private let weights: Weights
    private let pixels: [UInt8]
    private let imageCount = 5

    init() throws {
        network = try Network(
            #require(Architecture(name: "cifar-resnet8-v2", classCount: 3, inputSize: 16)))
        weights = network.initialWeights(seed: 1)
        pixels = (0..<imageCount * 16 * 16 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 256) }
    }

    private func result(_ engine: any Engine) throws -> (scores: [Float], features: [Float]) {
        #expect(engine.abilities.contains(.features))
        // Two whole batches and a part of one.
        let program = try engine.featureScoringProgram(for: network, weights: weights, batchSize: 2)
        #expect(program.featureCount == 64)
        var scores = [Float](repeating: .nan, count: imageCount * 3)
        var features = [Float](repeating: .nan, count: imageCount * 64)
        var scoreSpan = scores.mutableSpan
        var featureSpan = features.mutableSpan
        try program.score(pixels.span, into: &scoreSpan, features: &featureSpan)
        return (scores, features)
    }

    private func scores(_ program: any ScoringProgram) throws -> [Float] {
        var scores = [Float](repeating: .nan, count: imageCount * 3)
        var target = scores.mutableSpan
        try program.score(pixels.span, into: &target)
        return scores
    }

    @Test func theyAgreeWithTheReference() throws {
        let found = try result(CPUEngine(workerCount: 2, cacheFolder: nil))
        let expected = try result(ReferenceEngine())
        let largest = expected.features.max() ?? 0
        #expect(largest > 0)
        for (a, b) in zip(found.features, expected.features) { #expect(abs(a - b) < 1e-4 * largest) }
        for (a, b) in zip(found.scores, expected.scores) { #expect(abs(a - b) < 1e-4) }
    }

    @Test func scoresHaveTheSameBitsWithThem() throws {
        let engine = CPUEngine(workerCount: 2, cacheFolder: nil)
        let plain = try scores(engine.scoringProgram(for: network, weights: weights, batchSize: 2))
        #expect(try result(engine).scores == plain)
        #expect(
            try scores(engine.featureScoringProgram(for: network, weights: weights, batchSize: 2)) == plain)
        #expect(
            try result(ReferenceEngine()).scores
                == scores(ReferenceEngine().scoringProgram(for: network, weights: weights, batchSize: 2)))
    }
}
