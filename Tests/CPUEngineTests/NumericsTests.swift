import CPUEngine
import Engines
import Foundation
import Networks
import TestSupport
import Testing

/// A CPU engine that computes as another one did.
struct NumericsTests {
    private let engine = CPUEngine(workerCount: 1, cacheFolder: nil)

    /// A network with convolutions whose algorithm depends on the machine: 256 channels at a 4 × 4 image.
    private func wideNetwork() throws -> Network {
        try Network(#require(Architecture(name: "resnet18-v2", classCount: 3, inputSize: 32)))
    }

    private func scores(_ engine: CPUEngine, _ network: Network, _ weights: Weights) throws -> [Float] {
        let program = try engine.scoringProgram(for: network, weights: weights, batchSize: 2)
        let pixels = (0..<2 * 32 * 32 * 3).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var scores = [Float](repeating: .nan, count: 2 * 3)
        var target = scores.mutableSpan
        try program.score(pixels.span, into: &target)
        return scores
    }

    @Test func theTableDecidesAndNotTheMachine() throws {
        let network = try wideNetwork()
        let weights = network.initialWeights(seed: 1)
        let found = try engine.numerics(scoring: network, weights: weights)
        #expect(found.convolutions.values.contains("winograd"))
        let same = try CPUEngine(workerCount: 2, matching: found)
        #expect(try same.numerics(scoring: network, weights: weights) == found)
        #expect(try scores(same, network, weights) == scores(engine, network, weights))
        var direct = found
        direct.convolutions = direct.convolutions.mapValues { _ in "direct" }
        let other = try CPUEngine(workerCount: 1, matching: direct)
        #expect(try other.numerics(scoring: network, weights: weights) == direct)
        #expect(try scores(other, network, weights) != scores(engine, network, weights))
    }

    @Test func knownChoicesAreNotNamed() throws {
        let network = try Network(#require(Architecture(name: "cifar-resnet8-v2", classCount: 3)))
        let found = try engine.numerics(scoring: network, weights: network.initialWeights(seed: 1))
        #expect(found == engine.numerics && found.convolutions.isEmpty)
    }

    @Test func whatWasTimedIsNamed() throws {
        try withTemporaryFolder { folder in
            let engine = CPUEngine(workerCount: 1, cacheFolder: URL(filePath: folder))
            let network = try wideNetwork()
            let weights = network.initialWeights(seed: 1)
            let found = try engine.numerics(scoring: network, weights: weights)
            #expect(!found.convolutions.isEmpty)
            #expect(try engine.numerics(scoring: network, weights: weights) == found)
        }
    }

    @Test func saysWhatThisMachineDoesNotHave() throws {
        func refusal(_ change: (inout Numerics) -> Void) -> String {
            var wanted = engine.numerics
            change(&wanted)
            let error = #expect(throws: EngineError.self) {
                _ = try CPUEngine(workerCount: 1, matching: wanted)
            }
            return error?.description ?? ""
        }
        #expect(refusal { $0.kernels = "avx4096" }.contains("not avx4096"))
        #expect(refusal { $0.library = "oneDNN 9.9.9" }.contains("not oneDNN 9.9.9"))
        #expect(refusal { $0.instructions = "SSE" }.contains("not SSE"))
        #expect(refusal { $0.engine = "cuda" }.contains("engine cpu, not cuda"))
        #expect(refusal { $0.convolutions = ["x": "fft"] }.contains("x: none, not fft"))
    }
}
