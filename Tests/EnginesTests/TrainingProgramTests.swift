import Engines
import Networks
import Testing

/// What a program does that only knows whole steps.
@Test func aStepIsComputedWhenItIsBegunWhereNothingElseIsSaid() throws {
    let architecture = try #require(Architecture(name: "cifar-resnet8-v2", classCount: 2, inputSize: 8))
    let network = try Network(architecture)
    let pixels = (0..<2 * 8 * 8 * 3).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let targets = try Targets(labels: [0, 1], classCount: 2)
    let programs = try (0..<2).map { _ in
        try ReferenceEngine().trainingProgram(
            for: network, state: TrainingState(weights: network.initialWeights(seed: 1)),
            configuration: .init(batchSize: 2))
    }
    let tiles = HeldTiles(count: 1, side: 8, border: .black, padding: 0) { _, pixelsHWC in
        for byte in pixelsHWC.indices { pixelsHWC[byte] = 0 }
    }
    #expect(try programs[1].hold(tiles) == false)
    #expect(programs[1].stepsAhead == 0)
    let result = try programs[0].step(pixels.span, targets: targets, learningRate: 0.1)
    let pending = try programs[1].begin(.pixels(pixels), targets: targets, learningRate: 0.1)
    #expect(try programs[1].state() == programs[0].state())
    #expect(try pending.result() == result)
}
