import Networks
import Records

/// Trainings that take their steps from one stream of batches; usually one.
struct TrainingGroup {
    var wasInterrupted = false
    private let runs: [TrainingRun]
    /// Those that have not diverged.
    private var active: [TrainingRun]
    /// Of the first that has.
    private var failure: TrainingError?

    init(_ runs: [TrainingRun]) { (self.runs, active) = (runs, runs) }

    /// The epoch in which the one that is least far goes on.
    var firstEpoch: Int { runs.map(\.epoch).min() ?? 1 }

    /// Does something with each run; one that diverges is left behind.
    ///
    /// - Throws: when none is left, and any other error.
    mutating func each(_ body: (TrainingRun) throws -> Void) throws {
        var going: [TrainingRun] = []
        for run in active {
            do {
                try body(run)
                going.append(run)
            } catch let error as TrainingError where error.code == .diverged {
                failure = failure ?? error
            }
        }
        active = going
        if let failure, active.isEmpty { throw failure }
    }

    /// - Returns: whether it was asked to stop.
    mutating func trainEpoch(
        _ epoch: Int, of stream: TrainingPlan, source: any SampleSource,
        progress: ([TrainingProgress]) -> Void, shouldStop: () -> Bool
    ) throws -> Bool {
        // A run that was resumed further on waits for the others.
        let late = active.filter { $0.epoch <= epoch }
        for run in late { run.beginEpoch(epoch) }
        var stepCount = late.map(\.stepCount).min() ?? 0
        let loader = BatchLoader(
            source: source, side: stream.architecture.inputSize, batchSize: stream.batchSize,
            seed: stream.seed, epoch: epoch, augmentation: stream.augmentation,
            sampleLimit: stream.samplesPerEpoch,
            firstBatch: stepCount - (epoch - 1) * stream.stepsPerEpoch(sampleCount: source.count))
        var (waited, quarantinedCount) = (0.0, 0)
        while let batch = try loader.next() {
            let waitSeconds = loader.waitSeconds - waited
            waited = loader.waitSeconds
            if loader.quarantined.count > quarantinedCount {
                quarantinedCount = loader.quarantined.count
                try each { $0.quarantine(loader.quarantined) }
            }
            try each { run in
                if run.stepCount == stepCount { try run.step(batch, waitSeconds: waitSeconds) }
            }
            stepCount += 1
            progress(self.progress())
            if shouldStop() { return true }
        }
        return false
    }

    func progress(atEpochsEnd: Bool = false) -> [TrainingProgress] {
        active.compactMap { $0.progress(atEpochsEnd: atEpochsEnd) }
    }

    func finish() throws -> [TrainingSummary] {
        for run in runs { try run.finish() }
        if let failure { throw failure }
        return runs.map { $0.summary(wasInterrupted: wasInterrupted) }
    }
}
