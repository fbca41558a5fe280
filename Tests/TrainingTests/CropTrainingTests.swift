import Bytes
import CPUEngine
import Engines
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Records
import TestSupport
import Testing
import Training

/// Trainings on crops of canvases, with a label for each of their windows.
@Suite struct CropTrainingTests {
    let tiny: TinyTraining
    let canvases: TilePack

    init() throws {
        tiny = try TinyTraining()
        canvases = try Self.writeCanvas(to: tiny.folder.file("canvas.tiles"))
    }

    /// 11 × 8 windows of 8 pixels, 4 pixels apart.
    private static func writeCanvas(to path: String) throws -> TilePack {
        let writer = try TilePackWriter(
            .replacing(path), tileWidth: 8, tileHeight: 8, classNames: ["dark", "bright"])
        var random = SplitMix64(seed: 4)
        let (width, height) = (10 * 4 + 8, 7 * 4 + 8)
        let pixels = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let labels = (0..<88).map { _ in UInt16.random(in: 0...1, using: &random) }
        try writer.append(
            Image(width: width, height: height, pixelsHWC: pixels),
            windows: [WindowGrid(stride: 4, columns: 11, rows: 8, labels: .each(labels))])
        try writer.commit()
        return try TilePack(opening: path)
    }

    /// Five steps of eight crops with four windows each, three times.
    private func plan(_ name: String) -> TrainingPlan {
        var plan = tiny.plan(name)
        plan.dataPath = canvases.path
        plan.cropWindows = CropWindows(perSide: 2, stride: 4)
        plan.samplesPerEpoch = 40
        plan.augmentation = Augmentation(.moved(padding: 0, border: .black), mirror: .random, turns: true)
        return plan
    }

    @Test(arguments: [1, 7]) func goesOnToTheSameBitsAndCountsWindows(stopSteps: Int) throws {
        let (whole, parts) = (plan("whole"), plan("parts"))
        let summary = try tiny.train(whole, source: canvases)
        #expect(summary.stepCount == 15)
        try tiny.train(parts, source: canvases, stopAfter: stopSteps)
        try tiny.train(parts, start: .resuming, source: canvases)
        #expect(try tiny.model(of: parts) == tiny.model(of: whole))
        #expect(try tiny.metrics(of: parts) == tiny.metrics(of: whole))
        // Shares of 8 crops with 4 windows each.
        for line in try tiny.metrics(of: whole) {
            guard let fraction = line["correctFraction"] as? Double else { continue }
            #expect(abs((fraction * 32).rounded() - fraction * 32) < 1e-4)
        }
    }

    @Test func stepsGetTheLoadersCropsWithTheirLabels() throws {
        var plan = plan("run")
        (plan.mixupAlpha, plan.labelSmoothing, plan.epochCount) = (nil, 0, 1)
        let engine = FakeEngine()
        try tiny.train(plan, engine: engine, source: canvases)
        let crops = try CanvasCrops(of: canvases, perSide: 2, stride: 4)
        let loader = BatchLoader(
            source: crops, side: 12, batchSize: 8, seed: plan.seed, epoch: 1, augmentation: plan.augmentation)
        for step in engine.steps {
            let batch = try #require(try loader.next())
            #expect(step.labels == batch.labels && step.labels.count == 32)
        }
        #expect(engine.steps.count == 5)
    }

    @Test func theModelIsValidatedWindowByWindow() throws {
        let engine = CPUEngine(workerCount: 2, cacheFolder: nil)
        let scored = Collected<Int>()
        let tile = try canvases.tile(3).pixelsHWC
        try tiny.train(plan("run"), engine: engine, source: canvases) { program in
            var scores: [Float] = [0, 0]
            var target = scores.mutableSpan
            try program.score(tile.span, into: &target)
            scored.add(scores.count)
            #expect(abs(scores[0] + scores[1] - 1) < 1e-4)
            return Validation(topOne: 0.5, topFive: 1)
        }
        #expect(scored.values.count == 3)
    }

    @Test func whatDoesNotFitIsRefusedWithWhatWouldDo() throws {
        let changes: [(String, (inout TrainingPlan) -> Void)] = [
            ("only mirrored and turned", { $0.augmentation.cut = .moved(padding: 1, border: .black) }),
            ("only mirrored and turned", { $0.augmentation.cut = .centre(shorterSide: nil) }),
            ("--crop-stride 4, not 6", { $0.cropWindows = CropWindows(perSide: 2, stride: 6) }),
            ("2 to 64 windows in a row: 65", { $0.cropWindows = CropWindows(perSide: 65, stride: 4) }),
        ]
        for (words, change) in changes {
            var plan = plan("run")
            change(&plan)
            let error = #expect(throws: TrainingError.self) { try plan.check() }
            #expect(error?.cause.contains(words) == true, "\(String(describing: error))")
        }
        var many = plan("run")
        (many.batchSize, many.samplesPerEpoch) = (71, nil)
        let error = #expect(throws: TrainingError.self) { try tiny.train(many, source: canvases) }
        #expect(error?.cause.contains("70 crops are less than one batch of 71") == true)
        let single = #expect(throws: RecordsError.self) { try tiny.train(plan("run")) }
        #expect(single?.cause.contains("tilescope scatter") == true)
    }

    @Test func oneStreamHasOneKindOfSamples() throws {
        var others = plan("b")
        others.cropWindows = CropWindows(perSide: 3, stride: 4)
        let error = #expect(throws: TrainingError.self) {
            try trainTogether([plan("a"), others], source: canvases, engine: { _ in FakeEngine() })
        }
        #expect(error?.cause.contains("cropWindows.perSide") == true)
    }
}
