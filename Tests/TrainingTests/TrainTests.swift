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

/// Two epochs of three steps of four tiles, on the 13 tiles of a pack in `folder`.
private func plan(in folder: String) throws -> TrainingPlan {
    let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 2, inputSize: 8)
    var plan = TrainingPlan(
        dataPath: folder + "/data.tiles", outputPath: folder + "/run", architecture: architecture,
        epochCount: 2, schedule: .factorPerEpoch(0.5), augmentation: .none)
    plan.batchSize = 4
    plan.seed = 7
    try writePack(to: plan.dataPath, tileCount: 13, side: 8, classNames: ["dark", "bright"])
    return plan
}

/// Trains on the pack that the plan names.
private func train(
    _ plan: TrainingPlan, engine: FakeEngine, start: RunStart = .new,
    validate: ((any ScoringProgram) throws -> Validation?)? = nil,
    job: Job<TrainingProgress> = Job()
) throws -> TrainingSummary {
    try train(
        plan, source: TilePack(opening: plan.dataPath), engine: engine, start: start, validate: validate,
        job: job)
}

private func lines<Line: Decodable>(of path: String, as type: Line.Type) throws -> [Line] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
        try? JSONDecoder().decode(type, from: Data($0.utf8))
    }
}

/// All names but those of the event files, which tell the time.
private func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { !EventFile.isEventFile($0) }.sorted()
}

@Test func leavesAPlanMetricsCheckpointsAndAModel() throws {
    try withTemporaryFolder { folder in
        let plan = try plan(in: folder)
        let summary = try train(plan, engine: FakeEngine())
        let run = folder + "/run"
        #expect(
            try files(in: run) == ["checkpoints", "lock", "metrics.jsonl", "model.safetensors", "plan.json"])
        #expect(
            try files(in: run + "/checkpoints") == ["epoch-000001.safetensors", "epoch-000002.safetensors"])
        let written = try Data(contentsOf: URL(filePath: run + "/plan.json"))
        #expect(try JSONDecoder().decode(TrainingPlan.self, from: written) == plan)
        let steps = try lines(of: run + "/metrics.jsonl", as: StepMetrics.self)
        #expect(steps.map(\.step) == [1, 2, 3, 4, 5, 6])
        #expect(steps.map(\.epoch) == [1, 1, 1, 2, 2, 2])
        #expect(steps.map(\.loss) == (1...6).map { 2 / Float($0) })
        #expect(steps.allSatisfy { $0.correctFraction == 0.5 && $0.topFiveFraction == 1 })
        #expect(steps.allSatisfy { $0.imagesPerSecond > 0 })
        #expect(steps.allSatisfy { (0...1).contains($0.loaderWaitFraction) })
        let epochs = try lines(of: run + "/metrics.jsonl", as: EpochMetrics.self)
        #expect(epochs.map(\.epoch) == [1, 2])
        #expect(epochs.map(\.step) == [3, 6])
        #expect(epochs.allSatisfy { $0.trainingTopOne == 0.5 && $0.validationTopOne == nil })
        #expect(abs(epochs[0].trainingLoss - (2 + 1 + 2.0 / 3) / 3) < 1e-6)
        #expect(summary.epochs == epochs)
        #expect(summary.stepCount == 6 && !summary.wasCancelled)
        #expect(summary.modelPath == run + "/model.safetensors")
    }
}

@Test func eachStepHasTheSchedulesLearningRate() throws {
    try withTemporaryFolder { folder in
        let engine = FakeEngine()
        _ = try train(plan(in: folder), engine: engine)
        #expect(engine.steps.map(\.learningRate) == [0.1, 0.1, 0.1, 0.05, 0.05, 0.05])
    }
}

@Test func eachEpochHasAnotherOrderAndEachRunTheSame() throws {
    try withTemporaryFolder { folder in
        var plan = try plan(in: folder)
        let (first, second) = (FakeEngine(), FakeEngine())
        _ = try train(plan, engine: first)
        plan.outputPath += "2"
        _ = try train(plan, engine: second)
        #expect(first.steps == second.steps)
        let firstBytes = first.steps.map(\.firstBytes)
        #expect(firstBytes[..<3] != firstBytes[3...])
        for epoch in [firstBytes[..<3], firstBytes[3...]] {
            #expect(Set(epoch.joined()).count == 12)
        }
        let models = try ["/run", "/run2"].map {
            try Data(contentsOf: URL(filePath: folder + $0 + "/model.safetensors"))
        }
        #expect(models[0] == models[1])
    }
}

@Test func aCheckpointHoldsWhatAResumeNeeds() throws {
    try withTemporaryFolder { folder in
        let plan = try plan(in: folder)
        _ = try train(plan, engine: FakeEngine())
        let path = folder + "/run/checkpoints/epoch-000002.safetensors"
        let model = try Model(reading: path)
        #expect(try model == Model(reading: folder + "/run/model.safetensors"))
        #expect(model.architecture == plan.architecture)
        #expect(model.classes == ["dark", "bright"])
        #expect(model.provenance["epoch"] == "2")
        #expect(model.provenance["step"] == "6")
        #expect(model.provenance["seed"] == "7")
        let tensors = try SafetensorsFile(reading: path).tensors
        let names = try Network(plan.architecture).parameters.map(\.name)
        #expect(Set(tensors.keys) == Set(names + names.map { "momentum/" + $0 }))
        for name in names {
            #expect(tensors["momentum/" + name]?.values.allSatisfy { $0 == 6 } == true)
        }
    }
}

@Test func measuresTopOneAfterEachEpoch() throws {
    try withTemporaryFolder { folder in
        var answers = [0.25, 0.75]
        let summary = try train(
            plan(in: folder), engine: FakeEngine(),
            validate: { _ in Validation(topOne: answers.removeFirst(), topFive: 0.875) })
        #expect(summary.epochs.map(\.validationTopOne) == [0.25, 0.75])
        #expect(summary.epochs.map(\.validationTopFive) == [0.875, 0.875])
    }
}

@Test func scoresThatAreNoNumbersEndTheRunAndLeaveTheLastGoodModel() throws {
    try withTemporaryFolder { folder in
        let plan = try plan(in: folder)
        var validationCount = 0
        let error = #expect(throws: TrainingError.self) {
            try train(plan, engine: FakeEngine()) { _ in
                validationCount += 1
                guard validationCount == 1 else { throw UnusableScores(model: 0, sample: 3, path: "v.tiles") }
                return Validation(topOne: 0.5, topFive: 1)
            }
        }
        #expect(error?.code == .diverged)
        #expect(error?.cause.contains("scores of the validation samples are not numbers") == true)
        #expect(error?.cause.contains("model.safetensors is from the end of epoch 1") == true)
        #expect(try Model(reading: folder + "/run/model.safetensors").provenance["epoch"] == "1")
    }
}

@Test func tellsHowFarItIs() throws {
    try withTemporaryFolder { folder in
        let collected = Collected<TrainingProgress>()
        let summary = try train(plan(in: folder), engine: FakeEngine(), job: Job { collected.add($0) })
        let all = collected.values
        #expect(all.map(\.step.step) == [1, 2, 3, 3, 4, 5, 6, 6])
        #expect(all.compactMap(\.finishedEpoch) == summary.epochs)
        #expect(all.allSatisfy { $0.epochCount == 2 && $0.stepsPerEpoch == 3 && $0.topOne == 0.5 })
        #expect(all.last?.secondsLeft == 0)
    }
}

@Test(arguments: [Float.nan, .infinity]) func stopsWhenTheLossIsNotANumber(loss: Float) throws {
    try withTemporaryFolder { folder in
        let engine = FakeEngine { $0 == 4 ? loss : 1 }
        let error = #expect(throws: TrainingError.self) { try train(plan(in: folder), engine: engine) }
        #expect(error?.code == .diverged)
        #expect(error?.description.contains("step 5 of the run, in epoch 2") == true)
        #expect(error?.description.contains("learning rate 0.05") == true)
        #expect(engine.steps.count == 5)
        let model = try Model(reading: folder + "/run/model.safetensors")
        #expect(model.provenance["epoch"] == "1")
        #expect(try lines(of: folder + "/run/metrics.jsonl", as: StepMetrics.self).count == 4)
    }
}

@Test func keepsTheMomentWhenItIsCancelled() throws {
    try withTemporaryFolder { folder in
        let engine = FakeEngine()
        let summary = try train(plan(in: folder), engine: engine, job: .ending { $0.step.step == 5 })
        #expect(summary.wasCancelled)
        #expect(summary.stepCount == 5)
        #expect(summary.epochs.map(\.epoch) == [1])
        let checkpoints = try files(in: folder + "/run/checkpoints")
        #expect(checkpoints == ["epoch-000001.safetensors", "epoch-000002-step-0000000005.safetensors"])
        let model = try Model(reading: folder + "/run/model.safetensors")
        #expect(model.provenance["step"] == "5")
        #expect(model.provenance["epoch"] == "2")
    }
}

@Test func aStopDuringValidationKeepsTheEpoch() throws {
    try withTemporaryFolder { folder in
        let job = Job<TrainingProgress>()
        let summary = try train(
            plan(in: folder), engine: FakeEngine(),
            validate: { _ in
                job.cancellation.request()
                return nil
            }, job: job)
        #expect(summary.wasCancelled)
        #expect(summary.epochs.map(\.epoch) == [1])
        #expect(try files(in: folder + "/run/checkpoints") == ["epoch-000001.safetensors"])
    }
}

@Test func weightsThatAreNotFiniteAreNotWritten() throws {
    try withTemporaryFolder { folder in
        var plan = try plan(in: folder)
        plan.learningRate = 3e38
        let error = #expect(throws: TrainingError.self) { try train(plan, engine: FakeEngine()) }
        #expect(error?.code == .diverged)
        #expect(error?.cause.contains("some weights are no longer finite") == true)
        #expect(try files(in: folder + "/run") == ["checkpoints", "lock", "metrics.jsonl", "plan.json"])
        #expect(try files(in: folder + "/run/checkpoints").isEmpty)
    }
}

@Test func refusesTilesThatDoNotFitBeforeItWritesAnything() throws {
    try withTemporaryFolder { folder in
        let right = try plan(in: folder)
        var (small, classes, batch) = (right, right, right)
        small.architecture.inputSize = 16
        classes.architecture.classCount = 3
        batch.batchSize = 14
        for (plan, cause) in [
            (small, "its tiles have 8×8 pixels, not 16×16, the input size of cifar-resnet8-v2"),
            (classes, "it has 2 classes, the network 3"),
            (batch, "its 13 samples are less than one batch of 14"),
        ] {
            let error = #expect(throws: TrainingError.self) { try train(plan, engine: FakeEngine()) }
            #expect(error?.code == .wrongData)
            #expect(error?.cause == cause)
        }
        #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
    }
}

@Test func replacesARunOnlyWhenItMay() throws {
    try withTemporaryFolder { folder in
        var plan = try plan(in: folder)
        _ = try train(plan, engine: FakeEngine())
        plan.epochCount = 1
        let error = #expect(throws: TrainingError.self) { try train(plan, engine: FakeEngine()) }
        #expect(error?.code == .runExists)
        #expect(try files(in: folder + "/run/checkpoints").count == 2)
        _ = try train(plan, engine: FakeEngine(), start: .replacing)
        #expect(try files(in: folder + "/run/checkpoints") == ["epoch-000001.safetensors"])
    }
}

@Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
func aDiskThatIsFullToTheEndIsAnErrorOfTheModel() throws {
    try withTemporaryFolder { folder in
        var plan = try plan(in: folder)
        let disk = try SmallDisk(kilobytes: 64)
        plan.outputPath = disk.folder.file("run")
        let collected = Collected<String>()
        let error = #expect(throws: ModelFileError.self) {
            try train(plan, engine: FakeEngine(), job: Job(warning: { collected.add($0) }))
        }
        let warnings = collected.values
        #expect(error?.path == plan.outputPath + "/model.safetensors")
        #expect(error?.cause == "No space left on device")
        #expect(warnings.count == 4)
        #expect(warnings.allSatisfy { $0.contains("No space left on device; the training continues") })
        #expect(try lines(of: plan.outputPath + "/metrics.jsonl", as: StepMetrics.self).count == 6)
        let left = try files(in: disk.folder.file("run/checkpoints"))
        #expect(left.isEmpty)
    }
}

@Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
func metricsThatCannotBeWrittenAreToldOfOnceAndEndNothing() throws {
    try withTemporaryFolder { folder in
        var plan = try plan(in: folder)
        // Room for the plan, the lock, the events and some twenty lines.
        let disk = try SmallDisk(kilobytes: 16)
        (plan.outputPath, plan.epochCount) = (disk.folder.file("run"), 30)
        let engine = FakeEngine()
        let collected = Collected<String>()
        #expect(throws: ModelFileError.self) {
            try train(plan, engine: engine, job: Job(warning: { collected.add($0) }))
        }
        #expect(engine.steps.count == 90)
        // Once, and again where a shorter line fitted in between.
        let count = collected.values.count { $0.contains("the training continues without these lines") }
        #expect((1...5).contains(count), "\(count)")
        let text = try String(contentsOfFile: plan.outputPath + "/metrics.jsonl", encoding: .utf8)
        #expect(text.hasSuffix("}\n"))
        #expect(try lines(of: plan.outputPath + "/metrics.jsonl", as: StepMetrics.self).count > 10)
    }
}
