import Engines
import Evaluation
import Files
import Networks
import Records
import Training

extension TrainingPlan {
    /// Trains as a command does: with its validation, with progress on standard error, and with the curves drawn.
    ///
    /// - Parameter source: the plan's data, opened.
    func run(on engine: any Engine, source: any SampleSource, overwrites: Bool) throws -> TrainingSummary {
        let validation = try validationPath.map { path in
            try PackScoring(
                openSamples(path), classNames: source.classNames, inputSize: architecture.inputSize)
        }
        var line = ProgressLine()
        let summary = try train(
            self, source: source, engine: engine, overwrites: overwrites,
            validate: validation.map { validation in
                { program in
                    let result = try validation.topOne(
                        by: program, shouldStop: { Interruption.isRequested })
                    let seenCount = result.count + result.unreadable.count
                    return seenCount == validation.count ? result.fraction : nil
                }
            },
            progress: { progress in
                if let epoch = progress.finishedEpoch {
                    line.finish(describe(epoch, of: progress))
                } else {
                    line.show(describe(progress))
                }
            }, shouldStop: { Interruption.isRequested })
        try writeFile(
            curvesSVG(reading: outputPath + "/metrics.jsonl"), to: RunFolder.curvesPath(in: outputPath))
        if summary.wasInterrupted {
            line.finish(
                "interrupted after \(summary.stepCount) steps; what was learnt is in \(summary.modelPath)")
        }
        return summary
    }
}

private func describe(_ progress: TrainingProgress) -> String {
    let step = (progress.step.step - 1) % progress.stepsPerEpoch + 1
    return "epoch \(progress.step.epoch)/\(progress.epochCount)  step \(step)/\(progress.stepsPerEpoch)  "
        + "loss \(progress.step.loss.fixed(3))  top-1 \((progress.topOne * 100).fixed(2)) %  "
        + "\(Int(progress.imagesPerSecond)) img/s  \(duration(progress.secondsLeft)) left"
}

private func describe(_ epoch: EpochMetrics, of progress: TrainingProgress) -> String {
    let validation = epoch.validationTopOne.map { "  validation \(($0 * 100).fixed(2)) %" } ?? ""
    return "epoch \(epoch.epoch)/\(progress.epochCount)  loss \(epoch.trainingLoss.fixed(3))  "
        + "top-1 \((epoch.trainingTopOne * 100).fixed(2)) %\(validation)  "
        + "\(Int(progress.imagesPerSecond)) img/s  \(duration(progress.secondsLeft)) left"
}
