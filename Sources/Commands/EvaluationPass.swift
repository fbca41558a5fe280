import Engines
import Evaluation
import Files
import ModelFiles
import Networks
import Records

/// Scores samples with one model, or with all checkpoints of a run in one pass over the samples.
struct EvaluationPass {
    /// Of one network; at least one.
    var models: [EvaluatedModel]
    var scoring: PackScoring
    /// Of the samples, for people.
    var data: String
    var engine: any Engine
    var styling: MatrixStyling
    /// Labels kept of each sample.
    var keptCount = 5
    var resampleCount = 0
    var seed: UInt64 = 1
    var seeksDuplicates = false

    func run() throws -> EvaluationOutput {
        let first = try models[0].read()
        let programs = try models.map { try program(of: $0, first: first) }
        var duplicates = seeksDuplicates ? NearDuplicates() : nil
        let (start, count) = (ContinuousClock.now, scoring.count)
        let line = ProgressLine()
        let results: [Predictions]
        do {
            results = try scoring.predictions(
                by: programs, keeping: keptCount, seeing: { duplicates?.add($0, samples: $1) },
                job: Job(on: line) { "scored \($0) of \(counted(count, "sample"))" })
        } catch let error as UnusableScores {
            throw CommandError(
                operation: "score sample \(error.sample) of \(data)", path: models[error.model].path,
                cause: UnusableScores.cause)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let many = programs.count > 1 ? " with \(programs.count) models" : ""
        line.finish(
            "scored \(counted(results[0].count, "sample"))\(many) on the engine \(engine.description)")
        // Whoever interrupted waits for the end.
        let isPart = results[0].wasCancelled
        let imagesPerSecond = Double(results[0].count * programs.count) / seconds
        let rows = zip(models, results).map { model, predictions in
            EvaluationRow(
                model: model, data: data, sampleCount: scoring.sampleCount, engine: engine.description,
                imagesPerSecond: imagesPerSecond,
                numbers: EvaluationNumbers(
                    predictions, k: keptCount, resampleCount: isPart ? 0 : resampleCount, seed: seed),
                hierarchy: styling.hierarchy.map { HierarchyNumbers(predictions, in: $0) })
        }
        return EvaluationOutput(
            rows: rows, predictions: results, scoring: scoring, styling: styling,
            duplicates: isPart ? NearDuplicates.Found() : duplicates?.pairs() ?? NearDuplicates.Found())
    }

    private func program(of model: EvaluatedModel, first: Model) throws -> any ScoringProgram {
        let read = try model.read()
        guard read.classes == first.classes, read.architecture == first.architecture else {
            throw CommandError(
                operation: "evaluate the checkpoints", path: model.path,
                cause: "its network differs from that of \(models[0].path): architecture or classes differ")
        }
        return try engine.scoringProgram(
            for: Network(read.architecture), weights: read.weights, batchSize: PackScoring.batchSize)
    }
}
