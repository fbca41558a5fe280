import Devices
import Engines
import Foundation
import Networks
import Synchronization
import Testing

struct SharedEngineTests {
    private let inner = CountingEngine()
    private let network: Network
    private let weights: Weights
    private let block = BlockSize(height: 32, width: 32)

    init() throws {
        network = try Network(#require(Architecture(name: "cifar-resnet8-v2", classCount: 2)))
        weights = network.initialWeights(seed: 1)
    }

    private func scores(_ program: any ScoringProgram, of pixel: UInt8) throws -> [Float] {
        var scores: [Float] = [0, 0]
        var target = scores.mutableSpan
        try program.score([pixel].span, into: &target)
        return scores
    }

    @Test func twoThreadsShareOneProgram() throws {
        let (shared, network, weights) = (SharedEngine(inner), network, weights)
        let wrong = Mutex(0)
        let borrowers = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 2) { thread in
            do {
                let program = try shared.scoringProgram(for: network, weights: weights, batchSize: 4)
                borrowers.add(1, ordering: .relaxed)
                // Without the other the program would be let go and made again.
                while borrowers.load(ordering: .relaxed) < 2 { Thread.sleep(forTimeInterval: 0.001) }
                for round in 0..<200 {
                    let pixel = UInt8(2 * (round % 100) + thread)
                    if try scores(program, of: pixel) != [1, Float(pixel)] { wrong.withLock { $0 += 1 } }
                }
            } catch {
                wrong.withLock { $0 += 1 }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
        #expect(inner.counts.made == 1 && inner.counts.collisions == 0)
    }

    @Test func sameNetworkWeightsAndShapeIsOneProgram() throws {
        let shared = SharedEngine(inner)
        let programs = try [4, 4, 8].map {
            try shared.scoringProgram(for: network, weights: weights, batchSize: $0)
        }
        #expect(try programs.map { try scores($0, of: 7)[0] } == [1, 1, 2])
        var other = weights
        other["fc.bias"]?.values[0] += 1
        let third = try shared.scoringProgram(for: network, weights: other, batchSize: 4)
        #expect(try scores(third, of: 7) == [3, 7])
        let equal = try shared.scoringProgram(
            for: network, weights: network.initialWeights(seed: 1), batchSize: 4)
        #expect(try scores(equal, of: 7) == [1, 7])
        withExtendedLifetime(programs) {}
    }

    @Test func aProgramIsLetGoWithItsLastBorrower() throws {
        let shared = SharedEngine(inner)
        var programs = try (0..<2).map { _ in
            try shared.scoringProgram(for: network, weights: weights, batchSize: 4)
        }
        #expect(inner.counts.alive == 1)
        programs.removeLast()
        #expect(inner.counts.alive == 1)
        programs.removeLast()
        #expect(inner.counts.alive == 0)
        _ = try shared.scoringProgram(for: network, weights: weights, batchSize: 4)
        #expect(inner.counts.made == 2 && inner.counts.alive == 0)
    }

    @Test func aFailureStaysWithWhoeverMetIt() throws {
        let shared = SharedEngine(inner)
        inner.failNext()
        #expect(throws: EngineError.self) {
            _ = try shared.scoringProgram(for: network, weights: weights, batchSize: 4)
        }
        let programs = try (0..<2).map { _ in
            try shared.scoringProgram(for: network, weights: weights, batchSize: 4)
        }
        #expect(throws: EngineError.self) { try scores(programs[0], of: 255) }
        #expect(try scores(programs[1], of: 9) == [1, 9])
        #expect(throws: EngineError.self) {
            _ = try shared.trainingProgram(
                for: network, state: TrainingState(weights: weights), configuration: .init(batchSize: 4))
        }
    }

    @Test func featureProgramsAreShared() throws {
        let shared = SharedEngine(inner)
        let programs = try (0..<2).map { _ in
            try shared.featureScoringProgram(for: network, weights: weights, batchSize: 4)
        }
        #expect(inner.counts.made == 1 && programs[0].featureCount == 1)
        var scores: [Float] = [0, 0]
        var features: [Float] = [0]
        var scoreSpan = scores.mutableSpan
        var featureSpan = features.mutableSpan
        try programs[1].score([5].span, into: &scoreSpan, features: &featureSpan)
        #expect(scores == [1, 5] && features == [-5])
        #expect(try self.scores(programs[0], of: 6) == [1, 6])
    }

    @Test func windowProgramsAreShared() throws {
        let shared = SharedEngine(inner)
        let programs = try (0..<2).map { _ in
            try shared.windowScoringProgram(for: network, weights: weights, blockSize: block, batchSize: 4)
        }
        for (index, program) in programs.enumerated() {
            var found: [Float] = []
            let isFinished = try program.score(
                [WindowCorner(x: 0, y: 0)], of: [UInt8(index)].span, size: block
            ) { _, scores in
                found = scores
                return true
            }
            #expect(isFinished && found == [1, Float(index)])
        }
    }

    @Test func denseResultsAreAskedForInTheOrderInWhichTheyWereBegun() throws {
        let shared = SharedEngine(inner)
        let programs = try (0..<2).map { _ in
            try shared.denseScoringProgram(for: network, weights: weights, blockSize: block, stride: 4)
        }
        #expect(inner.counts.made == 1 && programs[0].blocksPerCall == 2)
        let first = try programs[0].begin([[10]])
        let failing = try programs[0].begin([[255]])
        let second = try programs[1].begin([[20], [21]])
        #expect(try second.result() == [[1, 20], [1, 21]])
        #expect(inner.counts.askedFor == [10, 255, 20])
        #expect(try first.result() == [[1, 10]])
        #expect(throws: EngineError.self) { try failing.result() }
        // Nobody asks for the first of these.
        _ = try programs[0].begin([[30]])
        #expect(try programs[1].begin([[40]]).result() == [[1, 40]])
        #expect(inner.counts.askedFor == [10, 255, 20, 30, 40])
    }

    @Test func saysWhatTheEngineInsideSays() throws {
        let shared = SharedEngine(inner)
        #expect(shared.description == "counting" && shared.abilities == inner.abilities)
        #expect(try shared.numerics(scoring: network, weights: weights) == inner.numerics)
    }
}
