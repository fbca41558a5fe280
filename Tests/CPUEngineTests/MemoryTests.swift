import CPUEngine
import Engines
import Foundation
import Networks
import Testing

/// One process's memory is one: these tests run alone.
@Suite(.serialized) struct MemoryTests {
    private static func network() throws -> (Network, Weights) {
        let architecture = try #require(Architecture(name: "cifar-resnet8-v2", classCount: 3, inputSize: 8))
        let network = try Network(architecture)
        return (network, network.initialWeights(seed: 1))
    }

    /// Resident memory of this process, in bytes.
    private static func residentByteCount() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// How far memory grows over `count` calls, after as many that may fill caches.
    private static func growth(over count: Int, _ body: () throws -> Void) throws -> Int {
        for _ in 0..<count { try body() }
        let before = try residentByteCount()
        for _ in 0..<count { try body() }
        return try residentByteCount() - before
    }

    @Test(arguments: Precision.allCases) func creatingProgramsLeavesNothingBehind(precision: Precision) throws
    {
        let (network, weights) = try Self.network()
        let engine = CPUEngine(workerCount: 2, precision: precision)
        let growth = try Self.growth(over: 100) {
            _ = try engine.scoringProgram(for: network, weights: weights, batchSize: 16)
            _ = try engine.trainingProgram(
                for: network, state: TrainingState(weights: weights), batchSize: 16, optimizer: Optimizer())
        }
        // A program has about 1 MB: a leak of one in twenty would show. Other tests allocate at the same time.
        #expect(growth < 64 << 20)
    }

    @Test func scoringLeavesNothingBehind() throws {
        let (network, weights) = try Self.network()
        let program = try CPUEngine(workerCount: 2).scoringProgram(
            for: network, weights: weights, batchSize: 16)
        let pixels = [UInt8](repeating: 3, count: 16 * 8 * 8 * 3)
        var scores = [Float](repeating: 0, count: 16 * 3)
        let growth = try Self.growth(over: 5000) {
            var target = scores.mutableSpan
            try program.score(pixels.span, into: &target)
        }
        #expect(growth < 32 << 20)
    }
}
