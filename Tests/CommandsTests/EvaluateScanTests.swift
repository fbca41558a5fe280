import Bytes
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// `evaluate-scan`, and truth of several formats, on a scan of noise by a network that has learnt nothing.
@Suite struct EvaluateScanTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    private static func makeInputs(in folder: TemporaryFolder) throws {
        try folder.writeSmallModel(to: "model.safetensors")
        var random = SplitMix64(seed: 2)
        let bytes = (0..<90 * 70 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Image(width: 90, height: 70, pixelsHWC: bytes).writePNG(to: .replacing(folder.file("scene.png")))
        try folder.runTool(
            "scan scene.png --model model.safetensors --output found --stride 8 --threshold 0.2 --labels car,boat"
        )
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func write(_ lines: [String], to name: String) throws {
        _ = try folder.write(Array(lines.joined(separator: "\n").utf8), to: name)
    }

    /// The scan's own detections, best first.
    private func detections() throws -> [(box: [Int], name: String, score: Double)] {
        try String(decoding: folder.bytes("found/detections.jsonl"), as: UTF8.self).split(separator: "\n").map
        {
            let object = try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            return (
                try #require(object["box"] as? [Int]), try #require(object["class"] as? String),
                try #require(object["score"] as? Double)
            )
        }
    }

    private func line(_ box: [Int], _ name: String, more: String = "") -> String {
        #"{"box":\#(box),"class":"\#(name)"\#(more)}"#
    }

    private func metrics(of run: ToolRun) throws -> [String: Any] {
        try #require(run.exitCode == 0, "\(run.errors)")
        return try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }

    private func all(_ metrics: [String: Any], _ name: String) -> Double? {
        ((metrics["all"] as? [String: Any])?[name] as? NSNumber)?.doubleValue
    }

    @Test func aScanIsAllRightBesideItsOwnDetections() throws {
        let found = try detections()
        try #require(found.count > 4)
        try write(found.map { line($0.box, $0.name) }, to: "truth.jsonl")
        let numbers = try metrics(of: run("evaluate-scan found --truth truth.jsonl --json"))
        #expect(all(numbers, "hitCount") == Double(found.count))
        #expect(all(numbers, "precision") == 1 && all(numbers, "recall") == 1)
        #expect(numbers["matching"] as? String == "overlap")
        let text = try run("evaluate-scan found --truth truth.jsonl --iou-thresholds 0.75,0.4")
        #expect(text.exitCode == 0 && text.output.contains("AP@0.4") && text.output.contains("AP@0.75"))
        #expect(text.output.contains("best threshold") && text.output.contains("all classes"))
    }

    @Test func scanWritesTheSameNumbers() throws {
        let found = try detections()
        try write(found.dropFirst(2).map { line($0.box, $0.name) }, to: "truth.jsonl")
        let numbers = try run("evaluate-scan found --truth truth.jsonl --json")
        try #require(numbers.exitCode == 0, "\(numbers.errors)")
        let merged = try run("merge found --truth truth.jsonl")
        #expect(merged.exitCode == 0, "\(merged.errors)")
        let file = try JSONSerialization.jsonObject(with: Data(folder.bytes("found/metrics.json")))
        let printed = try JSONSerialization.jsonObject(with: Data(numbers.output.utf8))
        #expect(file as? NSDictionary == printed as? NSDictionary)
        let table = try run("evaluate-scan found --truth truth.jsonl").output
        #expect(merged.output.contains(table.trimmingCharacters(in: .newlines)))
    }

    @Test func makesAPageAndPicturesAndReplacesThemWhenAsked() throws {
        let found = try detections()
        try write(
            found.dropFirst(3).map { line($0.box, $0.name) } + [
                line([1, 1, 17, 17], "boat"), line([60, 40, 76, 56], "car"),
            ],
            to: "truth.jsonl")
        let run1 = try run("evaluate-scan found --truth truth.jsonl --output seen")
        #expect(run1.exitCode == 0 && run1.output.contains("written to seen"), "\(run1.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("seen")).sorted()
        #expect(
            names == [
                ".evaluation-lock", "false-alarms.png", "hits.png", "metrics.json", "misses.png",
                "precision-recall.png", "precision-recall.svg", "report.html",
            ])
        let page = try String(decoding: folder.bytes("seen/report.html"), as: UTF8.self)
        for words in [
            "Each class", "Precision and recall", "False alarms", "To look at", "evaluate-scan found",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        for name in ["misses", "hits", "false-alarms", "precision-recall"] {
            let picture = try Image(pictureAt: Address(folder.file("seen/\(name).png")))
            #expect(picture.width > 500 && Set(picture.pixelsHWC).count > 10)
        }
        let again = try run("evaluate-scan found --truth truth.jsonl --output seen")
        #expect(again.exitCode == 1 && again.errors.contains("--overwrite"))
        #expect(try run("evaluate-scan found --truth truth.jsonl --output seen --overwrite").exitCode == 0)
    }

    @Test func withoutTheSceneThereAreNoSheetsAndItIsSaid() throws {
        try write(try detections().map { line($0.box, $0.name) }, to: "truth.jsonl")
        // The other one was made of a scene that stays where it is.
        try folder.runTool(
            "scan scene.png --model model.safetensors --output own --stride 8 --threshold 0.2 --labels car,boat"
        )
        try FileManager.default.moveItem(atPath: folder.file("scene.png"), toPath: folder.file("moved.png"))
        let run1 = try run("evaluate-scan own --truth truth.jsonl --output seen")
        #expect(run1.exitCode == 0 && run1.errors.contains("--scene"), "\(run1.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("seen/hits.png")))
        let page = try String(decoding: folder.bytes("seen/report.html"), as: UTF8.self)
        #expect(page.contains("There are no images") && !page.contains("To look at"))
        let run2 = try run(
            "evaluate-scan own --truth truth.jsonl --output seen --overwrite --scene moved.png")
        #expect(run2.exitCode == 0 && FileManager.default.fileExists(atPath: folder.file("seen/hits.png")))
    }

    @Test func pointsAreMatchedByDistance() throws {
        let found = try detections()
        let points = found.map { detection in
            let box = detection.box
            return
                #"{"point":[\#((box[0] + box[2]) / 2 + 2),\#((box[1] + box[3]) / 2)],"class":"\#(detection.name)"}"#
        }
        try write(points, to: "points.jsonl")
        let without = try run("evaluate-scan found --truth points.jsonl")
        #expect(without.exitCode == 1 && without.errors.contains("--object-size"), "\(without.errors)")
        let numbers = try metrics(of: run("evaluate-scan found --truth points.jsonl --object-size 5 --json"))
        #expect(numbers["matching"] as? String == "distance" && numbers["objectSize"] as? Double == 5)
        #expect(all(numbers, "hitCount") == Double(found.count) && all(numbers, "missCount") == 0)
        // Two pixels away is more than half of three.
        let near = try metrics(of: run("evaluate-scan found --truth points.jsonl --object-size 3 --json"))
        #expect(all(near, "hitCount") == 0)
        let text = try run("evaluate-scan found --truth points.jsonl --object-size 5 --output seen")
        #expect(text.output.contains("AP by distance") && !text.output.contains("AP@"), "\(text.output)")
        let page = try String(decoding: folder.bytes("seen/report.html"), as: UTF8.self)
        #expect(page.contains("by distance"))
        let merged = try run("merge found --truth points.jsonl --object-size 5")
        #expect(merged.exitCode == 0 && merged.output.contains("by distance"), "\(merged.errors)")
    }

    @Test func correctionsAreATruth() throws {
        // So that no two boxes have pixels in common.
        try folder.runTool("merge found --across-classes --iou 0")
        let found = try detections()
        let wrong = found[0]
        // The first is marked as wrong, the second has got another class, one was added.
        let other = found[1].name == "car" ? "boat" : "car"
        var lines = ["x0,y0,x1,y1,class,score,verdict"]
        for (index, detection) in found.enumerated() {
            let name = index == 1 ? other : detection.name
            lines.append(
                detection.box.map { "\($0)" }.joined(separator: ",")
                    + ",\(name),\(detection.score),\(index == 0 ? "wrong" : index == 2 ? "right" : "")")
        }
        lines.append("70,2,78,10,car,,")
        try write(lines, to: "edited.csv")
        let run1 = try run("evaluate-scan found --truth edited.csv --json")
        let numbers = try metrics(of: run1)
        #expect(all(numbers, "hardNegativeCount") == 1 && all(numbers, "foundHardNegativeCount") == 1)
        #expect(all(numbers, "truthCount") == Double(found.count))
        #expect(all(numbers, "hitCount") == Double(found.count - 2))
        // What was marked, and what is another class now.
        #expect(all(numbers, "falseAlarmCount") == 2)
        let confusions = try #require(numbers["confusions"] as? [[String: Any]])
        #expect(
            confusions.count == 1 && confusions[0]["trueClass"] as? String == other
                && confusions[0]["foundClass"] as? String == found[1].name)
        #expect(run1.errors.contains("1 annotation is marked as wrong"), "\(run1.errors)")
        #expect(run1.errors.contains("1 annotation has no score"), "\(run1.errors)")
        let text = try run("evaluate-scan found --truth edited.csv").output
        #expect(text.contains("the place that is marked as wrong is still found"), "\(text)")
        let parquet = try run("evaluate-scan found --truth model.safetensors")
        #expect(parquet.errors.contains("name the format: jsonl") && !parquet.errors.contains("parquet"))
        #expect(wrong.score > 0)
    }

    /// A mosaic's truth has the tiles that show nothing of interest, too.
    @Test func objectsOfTheBackgroundAreNoObjectsAndAreNotToldOf() throws {
        try folder.writeSmallModel(to: "with-background.safetensors", background: "other")
        try write(
            [
                line([4, 4, 20, 20], "car"), line([30, 30, 46, 46], "other"),
                line([50, 50, 66, 66], "other"),
            ], to: "truth.jsonl")
        let scan = try run(
            "scan scene.png --model with-background.safetensors --output own --stride 8 --threshold 0.2 --truth truth.jsonl"
        )
        #expect(scan.exitCode == 0, "\(scan.errors)")
        #expect(!scan.errors.contains("other"), "\(scan.errors)")
        let seen = try run("evaluate-scan own --truth truth.jsonl --json")
        let numbers = try metrics(of: seen)
        #expect(!seen.errors.contains("did not look for"), "\(seen.errors)")
        let causes = try #require((numbers["all"] as? [String: Any])?["causes"] as? [String: Any])
        #expect(causes["unsought"] as? Int == 0)
        // Classes that could have been looked for are still told of, and so is a background that is looked for.
        try folder.runTool("merge own --labels car --truth truth.jsonl")
        try write([line([4, 4, 20, 20], "car"), line([30, 30, 46, 46], "boat")], to: "truth.jsonl")
        let others = try run("evaluate-scan own --truth truth.jsonl")
        #expect(
            others.errors.contains("did not look for") && others.errors.contains("boat (1)"),
            "\(others.errors)")
        // Only the background: all that is found is a false alarm.
        try write([line([30, 30, 46, 46], "other")], to: "truth.jsonl")
        let none = try run("evaluate-scan own --truth truth.jsonl")
        #expect(none.exitCode == 0 && none.errors.contains("no objects in this scene"), "\(none.errors)")
    }

    @Test func longNamesAreWholeOnThePage() throws {
        let name = String(repeating: "very-", count: 50) + "long-car"
        try folder.writeSmallModel(to: "long.safetensors", classes: ["boat", name, "other"])
        try folder.runTool(
            "scan scene.png --model long.safetensors --output own --stride 8 --threshold 0.2 --labels boat,\(name)"
        )
        try write([line([4, 4, 20, 20], name), line([30, 30, 46, 46], "boat")], to: "truth.jsonl")
        let seen = try run("evaluate-scan own --truth truth.jsonl --output seen")
        #expect(seen.exitCode == 0, "\(seen.errors)")
        let page = try String(decoding: folder.bytes("seen/report.html"), as: UTF8.self)
        #expect(page.contains(">\(name)</td>") && page.contains(">\(name)</th>"))
        // Above a curve there is room for a few letters; its description has all of them.
        #expect(page.contains("aria-label=\"\(name), AP") && page.contains("very-ver…g-car, AP"))
        #expect(seen.output.contains("…") && !seen.output.contains(name))
    }

    @Test func onlyTheScannedAreaCounts() throws {
        try folder.runTool(
            "scan scene.png --model model.safetensors --output part --stride 8 --threshold 0.2 --labels car,boat --region 0,0,45,70"
        )
        try write(
            [
                line([4, 4, 20, 20], "car"), line([70, 4, 86, 20], "car"), line([300, 300, 310, 310], "car"),
            ],
            to: "truth.jsonl")
        let run1 = try run("evaluate-scan part --truth truth.jsonl --json")
        let numbers = try metrics(of: run1)
        #expect(all(numbers, "truthCount") == 1)
        #expect(run1.errors.contains("1 annotation lies outside the area"), "\(run1.errors)")
        #expect(run1.errors.contains("1 annotation lies outside the scene"), "\(run1.errors)")
    }

    @Test(arguments: [
        ("evaluate-scan found", "--truth"),
        ("evaluate-scan found --truth t --object-size 0", "--object-size"),
        ("evaluate-scan found --truth t --truth-format nonsense/x", "--truth-format"),
        ("evaluate-scan found --truth t --iou-thresholds 0.5,2", "--iou-thresholds"),
        ("evaluate-scan found --truth t --threshold 1.5", "--threshold"),
        ("evaluate-scan found --truth t --output ./found", "--output"),
        ("merge found --object-size 4", "--object-size"), ("merge found --crops=-1", "--crops"),
    ])
    func wrongUsageIsToldAndExitsWith64(line: String, option: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64 && run.errors.contains(option), "\(run.errors)")
    }

    @Test func aThresholdBelowTheFloorAndAFolderWithoutAScanAreErrors() throws {
        try write([line([4, 4, 20, 20], "car")], to: "truth.jsonl")
        let low = try run("evaluate-scan found --truth truth.jsonl --threshold 0.01")
        #expect(low.exitCode == 64 && low.errors.contains("floor"))
        let none = try run("evaluate-scan . --truth truth.jsonl")
        #expect(none.exitCode == 1 && none.errors.contains("there is no scan"), "\(none.errors)")
        let lost = try run("evaluate-scan found --truth nowhere.jsonl")
        #expect(lost.exitCode == 1 && lost.errors.contains("nowhere.jsonl"))
    }

    @Test func aPartOfAScanIsMeasuredOnlyWhenAsked() throws {
        try folder.runTool(
            "scan scene.png --model model.safetensors --output part --stride 8 --labels car,boat --part 1/2")
        try write([line([4, 4, 20, 20], "car")], to: "truth.jsonl")
        let run1 = try run("evaluate-scan part --truth truth.jsonl")
        #expect(run1.exitCode == 1 && run1.errors.contains("--partial"), "\(run1.errors)")
        #expect(try run("evaluate-scan part --truth truth.jsonl --partial").exitCode == 0)
    }

    @Test func heatMapsAndCropsAreOutputsThatMergeKeeps() throws {
        func names(_ path: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.file(path)).sorted()
        }
        #expect(try run("merge found --heat-map --crops 2").exitCode == 0)
        #expect(try names("found").contains("heat-car.tif") && names("found").contains("heat-boat.tif"))
        #expect(try names("found/crops") == ["boat", "car"] && names("found/crops/car").count <= 2)
        #expect(try run("merge found --threshold 0.25").exitCode == 0)
        #expect(try names("found").contains("heat-car.tif") && names("found").contains("crops"))
        // The pictures are no scenes.
        let list = try run("scan . --model model.safetensors --output other --stride 8 --dry-run")
        #expect(list.exitCode == 0, "\(list.errors)")
        #expect(!list.output.contains("crops") && !list.output.contains("heat-"), "\(list.output)")
        #expect(try run("merge found --no-heat-map --crops 0").exitCode == 0)
        #expect(try !names("found").contains { $0.hasPrefix("heat-") || $0 == "crops" })
    }
}
