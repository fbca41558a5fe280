import CPUEngine
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Records
import TestSupport
import Testing
import Training

/// Going on with a run that was stopped, killed or damaged.
@Suite struct ResumeTests {
    let tiny: TinyTraining

    init() throws { tiny = try TinyTraining() }

    @Test(arguments: [1, 4, 5, 6, 12, 15]) func goesOnToTheSameBits(stopSteps: Int) throws {
        let whole = tiny.plan("whole")
        let summary = try tiny.train(whole)
        let parts = tiny.plan("parts")
        let stopped = try tiny.train(parts, stopAfter: stopSteps)
        #expect(stopped.wasCancelled && stopped.stepCount == stopSteps)
        let resumed = try tiny.train(parts, start: .resuming)
        #expect(resumed.epochs.map(\.trainingLoss) == summary.epochs.map(\.trainingLoss))
        #expect(!resumed.wasCancelled && resumed.stepCount == 15)
        try expectSame(parts, whole)
        #expect(tiny.warnings.isEmpty)
    }

    @Test func goesOnToTheSameBitsAgainAndAgain() throws {
        let whole = tiny.plan("whole")
        var parts = tiny.plan("parts")
        try tiny.train(whole)
        try tiny.train(parts, stopAfter: 1)
        for _ in 0..<14 { try tiny.train(parts, start: .resuming, stopAfter: 1) }
        // Where it lies does not matter.
        let moved = tiny.folder.file("moved")
        try FileManager.default.moveItem(atPath: parts.outputPath, toPath: moved)
        parts.outputPath = moved
        try tiny.train(parts, start: .resuming)
        try expectSame(parts, whole)
    }

    @Test func aRunOfAVersionWithoutTurnsGoesOnToTheSameBits() throws {
        let (whole, parts) = (tiny.plan("whole"), tiny.plan("parts"))
        try tiny.train(whole)
        try tiny.train(parts, stopAfter: 7)
        let path = parts.outputPath + "/checkpoints/epoch-000002-step-0000000007.safetensors"
        var file = try SafetensorsFile(reading: path)
        let record = try #require(file.metadata["checkpoint/record"])
        let older = record.replacing(",\"turns\":false", with: "").replacing("\"turns\":false,", with: "")
        #expect(older != record && !older.contains("turns"))
        file.metadata["checkpoint/record"] = older
        file.metadata["checkpoint/checksum"] = Checkpoint.checksum(of: file)
        try file.write(to: .replacing(path))
        try tiny.train(parts, start: .resuming)
        try expectSame(parts, whole)
    }

    @Test func aPackThatIsCutEndsTheRunWhichCanGoOnToTheSameBits() throws {
        let whole = tiny.plan("whole")
        let cut = tiny.plan("cut")
        try tiny.train(whole)
        // 16 are looked at to know the samples again, an epoch has 40.
        let samples = FaultySamples(tiny.source, lastRead: 16 + 40 + 20)
        let error = #expect(throws: TrainingError.self) {
            try train(cut, source: samples, engine: CPUEngine(workerCount: 2, cacheFolder: nil))
        }
        #expect(error?.code == .dataChanged)
        #expect(error?.cause.contains("it was cut off") == true)
        #expect(error?.cause.contains("--resume \(cut.outputPath)") == true)
        try tiny.train(cut, start: .resuming)
        try expectSame(cut, whole)
    }

    /// Else it would be known by black tiles, and not known again when the file is whole.
    @Test func aPackThatIsCutBeforeTheFirstStepBeginsNoRun() throws {
        let plan = tiny.plan("cut")
        let samples = FaultySamples(tiny.source, lastRead: 3)
        let error = #expect(throws: TrainingError.self) {
            try train(plan, source: samples, engine: CPUEngine(workerCount: 2, cacheFolder: nil))
        }
        #expect(error?.code == .dataChanged)
        #expect(error?.cause.contains("restore the file") == true)
        #expect(!FileManager.default.fileExists(atPath: plan.outputPath))
    }

    @Test(arguments: [(-1, 2), (.max, 2), (7, 0), (7, .max), (7, 3), (0, 1)])
    func aCheckpointOfAnImpossiblePlaceIsRefused(step: Int, epoch: Int) throws {
        let plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 7)
        let path = plan.outputPath + "/checkpoints/epoch-000002-step-0000000007.safetensors"
        var file = try SafetensorsFile(reading: path)
        let record = try #require(file.metadata["checkpoint/record"])
        #expect(record.contains("\"step\":7") && record.contains("\"epoch\":2"))
        file.metadata["checkpoint/record"] = record.replacing("\"step\":7", with: "\"step\":\(step)")
            .replacing("\"epoch\":2", with: "\"epoch\":\(epoch)")
        file.metadata["checkpoint/checksum"] = Checkpoint.checksum(of: file)
        try file.write(to: .replacing(path))
        let error = #expect(throws: TrainingError.self) { try tiny.train(plan, start: .resuming) }
        #expect(error?.code == .wrongCheckpoint)
    }

    /// What TensorBoard shows, but for speeds.
    private func curves(of plan: TrainingPlan) throws -> [EventReader.Entry] {
        try EventReader.shown(in: plan.outputPath).map { entry in
            var entry = entry
            entry.wallTime = 0
            for tag in ["train/images_per_second", "train/loader_wait"] { entry.scalars[tag] = nil }
            return entry
        }
    }

    private func expectSame(_ parts: TrainingPlan, _ whole: TrainingPlan) throws {
        #expect(try tiny.model(of: parts) == tiny.model(of: whole))
        #expect(try tiny.metrics(of: parts) == tiny.metrics(of: whole))
        #expect(try curves(of: parts) == curves(of: whole))
        let last = "/checkpoints/epoch-000003.safetensors"
        let checkpoints = try [parts, whole].map { try SafetensorsFile(reading: $0.outputPath + last) }
        #expect(checkpoints[0].tensors == checkpoints[1].tensors)
        let names = try Network(whole.architecture).parameters.map(\.name)
        #expect(names.allSatisfy { checkpoints[0].tensors["last/" + $0] != nil })
    }

    @Test func aModelOfAveragesIsWhatTheCheckpointHoldsByItsPlainNames() throws {
        let plan = tiny.plan("run")
        try tiny.train(plan)
        let path = plan.outputPath + "/checkpoints/epoch-000003.safetensors"
        let checkpoint = try Checkpoint(reading: path)
        #expect(checkpoint.state.averages == checkpoint.model.weights)
        #expect(checkpoint.state.averages != checkpoint.state.weights)
        #expect(checkpoint.record.step == 15)
        #expect(try Model(reading: path) == Model(reading: plan.outputPath + "/model.safetensors"))
    }

    @Test func keepsCheckpointsInTheMiddleOfEpochs() throws {
        var plan = tiny.plan("run")
        (plan.checkpointMinutes, plan.keptCheckpointCount) = (1e-9, 4)
        try tiny.train(plan)
        #expect(
            try tiny.names(in: plan) == [
                "epoch-000003-step-0000000012.safetensors", "epoch-000003-step-0000000013.safetensors",
                "epoch-000003-step-0000000014.safetensors", "epoch-000003.safetensors",
            ])
    }

    @Test func keepsTheBestEpochBesideTheLast() throws {
        var plan = tiny.plan("run")
        plan.keptCheckpointCount = 1
        var topOnes = [0.5, 0.75, 0.75]
        let answer = { Validation(topOne: topOnes.removeFirst(), topFive: 1) }
        try tiny.train(plan, stopAfter: 11, validate: { _ in answer() })
        try tiny.train(plan, start: .resuming, validate: { _ in answer() })
        #expect(try tiny.names(in: plan) == ["best.safetensors", "epoch-000003.safetensors"])
        let best = try Checkpoint(reading: plan.outputPath + "/checkpoints/best.safetensors")
        #expect(best.record.step == 10)
    }

    @Test func passesOverADamagedCheckpoint() throws {
        let (whole, parts) = (tiny.plan("whole"), tiny.plan("parts"))
        try tiny.train(whole)
        try tiny.train(parts, stopAfter: 13)
        let newest = parts.outputPath + "/checkpoints/epoch-000003-step-0000000013.safetensors"
        var bytes = try Data(contentsOf: URL(filePath: newest))
        bytes[bytes.count - 100] ^= 1
        try bytes.write(to: URL(filePath: newest))
        let before = parts.outputPath + "/checkpoints/epoch-000002.safetensors"
        try Data(contentsOf: URL(filePath: before)).dropLast(100).write(to: URL(filePath: before))
        try tiny.train(parts, start: .resuming)
        #expect(tiny.warnings.count == 2)
        #expect(tiny.warnings[0].contains("it is damaged: checksum mismatch"), "\(tiny.warnings[0])")
        #expect(tiny.warnings[1].contains("epoch-000002.safetensors: it is damaged: cannot read"))
        try expectSame(parts, whole)
        let names = try tiny.names(in: parts)
        #expect(names.contains("epoch-000003-step-0000000013.safetensors.damaged"))
    }

    @Test func saysWhenNoCheckpointCanBeRead() throws {
        let plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 2)
        let only = plan.outputPath + "/checkpoints/epoch-000001-step-0000000002.safetensors"
        try Data("{}".utf8).write(to: URL(filePath: only))
        let error = #expect(throws: TrainingError.self) { try tiny.train(plan, start: .resuming) }
        #expect(error?.code == .wrongCheckpoint)
        #expect(error?.cause.contains("all of its checkpoints are damaged") == true)
        #expect(try tiny.names(in: plan) == ["epoch-000001-step-0000000002.safetensors"])
    }

    /// What the system cannot read now it may be able to read later.
    @Test func aCheckpointThatCannotBeReadIsNotTakenForDamaged() throws {
        let plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 7)
        let name = "epoch-000009.safetensors"
        try FileManager.default.createDirectory(
            atPath: plan.outputPath + "/checkpoints/" + name, withIntermediateDirectories: false)
        let names = try tiny.names(in: plan)
        let error = #expect(throws: (any Error).self) { try tiny.train(plan, start: .resuming) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(name))
        #expect(try tiny.names(in: plan) == names)
    }

    @Test func aCheckpointOfAnotherVersionIsRefusedAndStays() throws {
        let plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 2)
        let name = "epoch-000001-step-0000000002.safetensors"
        let path = plan.outputPath + "/checkpoints/" + name
        var checkpoint = try Checkpoint(reading: path)
        checkpoint.record.version = 2
        try checkpoint.write(to: .replacing(path))
        let error = #expect(throws: TrainingError.self) { try tiny.train(plan, start: .resuming) }
        #expect(error?.code == .wrongCheckpoint)
        #expect(error?.cause.contains("written by another version of tilescope (format 2") == true)
        #expect(try tiny.names(in: plan) == [name])
    }

    @Test func theBestEpochIsOneThatIsKept() throws {
        let plan = tiny.plan("run")
        let best = plan.outputPath + "/checkpoints/best.safetensors"
        // In the way of the best one of the first epoch only.
        let obstacle = best + "/full"
        var topOnes = [0.75, 0.5, 0.25]
        try tiny.train(
            plan,
            validate: { _ in
                if topOnes.count == 3 {
                    try FileManager.default.createDirectory(
                        atPath: obstacle, withIntermediateDirectories: true)
                } else if FileManager.default.fileExists(atPath: obstacle) {
                    try FileManager.default.removeItem(atPath: best)
                }
                return Validation(topOne: topOnes.removeFirst(), topFive: 1)
            })
        #expect(tiny.warnings.count == 1)
        #expect(try Checkpoint(reading: best).record.step == 10)
    }

    @Test func anEpochWhoseValidationCannotBeReadSaysSo() throws {
        let plan = tiny.plan("run")
        let torn = UnreadableSample(sample: 4, reason: "it is torn")
        let summary = try tiny.train(
            plan, validate: { _ in Validation(topOne: nil, topFive: nil, unreadable: [torn]) })
        #expect(summary.epochs.allSatisfy { $0.validationTopOne == nil })
        let words = "has no top-1: none of the validation samples could be read"
        #expect(tiny.warnings.count { $0.hasSuffix(words) } == 3)
        #expect(tiny.warnings.count == 4)
    }

    @Test func beginsAnewWhereNoCheckpointWasWrittenYet() throws {
        let (whole, parts) = (tiny.plan("whole"), tiny.plan("parts"))
        try tiny.train(whole)
        try tiny.train(parts, stopAfter: 3)
        for name in try tiny.names(in: parts) {
            try FileManager.default.removeItem(atPath: parts.outputPath + "/checkpoints/" + name)
        }
        try tiny.train(parts, start: .resuming)
        try expectSame(parts, whole)
    }

    @Test(arguments: [
        ("architecture.depth is 8 in the checkpoint and 14 in the plan", 0),
        ("optimizer.momentum is 0.9 in the checkpoint and 0.5 in the plan", 1),
        ("mixupAlpha is 0.4 in the checkpoint and not set in the plan", 2),
        ("epochCount is 3 in the checkpoint and 4 in the plan", 3),
    ])
    func refusesACheckpointOfAnotherPlan(cause: String, change: Int) throws {
        var plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 2)
        switch change {
        case 0: plan.architecture.depth = 14
        case 1: plan.optimizer.momentum = 0.5
        case 2: plan.mixupAlpha = nil
        default: plan.epochCount = 4
        }
        let metrics = try tiny.metrics(of: plan)
        let error = #expect(throws: TrainingError.self) { try tiny.train(plan, start: .resuming) }
        #expect(error?.code == .wrongCheckpoint)
        #expect(error?.cause == cause)
        #expect(try tiny.metrics(of: plan) == metrics)
    }

    @Test func refusesToGoOnWithOtherSamplesOrClasses() throws {
        let plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 2)
        for (classNames, words) in [
            (["dark", "bright"], "holds other samples (43, checksum"),
            (["dark", "light"], "the classes are dark, bright in the checkpoint and dark, light in "),
        ] {
            let other = try TinyTraining.writeNoise(
                to: tiny.folder.file("other.tiles"), classNames: classNames, seed: 2)
            let error = #expect(throws: TrainingError.self) {
                try tiny.train(plan, start: .resuming, source: other)
            }
            #expect(error?.code == .wrongCheckpoint)
            #expect(error?.cause.contains(words) == true, "\(error?.cause ?? "")")
        }
    }

    @Test func settingsThatDoNotChangeWhatIsLearntMayChange() throws {
        var plan = tiny.plan("run")
        try tiny.train(plan, stopAfter: 2)
        (plan.checkpointMinutes, plan.keptCheckpointCount) = (nil, 1)
        plan.versions = ["engine": "another number of workers"]
        #expect(try tiny.train(plan, start: .resuming).stepCount == 15)
    }

    @Test func anErrorOfTheValidationLosesNothing() throws {
        struct Failure: Error {}
        let (whole, parts) = (tiny.plan("whole"), tiny.plan("parts"))
        let half = Validation(topOne: 0.5, topFive: 1)
        try tiny.train(whole, validate: { _ in half })
        #expect(throws: Failure.self) { try tiny.train(parts, validate: { _ in throw Failure() }) }
        #expect(try tiny.names(in: parts) == ["epoch-000001.safetensors"])
        try tiny.train(parts, start: .resuming, validate: { _ in half })
        try expectSame(parts, whole)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func aFullDiskKeepsTheLastGoodCheckpointAndTrainsOn() throws {
        var (whole, parts) = (tiny.plan("whole"), tiny.plan("parts"))
        // Room for the model and one checkpoint, not for another beside the old ones.
        let disk = try SmallDisk(kilobytes: 2200)
        parts.outputPath = disk.folder.file("run")
        whole.keptCheckpointCount = 1
        try tiny.train(whole)
        let error = #expect(throws: (any Error).self) { try tiny.train(parts) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("No space left on device"))
        #expect(tiny.warnings.contains { $0.contains("keep a checkpoint after step") })
        let kept = try tiny.names(in: parts)
        #expect(!kept.isEmpty && kept.allSatisfy { !$0.contains("partial") })
        #expect(try tiny.metrics(of: parts).count == 18)
        // On a larger disk it goes on from there.
        let moved = tiny.folder.file("moved")
        try FileManager.default.copyItem(atPath: parts.outputPath, toPath: moved)
        parts.outputPath = moved
        try tiny.train(parts, start: .resuming)
        try expectSame(parts, whole)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to make a small disk"))
    func goesOnFromAFullDiskWithoutEvents() throws {
        let whole = tiny.plan("whole")
        var parts = tiny.plan("parts")
        let answer = Validation(topOne: 0.5, topFive: 1)
        try tiny.train(whole, validate: { _ in answer })
        let disk = try SmallDisk(kilobytes: 8192)
        parts.outputPath = disk.folder.file("run")
        try tiny.train(parts, stopAfter: 2)
        let full = disk.folder.file("full")
        do {
            var filler = try GrowingFile(creating: full)
            let page = String(repeating: "x", count: 4096)
            #expect(throws: FileError.self) { while true { try filler.append(page) } }
        }
        try tiny.train(
            parts, start: .resuming,
            validate: { _ in
                try? FileManager.default.removeItem(atPath: full)
                return answer
            })
        #expect(
            tiny.warnings.contains { $0.hasSuffix("the training continues without events for TensorBoard") })
        #expect(try tiny.model(of: parts) == tiny.model(of: whole))
    }
}
