public import Engines
import Networks
public import Records

/// Trains a network on a pack of tiles, into a run folder.
///
/// A run leaves `plan.json`, `metrics.jsonl` (a line per step and per epoch), a checkpoint per epoch and
/// `model.safetensors`, the weights of the last one. The same plan gives the same bits on the same engine, whatever
/// its number of workers.
///
/// - Parameter source: the plan's data, opened.
/// - Parameter overwrites: whether a run that is already in the folder may be replaced.
/// - Parameter validate: measures top-1 (in `0...1`) after each epoch; `nil` from it when it was interrupted.
/// - Parameter progress: called after each step and again at the end of each epoch.
/// - Parameter shouldStop: asked after each step and epoch; when true, the state of that moment is kept as a
///   checkpoint and as `model.safetensors`, and the run ends.
/// - Throws: `TrainingError` for a plan that does not fit itself or the data, for a run that is in the way, and for a
///   loss that is not a number (the checkpoints stay); the files' and the engine's errors.
public func train(
    _ plan: TrainingPlan, source: any SampleSource, engine: any Engine, overwrites: Bool = false,
    validate: ((any ScoringProgram) throws -> Double?)? = nil,
    progress: (TrainingProgress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
) throws -> TrainingSummary {
    try plan.check()
    try plan.check(fits: source)
    let network = try Network(plan.architecture)
    let program = try engine.trainingProgram(
        for: network, state: TrainingState(weights: network.initialWeights(seed: plan.seed)),
        configuration: TrainingConfiguration(batchSize: plan.batchSize, optimizer: plan.optimizer))
    var run = try TrainingRun(plan, source: source, program: program, overwrites: overwrites)
    for epoch in 1...plan.epochCount {
        try run.trainEpoch(epoch, progress: progress, shouldStop: shouldStop)
        if run.wasInterrupted { break }
        let topOne = try validate.flatMap { validate in
            let weights = try program.state().weights
            return try validate(
                engine.scoringProgram(for: network, weights: weights, batchSize: plan.batchSize))
        }
        try run.endEpoch(validationTopOne: topOne, progress: progress)
        if shouldStop() {
            run.wasInterrupted = true
            break
        }
    }
    return run.summary
}
