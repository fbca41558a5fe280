import Annotations
import Devices
import Engines
import Evaluation
import Figures
import Files
import ModelFiles
import Networks
import Records
import Synchronization
import Training

extension [TrainingPlan] {
    /// Trains as a command does: with the plans' validation, with progress on standard error, and with the curves
    /// drawn.
    ///
    /// - Parameter source: the plans' data, opened.
    /// - Parameter places: of the plans' runs.
    func train(
        source: any SampleSource, start: RunStart, places: [FolderMirror],
        engine: (TrainingPlan) throws -> any Engine
    ) throws -> [TrainingSummary] {
        let validation = try first.flatMap { try $0.validation(of: source) }
        let line = ProgressLine()
        let live = Mutex(LiveLine())
        let job = Job<[TrainingProgress]>(
            cancellation: .catchSignals(),
            progress: { progress in
                // Empty where all trainings were complete before.
                guard !progress.isEmpty else { return }
                live.withLock { live in
                    if progress.contains(where: { $0.finishedEpoch != nil }) {
                        live.end(progress)
                        for text in live.epochLines() { line.finish(text) }
                    } else {
                        live.add(progress)
                        line.show(live.text())
                    }
                }
            }, warning: { ProgressLine.warn("\($0)") })
        var cleared: Set<String> = []
        let summaries = try trainTogether(
            self, source: source, engine: engine, start: start,
            validate: validation.map { validation in
                { program in
                    let result = try validation.predictions(by: program, job: job.silentPart())
                    guard !result.wasCancelled else { return nil }
                    return Validation(
                        topOne: result.topFraction(1), topFive: result.topFraction(5),
                        unreadable: result.unreadable)
                }
            },
            kept: { plan in
                for place in places where place.path == plan.outputPath {
                    // Of the run that is replaced nothing may stand beside the new one.
                    if start == .replacing, cleared.insert(place.path).inserted {
                        try place.clear(RunFolder.isContent)
                    }
                    try place.publishRun()
                }
            }, job: job)
        if live.withLock(\.isEmpty), !summaries.contains(where: { $0.wasCancelled || $0.failure != nil }) {
            line.finish("all epochs were trained already: there is nothing to do")
        }
        for ((plan, place), summary) in zip(zip(self, places), summaries) {
            plan.drawCurves()
            if let failure = summary.failure, count > 1 {
                ProgressLine.warn("\(place.shown(plan.outputPath)) has no model: \(failure)")
            }
            if summary.unreadableCount > 0 {
                ProgressLine.warn(
                    "\(counted(summary.unreadableCount, "sample could", "samples could")) not be read, others took their places: "
                        + "\(summary.quarantinePath)")
            }
            if summary.unreadableValidationCount > 0 {
                ProgressLine.warn(
                    "\(summary.unreadableValidationCount) validation samples could not be read and did not count: "
                        + "\(summary.quarantinePath)")
            }
            if summary.wasCancelled {
                line.finish(
                    "interrupted after \(counted(summary.stepCount, "step")); what was learnt is in \(place.shown(summary.modelPath)), "
                        + "tilescope train --resume \(shellWord(place.shown(plan.outputPath))) goes on")
            }
        }
        return summaries
    }
}

extension FolderMirror {
    /// Puts what a training has made into its store.
    func publishRun() throws(FileError) {
        try publish(RunFolder.contentNames(of: path), removing: RunFolder.isContent)
    }
}

extension TrainingPlan {
    /// The validation samples, ready to be scored; `nil` without some.
    fileprivate func validation(of source: any SampleSource) throws -> PackScoring? {
        guard let validationPath else { return nil }
        let samples = labelled(try openSamples(validationPath) { ProgressLine.warn("\($0)") })
        try check(validation: samples, fits: source)
        return try PackScoring(samples, classNames: source.classNames, inputSize: architecture.inputSize)
    }

    /// Curves that cannot be written are no reason to call the training failed.
    fileprivate func drawCurves() {
        do {
            try trainingCurves(reading: outputPath + "/metrics.jsonl").figure
                .write(to: .replacing(RunFolder.curvesPath(in: outputPath)))
        } catch {
            ProgressLine.warn("could not draw the curves: \(error)")
        }
    }

    /// Scans the plan's scene and writes the best threshold into the model's contract. A threshold that cannot be chosen is no
    /// reason to call the training failed.
    ///
    /// In fp32, as a scan scores unless it is told otherwise, so that a run that is resumed comes to the same threshold.
    ///
    /// - Throws: only `Cancelled`.
    func chooseThreshold(ofModelAt path: String, on machine: Machine) throws(Cancelled) {
        guard let thresholdSearch else { return }
        let advice = "tilescope calibrate --scene chooses one"
        do {
            var model = try Model(reading: path)
            let best = try thresholdSearch.best(for: model, engine: machine.engine(.fp32))
            model.take(best)
            try model.write(to: .replacing(path))
            say(best.text)
        } catch is Cancelled {
            throw Cancelled(kept: "\(path) is complete, with the default threshold; \(advice)")
        } catch {
            ProgressLine.warn("\(path) keeps the default threshold: \(error); \(advice)")
        }
    }

    /// `nil` where the usual threshold stays.
    var thresholdSearch: ThresholdSearch? {
        guard let validationScenePath, let validationTruthPath else { return nil }
        return ThresholdSearch(
            scene: validationScenePath,
            truth: TruthSource(
                path: validationTruthPath,
                format: validationTruthFormat.flatMap { AnnotationFormat(name: $0) },
                objectSize: validationObjectSize))
    }

    /// The confusions at each checkpoint that was kept; a film that cannot be drawn is no reason to call the training failed.
    func drawFilm(on engine: any Engine) {
        do {
            guard let validationPath else {
                return ProgressLine.warn(
                    "there is no film of \(outputPath): the run has no validation samples")
            }
            let models = try EvaluatedModel.all(path: "", run: outputPath)
            let samples = labelled(try openSamples(validationPath))
            let scoring = try PackScoring(
                samples, classNames: samples.classNames, inputSize: architecture.inputSize)
            let styling = MatrixStyling(classNames: samples.classNames)
            let pass = EvaluationPass(
                models: models, scoring: scoring, data: validationPath, engine: engine, styling: styling)
            let output = try pass.run()
            guard !output.last.wasCancelled else { return }
            let epochs = Set(models.compactMap(\.epoch)).count
            if epochs < epochCount {
                ProgressLine.tell(
                    "the film has the \(epochs) of \(counted(epochCount, "epoch")) whose checkpoints were kept, see --keep"
                )
            }
            try output.writeFilm(to: .replacing(RunFolder.filmPath(in: outputPath)))
        } catch {
            ProgressLine.warn("could not draw the film: \(error)")
        }
    }
}
