import Bytes
import CPUEngine
import Engines
import Networks
import Testing

private struct Setup {
    var network: Network
    var weights: Weights
    var pixels: [UInt8]
    var labels: [Int32]

    init(_ name: String, count: Int, inputSize: Int) throws {
        network = try Network(#require(Architecture(name: name, classCount: 3, inputSize: inputSize)))
        weights = network.initialWeights(seed: 9)
        var random = SplitMix64(seed: 4)
        pixels = (0..<count * inputSize * inputSize * 3).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        labels = (0..<count).map { Int32($0 % 3) }
    }

    func targets() throws -> Targets { try Targets(labels: labels, classCount: 3) }

    func scores(_ engine: any Engine, count: Int, batchSize: Int) throws -> [Float] {
        let program = try engine.scoringProgram(for: network, weights: weights, batchSize: batchSize)
        var scores = [Float](repeating: 0, count: count * 3)
        let imageByteCount = pixels.count / labels.count
        var target = scores.mutableSpan
        try program.score(pixels.span.extracting(..<(count * imageByteCount)), into: &target)
        return scores
    }
}

@Test(arguments: ["cifar-resnet8-v1a", "cifar-resnet8-v2", "resnet18-v2", "resnet50-v1.5"])
func scoresAgreeWithTheReference(name: String) throws {
    let setup = try Setup(name, count: 3, inputSize: 32)
    let expected = try setup.scores(ReferenceEngine(), count: 3, batchSize: 1)
    let found = try setup.scores(CPUEngine(workerCount: 2, cacheFolder: nil), count: 3, batchSize: 3)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-4) }
}

@Test func scoresOfAnImageDoNotDependOnItsCompany() throws {
    let setup = try Setup("cifar-resnet8-v2", count: 37, inputSize: 32)
    let all = try setup.scores(CPUEngine(workerCount: 2, cacheFolder: nil), count: 37, batchSize: 128)
    for (count, batchSize, workers) in [(37, 16, 1), (37, 5, 3), (1, 128, 2), (20, 1, 2)] {
        let some = try setup.scores(
            CPUEngine(workerCount: workers, cacheFolder: nil), count: count, batchSize: batchSize)
        #expect(some == Array(all[..<(count * 3)]))
    }
}

@Test func scoresNoImageAsNothing() throws {
    let setup = try Setup("cifar-resnet8-v2", count: 1, inputSize: 32)
    #expect(try setup.scores(CPUEngine(workerCount: 2, cacheFolder: nil), count: 0, batchSize: 8).isEmpty)
}

@Test(arguments: ["cifar-resnet8-v1b", "cifar-resnet8-v2"])
func trainsToTheSameBitsForAnyNumberOfWorkers(name: String) throws {
    let setup = try Setup(name, count: 24, inputSize: 16)
    let states = try [1, 2, 3].map { workers in
        let program = try CPUEngine(workerCount: workers, cacheFolder: nil).trainingProgram(
            for: setup.network, state: TrainingState(weights: setup.weights),
            configuration: .init(batchSize: 24))
        let targets = try setup.targets()
        for _ in 0..<3 {
            _ = try program.step(setup.pixels.span, targets: targets, learningRate: 0.1)
        }
        return try program.state()
    }
    #expect(states[1] == states[0])
    #expect(states[2] == states[0])
}

@Test func continuesFromAStateToTheSameBits() throws {
    let setup = try Setup("cifar-resnet8-v2", count: 12, inputSize: 16)
    let engine = CPUEngine(workerCount: 2, cacheFolder: nil)
    func run(from state: TrainingState, steps: Int) throws -> TrainingState {
        let program = try engine.trainingProgram(
            for: setup.network, state: state, configuration: .init(batchSize: 12))
        let targets = try setup.targets()
        for _ in 0..<steps {
            _ = try program.step(setup.pixels.span, targets: targets, learningRate: 0.05)
        }
        return try program.state()
    }
    let start = TrainingState(weights: setup.weights)
    #expect(try run(from: run(from: start, steps: 2), steps: 3) == run(from: start, steps: 5))
}

@Test func learnsABatchByHeart() throws {
    let setup = try Setup("cifar-resnet8-v2", count: 12, inputSize: 16)
    let program = try CPUEngine(workerCount: 2, cacheFolder: nil).trainingProgram(
        for: setup.network, state: TrainingState(weights: setup.weights), configuration: .init(batchSize: 12))
    var last = StepResult(loss: .infinity, correctCount: 0, topFiveCount: 0)
    let targets = try setup.targets()
    for _ in 0..<40 {
        last = try program.step(setup.pixels.span, targets: targets, learningRate: 0.05)
    }
    #expect(last.loss < 0.05)
    #expect(last.correctCount == 12)
}
