import Bytes
import CPUEngine
import EndingJobs
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing
import Training
import XLAEngine

/// Whole trainings, with tiles on the device, and checkpoints that move from engine to engine.
@Suite(.enabled(if: TestPlugin.isThere)) struct TrainingRunTests {
    let folder: TemporaryFolder
    let source: TilePack

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.file("data.tiles")
        let writer = try TilePackWriter(
            .replacing(path), tileWidth: 8, tileHeight: 8, classNames: ["dark", "bright"])
        var random = SplitMix64(seed: 5)
        for index in 0..<160 {
            let pixels = (0..<8 * 8 * 3).map { _ in
                UInt8.random(in: UInt8(50 * (index % 2))...200, using: &random)
            }
            try writer.append(pixels.span, label: index % 2)
        }
        try writer.commit()
        source = try TilePack(opening: path)
    }

    private func plan(_ name: String) -> TrainingPlan {
        var plan = TrainingPlan(
            dataPath: source.path, outputPath: folder.file(name),
            architecture: Architecture(family: .cifarV2, depth: 8, classCount: 2, inputSize: 8),
            epochCount: 4, schedule: .cosine, augmentation: Augmentation(padding: 1, mirror: true))
        (plan.batchSize, plan.learningRate, plan.seed) = (32, 0.02, 3)
        (plan.optimizer.averageDecay, plan.keptCheckpointCount) = (0.9, 10)
        return plan
    }

    private var cpu: CPUEngine { CPUEngine(workerCount: 2, cacheFolder: nil) }

    /// - Parameter stopEpoch: after which it is cancelled.
    private func train(
        _ plan: TrainingPlan, on engine: any Engine, start: RunStart = .new, stopEpoch: Int = .max
    ) throws {
        _ = try Training.train(
            plan, source: source, engine: engine, start: start,
            job: .ending { $0.finishedEpoch != nil && $0.step.epoch >= stopEpoch })
    }

    private func losses(of plan: TrainingPlan) throws -> [Float] {
        try String(contentsOfFile: plan.outputPath + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
            .compactMap { try? JSONDecoder().decode(StepMetrics.self, from: Data($0.utf8)).loss }
    }

    /// The curves are one at first and stay near: what parts them is the rounding of 20 steps.
    private func expectNear(_ plan: TrainingPlan, _ other: TrainingPlan) throws {
        let (found, expected) = (try losses(of: plan), try losses(of: other))
        #expect(found.count == 20 && expected.count == 20)
        for (step, (a, b)) in zip(found, expected).enumerated() {
            #expect(abs(a - b) < (step < 3 ? 1e-3 : 0.05) * max(b, 0.5), "step \(step): \(a) and \(b)")
        }
        #expect(expected[19] < expected[0])
    }

    @Test func learnsAsTheCPUDoes() throws {
        let (accelerated, plain) = (plan("accelerated"), plan("plain"))
        try train(accelerated, on: TestPlugin.engine())
        try train(plain, on: cpu)
        try expectNear(accelerated, plain)
    }

    @Test func resumesToTheSameBits() throws {
        let (whole, parts) = (plan("whole"), plan("parts"))
        try train(whole, on: TestPlugin.engine())
        try train(parts, on: TestPlugin.engine(), stopEpoch: 2)
        try train(parts, on: TestPlugin.engine(), start: .resuming)
        #expect(try losses(of: parts) == losses(of: whole))
        let models = try [whole, parts].map {
            try Model(reading: $0.outputPath + "/model.safetensors").weights
        }
        #expect(models[0] == models[1])
    }

    @Test(arguments: [true, false]) func checkpointsMoveBetweenEngines(accelerated: Bool) throws {
        let (moving, plain) = (plan("moving"), plan("plain"))
        let engines: [any Engine] = [try TestPlugin.engine(), cpu]
        try train(moving, on: engines[accelerated ? 0 : 1], stopEpoch: 2)
        try train(moving, on: engines[accelerated ? 1 : 0], start: .resuming)
        try train(plain, on: cpu)
        try expectNear(moving, plain)
    }

    /// Three networks, each on a device of its own, from one stream of tiles.
    @Test func severalNetworksLearnOnSeveralDevices() throws {
        let plans = (0..<3).map { plan("together-\($0)") }
        let accelerator = try TestPlugin.accelerator()
        _ = try trainTogether(
            plans, source: source,
            engine: { plan in
                try XLAEngine(
                    accelerator, devices: [plans.firstIndex { $0.outputPath == plan.outputPath } ?? 0])
            })
        let alone = plan("alone")
        try train(alone, on: TestPlugin.engine())
        for plan in plans { #expect(try losses(of: plan) == losses(of: alone)) }
    }

    /// What was learnt is kept, and the error says how to go on.
    @Test func aDeviceThatFailsLeavesARunThatGoesOn() throws {
        let (failing, plain) = (plan("failing"), plan("plain"))
        let error = #expect(throws: TrainingError.self) {
            // Five steps are an epoch; two runs fill the store of tiles.
            try train(failing, on: XLAEngine(TestPlugin.accelerator("fail_after=14")))
        }
        #expect(error?.code == .engineFailed)
        let words = try #require(error?.description)
        #expect(words.contains("device lost") && words.contains("--resume \(failing.outputPath)"))
        #expect(words.contains("step 13"))
        // On another number of devices, whose threads share the sums otherwise.
        try train(failing, on: TestPlugin.engine(), start: .resuming)
        try train(plain, on: cpu)
        try expectNear(failing, plain)
    }
}
