import Bytes
import Devices
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Records
import Scanning
import Synchronization
import TestSupport
import Testing
import Training

/// Two scans and a training in one process, as a service has them.
@Suite struct JobsTogetherTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 2, inputSize: 8)

    private func writeScene(_ name: String, seed: UInt64) throws -> String {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<200 * 160 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Image(width: 200, height: 160, pixelsHWC: bytes).writePNG(to: .replacing(folder.file(name)))
        return folder.file(name)
    }

    private func writeTiles() throws -> TilePack {
        let path = folder.file("data.tiles")
        let writer = try TilePackWriter(
            .replacing(path), tileWidth: 8, tileHeight: 8, classNames: ["dark", "bright"])
        var random = SplitMix64(seed: 5)
        for index in 0..<64 {
            let pixels = (0..<8 * 8 * 3).map { _ in
                UInt8.random(in: UInt8(60 * (index % 2))...200, using: &random)
            }
            try writer.append(pixels.span, label: index % 2)
        }
        try writer.commit()
        return try TilePack(opening: path)
    }

    @Test func eachComesToWhatItComesToAloneWhenOneIsCancelled() throws {
        let weights = try Network(Self.architecture).initialWeights(seed: 3)
        let model = Model(architecture: Self.architecture, classes: ["dark", "bright"], weights: weights)
        let scan = ServiceScan(scene: try writeScene("a.png", seed: 1), model: model)
        let cancelledScan = ServiceScan(scene: try writeScene("b.png", seed: 2), model: model)
        let training = ServiceTraining(pack: try writeTiles().path, architecture: Self.architecture)
        let alone = try (
            scan: scan.run(into: folder.file("scan-alone"), on: Self.engine()),
            cancelled: cancelledScan.run(into: folder.file("other-alone"), on: Self.engine()),
            training: training.run(into: folder.file("training-alone"), on: Self.engine())
        )

        let shared = SharedEngine(try Self.engine())
        let cancellation = Cancellation()
        let outcomes = Mutex<[String: Result<Data, any Error>]>([:])
        let folder = folder.path
        let work: [(String, @Sendable () throws -> Data)] = [
            ("scan", { try scan.run(into: folder + "/scan", on: shared) }),
            (
                "cancelled",
                {
                    let job = Job<ScanProgress>(
                        cancellation: cancellation,
                        progress: { if $0.scoredWindowCount > 0 { cancellation.request() } })
                    return try cancelledScan.run(into: folder + "/other", on: shared, job: job)
                }
            ),
            ("training", { try training.run(into: folder + "/training", on: Self.engine()) }),
        ]
        let end = DispatchSemaphore(value: 0)
        for (name, body) in work {
            Thread {
                let outcome = Result { try body() }
                outcomes.withLock { $0[name] = outcome }
                end.signal()
            }.start()
        }
        for _ in work { end.wait() }

        let ended = outcomes.withLock { $0 }
        #expect(try ended["scan"]?.get() == alone.scan)
        #expect(try ended["training"]?.get() == alone.training)
        #expect(throws: Cancelled.self) { try ended["cancelled"]?.get() }
        // And the scan that was cancelled goes on to what it would have been.
        #expect(try cancelledScan.run(into: folder + "/other", on: shared) == alone.cancelled)
    }

    private static func engine() throws -> any Engine { try Machine(workers: 2).engine(.fp32) }
}

private struct ServiceScan: Sendable {
    var scene: String
    var model: Model

    /// - Returns: the candidates and the detections.
    func run(into path: String, on engine: any Engine, job: Job<ScanProgress> = Job()) throws -> Data {
        let scene = try Scene(opening: Address(scene))
        let task = try ScanTask(
            scene: scene, model: model, digest: "model", stride: 4,
            numerics: engine.numerics(scoring: Network(model.architecture), weights: model.weights))
        let rule = MergeRule(labels: task.labels, threshold: 0.5)
        let context = ScanContext(
            scene: scene, modelAddress: Address("model.safetensors"), model: model, rule: rule,
            version: "test")
        let folder = ScanFolder(path: path)
        var state = try folder.begin(task, context, overwrites: false)
        let scan = try SceneScan(
            task, scene: scene, model: model, engine: engine, limits: ScanLimits(blockPixelLimit: 4000))
        _ = try scan.score(task.grid.range, except: state.finished, into: &state, job: job)
        let limits = ScanLimits()
        try state.finish(limits: limits, cancellation: job.cancellation)
        _ = try state.write(
            [DetectionLinesSink()], by: rule, scene: scene,
            record: ScanRecord(engine: nil, limits: limits, version: "test", context: context),
            limits: limits, job: job)
        return try Data(contentsOf: URL(filePath: path + "/.scan/candidates"))
            + Data(contentsOf: URL(filePath: folder.detectionsPath))
    }
}

private struct ServiceTraining: Sendable {
    var pack: String
    var architecture: Architecture

    /// - Returns: the model's file.
    func run(into path: String, on engine: any Engine) throws -> Data {
        var plan = TrainingPlan(
            dataPath: pack, outputPath: path, architecture: architecture, epochCount: 3, schedule: .cosine,
            augmentation: Augmentation(padding: 1, mirror: true))
        (plan.batchSize, plan.learningRate, plan.seed) = (8, 0.05, 3)
        _ = try train(plan, source: TilePack(opening: pack), engine: engine)
        return try Data(contentsOf: URL(filePath: path + "/model.safetensors"))
    }
}
