import Engines
import ModelFiles
import Networks
import Records

/// One training on its way.
struct TrainingRun: ~Copyable {
    var wasInterrupted = false
    private let plan: TrainingPlan
    private let source: any SampleSource
    private let program: any TrainingProgram
    private let folder: RunFolder
    private let metrics: MetricsFile
    private let stepsPerEpoch: Int
    private let start = ContinuousClock.now
    /// Steps done.
    private var stepCount = 0
    private var tally = EpochTally(epoch: 0)
    private var epochs: [EpochMetrics] = []
    private var lastStep: StepMetrics?

    /// Makes the run folder.
    init(_ plan: TrainingPlan, source: any SampleSource, program: any TrainingProgram, overwrites: Bool)
        throws
    {
        let folder = try RunFolder(creating: plan.outputPath, overwrites: overwrites)
        try folder.write(plan)
        metrics = try MetricsFile(creating: folder.metricsPath)
        (self.plan, self.source, self.program, self.folder) = (plan, source, program, folder)
        stepsPerEpoch = plan.stepsPerEpoch(sampleCount: source.count)
    }

    var summary: TrainingSummary {
        TrainingSummary(
            epochs: epochs, stepCount: stepCount, wasInterrupted: wasInterrupted, modelPath: folder.modelPath)
    }

    /// Trains until the epoch's end, or until it shall stop, and keeps a checkpoint of that moment.
    mutating func trainEpoch(
        _ epoch: Int, progress: (TrainingProgress) -> Void, shouldStop: () -> Bool
    ) throws {
        tally = EpochTally(epoch: epoch)
        let loader = BatchLoader(
            source: source, side: plan.architecture.inputSize, batchSize: plan.batchSize, seed: plan.seed,
            epoch: epoch,
            augmentation: plan.augmentation, sampleLimit: plan.samplesPerEpoch)
        while !wasInterrupted, let step = try step(from: loader) {
            try metrics.append(step)
            lastStep = step
            progress(self.progress(after: step))
            wasInterrupted = shouldStop()
        }
        try writeCheckpoint(
            to: wasInterrupted
                ? folder.checkpointPath(step: stepCount) : folder.checkpointPath(epoch: epoch))
    }

    /// Writes what the epoch came to.
    mutating func endEpoch(validationTopOne: Double?, progress: (TrainingProgress) -> Void) throws {
        let epoch = tally.metrics(stepCount: stepCount, validationTopOne: validationTopOne)
        epochs.append(epoch)
        try metrics.append(epoch)
        guard let lastStep else { return }
        var last = self.progress(after: lastStep)
        last.finishedEpoch = epoch
        progress(last)
    }

    /// - Returns: `nil` when the epoch has no more batches.
    private mutating func step(from loader: BatchLoader) throws -> StepMetrics? {
        let (start, waited) = (ContinuousClock.now, loader.waitSeconds)
        guard let batch = try loader.next() else { return nil }
        let waitSeconds = loader.waitSeconds - waited
        let learningRate = plan.learningRate(step: stepCount, stepsPerEpoch: stepsPerEpoch)
        let targets = try Targets(labels: batch.labels, classCount: source.classNames.count)
        let result = try program.step(batch.pixelsNHWC.span, targets: targets, learningRate: learningRate)
        stepCount += 1
        guard result.loss.isFinite else { throw divergence("the loss is not a finite number any more") }
        tally.add(result, count: batch.count)
        let seconds = start.secondsUntilNow
        return StepMetrics(
            step: stepCount, epoch: tally.epoch, loss: result.loss,
            correctFraction: Float(result.correctCount) / Float(batch.count), learningRate: learningRate,
            imagesPerSecond: Double(batch.count) / seconds, loaderWaitFraction: min(1, waitSeconds / seconds))
    }

    /// - Parameter sign: what shows it, after `stepCount` steps.
    private func divergence(_ sign: String) -> TrainingError {
        let learningRate = plan.learningRate(step: stepCount - 1, stepsPerEpoch: stepsPerEpoch)
        let kept =
            epochs.isEmpty
            ? "no checkpoint was written yet" : "\(folder.modelPath) is of the end of epoch \(epochs.count)"
        return TrainingError(
            code: .diverged, operation: "train step \(stepCount) of the run, in epoch \(tally.epoch)",
            cause:
                "\(sign), at learning rate \(learningRate); \(kept); try a smaller --learning-rate or some "
                + "--warm-up-steps")
    }

    /// Writes everything that the training remembers, and the model alone.
    ///
    /// The loss of a step is from before its update, so that only here shows what the last update did.
    private func writeCheckpoint(to path: String) throws {
        let state = try program.state()
        guard state.weights.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
            throw divergence("not all weights are finite numbers any more")
        }
        var provenance = plan.versions
        provenance["epoch"] = "\(tally.epoch)"
        provenance["step"] = "\(stepCount)"
        provenance["seed"] = "\(plan.seed)"
        let model = Model(
            architecture: plan.architecture, classes: source.classNames, weights: state.weights,
            provenance: provenance)
        var checkpoint = model.fileContent()
        for (name, momentum) in state.momenta { checkpoint.tensors[Model.momentumPrefix + name] = momentum }
        try checkpoint.write(to: path)
        try model.write(to: folder.modelPath)
    }

    private func progress(after step: StepMetrics) -> TrainingProgress {
        let stepsLeft = plan.epochCount * stepsPerEpoch - stepCount
        return TrainingProgress(
            epochCount: plan.epochCount, stepsPerEpoch: stepsPerEpoch, step: step, topOne: tally.topOne,
            imagesPerSecond: Double(tally.tileCount) / tally.trainingSeconds,
            secondsLeft: start.secondsUntilNow / Double(stepCount) * Double(stepsLeft))
    }
}
