import Engines
import Networks
import Records

/// Trainings that take their steps from one stream of batches; usually one.
struct TrainingGroup {
    var wasInterrupted = false
    private let runs: [TrainingRun]
    /// Those that have not diverged.
    private var active: [TrainingRun]
    private let warn: (String) -> Void
    /// Samples that were told of; each run has its own list of them.
    private var told: Set<QuarantinedSample> = []

    /// - Parameter warn: told of samples that cannot be read, once of each.
    init(_ runs: [TrainingRun], warn: @escaping (String) -> Void) {
        (self.runs, active, self.warn) = (runs, runs, warn)
    }

    /// The epoch in which the one that is least far goes on.
    var firstEpoch: Int { runs.map(\.epoch).min() ?? 1 }

    /// Whether all have diverged.
    var isLeftBehind: Bool { active.isEmpty }

    /// Does something with each run; one that diverges is left behind.
    ///
    /// - Parameter body: gives the samples that it found to be unreadable and that are new to the run.
    /// - Throws: any other error.
    private mutating func each(_ body: (TrainingRun) throws -> [QuarantinedSample]) throws {
        var going: [TrainingRun] = []
        for run in active {
            do {
                for sample in try body(run) where told.insert(sample).inserted {
                    warn(Self.words(on: sample))
                }
                going.append(run)
            } catch let error as TrainingError where error.code == .diverged {
                run.leave(because: error)
            }
        }
        active = going
    }

    private static func words(on sample: QuarantinedSample) -> String {
        switch sample.use {
        case .training: "another sample takes the place of one that cannot be read: \(sample.reason)"
        case .validation: "a validation sample cannot be read and does not count: \(sample.reason)"
        }
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
            let unreadable = loader.quarantined[quarantinedCount...].map {
                QuarantinedSample($0, use: .training)
            }
            quarantinedCount = loader.quarantined.count
            if !unreadable.isEmpty { try each { $0.quarantine(unreadable) } }
            try each { run in
                if run.stepCount == stepCount { try run.step(batch, waitSeconds: waitSeconds) }
                return []
            }
            guard !isLeftBehind else { return false }
            stepCount += 1
            progress(self.progress())
            if shouldStop() { return true }
        }
        return false
    }

    /// Keeps the state between two steps.
    mutating func keepMoment() throws {
        try each { run in
            try run.keepMoment()
            return []
        }
    }

    /// Ends an epoch of those that are in it.
    ///
    /// - Parameter validate: `nil` from it when it was interrupted.
    mutating func endEpoch(
        _ epoch: Int, validate: ((any ScoringProgram) throws -> Validation?)?
    ) throws {
        try each { run in run.epoch == epoch ? try run.endEpoch(validate: validate) : [] }
    }

    func progress(atEpochsEnd: Bool = false) -> [TrainingProgress] {
        active.compactMap { $0.progress(atEpochsEnd: atEpochsEnd) }
    }

    /// How each ended, in their order.
    var summaries: [TrainingSummary] { runs.map { $0.summary(wasInterrupted: wasInterrupted) } }
}
