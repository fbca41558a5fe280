import Engines
import Files
import Networks

/// A training that could begin: what it starts from was read, and its program is compiled.
///
/// A new run has touched no folder yet, so that of several trainings either all begin or none does any harm.
struct PreparedRun {
    let plan: TrainingPlan
    let engine: any Engine
    let network: Network
    let program: any TrainingProgram
    /// `nil` for a run that begins.
    let checkpoint: Checkpoint?
    /// The folder of a run that goes on, locked.
    let resumedFolder: RunFolder?

    /// - Parameter job: warns of what is passed over.
    init(
        _ plan: TrainingPlan, data: TrainingData, engine: any Engine,
        start: RunStart, job: Job<[TrainingProgress]>
    ) throws {
        (self.plan, self.engine) = (plan, engine)
        network = try Network(plan.architecture)
        resumedFolder = start == .resuming ? try RunFolder(resuming: plan.outputPath) : nil
        checkpoint = try resumedFolder?.checkpoints.newest(warn: job.warn)
        try checkpoint?.check(fits: plan, data: data)
        let state =
            try checkpoint?.state
            ?? TrainingState(weights: plan.firstWeights(of: network, source: data.source, job: job))
        program = try engine.trainingProgram(for: network, state: state, configuration: plan.configuration)
    }

    /// Locks the run folder, and checks that it may be written to.
    func folder(overwrites: Bool) throws -> RunFolder {
        try resumedFolder ?? RunFolder(creating: plan.outputPath, overwrites: overwrites)
    }
}
