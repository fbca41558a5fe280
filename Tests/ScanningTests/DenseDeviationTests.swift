import Engines
import Files
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

/// Dense scans beside exact ones: how far they differ, and which of them a model's contract asks for.
@Suite struct DenseDeviationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func isOfTheSameWindowsInBothWays() throws {
        let (path, image) = try folder.scene(width: 48, height: 40)
        var tiny = TinyScan(scenePath: path)
        tiny.dense = DenseChoice(blockPixelLimit: 1 << 20)
        let task = try tiny.task()
        let deviation = try DenseDeviation(
            of: task, scene: Scene(opening: Address(path)), model: tinyModel, engine: tiny.engine)
        let reach = try Network(tinyModel.architecture).denseGeometry().reach
        var differences: [Double] = []
        for y in stride(from: 0, through: 32, by: 4) {
            for x in stride(from: 0, through: 40, by: 4) {
                func scores(reach: Int) -> [Float] {
                    let part = seen(x: x, y: y, windowSize: 8, reach: reach, in: image)
                    return noiseScores(of: part.pixelsHWC, classCount: 3)
                }
                differences += zip(scores(reach: reach), scores(reach: 0)).prefix(2).map {
                    Double(abs($0 - $1))
                }
            }
        }
        #expect(deviation.windowCount == 9 * 11 && task.labels == [0, 1])
        #expect(abs(deviation.mean - differences.reduce(0, +) / Double(differences.count)) < 1e-9)
        #expect(deviation.greatest == differences.max())
    }

    /// Few of many.
    @Test func looksAtWindowsOfFourBlocks() throws {
        let (path, _) = try folder.scene(width: 200, height: 200)
        var tiny = TinyScan(scenePath: path)
        tiny.dense = DenseChoice(blockPixelLimit: 1)
        let scene = try Scene(opening: Address(path))
        let deviation = try DenseDeviation(
            of: tiny.task(), scene: scene, model: tinyModel, engine: tiny.engine)
        #expect((4...4 * 256).contains(deviation.windowCount) && deviation.mean > 0)
    }

    @Test func aScanIsDenseWhereTheContractSaysSoAndItCanBe() throws {
        let (path, _) = try folder.scene(width: 40, height: 32)
        let crops = Reading(windowsOf: .mixed).ofCrops(totalStride: 4)
        #expect(crops.scan == .dense && crops.trainedOn == .crops && crops.objection == nil)
        func usual(
            _ reading: Reading?, stride: Int = 4, objection: String? = nil,
            abilities: Abilities = .denseScoring
        ) throws -> (isDense: Bool, reason: String?) {
            let (task, reason) = try ScanTask.usual(
                reading: reading, abilities: abilities, objection: objection
            ) {
                var tiny = TinyScan(scenePath: path)
                (tiny.stride, tiny.dense) = (stride, $0 ? DenseChoice() : nil)
                return try tiny.task()
            }
            return (task.denseBlock != nil, reason)
        }
        #expect(try usual(crops) == (true, nil))
        #expect(try usual(nil) == (false, nil))
        #expect(try usual(Reading(windowsOf: .mixed)) == (false, nil))
        #expect(try usual(crops, objection: "because") == (false, "because"))
        #expect(try usual(crops, abilities: []) == (false, "the engine scores window by window only"))
        let odd = try usual(crops, stride: 6)
        #expect(!odd.isDense && odd.reason?.contains("use 4 or 8") == true)
    }
}
