import Engines
import Files
import ModelFiles
import Networks
import Records

/// How a run folder is taken.
public enum RunStart: Hashable, Sendable {
    /// It must not hold a run.
    case new
    /// A run that is in it is removed.
    case replacing
    /// The run in it goes on after its newest checkpoint, to the same bits as if it had never stopped.
    case resuming
}

/// One training on its way.
final class TrainingRun {
    let plan: TrainingPlan
    /// Steps done: their results are there.
    private(set) var stepCount: Int
    /// Steps that were begun after them, the oldest first.
    private var underWay: [BegunStep] = []
    /// Batches of an epoch.
    let stepsPerEpoch: Int
    private let data: TrainingData
    private let engine: any Engine
    private let network: Network
    private let program: any TrainingProgram
    private let folder: RunFolder
    private let metrics: MetricsFile
    /// `nil` where they could not be begun.
    private let events: EventLog?
    private let quarantine: Quarantine
    private let job: Job<[TrainingProgress]>
    private let whenKept: (TrainingPlan) throws -> Void
    private var tally: EpochTally
    /// What another process had done of the epoch.
    private let tallyBefore: EpochTally
    private var epochs: [EpochMetrics]
    private var bestTopOne: Double?
    private var lastStep: StepMetrics?
    /// Steps that were done before this process went on with them.
    private let firstStepCount: Int
    private let start = ContinuousClock.now
    private var lastStepEnd = ContinuousClock.now
    /// For which batches were waited for since then.
    private var waitSeconds = 0.0
    private var lastCheckpoint = ContinuousClock.now
    /// Why the newest model is not in the folder.
    private var modelFailure: (any Error)?
    /// Why it was left behind.
    private var divergence: TrainingError?
    private var isLogFailing = false

    /// Begins in the run folder or goes on in it; a run that may be replaced is removed.
    ///
    /// - Parameter folder: locked.
    /// - Parameter kept: called when a checkpoint or the model was written.
    /// - Parameter job: warns of what goes wrong without ending the run.
    init(
        _ prepared: PreparedRun, in folder: RunFolder, data: TrainingData,
        kept: @escaping (TrainingPlan) throws -> Void, job: Job<[TrainingProgress]>
    ) throws {
        let (plan, checkpoint) = (prepared.plan, prepared.checkpoint)
        (self.plan, network, program, engine) = (plan, prepared.network, prepared.program, prepared.engine)
        (self.folder, self.data, self.job) = (folder, data, job)
        whenKept = kept
        stepCount = checkpoint?.record.step ?? 0
        stepsPerEpoch = plan.stepsPerEpoch(sampleCount: data.samples.count)
        if prepared.resumedFolder == nil {
            try folder.begin()
            try folder.write(plan)
            metrics = try MetricsFile(creating: folder.metricsPath)
        } else {
            metrics = try MetricsFile(
                continuing: folder.metricsPath, afterStep: stepCount,
                keepingStepsAfter: EventLog.lastPoint(stepCount: stepCount, stepsPerEpoch: stepsPerEpoch))
        }
        (epochs, firstStepCount) = (metrics.epochs, stepCount)
        quarantine = try Quarantine(at: folder.quarantinePath)
        (tally, bestTopOne) = (
            checkpoint?.record.tally ?? EpochTally(epoch: 1), checkpoint?.record.bestTopOne
        )
        tallyBefore = tally
        do throws(TrainingError) {
            events = try EventLog(
                in: folder.path, stepCount: stepCount, stepsPerEpoch: stepsPerEpoch, waiting: metrics.steps)
        } catch {
            events = nil
            job.warn("\(error); the training continues without events for TensorBoard")
        }
    }

    /// The epoch of the last step; from 1 on.
    var epoch: Int { tally.epoch }

    func summary(wasCancelled: Bool) -> TrainingSummary {
        TrainingSummary(
            epochs: epochs, stepCount: stepCount, wasCancelled: wasCancelled && divergence == nil,
            failure: divergence ?? modelFailure,
            modelPath: folder.modelPath, unreadableCount: quarantine.count(of: .training),
            unreadableValidationCount: quarantine.count(of: .validation),
            quarantinePath: folder.quarantinePath)
    }

    /// Leaves it behind: it takes no more steps.
    func leave(because divergence: TrainingError) {
        self.divergence = divergence
        underWay = []
    }

    /// Begins an epoch, unless it is the one that a checkpoint was in.
    func beginEpoch(_ epoch: Int) {
        if tally.epoch != epoch { tally = EpochTally(epoch: epoch) }
        (lastStepEnd, waitSeconds) = (.now, 0)
    }

    /// Whether some steps of the epoch are done.
    var isInsideEpoch: Bool { stepCount > (tally.epoch - 1) * stepsPerEpoch }

    /// Steps done and under way.
    var begunStepCount: Int { stepCount + underWay.count }

    /// Whether steps compute while others are begun; else a step is computed once it is begun.
    var runsAhead: Bool { program.stepsAhead > 0 }

    /// Begins a step.
    ///
    /// - Parameter waitSeconds: for which the batch was waited for.
    func begin(_ batch: EpochBatches.Batch, waitSeconds: Double) throws {
        let start = ContinuousClock.now - .seconds(waitSeconds)
        let learningRate = plan.learningRate(step: begunStepCount, stepsPerEpoch: stepsPerEpoch)
        let (samples, targets) = try input(batch)
        let pending = try explained(step: begunStepCount + 1) { () throws(EngineError) in
            try program.begin(samples, targets: targets, learningRate: learningRate)
        }
        underWay.append(
            BegunStep(
                pending: pending, learningRate: learningRate, labelCount: batch.labels.count, start: start,
                depth: underWay.count + 1))
        self.waitSeconds += waitSeconds
    }

    /// Adds to what an engine says where the run stands, and what it leaves.
    private func explained<Result>(
        step: Int, _ body: () throws(EngineError) -> Result
    ) throws(TrainingError) -> Result {
        do throws(EngineError) {
            return try body()
        } catch {
            throw TrainingError(
                code: .engineFailed, operation: "train step \(step) into \(plan.outputPath)",
                cause: "\(error.operation): \(error.cause); \(kept)")
        }
    }

    /// What the samples' file says when it was cut or changed, with where the run stands and what it leaves.
    func explanation(of error: RecordsError) -> TrainingError {
        TrainingError(
            code: .dataChanged, operation: "continue after step \(stepCount) into \(plan.outputPath)",
            cause: "\(error); restore the file; \(kept)")
    }

    /// How to go on after a failure.
    private var kept: String {
        // A folder that cannot be read now shows when it is resumed.
        let hasCheckpoint = (try? folder.checkpoints.paths)?.isEmpty == false
        return hasCheckpoint
            ? "--resume \(plan.outputPath) continues after its newest checkpoint"
            : "there is no checkpoint yet"
    }

    /// Ends the oldest step where more are under way than the program wants ahead, and keeps a checkpoint if one is due.
    func endStepIfDue() throws {
        guard underWay.count > program.stepsAhead else { return }
        try endStep()
        try keepCheckpointIfItIsTime()
    }

    /// Waits for the oldest step under way, if there is one, and writes down what it did.
    func endStep() throws {
        guard !underWay.isEmpty else { return }
        let begun = underWay.removeFirst()
        let result = try explained(step: stepCount + 1) { () throws(EngineError) in try begun.pending.result()
        }
        stepCount += 1
        guard result.loss.isFinite else { throw diverged("the loss is no longer a finite number") }
        let seconds = begun.seconds(after: lastStepEnd)
        let count = begun.labelCount
        tally.add(result, count: count, seconds: lastStepEnd.secondsUntilNow)
        let step = StepMetrics(
            step: stepCount, epoch: tally.epoch, loss: result.loss,
            correctFraction: Float(result.correctCount) / Float(count),
            topFiveFraction: Float(result.topFiveCount) / Float(count), learningRate: begun.learningRate,
            imagesPerSecond: Double(count) / seconds,
            loaderWaitFraction: min(1, waitSeconds / seconds))
        (lastStepEnd, waitSeconds) = (.now, 0)
        log {
            try metrics.append(step)
            try events?.append(step)
        }
        lastStep = step
    }

    /// Writes down samples that could not be read, and those that could not be written down before.
    ///
    /// - Returns: those that are new to the run.
    func quarantine(_ unreadable: [QuarantinedSample]) -> [QuarantinedSample] {
        let new = quarantine.add(unreadable)
        goOn("write \(folder.quarantinePath)") { try quarantine.write() }
        return new
    }

    /// What the program gets of a batch.
    private func input(_ batch: EpochBatches.Batch) throws -> (samples: StepSamples, targets: Targets) {
        var targets = try Targets(
            labels: batch.labels, classCount: data.source.classNames.count, smoothing: plan.labelSmoothing)
        // No held tiles are mixed.
        guard plan.mixesSamples, case .pixels(var pixels) = batch.samples else {
            return (batch.samples, targets)
        }
        let (count, seed, epoch) = (plan.batchSize, plan.seed, tally.epoch)
        let place = begunStepCount - (epoch - 1) * stepsPerEpoch
        let isCut =
            plan.mixupAlpha == nil || CutMix.isTaken(seed: seed, epoch: epoch, batch: place)
        if let alpha = plan.cutMixAlpha, isCut {
            CutMix(
                alpha: alpha, batchSize: count, side: plan.architecture.inputSize, seed: seed, epoch: epoch,
                batch: place
            ).apply(toPixels: &pixels, targets: &targets)
        } else if let alpha = plan.mixupAlpha {
            Mixup(alpha: alpha, batchSize: count, seed: seed, epoch: epoch, batch: place)
                .apply(toPixels: &pixels, targets: &targets)
        }
        if let threshold = plan.targetThreshold { targets.round(above: threshold) }
        return (.pixels(pixels), targets)
    }

    /// Keeps the state between two steps, in a checkpoint and as the model.
    func keepMoment() throws { keepModel(of: try keepCheckpoint()) }

    /// Keeps the state at the epoch's end, measures it, and writes what the epoch came to.
    ///
    /// - Parameter validate: `nil` from it when it was cancelled.
    /// - Returns: validation samples that could not be read and are new to the run.
    func endEpoch(
        validate: ((any ScoringProgram) throws -> Validation?)?
    ) throws -> [QuarantinedSample] {
        let checkpoint = try keepCheckpoint()
        let isDue = tally.epoch.isMultiple(of: plan.validationInterval) || tally.epoch == plan.epochCount
        let validation = try (isDue ? validate : nil).flatMap { validate in
            do {
                return try validate(
                    engine.scoringProgram(
                        for: network, weights: checkpoint.model.weights,
                        batchSize: Int(Double(plan.batchSize) * plan.windowsPerSample)))
            } catch is UnusableScores {
                throw diverged("its scores of the validation samples are not numbers")
            } catch let error as RecordsError where error.code == .changed {
                throw explanation(of: error)
            }
        }
        // Not before its scores are known to be numbers.
        keepModel(of: checkpoint)
        let epoch = tally.metrics(
            stepCount: stepCount, validation: validation, seconds: lastStepEnd.secondsUntilNow)
        epochs.append(epoch)
        log {
            try metrics.append(epoch)
            try events?.append(epoch)
        }
        if let topOne = validation?.topOne, topOne > bestTopOne ?? -1 {
            let failure = goOn("keep the best checkpoint") {
                try folder.checkpoints.keepAsBest(folder.checkpoints.path(epoch: tally.epoch))
            }
            // Else a later epoch that is worse than this one may still be the best of those that are kept.
            if failure == nil { bestTopOne = topOne }
        }
        if let validation, validation.topOne == nil {
            job.warn("epoch \(tally.epoch) has no top-1: none of the validation samples could be read")
        }
        return quarantine((validation?.unreadable ?? []).map { QuarantinedSample($0, use: .validation) })
    }

    func progress(atEpochsEnd: Bool = false) -> TrainingProgress? {
        guard let lastStep else { return nil }
        let stepsLeft = plan.epochCount * stepsPerEpoch - stepCount
        return TrainingProgress(
            outputPath: plan.outputPath, epochCount: plan.epochCount, stepsPerEpoch: stepsPerEpoch,
            countsWindows: plan.cropWindows != nil, step: lastStep, topOne: tally.topOne,
            topFive: tally.topFive,
            imagesPerSecond: tally.imagesPerSecond(since: tallyBefore),
            secondsLeft: start.secondsUntilNow / Double(stepCount - firstStepCount) * Double(stepsLeft),
            finishedEpoch: atEpochsEnd ? epochs.last : nil)
    }
}

// What it leaves.
extension TrainingRun {
    /// Waits for all steps under way and keeps a checkpoint, if one is due before the epoch's end.
    private func keepCheckpointIfItIsTime() throws {
        guard let minutes = plan.checkpointMinutes, lastCheckpoint.secondsUntilNow >= 60 * minutes,
            begunStepCount < tally.epoch * stepsPerEpoch
        else { return }
        while !underWay.isEmpty { try endStep() }
        _ = try keepCheckpoint()
    }

    /// Writes everything that the training remembers; where that cannot be, the training goes on.
    ///
    /// The loss of a step is from before its update, so that only here shows what the last update did.
    ///
    /// - Throws: when not all weights are finite.
    private func keepCheckpoint() throws -> Checkpoint {
        precondition(underWay.isEmpty, "a checkpoint while steps are under way")
        let checkpoint = Checkpoint(
            record: Checkpoint.Record(
                plan: plan, data: data.fingerprint, step: stepCount, tally: tally, bestTopOne: bestTopOne),
            classNames: data.source.classNames, state: try program.state())
        guard checkpoint.state.weights.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
            throw diverged("some weights are no longer finite numbers")
        }
        let isEpochsEnd = stepCount == tally.epoch * stepsPerEpoch
        let path =
            isEpochsEnd
            ? folder.checkpoints.path(epoch: tally.epoch)
            : folder.checkpoints.path(epoch: tally.epoch, step: stepCount)
        goOn("keep a checkpoint after step \(stepCount)") {
            try checkpoint.write(to: .replacing(path))
            try folder.checkpoints.removeOld(keeping: plan.keptCheckpointCount)
        }
        passOn()
        lastCheckpoint = .now
        return checkpoint
    }

    private func keepModel(of checkpoint: Checkpoint) {
        modelFailure = goOn("keep the model after step \(stepCount)") {
            try checkpoint.model.write(to: .replacing(folder.modelPath))
        }
        passOn()
    }

    private func passOn() { goOn("upload the results after step \(stepCount)") { try whenKept(plan) } }

    /// Adds to the metrics and events. A full disk is told of once, until they can be written again.
    private func log(_ body: () throws -> Void) {
        do {
            try body()
            isLogFailing = false
        } catch {
            if !isLogFailing { job.warn("\(error); the training continues without these lines") }
            isLogFailing = true
        }
    }

    /// Does what the training can go on without.
    @discardableResult
    private func goOn(_ operation: String, _ body: () throws -> Void) -> (any Error)? {
        do {
            try body()
            return nil
        } catch {
            job.warn("could not \(operation): \(error); the training continues; earlier checkpoints stay")
            return error
        }
    }

    /// - Parameter sign: what shows it, after `stepCount` steps.
    private func diverged(_ sign: String) -> TrainingError {
        let learningRate = plan.learningRate(step: stepCount - 1, stepsPerEpoch: stepsPerEpoch)
        let kept =
            epochs.isEmpty
            ? "no epoch was completed yet" : "\(folder.modelPath) is from the end of epoch \(epochs.count)"
        return TrainingError(
            code: .diverged, operation: "train step \(stepCount) of the run, in epoch \(tally.epoch)",
            cause:
                "\(sign), at learning rate \(learningRate); \(kept); try a smaller --learning-rate or some "
                + "--warm-up-steps")
    }
}
