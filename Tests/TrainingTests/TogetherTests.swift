import CPUEngine
import Engines
import Files
import Foundation
import ModelFiles
import Records
import TestSupport
import Testing
import Training

/// Several trainings from one stream of batches.
@Suite struct TogetherTests {
    let tiny: TinyTraining

    init() throws { tiny = try TinyTraining() }

    private func train(
        _ plans: [TrainingPlan], start: RunStart = .new, job: Job<[TrainingProgress]> = Job()
    ) throws -> [TrainingSummary] {
        try trainTogether(
            plans, source: tiny.source, engine: { _ in CPUEngine(workerCount: 2, cacheFolder: nil) },
            start: start, job: job)
    }

    /// Three plans that agree in what decides the stream.
    private func plans(_ prefix: String) -> [TrainingPlan] {
        var plans = [tiny.plan(prefix + "a"), tiny.plan(prefix + "b", depth: 14), tiny.plan(prefix + "c")]
        (plans[1].learningRate, plans[1].mixupAlpha) = (0.02, nil)
        (plans[2].optimizer.averageDecay, plans[2].schedule) = (nil, .constant)
        return plans
    }

    @Test func eachComesToTheSameBitsAsAlone() throws {
        let (together, alone) = (plans("together-"), plans("alone-"))
        let steps = Collected<Int>()
        let summaries = try train(together, job: Job { steps.add($0.count) })
        #expect(steps.values.reduce(0, +) == 3 * (15 + 3))
        #expect(summaries.map(\.stepCount) == [15, 15, 15])
        for (plan, other) in zip(together, alone) {
            try tiny.train(other)
            #expect(try tiny.model(of: plan) == tiny.model(of: other))
            #expect(try tiny.metrics(of: plan) == tiny.metrics(of: other))
        }
    }

    @Test func thoseThatWereLeftAtDifferentPlacesGoOnTogether() throws {
        let (together, alone) = (plans("together-"), plans("alone-"))
        for plan in alone { try tiny.train(plan) }
        for (plan, stopSteps) in zip(together, [12, 3, 7]) { try tiny.train(plan, stopAfter: stopSteps) }
        let summaries = try train(together, start: .resuming)
        #expect(summaries.allSatisfy { $0.stepCount == 15 && $0.epochs.map(\.epoch) == [1, 2, 3] })
        for (plan, other) in zip(together, alone) {
            #expect(try tiny.model(of: plan) == tiny.model(of: other))
            #expect(try tiny.metrics(of: plan) == tiny.metrics(of: other))
        }
    }

    @Test func onesDivergenceLeavesTheOthers() throws {
        let (together, alone) = (plans("together-"), plans("alone-"))
        var spoilt = together
        spoilt[1].learningRate = 1e30
        let summaries = try train(spoilt)
        #expect((summaries[1].failure as? TrainingError)?.code == .diverged)
        #expect(summaries.map { $0.failure == nil } == [true, false, true])
        #expect(summaries[0].stepCount == 15 && summaries[2].epochs.count == 3)
        for index in [0, 2] {
            try tiny.train(alone[index])
            #expect(try tiny.model(of: together[index]) == tiny.model(of: alone[index]))
        }
    }

    @Test func allThatDivergeAreSummariesToo() throws {
        var spoilt = plans("")
        for index in spoilt.indices { spoilt[index].learningRate = 1e30 }
        let summaries = try train(spoilt)
        #expect(summaries.allSatisfy { ($0.failure as? TrainingError)?.code == .diverged })
        #expect(summaries.allSatisfy { !$0.wasCancelled })
    }

    @Test(arguments: [false, true]) func noRunIsReplacedUnlessAllCanBegin(isLocked: Bool) throws {
        var plans = plans("")
        for plan in plans { try tiny.train(plan) }
        let models = try plans.map { try tiny.model(of: $0) }
        let holder = try isLocked ? RunFolder(resuming: plans[2].outputPath) : nil
        if !isLocked { plans[2].weightsPath = plans[1].outputPath + "/model.safetensors" }
        #expect(throws: (any Error).self) { try train(plans, start: .replacing) }
        withExtendedLifetime(holder) {}
        for (plan, model) in zip(plans, models) {
            #expect(try tiny.model(of: plan) == model)
            #expect(try tiny.metrics(of: plan).count == 18)
        }
    }

    @Test func aSampleThatNoneCanReadIsToldOfOnce() throws {
        let collected = Collected<String>()
        let lost = UnreadableSample(sample: 4, reason: "it is lost")
        let plans = plans("")
        let summaries = try trainTogether(
            plans, source: FaultySamples(tiny.source, torn: [7]), engine: { _ in FakeEngine() },
            validate: { _ in Validation(topOne: 0.5, topFive: 1, unreadable: [lost]) },
            job: Job(warning: { collected.add($0) }))
        let warnings = collected.values
        #expect(warnings.count == 2, "\(warnings)")
        #expect(warnings.count { $0.hasPrefix("a sample cannot be read, so another one replaces it") } == 1)
        #expect(warnings.contains("a validation sample cannot be read and does not count: it is lost"))
        for (plan, summary) in zip(plans, summaries) {
            #expect(summary.unreadableCount == 1 && summary.unreadableValidationCount == 1)
            let text = try String(contentsOfFile: plan.outputPath + "/quarantine.jsonl", encoding: .utf8)
            #expect(text.hasSuffix(#"{"reason":"it is lost","sample":4,"use":"validation"}"# + "\n"))
            #expect(text.split(separator: "\n").count == 2)
        }
    }

    @Test(arguments: [
        ("seed is 3 in the first and 4 in this one", 0),
        ("batchSize is 8 in the first and 16 in this one", 1),
        ("epochCount is 3 in the first and 2 in this one", 2),
        ("samplesPerEpoch is not set in the first and 16 in this one", 3),
        ("another plan also writes into", 4), ("augmentation.", 5),
    ])
    func refusesPlansOfAnotherStream(cause: String, change: Int) throws {
        var plans = plans("")
        switch change {
        case 0: plans[2].seed = 4
        case 1: plans[2].batchSize = 16
        case 2: plans[2].epochCount = 2
        case 3: plans[2].samplesPerEpoch = 16
        case 4: plans[2].outputPath = plans[1].outputPath
        default: plans[2].augmentation = Augmentation(padding: 2, mirror: true)
        }
        let error = #expect(throws: TrainingError.self) { try train(plans) }
        #expect(error?.code == .wrongPlan)
        #expect(error?.description.contains("plan 3") == true)
        #expect(error?.cause.contains(cause) == true, "\(error?.cause ?? "")")
        #expect(try tiny.folder.names == ["data.tiles"])
    }
}
