import CPUEngine
import Engines
import Files
import Foundation
import ModelFiles
import Records
import TestSupport
import Testing
import Training

/// Programs whose steps are begun before the results of others are there, and which may hold the tiles.
@Suite struct StepsAheadTests {
    let tiny: TinyTraining

    init() throws { tiny = try TinyTraining() }

    private var cpu: CPUEngine { CPUEngine(workerCount: 2, cacheFolder: nil) }

    /// Without mixup, so that tiles can be held, and with all checkpoints kept.
    private func plan(_ name: String, depth: Int = 8) -> TrainingPlan {
        var plan = tiny.plan(name, depth: depth)
        (plan.mixupAlpha, plan.keptCheckpointCount) = (nil, 20)
        return plan
    }

    private func expectSame(_ plan: TrainingPlan, _ other: TrainingPlan) throws {
        #expect(try tiny.model(of: plan) == tiny.model(of: other))
        #expect(try tiny.metrics(of: plan) == tiny.metrics(of: other))
        #expect(try tiny.metrics(of: plan).count == 18)
        for epoch in 1...3 {
            let checkpoints = try [plan, other].map {
                try Checkpoint(reading: $0.outputPath + "/checkpoints/epoch-00000\(epoch).safetensors")
            }
            #expect(checkpoints[0].state == checkpoints[1].state)
            #expect(checkpoints[0].record.step == checkpoints[1].record.step)
        }
    }

    private func steps(of plan: TrainingPlan) throws -> [StepMetrics] {
        try String(contentsOfFile: plan.outputPath + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
            .compactMap { try? JSONDecoder().decode(StepMetrics.self, from: Data($0.utf8)) }
    }

    @Test(arguments: [Augmentation.Border.black, .reflect], [true, false])
    func learnsTheBitsOfThePlainWay(border: Augmentation.Border, canHold: Bool) throws {
        var (ahead, plain) = (plan("ahead"), plan("plain"))
        ahead.augmentation = Augmentation(.moved(padding: 2, border: border), mirror: .alternating)
        plain.augmentation = ahead.augmentation
        let engine = AheadEngine(cpu, canHold: canHold)
        let validation = Validation(topOne: 0.5, topFive: 1)
        try tiny.train(ahead, engine: engine, validate: { _ in validation })
        try tiny.train(plain, validate: { _ in validation })
        try expectSame(ahead, plain)
        #expect(engine.heldStepCount == (canHold ? 15 : 0))
        let steps = try steps(of: ahead)
        #expect(steps.allSatisfy { $0.imagesPerSecond > 0 && $0.imagesPerSecond.isFinite })
        #expect(steps.allSatisfy { (0...1).contains($0.loaderWaitFraction) })
    }

    @Test func aPackThatIsCutWhileItIsTakenSaysWhatToDo() throws {
        let pack = try TilePack(opening: tiny.source.path, heldByteLimit: 0)
        // All that a pack is known by is still there: every 43/16th tile.
        truncate(pack.path, 64 + 41 * 8 * 8 * 3)
        let cut = plan("cut")
        let error = #expect(throws: TrainingError.self) {
            try tiny.train(cut, engine: AheadEngine(cpu, canHold: true), source: pack)
        }
        #expect(error?.code == .dataChanged)
        #expect(error?.cause.contains("restore the file") == true)
    }

    @Test(arguments: 0..<4) func noTilesAreHeldWhereMoreHappensToThem(reason: Int) throws {
        var (ahead, plain) = (plan("ahead"), plan("plain"))
        switch reason {
        case 0: ahead.mixupAlpha = 0.4
        case 1: ahead.augmentation.jitter = ColourJitter(contrast: 0.5)
        case 2: ahead.augmentation.turns = true
        default: ahead.augmentation = .imageNet
        }
        (plain.mixupAlpha, plain.augmentation) = (ahead.mixupAlpha, ahead.augmentation)
        let engine = AheadEngine(cpu, canHold: true)
        try tiny.train(ahead, engine: engine)
        try tiny.train(plain)
        try expectSame(ahead, plain)
        #expect(!engine.events.contains(.hold(0)))
    }

    /// Steps under way are ended before the state is kept, but for those of the next epoch, which are not begun.
    @Test(arguments: [1, 3, 4, 6, 13], [true, false])
    func goesOnToTheSameBits(stopSteps: Int, resumesAhead: Bool) throws {
        let (parts, whole) = (plan("parts"), plan("whole"))
        let stopped = try tiny.train(
            parts, engine: AheadEngine(cpu, canHold: true), stopAfter: stopSteps)
        #expect(stopped.wasCancelled)
        #expect(stopped.stepCount == min(stopSteps + 2, (stopSteps + 4) / 5 * 5))
        try tiny.train(
            parts, engine: resumesAhead ? AheadEngine(cpu, canHold: true) : cpu, start: .resuming)
        try tiny.train(whole)
        try expectSame(parts, whole)
    }

    @Test func allStepsUnderWayAreEndedBeforeACheckpoint() throws {
        var (ahead, plain) = (plan("ahead"), plan("plain"))
        (ahead.checkpointMinutes, plain.checkpointMinutes) = (1e-9, 1e-9)
        try tiny.train(ahead, engine: AheadEngine(cpu, canHold: true))
        try tiny.train(plain)
        try expectSame(ahead, plain)
        let names = try tiny.names(in: ahead)
        #expect(names.contains("epoch-000001-step-0000000003.safetensors"))
        for name in names {
            let checkpoints = try [ahead, plain].map {
                try Checkpoint(reading: $0.outputPath + "/checkpoints/" + name)
            }
            #expect(checkpoints[0].state == checkpoints[1].state, "\(name)")
        }
    }

    @Test func allBeginTheirStepBeforeAnyWaits() throws {
        let together = [plan("a"), plan("b", depth: 14)]
        let alone = [plan("alone-a"), plan("alone-b", depth: 14)]
        let engine = AheadEngine(cpu, canHold: true)
        _ = try trainTogether(together, source: tiny.source, engine: { _ in engine })
        for (plan, other) in zip(together, alone) {
            try tiny.train(other)
            try expectSame(plan, other)
        }
        #expect(engine.heldStepCount == 30)
        let (begin, end): ([AheadEngine.Event], [AheadEngine.Event]) = (
            [.begin(0), .begin(1)], [.end(0), .end(1)]
        )
        let epoch = begin + begin + begin + end + begin + end + begin + end + end + end
        #expect(engine.events == [.hold(0), .hold(1)] + epoch + epoch + epoch)
    }

    /// Engines of all kinds, of which one needs pixels.
    @Test func runsOfSeveralEnginesLearnFromOneStream() throws {
        let together = [plan("a"), plan("b"), plan("c")]
        let alone = plan("alone")
        let ahead = [true, false].map { AheadEngine(cpu, canHold: $0) }
        let engines: [any Engine] = [ahead[0], ahead[1], cpu]
        let steps = Collected<[Int]>()
        _ = try trainTogether(
            together, source: tiny.source,
            engine: { plan in engines[together.firstIndex(of: plan) ?? 0] },
            job: Job { steps.add($0.map(\.step.step)) })
        try tiny.train(alone)
        for plan in together { try expectSame(plan, alone) }
        #expect(ahead.map(\.heldStepCount) == [0, 0])
        #expect(steps.values.suffix(2) == [[15, 15, 15], [15, 15, 15]])
    }

    @Test func tellsOfEachStepOnce() throws {
        let collected = Collected<TrainingProgress>()
        let summary = try train(
            plan("run"), source: tiny.source, engine: AheadEngine(FakeEngine(), canHold: true),
            job: Job { collected.add($0) })
        let all = collected.values
        #expect(all.filter { $0.finishedEpoch == nil }.map(\.step.step) == Array(1...15))
        #expect(all.compactMap(\.finishedEpoch) == summary.epochs)
        #expect(all.allSatisfy { $0.secondsLeft.isFinite && $0.imagesPerSecond > 0 })
    }

    @Test(arguments: [0, 4, 6, 14]) func namesTheStepWhoseLossIsNoNumber(stepsBefore: Int) throws {
        let plan = plan("run")
        let fake = FakeEngine(loss: { $0 == stepsBefore ? .nan : 1 })
        let error = #expect(throws: TrainingError.self) {
            try train(plan, source: tiny.source, engine: AheadEngine(fake, canHold: true))
        }
        #expect(error?.code == .diverged)
        #expect(
            error?.operation == "train step \(stepsBefore + 1) of the run, in epoch \(stepsBefore / 5 + 1)")
        let learningRate = plan.learningRate(step: stepsBefore, stepsPerEpoch: 5)
        #expect(error?.cause.contains("at learning rate \(learningRate);") == true, "\(error?.cause ?? "")")
        #expect(try steps(of: plan).map(\.step) == Array(1..<stepsBefore + 1))
    }

    /// Steps that were begun after a diverged one are dropped; the others' go on.
    @Test func onesDivergenceLeavesTheOthers() throws {
        var together = [plan("a"), plan("b")]
        let alone = plan("alone")
        together[0].learningRate = 1e30
        let summaries = try trainTogether(
            together, source: tiny.source, engine: { _ in AheadEngine(cpu, canHold: true) })
        #expect((summaries[0].failure as? TrainingError)?.code == .diverged)
        #expect(summaries[1].failure == nil)
        try tiny.train(alone)
        try expectSame(together[1], alone)
    }
}
