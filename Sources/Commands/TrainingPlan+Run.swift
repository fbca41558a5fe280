import Engines
import Evaluation
import Files
import Networks
import Records
import Training

extension [TrainingPlan] {
    /// Trains as a command does: with the plans' validation, with progress on standard error, and with the curves
    /// drawn.
    ///
    /// - Parameter source: the plans' data, opened.
    func train(
        source: any SampleSource, start: RunStart, engine: (TrainingPlan) throws -> any Engine
    ) throws -> [TrainingSummary] {
        let validation = try first.flatMap { try $0.validation(of: source) }
        var line = ProgressLine()
        let summaries = try trainTogether(
            self, source: source, engine: engine, start: start,
            validate: validation.map { validation in
                { program in
                    let result = try validation.topOne(
                        by: program, shouldStop: { Interruption.isRequested })
                    guard result.count + result.unreadable.count == validation.count,
                        let topOne = result.fraction,
                        let topFive = result.topFiveFraction
                    else { return nil }
                    return Validation(topOne: topOne, topFive: topFive)
                }
            },
            progress: { progress in
                if progress.contains(where: { $0.finishedEpoch != nil }) {
                    for one in progress {
                        if let epoch = one.finishedEpoch {
                            line.finish(describe(epoch, of: one, beside: progress))
                        }
                    }
                } else {
                    line.show(describe(progress))
                }
            },
            warn: { ProgressLine.warn($0) }, shouldStop: { Interruption.isRequested })
        for (plan, summary) in zip(self, summaries) {
            plan.drawCurves()
            if summary.wasInterrupted {
                line.finish(
                    "interrupted after \(summary.stepCount) steps; what was learnt is in \(summary.modelPath), "
                        + "tilescope train --resume \(plan.outputPath) goes on")
            }
        }
        return summaries
    }
}

extension TrainingPlan {
    /// The validation samples, ready to be scored; `nil` without some.
    fileprivate func validation(of source: any SampleSource) throws -> PackScoring? {
        guard let validationPath else { return nil }
        let samples = try openSamples(validationPath)
        try check(validation: samples, fits: source)
        return try PackScoring(samples, classNames: source.classNames, inputSize: architecture.inputSize)
    }

    /// Curves that cannot be written are no reason to call the training failed.
    fileprivate func drawCurves() {
        do {
            try writeFile(
                curvesSVG(reading: outputPath + "/metrics.jsonl"), to: RunFolder.curvesPath(in: outputPath))
        } catch {
            ProgressLine.warn("could not draw the curves: \(error)")
        }
    }
}

private func describe(_ all: [TrainingProgress]) -> String {
    guard let first = all.first else { return "" }
    let step = (first.step.step - 1) % first.stepsPerEpoch + 1
    let losses = all.map { $0.step.loss.fixed(3) }.joined(separator: " ")
    let topOnes = all.map { ($0.topOne * 100).fixed(2) }.joined(separator: " ")
    return "epoch \(first.step.epoch)/\(first.epochCount)  step \(step)/\(first.stepsPerEpoch)  "
        + "loss \(losses)  top-1 \(topOnes) %  \(speed(all))"
}

private func describe(
    _ epoch: EpochMetrics, of progress: TrainingProgress, beside all: [TrainingProgress]
) -> String {
    let name = all.count > 1 ? "\(progress.outputPath)  " : ""
    let validation = epoch.validationTopOne.map { "  validation \(($0 * 100).fixed(2)) %" } ?? ""
    return "\(name)epoch \(epoch.epoch)/\(progress.epochCount)  loss \(epoch.trainingLoss.fixed(3))  "
        + "top-1 \((epoch.trainingTopOne * 100).fixed(2)) %\(validation)  \(speed(all))"
}

/// Of all trainings together.
private func speed(_ all: [TrainingProgress]) -> String {
    let imagesPerSecond = all.reduce(0) { $0 + $1.imagesPerSecond }
    let secondsLeft = all.map(\.secondsLeft).max() ?? 0
    return "\(Int(imagesPerSecond)) img/s  \(duration(secondsLeft)) left"
}
