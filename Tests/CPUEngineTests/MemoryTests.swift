import CPUEngine
import Engines
import Foundation
import Networks
import Testing

/// A process has one memory, so these tests run in one of their own, with no other test beside them: `make test` sets
/// `TILESCOPE_TEST_MEMORY` to how often each thing is done.
private let repetitions = ProcessInfo.processInfo.environment["TILESCOPE_TEST_MEMORY"].flatMap { Int($0) }

@Suite(.serialized, .enabled(if: repetitions != nil)) struct MemoryTests {
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

    /// How far memory grows over all repetitions, after a tenth of them that may fill caches.
    private static func growth(_ body: () throws -> Void) throws -> Int {
        let count = repetitions ?? 0
        for _ in 0..<(count / 10 + 10) { try body() }
        let before = try residentByteCount()
        for _ in 0..<count { try body() }
        return try residentByteCount() - before
    }

    @Test(arguments: Precision.allCases.filter(CPUEngine.supports))
    func creatingProgramsLeavesNothingBehind(precision: Precision) throws {
        let network: Network
        var weights: Weights
        (network, weights) = try Self.network()
        for name in try network.inputRangeNames() { weights[name] = Tensor(shape: [1], repeating: 1) }
        let engine = CPUEngine(workerCount: 2, precision: precision, cacheFolder: nil)
        let growth = try Self.growth {
            _ = try engine.scoringProgram(for: network, weights: weights, batchSize: 16)
            guard precision != .int8 else { return }
            _ = try engine.trainingProgram(
                for: network, state: TrainingState(weights: weights), configuration: .init(batchSize: 16))
        }
        // A page of slack, and less than a kilobyte for each.
        #expect(growth < 2 << 20 + (repetitions ?? 0) * 1024)
    }

    @Test func scoringLeavesNothingBehind() throws {
        let (network, weights) = try Self.network()
        let program = try CPUEngine(workerCount: 2, cacheFolder: nil).scoringProgram(
            for: network, weights: weights, batchSize: 16)
        let pixels = [UInt8](repeating: 3, count: 16 * 8 * 8 * 3)
        var scores = [Float](repeating: 0, count: 16 * 3)
        let growth = try Self.growth {
            var target = scores.mutableSpan
            try program.score(pixels.span, into: &target)
        }
        #expect(growth < 1 << 20)
    }
}
