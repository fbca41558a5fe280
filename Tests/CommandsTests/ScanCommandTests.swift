import Bytes
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct ScanCommandTests {
    let folder: TemporaryFolder

    /// A model of three classes with its first weights, and a scene of noise.
    init() throws {
        folder = try TemporaryFolder()
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try model.write(to: folder.path + "/model.safetensors")
        var random = SplitMix64(seed: 2)
        let bytes = (0..<70 * 50 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Image(width: 70, height: 50, pixelsHWC: bytes).writePNG(to: folder.path + "/scene.png")
    }

    @Test func writesItsFilesAndSaysHowManyItFound() throws {
        let run = try scan("--labels", "car,boat", "--threshold", "0.3")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("car: ") && run.output.contains("boat: "))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/found")
        let expected = ["detections.geojson", "detections.jsonl", "plan.json", "summary.json", "tagged.png"]
        #expect(names.sorted() == expected)
    }

    @Test func oneAndTwoWorkersFindTheSame() throws {
        let texts = try ["1", "2"].map { workers in
            let run = try scan("--threshold", "0.2", "--workers", workers, "--overwrite")
            #expect(run.exitCode == 0, "\(run.errors)")
            return try String(contentsOfFile: folder.path + "/found/detections.jsonl", encoding: .utf8)
        }
        #expect(texts[0] == texts[1])
        #expect(!texts[0].isEmpty)
    }

    @Test func anOutputFolderWithAScanIsRefusedWithoutOverwrite() throws {
        #expect(try scan().exitCode == 0)
        let again = try scan()
        #expect(again.exitCode == 1)
        #expect(again.errors.contains("holds a scan already") && again.errors.contains("--overwrite"))
        #expect(try scan("--overwrite").exitCode == 0)
    }

    @Test func theTruthGivesATableAndAFile() throws {
        let lines = [#"{"box":[0,0,16,16],"class":"car","visibleFraction":1}"#]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: folder.path + "/truth.jsonl"))
        let run = try scan("--labels", "car", "--truth", "truth.jsonl")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("precision") && run.output.contains("recall"))
        let data = try Data(contentsOf: URL(filePath: folder.path + "/found/metrics.json"))
        let metrics = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let rows = try #require(metrics["metrics"] as? [[String: Any]])
        #expect(rows.allSatisfy { $0["className"] as? String == "car" && $0["truthCount"] as? Int == 1 })
        #expect(Set(rows.compactMap { ($0["iouThreshold"] as? Double).map { Float($0) } }) == [0.3, 0.5])
    }

    @Test func aTruthWithoutTheClassesLookedForIsRefused() throws {
        try Data(#"{"box":[0,0,9,9],"class":"ship","visibleFraction":1}"#.utf8)
            .write(to: URL(filePath: folder.path + "/truth.jsonl"))
        let run = try scan("--labels", "car", "--truth", "truth.jsonl")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("no object of the classes looked for: car"))
    }

    @Test func anUnknownLabelIsRefusedWithTheModelsClasses() throws {
        let run = try scan("--labels", "car,plane")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("\"plane\"") && run.errors.contains("boat, car, other"))
    }

    @Test func anotherWindowThanTheModelsInputIsRefused() throws {
        let run = try ToolRun(
            ["scan", "scene.png", "--model", "model.safetensors", "--output", "found"], folder: folder.path)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("32×32") && run.errors.contains("16×16"))
    }

    @Test(arguments: [
        ["--stride", "0"], ["--stride", "-4"], ["--threshold", "1.5"], ["--threshold", "nan"],
        ["--iou-threshold", "-1"], ["--labels", "car,car"], ["--labels", "car,"], ["--workers", "-1"],
    ])
    func wrongUsageIsToldAndExitsWith64(arguments: [String]) throws {
        let run = try scan(arguments[0] + "=" + arguments[1])
        #expect(run.exitCode == 64)
        #expect(run.errors.contains(arguments[0]))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/found"))
    }

    @Test(arguments: ["missing.png", "empty.png", "text.png", "cut.png"])
    func aSceneThatCannotBeReadIsNamed(scene: String) throws {
        let whole = try Data(contentsOf: URL(filePath: folder.path + "/scene.png"))
        try Data().write(to: URL(filePath: folder.path + "/empty.png"))
        try Data("hello".utf8).write(to: URL(filePath: folder.path + "/text.png"))
        try whole.prefix(whole.count / 2).write(to: URL(filePath: folder.path + "/cut.png"))
        let run = try scan(scene: scene)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(scene))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/found"))
    }

    @Test func theCPUDoesNotScanDenselyAndSaysSo() throws {
        let run = try scan("--dense")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("densely on cpu") && run.errors.contains("accelerators"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/found"))
    }

    @Test func aDenseScanWithAWrongStrideIsRefusedWithThoseThatWouldDo() throws {
        let run = try scan("--dense", "--stride", "6")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("stride of 6") && run.errors.contains("use 4 or 8"))
    }

    /// All windows, by the engine and by the way in which they are scored.
    @Test(.enabled(if: plugin != nil, "TILESCOPE_TEST_PJRT_PLUGIN names no plugin"))
    func anAcceleratorFindsWhatTheCPUFindsAndDenselyAlmost() throws {
        let plugin = try #require(Self.plugin)
        func detections(_ arguments: String...) throws -> [[Int]: Double] {
            let run = try ToolRun(
                [
                    "scan", "scene.png", "--model", "model.safetensors", "--window", "16", "--stride", "4",
                    "--threshold", "0", "--iou-threshold", "1", "--output", "found", "--overwrite",
                ] + arguments, folder: folder.path)
            #expect(run.exitCode == 0, "\(run.errors)")
            let text = try String(contentsOfFile: folder.path + "/found/detections.jsonl", encoding: .utf8)
            var scores: [[Int]: Double] = [:]
            for line in text.split(separator: "\n") {
                let row = try #require(
                    JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let box = try #require(row["box"] as? [Int])
                scores[box + [try #require(row["label"] as? Int)]] = row["score"] as? Double
            }
            return scores
        }
        func largestDifference(_ a: [[Int]: Double], _ b: [[Int]: Double]) -> Double {
            #expect(!b.isEmpty)
            return b.map { abs((a[$0] ?? .infinity) - $1) }.max() ?? 0
        }
        let cpu = try detections()
        #expect(try largestDifference(detections("--device", plugin), cpu) < 1e-4)
        let dense = try detections("--device", plugin, "--dense")
        // 70 × 50 pixels: the last windows of a dense scan begin at multiples of 4.
        let aligned = cpu.filter { $0.key[0] % 4 == 0 && $0.key[1] % 4 == 0 }
        let difference = largestDifference(dense, aligned)
        #expect(difference < 0.5 && difference > 1e-4)
        #expect(try summary()["windowCount"] as? Int == 14 * 9)
    }

    private static let plugin = ProcessInfo.processInfo.environment["TILESCOPE_TEST_PJRT_PLUGIN"]

    @Test func controlCKeepsWhatWasFound() throws {
        let scene = try Self.largeScene(in: folder.path)
        let run = try scan("--threshold", "1", scene: scene, isInterrupted: true)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("of 3 blocks"), "\(run.errors)")
        #expect(try summary()["complete"] as? Bool == false)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/found/detections.jsonl"))
    }

    @Test func aSceneThatIsCutShortGivesWhatItsFirstBlocksHold() throws {
        let scene = folder.path + "/" + (try Self.largeScene(in: folder.path))
        let whole = try Data(contentsOf: URL(filePath: scene))
        try whole.prefix(whole.count * 3 / 4).write(to: URL(filePath: scene))
        let run = try scan("--threshold", "1", "--stride", "64", scene: "large.png")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("of 3 blocks: ") && run.errors.contains("large.png"), "\(run.errors)")
        let summary = try summary()
        #expect(summary["complete"] as? Bool == false)
        #expect((summary["failure"] as? String)?.contains("large.png") == true)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "only root can make a small disk"))
    func aFullDiskIsToldAndWhatWasFoundStays() throws {
        let disk = try SmallDisk(kilobytes: 16)
        let found = disk.folder.path + "/found"
        let run = try scan("--output", found)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("No space left on device"), "\(run.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: found)
        #expect(
            names.sorted() == ["detections.geojson", "detections.jsonl", "plan.json", "summary.json"])
    }

    @Test func aMissingModelIsNamed() throws {
        let run = try ToolRun(
            ["scan", "scene.png", "--model", "none.safetensors", "--output", "found"], folder: folder.path)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("none.safetensors"))
    }

    @Test func aSceneSmallerThanAWindowIsRefused() throws {
        try Image(width: 15, height: 40).writePNG(to: folder.path + "/small.png")
        let run = try scan(scene: "small.png")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("15×40") && run.errors.contains("16×16"))
    }

    private func scan(
        _ arguments: String..., scene: String = "scene.png", isInterrupted: Bool = false
    ) throws -> ToolRun {
        let usual = ["scan", scene, "--model", "model.safetensors", "--window", "16"]
        let output = arguments.contains("--output") ? [] : ["--output", "found"]
        return try ToolRun(
            usual + output + arguments, folder: folder.path, isInterrupted: isInterrupted)
    }

    private func summary() throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder.path + "/found/summary.json"))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Writes a black scene of three blocks, which takes seconds, and gives its name.
    private static func largeScene(in folder: String) throws -> String {
        try Image(width: 4096, height: 3072).writePNG(to: folder + "/large.png")
        return "large.png"
    }
}
