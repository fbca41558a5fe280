import Engines
import ModelFiles
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct ScanTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [(64, 48), (61, 45), (8, 8)]) func equalsThePlainLoop(width: Int, height: Int) throws {
        let (path, image) = try folder.scene(width: width, height: height)
        let plan = tinyPlan(scenePath: path)
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine())
        #expect(Array(result.detections) == plainScan(plan, of: image))
        #expect(result.isComplete)
        #expect(width == 8 || result.detections.count > 10)
    }

    @Test(arguments: [1, 500, 1200, 3000]) func doesNotDependOnTheSizeOfBlocks(pixelLimit: Int) throws {
        let (path, _) = try folder.scene(width: 61, height: 45)
        let whole = try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        var plan = tinyPlan(scenePath: path)
        plan.blockPixelLimit = pixelLimit
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine())
        #expect(result.allDetections == whole.allDetections)
        #expect(result.blockCount > 1 || pixelLimit == 3000)
        #expect(whole.blockCount == 1)
    }

    @Test func keepingWeakDetectionsChangesNothingAboveTheThreshold() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let strong = try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        var plan = tinyPlan(scenePath: path)
        plan.lowestScore = 0.05
        let weak = try scan(plan, model: tinyModel, engine: NoiseEngine())
        #expect(weak.detections == strong.detections)
        #expect(weak.allDetections.count > strong.allDetections.count)
        #expect(strong.allDetections.count == strong.detections.count)
    }

    @Test func lookingForNoClassInParticularFindsAll() throws {
        let (path, image) = try folder.scene(width: 64, height: 48)
        var plan = tinyPlan(scenePath: path)
        plan.classes = []
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine())
        #expect(result.labels == [0, 1, 2])
        #expect(Array(result.detections) == plainScan(plan, of: image))
        #expect(result.counts.allSatisfy { $0 > 0 })
    }

    @Test func countsAreInThePlansOrderOfClasses() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let result = try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        #expect(result.labels == [1, 0])
        #expect(result.counts == [1, 0].map { label in result.detections.count { $0.label == label } })
    }

    @Test func progressEndsWithAllWindows() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        var plan = tinyPlan(scenePath: path)
        plan.blockPixelLimit = 1200
        var seen: [ScanProgress] = []
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine(), progress: { seen.append($0) })
        #expect(seen.map(\.finishedWindowCount) == seen.map(\.finishedWindowCount).sorted())
        #expect(seen.last?.finishedWindowCount == 15 * 11)
        #expect(seen.allSatisfy { $0.windowCount == 15 * 11 })
        #expect(result.windowCount == 15 * 11)
    }

    @Test func anInterruptedScanKeepsWhatItsFinishedBlocksHold() throws {
        let (path, image) = try folder.scene(width: 64, height: 480)
        var plan = tinyPlan(scenePath: path)
        plan.blockPixelLimit = 64 * 80
        var blocks = 0
        let result = try scan(
            plan, model: tinyModel, engine: NoiseEngine(),
            shouldStop: {
                blocks += 1
                return blocks == 2
            })
        #expect(!result.isComplete)
        #expect((result.finishedBlockCount, result.blockCount) == (2, 7))
        let seen = PixelRect(x0: 0, y0: 0, x1: 64, y1: 80 + 76)
        #expect(Array(result.detections) == plainScan(plan, of: image.cropped(to: seen)))
    }

    @Test func aBlockThatCannotBeReadKeepsWhatTheBlocksBeforeItHold() throws {
        let (_, image) = try folder.scene(width: 64, height: 480)
        var plan = tinyPlan(scenePath: try folder.cutScene(image, rowCount: 200))
        plan.blockPixelLimit = 64 * 80
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine())
        #expect(!result.isComplete)
        #expect((result.finishedBlockCount, result.blockCount) == (2, 7))
        #expect(result.failure?.contains("cut.tif") == true)
        let seen = PixelRect(x0: 0, y0: 0, x1: 64, y1: 80 + 76)
        #expect(Array(result.detections) == plainScan(plan, of: image.cropped(to: seen)))
    }

    @Test func aFirstBlockThatCannotBeReadIsAnError() throws {
        let (_, image) = try folder.scene(width: 64, height: 480)
        var plan = tinyPlan(scenePath: try folder.cutScene(image, rowCount: 50))
        plan.blockPixelLimit = 64 * 80
        #expect(throws: RasterError.self) { try scan(plan, model: tinyModel, engine: NoiseEngine()) }
    }

    @Test(arguments: [(8, 2048), (32, 2048), (64, 512), (224, 41), (4000, 16)])
    func theEngineIsGivenLessWindowsWhereTheyAreLarge(windowSize: Int, count: Int) {
        #expect(BlockScorer.windowsPerCall(windowSize: windowSize) == count)
    }

    @Test func aMissingSceneIsTheRastersError() {
        let plan = tinyPlan(scenePath: folder.file("missing.png"))
        #expect(throws: RasterError.self) { try scan(plan, model: tinyModel, engine: NoiseEngine()) }
    }

    @Test func aSceneSmallerThanAWindowIsRefused() throws {
        let (path, _) = try folder.scene(width: 64, height: 7)
        #expect {
            try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        } throws: {
            ($0 as? ScanError)?.code == .sceneTooSmall
        }
    }
}

/// The scan without blocks, threads and buffers.
private func plainScan(_ plan: ScanPlan, of image: Image) -> [Detection] {
    func starts(_ length: Int) -> [Int] {
        var starts = (0..<length).filter { $0 % plan.stride == 0 && $0 + plan.windowSize <= length }
        let last = length - plan.windowSize
        if !starts.contains(last) { starts.append(last) }
        return starts
    }
    var candidates: [Detection] = []
    for y in starts(image.height) {
        for x in starts(image.width) {
            let box = PixelRect(x: x, y: y, width: plan.windowSize, height: plan.windowSize)
            let scores = noiseScores(of: image.cropped(to: box).pixelsHWC, classCount: 3)
            for (label, name) in tinyModel.classes.enumerated()
            where (plan.classes.isEmpty || plan.classes.contains(name))
                && scores[label] >= plan.scoreThreshold
            {
                candidates.append(Detection(box: box, label: label, score: scores[label]))
            }
        }
    }
    return nonMaximumSuppression(candidates, iouThreshold: plan.iouThreshold)
}
