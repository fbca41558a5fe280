import Bytes
import CPUEngine
import Engines
import Evaluation
import Figures
import Files
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing
import Training

/// Tiles of noise; those of the class `stripes` have every other row brighter.
private func writeStripes(to path: String, tileCount: Int, seed: UInt64) throws {
    let writer = try TilePackWriter(
        .replacing(path), tileWidth: 8, tileHeight: 8, classNames: ["plain", "stripes"])
    var random = SplitMix64(seed: seed)
    for index in 0..<tileCount {
        let label = index % 2
        let pixels = (0..<8 * 8 * 3).map { byte in
            let isBright = label == 1 && byte / 24 % 2 == 0
            return UInt8.random(in: isBright ? 80...200 : 40...160, using: &random)
        }
        try writer.append(pixels.span, label: label)
    }
    try writer.commit()
}

/// Trains a tiny network for four epochs of eight steps.
private func trainStripes(in folder: String, workerCount: Int) throws -> TrainingSummary {
    let (data, test) = (folder + "/train.tiles", folder + "/test.tiles")
    try writeStripes(to: data, tileCount: 128, seed: 1)
    try writeStripes(to: test, tileCount: 50, seed: 2)
    var plan = TrainingPlan(
        dataPath: data, outputPath: folder + "/run-\(workerCount)",
        architecture: Architecture(family: .cifarV2, depth: 8, classCount: 2, inputSize: 8), epochCount: 4,
        schedule: .cosine, augmentation: Augmentation(padding: 1, mirror: true))
    (plan.batchSize, plan.learningRate, plan.seed) = (16, 0.05, 3)
    let validation = try PackScoring(
        TilePack(opening: test), classNames: ["plain", "stripes"], inputSize: 8)
    return try train(
        plan, source: TilePack(opening: data), engine: CPUEngine(workerCount: workerCount, cacheFolder: nil),
        validate: { program in
            let result = try validation.predictions(by: program)
            return result.topFraction(1).map { Validation(topOne: $0, topFive: 1) }
        })
}

@Test func learnsStripesOnTheCPU() throws {
    try withTemporaryFolder { folder in
        let summary = try trainStripes(in: folder, workerCount: 2)
        let losses = summary.epochs.map(\.trainingLoss)
        #expect(losses[3] < losses[0] / 2)
        #expect((summary.epochs[3].validationTopOne ?? 0) > 0.9)
        let svg = try trainingCurves(reading: folder + "/run-2/metrics.jsonl").figure.svg().text
        #expect(svg.contains("validation"))
    }
}

@Test func oneAndTwoWorkersLearnTheSameBits() throws {
    try withTemporaryFolder { folder in
        let summaries = try [1, 2].map { try trainStripes(in: folder, workerCount: $0) }
        #expect(summaries[0].epochs.map(\.trainingLoss) == summaries[1].epochs.map(\.trainingLoss))
        let models = try summaries.map { try Model(reading: $0.modelPath) }
        #expect(models[0].weights == models[1].weights)
    }
}
