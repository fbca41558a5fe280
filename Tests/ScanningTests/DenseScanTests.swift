import Bytes
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

    /// Keeps the scores of all windows.
    private func tiny(_ path: String, pixelLimit: Int = 4 << 20) -> TinyScan {
        var tiny = TinyScan(scenePath: path)
        (tiny.stride, tiny.classes, tiny.dense) = (8, [], DenseChoice(blockPixelLimit: pixelLimit))
        (tiny.threshold, tiny.iou, tiny.floor) = (0, 1, 0)
        return tiny
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
        #expect(try tiny(path, pixelLimit: pixelLimit).detections() == plainScan(image))
    }

    @Test(arguments: 1...3) func takesBlocksTogetherWhereTheDeviceDoes(blocksPerCall: Int) throws {
        let (path, image) = try folder.scene(width: 200, height: 60)
        var tiny = tiny(path, pixelLimit: 80 * 60)
        tiny.engine = NoiseEngine(blocksPerCall: blocksPerCall)
        #expect(try tiny.detections() == plainScan(image))
    }

    @Test func aDeviceWithMemoryForOneCallGetsOneAtATime() throws {
        let (path, image) = try folder.scene(width: 200, height: 60)
        var tiny = tiny(path, pixelLimit: 80 * 60)
        tiny.engine = NoiseEngine(denseCallLimit: 1)
        #expect(try tiny.detections() == plainScan(image))
    }

    @Test func blocksThatDoNotFitTheDeviceEndTheScanWithTheOptionThatHelps() throws {
        let (path, _) = try folder.scene(width: 200, height: 60)
        var tiny = tiny(path)
        tiny.engine = NoiseEngine(densePixelLimit: 80 * 60)
        let error = #expect(throws: EngineError.self) { try tiny.detections() }
        #expect(error?.code == .outOfMemory && error?.description.contains("--dense-block") == true)
    }

    @Test(arguments: UInt64(0)..<6) func partsGiveWhatTheWholeGives(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (path, _) = try folder.scene(width: 200, height: 90)
        let tiny = tiny(path, pixelLimit: 80 * 60)
        let whole = ScanFolder(path: folder.file("whole"))
        try tiny.run(into: whole)
        let parts = ScanFolder(path: folder.file("parts"))
        let state = try tiny.state(in: parts)
        for number in (1...5).shuffled(using: &random) {
            try tiny.score(state.task.grid.range.part(number, of: 5), into: state)
        }
        try tiny.write(state)
        #expect(try comparedFiles(of: parts) == comparedFiles(of: whole))
    }

    @Test(arguments: [(6, "4 or 8"), (2, "use 4")])
    func aWrongStrideIsRefusedWithWhatWouldDo(stride: Int, advice: String) throws {
        let (path, _) = try folder.scene(width: 40, height: 32)
        var wrong = tiny(path)
        wrong.stride = stride
        let error = #expect(throws: ScanError.self) { try wrong.task() }
        #expect(error?.code == .wrongStride && error?.description.contains(advice) == true)
    }

    /// Of a network, by box and label.
    private func networkScores(_ tiny: TinyScan) throws -> [[Int]: Float] {
        var tiny = tiny
        tiny.model.weights = try Network(tiny.model.architecture).initialWeights(seed: 4)
        tiny.engine = ReferenceEngine()
        return try Dictionary(
            uniqueKeysWithValues: tiny.detections().map { ([$0.box.x0, $0.box.y0, $0.label], $0.score) })
    }

    /// How near they are is a matter of the network and the scene.
    @Test func aNetworksScoresAreTheSameInAllBlocksAndOthersThanTheExactOnes() throws {
        let (path, _) = try folder.scene(width: 80, height: 8)
        let whole = try networkScores(tiny(path))
        let parts = try networkScores(tiny(path, pixelLimit: 1))
        var exactScan = tiny(path)
        exactScan.dense = nil
        let exact = try networkScores(exactScan)
        #expect(Set(whole.keys) == Set(parts.keys) && Set(whole.keys) == Set(exact.keys))
        for (place, score) in whole { #expect(abs((parts[place] ?? .infinity) - score) < 1e-6) }
        #expect(whole.contains { abs((exact[$0] ?? .infinity) - $1) > 1e-3 })
    }
}
