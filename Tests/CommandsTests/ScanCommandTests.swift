import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct ScanCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// A model of three classes with its first weights, and a scene of noise.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try model.write(to: .replacing(folder.path + "/model.safetensors"))
        var random = SplitMix64(seed: 2)
        let bytes = (0..<70 * 50 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Image(width: 70, height: 50, pixelsHWC: bytes).writePNG(
            to: .replacing(folder.path + "/scene.png"))
    }

    @Test func writesItsFilesAndSaysHowManyItFound() throws {
        let run = try scan("--labels", "car,boat", "--threshold", "0.3")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("car: ") && run.output.contains("boat: "))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/found")
        #expect(names.sorted() == Self.usualNames)
    }

    private static let usualNames = [
        ".scan", ".scan-lock", "detections.jsonl", "pixels.geojson", "run.json", "summary.json",
        "tagged.png",
    ]

    /// What must be the same however a scan ran, by name.
    private func comparedFiles(_ output: String) throws -> [String: Data] {
        let names = [
            "detections.jsonl", "pixels.geojson", "summary.json", "tagged.png", ".scan/candidates",
            ".scan/task.json",
        ]
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, try Data(contentsOf: URL(filePath: folder.path + "/" + output + "/" + name)))
            })
    }

    @Test(arguments: [
        ["--workers", "1"], ["--workers", "2"], ["--workers", "4"], ["--block", "16"], ["--block", "40"],
    ]) func workersAndBlocksChangeNoByte(arguments: [String]) throws {
        let whole = try scan("--threshold", "0.2", "--output", "whole")
        #expect(whole.exitCode == 0, "\(whole.errors)")
        let run = try scan("--threshold", "0.2", "--output", "other", arguments[0], arguments[1])
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try comparedFiles("other") == comparedFiles("whole"))
    }

    @Test func eachOfSeveralScenesHasAFolder() throws {
        let scene = folder.path + "/scene.png"
        try FileManager.default.copyItem(atPath: scene, toPath: folder.path + "/other.png")
        #expect(try scan("--threshold", "0.2", "--output", "alone").exitCode == 0)
        let run = try ToolRun(
            [
                "scan", "scene.png", "other.png", "--model", "model.safetensors", "--threshold", "0.2",
                "--output", "many",
            ],
            folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        let alone = try comparedFiles("alone")
        #expect(try comparedFiles("many/scene") == alone && comparedFiles("many/other") == alone)
        #expect(run.errors.components(separatedBy: "boxes as").count == 2, "\(run.errors)")
    }

    @Test func oneSceneThatFailsKeepsNoOtherBack() throws {
        let run = try ToolRun(
            [
                "scan", "none.png", "scene.png", "--model", "model.safetensors", "--threshold", "0.2",
                "--output", "many",
            ],
            folder: folder.path)
        #expect(run.exitCode == 1)
        #expect(
            run.errors.contains("none.png") && run.errors.contains("all 2 scenes: 1 failed"), "\(run.errors)")
        #expect(try comparedFiles("many/scene")["detections.jsonl"] != nil)
    }

    @Test(arguments: [
        ["scene.png", "other.png", "--truth", "truth.jsonl"], ["-", "-"], [],
        [".", "--truth", "truth.jsonl"],
        ["scene.png", "--reject", "car"], ["scene.png", "--reject", "car>0.01"],
        ["scene.png", "--reject", "plane>0.5"],
        ["scene.png", "--sample", "1"], ["scene.png", "--sample", "1%", "--part", "1/2"],
        ["scene.png", "--slots", "3"], ["scene.png", "--cluster", "spark://host:7077"],
        ["scene.png", "--cluster", "nowhere"], ["scene.png", "--spark-conf", "a=b"],
    ]) func whatCannotBeMeantIsWrongUsage(words: [String]) throws {
        let run = try ToolRun(
            ["scan"] + words + ["--model", "model.safetensors", "--output", "many"], folder: folder.path)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/many"))
    }

    @Test func partsInAnyOrderAreJoinedToTheBytesOfTheWhole() throws {
        #expect(try scan("--threshold", "0.2", "--output", "whole").exitCode == 0)
        for number in [3, 1, 4, 2] {
            let run = try scan("--threshold", "0.2", "--part", "\(number)/4", "--output", "part\(number)")
            #expect(run.exitCode == 0 && run.output.contains("this part is complete"), "\(run.errors)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path + "/part\(number)").sorted()
                    == [".scan", ".scan-lock"])
        }
        let gaps = try merge("part1", "part2", "part4", "--output", "all")
        #expect(gaps.exitCode == 1)
        #expect(gaps.errors.contains("windows are missing") && gaps.errors.contains("--partial"))
        let run = try merge("part1", "part4", "part3", "part2", "--output", "all")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try comparedFiles("all") == comparedFiles("whole"))
    }

    @Test func partsMayGoIntoOneFolder() throws {
        #expect(try scan("--threshold", "0.2", "--output", "whole").exitCode == 0)
        for number in 1...3 {
            #expect(try scan("--threshold", "0.2", "--part", "\(number)/3", "--output", "all").exitCode == 0)
        }
        #expect(try comparedFiles("all") == comparedFiles("whole"))
    }

    @Test func mergingByAnotherThresholdScoresNothing() throws {
        #expect(try scan("--threshold", "0.5").exitCode == 0)
        #expect(
            try scan("--threshold", "0.3", "--iou", "0.4", "--labels", "car", "--output", "fresh").exitCode
                == 0)
        let run = try merge("found", "--threshold", "0.3", "--iou", "0.4", "--labels", "car")
        #expect(run.exitCode == 0, "\(run.errors)")
        for name in ["detections.jsonl", "pixels.geojson", "tagged.png"] {
            let data = try ["found", "fresh"].map {
                try Data(contentsOf: URL(filePath: folder.path + "/\($0)/\(name)"))
            }
            #expect(data[0] == data[1], "\(name)")
        }
    }

    @Test func formatsAreWrittenAndRememberedByMerge() throws {
        let run = try scan("--threshold", "0.3", "--format", "gpkg, FlatGeobuf,ESRI Shapefile")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.errors.contains("pixels.geojson"), "\(run.errors)")
        func formats() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/found").filter {
                $0.hasPrefix("detections.")
            }.sorted()
        }
        let all = [
            "detections.cpg", "detections.dbf", "detections.fgb", "detections.gpkg", "detections.jsonl",
            "detections.shp", "detections.shx",
        ]
        #expect(try formats() == all)
        let again = try scan("--threshold", "0.3", "--format", "gpkg,fgb,shapefile")
        #expect(again.output.contains("nothing to do"), "\(again.output)")
        #expect(try merge("found", "--threshold", "0.5").exitCode == 0)
        #expect(try formats() == all)
        #expect(try merge("found", "--format", "csv").exitCode == 0)
        #expect(try formats() == ["detections.csv", "detections.jsonl"])
        // Degrees cannot be had of a picture without a place.
        let kml = try scan("--threshold", "0.3", "--format", "KML", "--output", "kml")
        #expect(kml.exitCode == 0 && kml.errors.contains("longitude and latitude only"), "\(kml.errors)")
        for (words, reason) in [
            ("gpkg,nonsense", "\"nonsense\""), ("KML,LIBKML", "both write"), ("PDF", "PDF cannot be written"),
        ] {
            let wrong = try scan("--format", words, "--output", "wrong")
            #expect(wrong.exitCode == 64 && wrong.errors.contains(reason), "\(wrong.errors)")
        }
    }

    @Test func mergingByAnotherMethodSaysSoAndGoesBackToTheSameBytes() throws {
        #expect(try scan("--threshold", "0.3").exitCode == 0)
        let before = try comparedFiles("found")
        let run = try merge("found", "--method", "wbf", "--iou", "0.3", "--across-classes", "--sub-stride")
        #expect(run.exitCode == 0, "\(run.errors)")
        let words = "wbf, IoU 0.3, threshold 0.3, across classes, sub-stride boxes; written to"
        #expect(run.output.contains(words), "\(run.output)")
        #expect(try comparedFiles("found") != before)
        let rule = try #require(summary()["rule"] as? [String: Any])
        #expect(rule["method"] as? String == "wbf" && rule["movesBoxes"] as? Bool == true)
        // What is not given stays.
        let same = try merge("found", "--threshold", "0.4")
        #expect(same.output.contains("wbf, IoU 0.3, threshold 0.4, across"), "\(same.output)")
        let back = try merge(
            "found", "--method", "nms", "--iou", "0.1", "--threshold", "0.3", "--no-across-classes",
            "--no-sub-stride")
        #expect(back.exitCode == 0 && back.output.contains("nms, IoU 0.1, threshold 0.3; written"))
        #expect(try comparedFiles("found") == before)
    }

    @Test func aScanTakesTheOptionsOfMerge() throws {
        #expect(try scan("--threshold", "0.3").exitCode == 0)
        #expect(try merge("found", "--method", "nmm", "--sub-stride").exitCode == 0)
        let run = try scan(
            "--threshold", "0.3", "--method", "nmm", "--sub-stride", "--output", "fresh")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try comparedFiles("found") == comparedFiles("fresh"))
    }

    @Test(arguments: [
        (["--threshold", "0.01"], 64, "lower scores were not kept"),
        (["--method", "guess"], 64, "guess"),
        (["--labels", "plane"], 1, "kept only boat, car, other"),
    ])
    func whatTheScanHasNotKeptCannotBeMerged(arguments: [String], exitCode: Int32, words: String) throws {
        #expect(try scan().exitCode == 0)
        let run = try merge("found", arguments[0], arguments[1])
        #expect(run.exitCode == exitCode)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func closedStreamsDestroyNothing() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "'\(ToolRun.path)' scan scene.png --model model.safetensors --output found >&- 2>&-",
        ]
        process.currentDirectoryURL = URL(filePath: folder.path)
        try process.run()
        process.waitForEnd()
        #expect(try merge("found", "--threshold", "0.5").exitCode == 0)
    }

    @Test func severalFoldersNeedAnOutput() throws {
        let run = try merge("one", "two")
        #expect(run.exitCode == 64 && run.errors.contains("--output"))
    }

    @Test func aFolderWithoutAScanCannotBeMerged() throws {
        let run = try merge("none")
        #expect(run.exitCode == 1 && run.errors.contains("none"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
    }

    @Test func theSameCommandAgainSaysThatTheScanIsComplete() throws {
        #expect(try scan().exitCode == 0)
        let before = try comparedFiles("found")
        let again = try scan()
        #expect(again.exitCode == 0)
        #expect(again.output.contains("nothing to do"), "\(again.output)")
        #expect(try comparedFiles("found") == before)
    }

    @Test func theSameScanWithAnotherThresholdIsMergedAgain() throws {
        #expect(try scan("--threshold", "0.6").exitCode == 0)
        let run = try scan("--threshold", "0.2")
        #expect(run.exitCode == 0 && !run.errors.contains("windows/s"), "\(run.errors)")
        #expect(try scan("--threshold", "0.2", "--output", "fresh").exitCode == 0)
        #expect(try comparedFiles("found") == comparedFiles("fresh"))
    }

    @Test func anotherTaskIsRefusedWithWhatDiffersUnlessItMayReplaceTheOld() throws {
        #expect(try scan().exitCode == 0)
        let other = try scan("--stride", "8")
        #expect(other.exitCode == 1)
        #expect(other.errors.contains("stride is 8, but was 16") && other.errors.contains("--overwrite"))
        #expect(try scan("--stride", "8", "--overwrite").exitCode == 0)
        #expect(try summary()["windowCount"] as? Int == 8 * 6)
    }

    @Test func bytesOfAScanThatIsKilledAgainAndAgainAreThoseOfAnUnbrokenOne() throws {
        let scene = try Self.largeScene(in: folder.path)
        #expect(try scan("--threshold", "0.3", "--output", "whole", scene: scene).exitCode == 0)
        var random = SplitMix64(seed: 7)
        for _ in 0..<Effort.either(4, orLong: 20) {
            let process = try start(["--threshold", "0.3", "--output", "killed"], scene: scene)
            // Any moment will do: that is what is tested.
            Thread.sleep(forTimeInterval: .random(in: 0.05...0.6, using: &random))
            kill(process.processIdentifier, SIGKILL)
            process.waitForEnd()
        }
        let run = try scan("--threshold", "0.3", "--output", "killed", scene: scene)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try comparedFiles("killed") == comparedFiles("whole"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/killed").sorted()
                == Self.usualNames)
    }

    @Test func twoScansIntoOneFolderAreOneTooMany() throws {
        let scene = try Self.largeScene(in: folder.path)
        let first = try start([], scene: scene)
        // Another process tells of itself only by its files.
        while !FileManager.default.fileExists(atPath: folder.path + "/found/.scan") { usleep(1000) }
        let second = try scan(scene: scene)
        #expect(second.exitCode == 1)
        #expect(
            second.errors.contains("process \(first.processIdentifier) is writing into it"),
            "\(second.errors)")
        first.waitForEnd()
        #expect(first.terminationStatus == 0)
    }

    @Test func aSceneMayBeNamedByItsAddress() throws {
        let run = try scan(scene: "file://" + folder.path + "/scene.png")
        #expect(run.exitCode == 0, "\(run.errors)")
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
        #expect(
            Set(rows.compactMap { ($0["iouThreshold"] as? Double).map { Float($0) } }) == [0.3, 0.5, 0.75])
    }

    @Test func picturesShowTheTruthWhereItIsKnown() throws {
        try Data(#"{"box":[0,0,16,16],"class":"car","visibleFraction":1}"#.utf8)
            .write(to: URL(filePath: folder.path + "/truth.jsonl"))
        func results(_ arguments: String...) throws -> (picture: Image, detections: Data) {
            let run = try merge("found", "--threshold", "0.2", arguments[0], arguments[1])
            #expect(run.exitCode == 0, "\(run.errors)")
            let found = folder.path + "/found/"
            return (
                try Image(pictureAt: Address(found + "tagged.png")),
                try Data(contentsOf: URL(filePath: found + "detections.jsonl"))
            )
        }
        #expect(try scan().exitCode == 0)
        let (plain, judged) = (try results("--iou", "0.1"), try results("--truth", "truth.jsonl"))
        #expect(judged.detections == plain.detections)
        // The legend has columns for what the truth says.
        #expect(judged.picture.width > plain.picture.width)
        #expect(try results("--iou", "0.1").picture == plain.picture)
    }

    @Test func aClassOfTheTruthThatNobodyKnowsIsNamed() throws {
        func truth(_ classes: String...) throws {
            let lines = classes.map { #"{"box":[0,0,9,9],"class":"\#($0)","visibleFraction":1}"# }
            try Data(lines.joined(separator: "\n").utf8).write(
                to: URL(filePath: folder.path + "/truth.jsonl"))
        }
        try truth("ship", "ship")
        let all = try scan("--labels", "car", "--truth", "truth.jsonl")
        #expect(all.exitCode == 1 && all.errors.contains("does not know: ship (2)"), "\(all.errors)")
        try truth("car", "ship")
        let some = try scan("--labels", "car", "--truth", "truth.jsonl")
        #expect(some.exitCode == 0 && some.errors.contains("warning"), "\(some.errors)")
        #expect(some.errors.contains("does not know: ship (1)"), "\(some.errors)")
    }

    @Test func aSceneWithoutAnObjectIsMeasuredForItsFalseAlarms() throws {
        try Data().write(to: URL(filePath: folder.path + "/truth.jsonl"))
        let run = try scan("--labels", "car", "--threshold", "0.05", "--truth", "truth.jsonl")
        #expect(run.exitCode == 0, "\(run.errors)")
        let data = try Data(contentsOf: URL(filePath: folder.path + "/found/metrics.json"))
        let metrics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let rows = try #require(metrics["metrics"] as? [[String: Any]])
        #expect(!rows.isEmpty && rows.allSatisfy { $0["truthCount"] as? Int == 0 })
    }

    @Test func anUnknownLabelIsRefusedWithTheModelsClasses() throws {
        let run = try scan("--labels", "car,plane")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("\"plane\"") && run.errors.contains("boat, car, other"))
    }

    @Test(arguments: [
        ["--stride", "0"], ["--stride", "-4"], ["--threshold", "1.5"], ["--threshold", "nan"],
        ["--iou", "-1"], ["--part", "0/3"], ["--part", "4/3"], ["--part", "x"], ["--floor", "2"],
        ["--block", "0"], ["--views", "3"], ["--views", "0"], ["--views", "x"],
        ["--labels", "car,car"], ["--labels", "car,"], ["--workers", "-1"],
    ])
    func wrongUsageIsToldAndExitsWith64(arguments: [String]) throws {
        let run = try scan(arguments[0] + "=" + arguments[1])
        #expect(run.exitCode == 64)
        #expect(run.errors.contains(arguments[0]))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/found"))
    }

    /// As one types it: the parser alone would take the number for an option.
    @Test(arguments: [("--stride", "-4"), ("--floor", "-.5"), ("--iou", "-1e3"), ("--dense", "-1")])
    func aNegativeNumberIsAValue(option: String, value: String) throws {
        let run = try scan(option, value)
        #expect(run.exitCode == 64)
        #expect(run.errors.contains(option) && run.errors.contains("1"), "\(run.errors)")
        #expect(!run.errors.contains("Missing"), "\(run.errors)")
    }

    @Test func threadsOfAClusterAreSparksSetting() throws {
        for options in [["--workers", "2"], ["--device", "cuda"]] {
            let run = try scan(options[0], options[1], "--cluster", "local[1]")
            #expect(run.exitCode == 64 && run.errors.contains("spark.task.cpus"), "\(run.errors)")
        }
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

    @Test func aDenseScanWithViewsIsWrongUsage() throws {
        let run = try scan("--dense", "--views", "2")
        #expect(run.exitCode == 64)
        #expect(run.errors.contains("--views") && run.errors.contains("no single windows"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/found"))
    }

    @Test func viewsBelongToTheScanAndBlocksChangeNoByteOfIt() throws {
        let whole = try scan("--views", "8", "--threshold", "0.2", "--output", "whole")
        #expect(whole.exitCode == 0, "\(whole.errors)")
        let other = try scan(
            "--views", "8", "--threshold", "0.2", "--output", "other", "--block", "40", "--workers", "1")
        #expect(other.exitCode == 0, "\(other.errors)")
        #expect(try comparedFiles("other") == comparedFiles("whole"))
        let plain = try scan("--threshold", "0.2", "--output", "whole")
        #expect(plain.exitCode == 1)
        #expect(plain.errors.contains("number of views is 1, but was 8"), "\(plain.errors)")
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
                    "scan", "scene.png", "--model", "model.safetensors", "--stride", "4", "--floor", "0",
                    "--threshold", "0", "--iou", "1", "--output", "found", "--overwrite",
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

    @Test func controlCKeepsWhatWasFoundAndTheSameCommandGoesOn() throws {
        let scene = try Self.largeScene(in: folder.path)
        #expect(try scan("--threshold", "0.3", "--output", "whole", scene: scene).exitCode == 0)
        let process = try start(["--threshold", "0.3"], scene: scene)
        let candidates = folder.path + "/found/.scan/candidates"
        // Until some windows are finished: another process tells of itself only by its files.
        while process.isRunning, size(candidates) < 100 {
            usleep(1000)
        }
        process.interrupt()
        process.waitForEnd()
        #expect(process.terminationStatus == 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/found").sorted() == [
                ".scan", ".scan-lock",
            ])
        #expect(try merge("found").exitCode == 1)
        let partial = try merge("found", "--partial")
        #expect(partial.exitCode == 0, "\(partial.errors)")
        #expect(try summary()["complete"] as? Bool == false)
        #expect(try scan("--threshold", "0.3", scene: scene).exitCode == 0)
        #expect(try comparedFiles("found") == comparedFiles("whole"))
    }

    @Test func controlCBeforeTheFirstWindowsLeavesNothing() throws {
        let scene = try Self.largeScene(in: folder.path)
        let run = try scan(scene: scene, isInterrupted: true)
        #expect(run.exitCode == 1 && run.errors.contains("interrupted"), "\(run.errors)")
        let isKept = FileManager.default.fileExists(atPath: folder.path + "/found")
        #expect(isKept == run.errors.contains("the same command resumes"), "\(run.errors)")
    }

    @Test func aSceneThatIsCutShortGivesWhatItsFirstBlocksHold() throws {
        let scene = folder.path + "/" + (try Self.largeScene(in: folder.path))
        let whole = try Data(contentsOf: URL(filePath: scene))
        try whole.prefix(whole.count * 3 / 4).write(to: URL(filePath: scene))
        let run = try scan("--threshold", "0.3", "--stride", "64", scene: "large.png")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("large.png") && run.errors.contains("failed.jsonl"), "\(run.errors)")
        let partial = try merge("found", "--partial")
        #expect(
            partial.exitCode == 0 && partial.errors.contains("tagged.png is left out"), "\(partial.errors)")
        #expect(try summary()["complete"] as? Bool == false)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "only root can make a small disk"), arguments: [4, 24])
    func aFullDiskIsToldAndTheScanGoesOnWhereThereIsRoom(kilobytes: Int) throws {
        let disk = try SmallDisk(kilobytes: kilobytes)
        let run = try scan("--threshold", "0.2", "--stride", "4", "--output", disk.folder.path + "/found")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("No space left on device"), "\(run.errors)")
    }

    @Test func aMissingModelIsNamed() throws {
        let run = try ToolRun(
            ["scan", "scene.png", "--model", "none.safetensors", "--output", "found"], folder: folder.path)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("none.safetensors"))
    }

    private func scan(
        _ arguments: String..., scene: String = "scene.png", isInterrupted: Bool = false
    ) throws -> ToolRun {
        let usual = ["scan", scene, "--model", "model.safetensors"]
        let output = arguments.contains("--output") ? [] : ["--output", "found"]
        return try ToolRun(
            usual + output + arguments, folder: folder.path, isInterrupted: isInterrupted)
    }

    /// 0 for a file that is not there.
    private func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private func merge(_ arguments: String...) throws -> ToolRun {
        try ToolRun(["merge"] + arguments, folder: folder.path)
    }

    /// Starts a scan and does not wait for its end.
    private func start(_ arguments: [String], scene: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: ToolRun.path)
        let output = arguments.contains("--output") ? [] : ["--output", "found"]
        process.arguments = ["scan", scene, "--model", "model.safetensors"] + output + arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        ToolRun.letSignalsThrough()
        try process.run()
        return process
    }

    private func summary() throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder.path + "/found/summary.json"))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private static let large = Result {
        try TemporaryFolder.lasting { folder in
            let (width, height) = (1536, 2048)
            let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 / 7 ^ $0 / 5000) }
            try Image(width: width, height: height, pixelsHWC: bytes).writePNG(
                to: .replacing(folder.file("large.png")))
        }
    }

    /// Puts a scene of several blocks, which takes some seconds, into the folder, and gives its name.
    private static func largeScene(in folder: String) throws -> String {
        try FileManager.default.copyItem(
            atPath: large.get().file("large.png"), toPath: folder + "/large.png")
        return "large.png"
    }
}
