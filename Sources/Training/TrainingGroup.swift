import Engines
import Files
import Networks
import Records

/// Trainings that take their steps from one stream of batches; usually one.
struct TrainingGroup {
    var wasCancelled = false
    private let runs: [TrainingRun]
    /// The source, where the programs of all runs hold its tiles.
    private let heldPack: TilePack?
    /// Those that have not diverged.
    private var active: [TrainingRun]
    private let job: Job<[TrainingProgress]>
    /// Samples that were told of; each run has its own list of them.
    private var told: Set<QuarantinedSample> = []

    /// - Parameter heldPack: the source, where the programs of all runs hold its tiles.
    /// - Parameter job: warns of samples that cannot be read, once of each.
    init(_ runs: [TrainingRun], heldPack: TilePack?, job: Job<[TrainingProgress]>) {
        (self.runs, active, self.heldPack, self.job) = (runs, runs, heldPack, job)
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
                    job.warn(Self.words(on: sample))
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
        case .training: "a sample cannot be read, so another one replaces it: \(sample.reason)"
        case .validation: "a validation sample cannot be read and does not count: \(sample.reason)"
        }
    }

    /// Takes the steps of an epoch, or those until the job is cancelled; then, none is under way.
    ///
    /// The job is told when each run that takes steps has ended one.
    mutating func trainEpoch(_ epoch: Int, of stream: TrainingPlan, samples: any BatchSource) throws {
        // A run that was resumed further on waits for the others.
        let late = active.filter { $0.epoch <= epoch }
        for run in late { run.beginEpoch(epoch) }
        var stepCount = late.map(\.stepCount).min() ?? 0
        var batches = EpochBatches(
            epoch, of: stream, samples: samples,
            firstBatch: stepCount - (epoch - 1) * stream.stepsPerEpoch(sampleCount: samples.count),
            heldPack: heldPack)
        var waited = 0.0
        while !wasCancelled, let batch = try next(of: &batches) {
            let waitSeconds = batches.waitSeconds - waited
            waited = batches.waitSeconds
            let unreadable = batches.takeQuarantined().map { QuarantinedSample($0, use: .training) }
            if !unreadable.isEmpty { try each { $0.quarantine(unreadable) } }
            let ended = runs.map(\.stepCount)
            try step(on: batch, number: stepCount, waitSeconds: waitSeconds)
            guard !isLeftBehind else { return }
            stepCount += 1
            if runs.map(\.stepCount) != ended { job.report(progress()) }
            wasCancelled = job.isCancelled
        }
        try endSteps()
    }

    /// Waits for the steps under way.
    private mutating func endSteps() throws {
        while active.contains(where: { $0.begunStepCount > $0.stepCount }) {
            try each { run in
                try run.endStep()
                return []
            }
            guard !isLeftBehind else { return }
            job.report(progress())
        }
    }

    /// The next batch. Where the samples' file was cut or changed, the steps until then are kept before that is thrown.
    ///
    /// - Returns: `nil` after the last batch, and where the job was cancelled before the next one was there.
    private mutating func next(of batches: inout EpochBatches) throws -> EpochBatches.Batch? {
        do {
            return try batches.next(job.cancellation)
        } catch is Cancelled {
            wasCancelled = true
            return nil
        } catch let error as RecordsError where error.code == .changed {
            try endSteps()
            guard let run = active.first else { return nil }
            // Else the checkpoint of the last epoch's end is the moment.
            if run.isInsideEpoch { try keepMoment() }
            throw run.explanation(of: error)
        }
    }

    /// Lets each run that is there begin its step on a batch, and end the step that is due.
    ///
    /// - Parameter number: steps of a run before this one.
    private mutating func step(
        on batch: EpochBatches.Batch, number: Int, waitSeconds: Double
    ) throws {
        try each { run in
            guard run.begunStepCount == number else { return [] }
            try run.begin(batch, waitSeconds: waitSeconds)
            if !run.runsAhead { try run.endStepIfDue() }
            return []
        }
        // Only when all have begun, so that their devices work at the same time.
        try each { run in
            if run.runsAhead { try run.endStepIfDue() }
            return []
        }
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
    /// - Parameter validate: `nil` from it when it was cancelled.
    mutating func endEpoch(
        _ epoch: Int, validate: ((any ScoringProgram) throws -> Validation?)?
    ) throws {
        try each { run in run.epoch == epoch ? try run.endEpoch(validate: validate) : [] }
    }

    func progress(atEpochsEnd: Bool = false) -> [TrainingProgress] {
        active.compactMap { $0.progress(atEpochsEnd: atEpochsEnd) }
    }

    /// How each ended, in their order.
    var summaries: [TrainingSummary] { runs.map { $0.summary(wasCancelled: wasCancelled) } }
}
