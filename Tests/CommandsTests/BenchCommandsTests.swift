import Files
import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// `bench engine`, `loader`, `scan`, `merge` and `train`: that they measure something and say it, not how much.
@Suite struct BenchCommandsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func engineReportsBothTasksWithTheirShareOfThePeak() throws {
        let report = try report("engine --architecture cifar-resnet8-v2 --batch 8 --seconds 0.1 --workers 2")
        #expect(report["architecture"] as? String == "cifar-resnet8-v2")
        #expect(report["batch"] as? Int == 8 && report["workers"] as? Int == 2)
        let peaks = try #require(report["peaks"] as? [String: Any])
        let products = try #require(peaks["gemmGFLOPS"] as? [String: Double])
        #expect(try #require(products["fp32"]) > 0)
        #expect(try number(peaks["memoryGBPerSecond"]) > 0)
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(results.map { $0["task"] as? String } == ["score", "train"])
        for result in results {
            #expect(result["precision"] as? String == "fp32")
            #expect(result["limit"] is String)
            for key in ["imagesPerCPUSecond", "gflops", "shareOfPeak", "peakMemoryBytes"] {
                #expect(try number(result[key]) > 0, "\(key)")
            }
            let spread = try #require(result["spread"] as? [String: Double])
            let (low, high) = (try number(spread["lowerQuartile"]), try number(spread["upperQuartile"]))
            #expect(try (low...high).contains(number(result["imagesPerSecond"])))
        }
    }

    @Test func engineCountsThreeTimesTheWorkForTraining() throws {
        // Direct convolutions of ResNet-20 v2 with projections: 40.8 million products of an image of 32x32.
        let report = try report("engine --batch 2 --seconds 0.1 --workers 1 --no-peaks")
        #expect(report["peaks"] == nil)
        let perImage = try #require(report["results"] as? [[String: Any]]).map { result in
            #expect(result["shareOfPeak"] == nil && result["limit"] == nil)
            return try number(result["gflops"]) * 1e9 / number(result["imagesPerSecond"])
        }
        #expect(abs(perImage[0] - 81.6e6) < 0.1e6, "\(perImage)")
        #expect(abs(perImage[1] - 3 * perImage[0]) < 1)
    }

    /// A crop of 64 pixels is the work of four windows, and has nine labels.
    @Test func engineTrainsOnCrops() throws {
        let crops = try report(
            "engine --task train --crop-windows 3 --batch 2 --seconds 0.1 --workers 1 --no-peaks")
        let result = try #require((crops["results"] as? [[String: Any]])?.first)
        #expect(result["windowsPerCrop"] as? Int == 9)
        let perCrop = try number(result["gflops"]) * 1e9 / number(result["imagesPerSecond"])
        #expect(abs(perCrop - 4 * 3 * 81.6e6) < 2e6, "\(perCrop)")
        #expect(try bench("engine --crop-windows 3 --seconds 0.1").exitCode == 64)
    }

    @Test func engineScoresRandomWeightsInBytes() throws {
        let report = try report(
            "engine --architecture cifar-resnet8-v2 --precision int8 --batch 8 --seconds 0.1 --no-peaks")
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(results.map { $0["task"] as? String } == ["score"])
        #expect(results.map { $0["precision"] as? String } == ["int8"])
        #expect(report["inputRanges"] as? String == "ranges from the measured pixels")
    }

    @Test func engineSaysWhatBytesLeaveOut() throws {
        let run = try bench(
            "engine --architecture cifar-resnet8-v2 --precision int8 --batch 8 --seconds 0.1 --no-peaks")
        #expect(run.exitCode == 0)
        #expect(run.errors.contains("training is left out"), "\(run.errors)")
        #expect(run.output.contains("ranges from the measured pixels"), "\(run.output)")
    }

    @Test func engineWritesThePixelsAndScoresOfAModel() throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5))
        try model.write(to: .replacing(folder.path + "/model.safetensors"))
        let options =
            "--weights model.safetensors --task score --batch 4 --seconds 0.1 --no-peaks --dump dump"
        let report = try report("engine \(options)")
        #expect(report["architecture"] as? String == "cifar-resnet8-v2")
        let bytes = try Data(contentsOf: URL(filePath: folder.path + "/dump"))
        let pixelCount = 4 * 16 * 16 * 3
        try #require(bytes.count == pixelCount + 4 * 3 * MemoryLayout<Float>.size)
        #expect(Set(bytes[..<pixelCount]).count > 200)
        let scores = bytes[pixelCount...].withUnsafeBytes { bytes in
            (0..<12).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        for image in 0..<4 {
            #expect(abs(scores[image * 3..<image * 3 + 3].reduce(0, +) - 1) < 1e-5)
        }
    }

    @Test func engineSaysForPeopleWhatItMeasured() throws {
        let run = try bench("engine --architecture cifar-resnet8-v2 --task score --batch 8 --seconds 0.1")
        #expect(run.exitCode == 0, "\(run.errors)")
        for words in ["peaks with 1 worker: GEMM fp32", "score fp32: ", "per CPU-second", "limited by "] {
            #expect(run.output.contains(words), "\(run.output)")
        }
    }

    @Test func loaderReportsPlainAndAugmentedTiles() throws {
        let drawn = try ToolRun(["sample", "drawn.tiles", "--per-class", "2"], folder: folder.path)
        try #require(drawn.exitCode == 0, "\(drawn.errors)")
        for options in ["--data drawn.tiles --batch 8", "--tile-size 16 --workers 2"] {
            let report = try report("loader --seconds 0.1 \(options)")
            let results = try #require(report["results"] as? [[String: Any]])
            #expect(results.map { $0["augmentation"] as? Bool } == [false, true])
            for result in results {
                for key in ["imagesPerSecond", "megabytesPerSecond", "imagesPerCPUSecond"] {
                    #expect(try number(result[key]) > 0, "\(key)")
                }
            }
        }
    }

    @Test func scanReportsItsShareOfTheBareProgram() throws {
        let report = try report("scan --side 256 --stride 32 --seconds 0.1 --rounds 2")
        #expect(report["windowCount"] as? Int == 64)
        for key in ["ratio", "windowsPerSecond", "bareWindowsPerSecond", "peakMemoryBytes"] {
            #expect(try number(report[key]) > 0, "\(key)")
        }
        try expectOneRound(of: report, speed: "windowsPerSecond", bare: "bareWindowsPerSecond")
    }

    @Test func scanTakesWholeBlocksWhereAsked() throws {
        let report = try report(
            "scan --side 256 --stride 32 --seconds 0.1 --rounds 1 --dense --dense-block 192")
        #expect(report["windowCount"] as? Int == 64)
        let block = try #require(report["denseBlock"] as? [String: Int])
        #expect(try (128...192).contains(#require(block["height"])))
    }

    @Test func mergeReportsEachMethodOnTheSeededBoxes() throws {
        let report = try report("merge --seconds 0.01 --rounds 3 --write-boxes boxes.jsonl")
        #expect(report["boxCount"] as? Int == 33_337)
        #expect((report["rounds"] as? [[[String: Any]]])?.count == 3)
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(results.map { $0["method"] as? String } == ["nms", "nmm", "wbf"])
        for result in results {
            #expect(try number(result["cpuMilliseconds"]) > 0)
            #expect(try (4000 / 2...33_337 / 2).contains(#require(result["detectionCount"] as? Int)))
        }
        let same = try self.report("merge --seconds 0.01 --rounds 1 --boxes boxes.jsonl")
        let counts = try [results, #require(same["results"] as? [[String: Any]])].map { results in
            results.map { $0["detectionCount"] as? Int }
        }
        #expect(same["boxes"] as? String == "boxes.jsonl" && counts[0] == counts[1])
        let again = try bench("merge --seconds 0.01 --rounds 1 --write-boxes boxes.jsonl")
        #expect(again.exitCode == 1 && again.errors.contains("boxes.jsonl"))
    }

    @Test func trainReportsItsShareOfTheBareProgram() throws {
        let options = "--architecture cifar-resnet8-v2 --batch 16 --seconds 0.1 --rounds 2"
        let report = try report("train \(options)")
        for key in ["ratio", "imagesPerSecond", "bareImagesPerSecond", "peakMemoryBytes"] {
            #expect(try number(report[key]) > 0, "\(key)")
        }
        try expectOneRound(of: report, speed: "imagesPerSecond", bare: "bareImagesPerSecond")
    }

    @Test(arguments: [
        "engine --architecture resnet19-v2", "engine --batch 0", "engine --batch 65537", "engine --seconds 0",
        "engine --seconds nan", "engine --task guess", "engine --workers -1",
        "engine --task train --dump file", "engine --architecture resnet18-v2 --batch 65536",
        "loader --tile-size 0", "loader --side 0", "loader --workers 2000", "loader --batch 0",
        "loader --seconds 1e9", "loader --tile-size 1024",
        "train --architecture resnet18-v2 --batch 4096", "scan --side 255",
        "scan --stride 0", "scan --rounds 0", "merge --iou 1.5", "merge --rounds 0", "train --batch 5000",
        "train --architecture none",
        "train --rounds 101", "train --precision int8 --pack none.tiles", "scan --precision int8",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try bench(line)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test(arguments: [
        "engine --weights none.safetensors", "loader --data none.tiles", "scan --scene none.png",
        "scan --model none.safetensors", "train --pack none.tiles", "merge --boxes none.jsonl",
    ])
    func namesTheFileThatIsNotThere(line: String) throws {
        let run = try bench(line)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("none."), "\(run.errors)")
    }

    private func bench(_ line: String) throws -> ToolRun {
        try ToolRun(["bench"] + line.split(separator: " ").map(String.init), folder: folder.path)
    }

    /// What a command prints with `--json`.
    private func report(_ line: String) throws -> [String: Any] {
        let run = try bench(line + " --json")
        try #require(run.exitCode == 0, "\(run.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return try #require(object as? [String: Any])
    }

    /// Expects both speeds and the ratio to be of one round, of two that with the lower ratio.
    private func expectOneRound(of report: [String: Any], speed: String, bare: String) throws {
        let rounds = try #require(report["rounds"] as? [[String: Any]])
        #expect(rounds.count == 2)
        let ratios = try rounds.map { try number($0[speed]) / number($0[bare]) }
        let ratio = try number(report["ratio"])
        // JSON rounds the last digit.
        #expect(abs(ratio - (ratios.min() ?? 0)) < 1e-9)
        #expect(try abs(ratio - number(report[speed]) / number(report[bare])) < 1e-9)
    }

    private func number(_ value: Any?) throws -> Double { try #require(value as? Double) }
}
