import EndingJobs
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Synchronization
import TestSupport
import Testing
import Training

@Suite struct FirstWeightsTests {
    let training: TinyTraining
    /// The model of a finished run.
    let model: Model

    init() throws {
        training = try TinyTraining()
        let plan = training.plan("first")
        try training.train(plan)
        model = try Model(reading: plan.outputPath + "/model.safetensors")
    }

    /// The state before the first step of a run that starts from a file.
    private func start(
        from path: String, change: (inout TrainingPlan) -> Void = { _ in }
    ) throws -> (weights: Weights, warnings: [String]) {
        var plan = training.plan("second-\(UUID().uuidString)")
        plan.weightsPath = path
        change(&plan)
        let engine = StartKeeper()
        let warnings = Collected<String>()
        _ = try train(
            plan, source: training.source, engine: engine,
            job: Job(cancellation: .requested, warning: { warnings.add($0) }))
        return (try #require(engine.start).weights, warnings.values)
    }

    @Test func areExactlyThoseOfAModel() throws {
        let start = try start(from: training.folder.file("first/model.safetensors"))
        #expect(start.weights == model.weights)
        #expect(start.warnings.isEmpty)
    }

    @Test func ofACheckpointAreTheAverages() throws {
        let names = try training.names(in: training.plan("first"))
        let last = try #require(names.filter { $0.hasPrefix("epoch") }.last)
        #expect(try start(from: training.folder.file("first/checkpoints/" + last)).weights == model.weights)
    }

    @Test func ofAnotherProgramAreTakenByItsNames() throws {
        var file = SafetensorsFile(tensors: [:])
        for (name, tensor) in model.weights { file.tensors["module." + name] = tensor }
        try file.write(to: .replacing(training.folder.file("foreign")))
        #expect(try start(from: training.folder.file("foreign")).weights == model.weights)
    }

    @Test func aHeadForOtherClassesIsDrawnBySeed() throws {
        var other = model
        other.classes = ["cat", "dog"]
        try other.write(to: .replacing(training.folder.file("other")))
        let start = try start(from: training.folder.file("other")) { $0.seed = 11 }
        let drawn = try Network(model.architecture).initialWeights(seed: 11)
        #expect(start.weights == model.weights.merging(drawn.filter { $0.key.hasPrefix("fc.") }) { $1 })
        #expect(start.warnings.count == 1)
        #expect(start.warnings[0].contains("its classes differ"))
    }

    @Test func wrongOnesAreRefusedBeforeAnythingIsWritten() throws {
        var plan = training.plan("deeper", depth: 14)
        plan.weightsPath = training.folder.file("first/model.safetensors")
        let error = #expect(throws: ModelFileError.self) { try training.train(plan) }
        #expect(error?.cause.contains("it is a model of cifar-resnet8-v2") == true)
        #expect(!FileManager.default.fileExists(atPath: plan.outputPath))
    }
}

/// Keeps the state that a training begins with, and else only pretends.
private final class StartKeeper: Engine {
    private let fake = FakeEngine()
    private let kept = Mutex<TrainingState?>(nil)

    var description: String { fake.description }
    var abilities: Abilities { fake.abilities }
    var numerics: Numerics { fake.numerics }
    var start: TrainingState? { kept.withLock { $0 } }

    func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
        try fake.evaluate(graph, inputs: inputs)
    }

    func scoringProgram(
        for network: Network, weights: Weights, batchSize: Int
    ) throws(EngineError) -> any ScoringProgram {
        try fake.scoringProgram(for: network, weights: weights, batchSize: batchSize)
    }

    func trainingProgram(
        for network: Network, state: TrainingState, configuration: TrainingConfiguration
    ) throws(EngineError) -> any TrainingProgram {
        kept.withLock { $0 = state }
        return try fake.trainingProgram(for: network, state: state, configuration: configuration)
    }
}
