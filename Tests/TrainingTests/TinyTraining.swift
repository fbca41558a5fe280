import Bytes
import CPUEngine
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Records
import Synchronization
import TestSupport
import Training

/// Trainings of three epochs of five steps of eight tiles of noise, on the CPU, with all that a plan may ask for.
final class TinyTraining {
    let folder: TemporaryFolder
    let source: TilePack
    private let collectedWarnings = Collected<String>()
    /// What the trainings warned of.
    var warnings: [String] { collectedWarnings.values }

    init() throws {
        folder = try TemporaryFolder()
        source = try Self.writeNoise(to: folder.file("data.tiles"), classNames: ["dark", "bright"], seed: 1)
    }

    static func writeNoise(to path: String, classNames: [String], seed: UInt64) throws -> TilePack {
        let writer = try TilePackWriter(.replacing(path), tileWidth: 8, tileHeight: 8, classNames: classNames)
        var random = SplitMix64(seed: seed)
        for index in 0..<43 {
            let label = index % classNames.count
            let pixels = (0..<8 * 8 * 3).map { _ in
                UInt8.random(in: UInt8(30 * label)...200, using: &random)
            }
            try writer.append(pixels.span, label: label)
        }
        try writer.commit()
        return try TilePack(opening: path)
    }

    /// - Parameter name: of the run folder.
    func plan(_ name: String, depth: Int = 8) -> TrainingPlan {
        var plan = TrainingPlan(
            dataPath: source.path, outputPath: folder.file(name),
            architecture: Architecture(family: .cifarV2, depth: depth, classCount: 2, inputSize: 8),
            epochCount: 3, schedule: .cosine, augmentation: Augmentation(padding: 1, mirror: true))
        (plan.batchSize, plan.learningRate, plan.seed, plan.warmUpStepCount) = (8, 0.05, 3, 4)
        plan.optimizer = Optimizer(momentum: 0.9, weightDecay: 1e-3, isNesterov: true)
        (plan.optimizer.averageDecay, plan.optimizer.gradientClip) = (0.9, .norm(1))
        (plan.labelSmoothing, plan.mixupAlpha) = (0.1, 0.4)
        return plan
    }

    /// - Parameter engine: the CPU's by default.
    /// - Parameter stopSteps: steps of this part of the run after which it is cancelled.
    @discardableResult
    func train(
        _ plan: TrainingPlan, engine: (any Engine)? = nil, start: RunStart = .new, source: TilePack? = nil,
        stopAfter stopSteps: Int = .max,
        validate: ((any ScoringProgram) throws -> Validation?)? = nil
    ) throws -> TrainingSummary {
        let stepCount = Atomic(0)
        let cancellation = Cancellation()
        return try Training.train(
            plan, source: source ?? self.source,
            engine: engine ?? CPUEngine(workerCount: 2, cacheFolder: nil),
            start: start, validate: validate,
            job: Job(
                cancellation: cancellation,
                progress: { progress in
                    guard progress.finishedEpoch == nil else { return }
                    let count = stepCount.add(1, ordering: .relaxed).newValue
                    if count >= stopSteps { cancellation.request() }
                }, warning: { [collectedWarnings] in collectedWarnings.add($0) }))
    }

    func model(of plan: TrainingPlan) throws -> Data {
        try Data(contentsOf: URL(filePath: plan.outputPath + "/model.safetensors"))
    }

    func names(in plan: TrainingPlan) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: plan.outputPath + "/checkpoints").sorted()
    }

    /// The lines of the metrics without times and speeds.
    func metrics(of plan: TrainingPlan) throws -> [NSDictionary] {
        try String(contentsOfFile: plan.outputPath + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
            .map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                var members = object as? [String: Any] ?? [:]
                for key in ["seconds", "imagesPerSecond", "loaderWaitFraction"] { members[key] = nil }
                return members as NSDictionary
            }
    }
}
