import Engines
import ModelFiles
import Networks
import Pixels
import Scanning
import TestSupport
import Testing

@Suite struct DenseScanTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// For `tinyModel`: keeps the scores of all windows.
    private func plan(_ path: String, pixelLimit: Int = 4 << 20) -> ScanPlan {
        var plan = ScanPlan(scenePath: path, modelPath: "tiny.safetensors")
        (plan.windowSize, plan.stride, plan.isDense) = (8, 8, true)
        (plan.scoreThreshold, plan.iouThreshold, plan.blockPixelLimit) = (0, 1, pixelLimit)
        return plan
    }

    /// The same without blocks: every window sees the scene up to the last multiple of four pixels.
    private func plainScan(_ image: Image) throws -> [Detection] {
        let reach = try Network(tinyModel.architecture).denseGeometry().reach
        let scene = image.cropped(
            to: PixelRect(x: 0, y: 0, width: image.width / 4 * 4, height: image.height / 4 * 4))
        func starts(_ length: Int) -> [Int] {
            (0...length - 8).filter { $0.isMultiple(of: 8) || $0 == length - 8 }
        }
        let detections = starts(scene.height).flatMap { y in
            starts(scene.width).flatMap { x in
                let part = seen(x: x, y: y, windowSize: 8, reach: reach, in: scene)
                return noiseScores(of: part.pixelsHWC, classCount: 3).enumerated().map { label, score in
                    Detection(
                        box: PixelRect(x: x, y: y, width: 8, height: 8), label: label, score: score)
                }
            }
        }
        return nonMaximumSuppression(detections, iouThreshold: 1)
    }

    @Test(arguments: [1, 1600, 52 * 52, 64 * 56, 4 << 20], [(90, 75), (8, 130), (64, 64)])
    func equalsAScanWithoutBlocks(pixelLimit: Int, size: (width: Int, height: Int)) throws {
        let (path, image) = try folder.scene(width: size.width, height: size.height)
        let result = try scan(plan(path, pixelLimit: pixelLimit), model: tinyModel, engine: NoiseEngine())
        #expect(try result.allDetections == plainScan(image))
        #expect(result.isComplete)
        #expect((result.blockCount == 1) == (pixelLimit > 64 * 64 || size.width == 8 && pixelLimit > 1))
    }

    @Test(arguments: 1...3) func takesBlocksTogetherAndSmallerOnesWhereMemoryIsShort(blocksPerCall: Int)
        throws
    {
        let (path, image) = try folder.scene(width: 200, height: 60)
        let engine = NoiseEngine(densePixelLimit: 80 * 60, blocksPerCall: blocksPerCall)
        let result = try scan(plan(path), model: tinyModel, engine: engine)
        #expect(result.blockCount > 3 && result.isComplete)
        #expect(try result.allDetections == plainScan(image))
    }

    @Test func aSceneWithoutMemoryForASingleWindowIsTheEnginesError() throws {
        let (path, _) = try folder.scene(width: 200, height: 60)
        let error = #expect(throws: EngineError.self) {
            try scan(plan(path), model: tinyModel, engine: NoiseEngine(densePixelLimit: 10))
        }
        #expect(error?.code == .outOfMemory)
    }

    @Test func anInterruptedScanKeepsTheBlocksThatWereBegun() throws {
        let (path, _) = try folder.scene(width: 200, height: 60)
        var asked = 0
        let result = try scan(
            plan(path, pixelLimit: 1), model: tinyModel, engine: NoiseEngine(),
            shouldStop: {
                asked += 1
                return asked == 2
            })
        #expect(!result.isComplete && result.finishedBlockCount == 2)
        #expect(result.windowCount > 0 && result.allDetections.count == 3 * result.windowCount)
    }

    @Test(arguments: [(6, "4 or 8"), (2, "use 4")])
    func aWrongStrideIsRefusedWithWhatWouldDo(stride: Int, advice: String) throws {
        let (path, _) = try folder.scene(width: 40, height: 32)
        var wrong = plan(path)
        wrong.stride = stride
        let error = #expect(throws: ScanError.self) {
            try scan(wrong, model: tinyModel, engine: NoiseEngine())
        }
        #expect(error?.code == .wrongStride && error?.description.contains(advice) == true)
    }

    /// Of a network, by box and label.
    private func networkScores(_ plan: ScanPlan) throws -> [[Int]: Float] {
        var model = tinyModel
        model.weights = try Network(model.architecture).initialWeights(seed: 4)
        let result = try scan(plan, model: model, engine: ReferenceEngine())
        return Dictionary(
            uniqueKeysWithValues: result.allDetections.map { ([$0.box.x0, $0.box.y0, $0.label], $0.score) })
    }

    /// How near they are is a matter of the network and the scene.
    @Test func aNetworksScoresAreTheSameInAllBlocksAndOthersThanTheExactOnes() throws {
        let (path, _) = try folder.scene(width: 80, height: 8)
        let whole = try networkScores(plan(path))
        let parts = try networkScores(plan(path, pixelLimit: 1))
        var exactPlan = plan(path)
        exactPlan.isDense = false
        let exact = try networkScores(exactPlan)
        #expect(Set(whole.keys) == Set(parts.keys) && Set(whole.keys) == Set(exact.keys))
        for (place, score) in whole { #expect(abs((parts[place] ?? .infinity) - score) < 1e-6) }
        #expect(whole.contains { abs((exact[$0] ?? .infinity) - $1) > 1e-3 })
    }
}
