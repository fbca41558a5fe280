public import Engines
public import Files
import Networks
public import Records

/// Trains a network on samples, into a run folder.
///
/// A run leaves `plan.json`, `metrics.jsonl` (a line per step and per epoch), checkpoints and `model.safetensors`, the
/// weights of the last epoch or their averages. The same plan gives the same bits on the same engine, whatever its
/// number of workers and however often the run was killed and resumed.
///
/// A file that cannot be written, because the disk is full for example, does not end the run: the job warns, and what
/// was kept before stays. Only when the last model cannot be written, its error is thrown at the end. Validation samples
/// that cannot be read do not count, and are told of once.
///
/// - Parameter source: the plan's data, opened.
/// - Parameter start: how the run folder is taken.
/// - Parameter validate: measures a model after each epoch; `nil` from it when it was cancelled.
/// - Parameter job: told how far it is after each step and again at the end of each epoch. A device may have begun later
///   steps by then; they are ended before anything is kept, and a checkpoint in the middle of an epoch is told of once for
///   them all. Cancellation is looked up after each step and epoch: the state of that moment is kept as a checkpoint and
///   as `model.safetensors`, and the run ends.
/// - Throws: `TrainingError` for a plan that does not fit itself, the data or the checkpoint, for a run that is in the
///   way or under way, and for a loss that is not a number (the checkpoints stay); the engine's errors; `Cancelled` where
///   the first weights were not made yet.
public func train(
    _ plan: TrainingPlan, source: any SampleSource, engine: any Engine, start: RunStart = .new,
    validate: ((any ScoringProgram) throws -> Validation?)? = nil,
    job: Job<TrainingProgress> = Job()
) throws -> TrainingSummary {
    let summary = try trainTogether(
        [plan], source: source, engine: { _ in engine }, start: start, validate: validate,
        job: Job(
            cancellation: job.cancellation, progress: { $0.forEach(job.report) }, warning: job.warn))[0]
    if let failure = summary.failure { throw failure }
    return summary
}

/// Trains several networks from one stream: each batch is read and varied once, then each takes its step.
///
/// Each comes to the same bits as by itself. One whose loss is no number any more leaves the others to go on. All begin
/// or none: an old run is replaced only when every plan could start.
///
/// - Parameter plans: must agree in all that decides the stream: data, seed, batches, epochs, augmentation.
/// - Parameter engine: gives each plan the engine that computes as the plan says.
/// - Parameter kept: called with the plan of a run that has just written a checkpoint or its model. Where it throws, the training goes
///   on, and a warning says why.
/// - Parameter job: told the progress of those that still train.
/// - Returns: in the order of the plans; those that diverged or whose last model could not be written hold the error.
/// - Throws: as `train`, but for those errors.
public func trainTogether(
    _ plans: [TrainingPlan], source: any SampleSource, engine: (TrainingPlan) throws -> any Engine,
    start: RunStart = .new, validate: ((any ScoringProgram) throws -> Validation?)? = nil,
    kept: @escaping (TrainingPlan) throws -> Void = { _ in }, job: Job<[TrainingProgress]> = Job()
) throws -> [TrainingSummary] {
    for plan in plans {
        try plan.check()
        try plan.check(fits: source)
    }
    try plans.checkTogether()
    guard let stream = plans.first else { return [] }
    let data = try TrainingData(source, of: stream, cancellation: job.cancellation)
    let empty = source.emptyClassNames
    if !empty.isEmpty { job.warn("\(source.path) has no samples of \(empty.joined(separator: ", "))") }
    var group = try begin(plans, data: data, engine: engine, start: start, kept: kept, job: job)
    for epoch in group.firstEpoch...stream.epochCount {
        try group.trainEpoch(epoch, of: stream, samples: data.samples)
        if group.wasCancelled {
            try group.keepMoment()
            break
        }
        try group.endEpoch(epoch, validate: validate)
        guard !group.isLeftBehind else { break }
        job.report(group.progress(atEpochsEnd: true))
        if job.isCancelled {
            group.wasCancelled = true
            break
        }
    }
    return group.summaries
}

/// Begins all trainings or none: each step is done for all before the next, and an old run is removed in the last.
private func begin(
    _ plans: [TrainingPlan], data: TrainingData, engine: (TrainingPlan) throws -> any Engine,
    start: RunStart,
    kept: @escaping (TrainingPlan) throws -> Void, job: Job<[TrainingProgress]>
) throws -> TrainingGroup {
    let prepared = try plans.map { plan in
        try PreparedRun(plan, data: data, engine: engine(plan), start: start, job: job)
    }
    let folders = try prepared.map { try $0.folder(overwrites: start == .replacing) }
    let heldPack = try hold(data.source, by: prepared)
    for run in prepared { try run.program.prepare(holdsTiles: heldPack != nil) }
    let runs = try zip(prepared, folders).map { prepared, folder in
        try TrainingRun(prepared, in: folder, data: data, kept: kept, job: job)
    }
    return TrainingGroup(runs, heldPack: heldPack, job: job)
}

/// Offers the samples to all programs.
///
/// Only where all take them do they learn from held tiles: one that needs pixels has them made for all, as the runs share
/// each batch.
///
/// - Returns: the source, where all hold its tiles.
private func hold(_ source: any SampleSource, by prepared: [PreparedRun]) throws -> TilePack? {
    guard let pack = source as? TilePack, let tiles = HeldTiles(pack, for: prepared.map(\.plan)) else {
        return nil
    }
    do {
        return try prepared.allSatisfy { try $0.program.hold(tiles) } ? pack : nil
    } catch let error as EngineError where error.code == .inputChanged {
        throw TrainingError.dataChanged(pack.path, cause: error.cause)
    }
}
