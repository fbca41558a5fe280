import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct CountCommandTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    /// Scans of two scenes of noise by a model with its first weights, and a truth: some of what it found, and other places.
    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    private static func makeInputs(in folder: TemporaryFolder) throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try model.write(to: .replacing(folder.path + "/model.safetensors"))
        for (name, seed) in [("scene", UInt64(2)), ("other", 3)] {
            var random = SplitMix64(seed: seed)
            let bytes = (0..<320 * 240 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
            try Image(width: 320, height: 240, pixelsHWC: bytes).writePNG(
                to: .replacing(folder.path + "/\(name).png"))
            let run = try ToolRun(
                [
                    "scan", "\(name).png", "--model", "model.safetensors", "--labels", "car,boat",
                    "--threshold",
                    "0.35", "--output", name == "scene" ? "found" : "found2",
                ], folder: folder.path)
            #expect(run.exitCode == 0, "\(run.errors)")
        }
        let detections = try ScanFolder(path: folder.path + "/found").readDetections()
        #expect(detections.count > 20)
        var lines: [String] = []
        var random = SplitMix64(seed: 4)
        for (place, detection) in detections.enumerated() where place % 3 != 0 {
            let box = detection.box
            lines.append(
                "{\"box\":[\(box.x0),\(box.y0),\(box.x1),\(box.y1)],\"class\":\"\(model.classes[detection.label])\",\"visibleFraction\":1}"
            )
        }
        for _ in 0..<15 {
            let (x, y) = (Int.random(in: 0...304, using: &random), Int.random(in: 0...224, using: &random))
            lines.append("{\"box\":[\(x),\(y),\(x + 16),\(y + 16)],\"class\":\"car\",\"visibleFraction\":1}")
        }
        _ = try folder.write(Array(lines.joined(separator: "\n").utf8), to: "truth.jsonl")
    }

    /// With small cells, of which there are enough.
    private func count(_ words: String...) throws -> ToolRun {
        let cell = words.contains("--audit") ? ["--cell", "16"] : []
        return try ToolRun(["count"] + words + cell, folder: folder.path)
    }

    private func json(_ path: String = "found/audit/count.json") throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(folder.bytes(path))) as? [String: Any])
    }

    /// The rows of all scenes together, by class.
    private func rows(_ path: String = "found/audit/count.json") throws -> [String: [String: Any]] {
        let all = try #require(json(path)["all"] as? [String: Any])
        let rows = try #require(all["rows"] as? [[String: Any]])
        return try Dictionary(
            uniqueKeysWithValues: rows.map {
                (try #require($0["className"] as? String), try #require($0["count"] as? [String: Any]))
            })
    }

    /// A number of JSON, whole or not.
    private func number(_ value: Any?) throws -> Double {
        try #require((value as? Double) ?? (value as? Int).map { Double($0) })
    }

    /// How many objects of a class there are.
    private func objects(_ name: String, _ path: String = "found/audit/count.json") throws -> CountBounds {
        let objects = try #require(rows(path)[name]?["objects"] as? [String: Any])
        return try CountBounds(
            estimate: number(objects["estimate"]), lower: number(objects["lower"]),
            upper: number(objects["upper"]))
    }

    private func index() throws -> [[String]] {
        String(decoding: try folder.bytes("found/audit/index.csv"), as: UTF8.self).split(separator: "\n").map
        {
            $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        }
    }

    /// Writes a class into each row.
    private func label(_ classOf: (_ place: Int, _ id: String) -> String) throws {
        let rows = try index()
        let lines =
            [rows[0]]
            + rows.dropFirst().enumerated().map { place, row in
                Array(row.dropLast()) + [classOf(place, row[0])]
            }
        _ = try folder.write(
            Array(lines.map { $0.joined(separator: ",") }.joined(separator: "\n").utf8),
            to: "found/audit/index.csv")
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        let run = try count("nosuch")
        #expect(run.exitCode == 1 && run.errors.contains("nosuch: cannot count: there is no such folder"))
    }

    @Test func anAuditIsCropsAndATableWithoutClasses() throws {
        let run = try count("found", "--audit", "40")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("40 crops"), "\(run.output)")
        let rows = try index()
        #expect(rows[0] == ["id", "scene", "x", "y", "class"] && rows.count == 41)
        #expect(rows.dropFirst().allSatisfy { $0[1] == "scene.png" && $0[4] == "" })
        for row in rows.dropFirst() {
            let image = try Image(pictureAt: Address(folder.file("found/audit/crops/\(row[0]).png")))
            // 48 pixels with their surroundings, eight times enlarged; less at the scene's edge.
            #expect(max(image.width, image.height) >= 256)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("found/audit/crops"))
            .sorted()
        #expect(names.filter { !$0.hasSuffix(".png") } == ["boat", "car", "none", "unsure"])
        let page = String(decoding: try folder.bytes("found/audit/audit.html"), as: UTF8.self)
        #expect(page.components(separatedBy: "<figure>").count == 41)
        // The example has the audit's own classes.
        #expect(page.contains("car=2; boat=1") || page.contains("boat=2; car=1"))
        // The scan stays what it was.
        #expect(try ToolRun(["merge", "found", "--threshold", "0.35"], folder: folder.path).exitCode == 0)
    }

    @Test func everyCellLabelledByTheTruthGivesTheTruth() throws {
        let run = try count("found", "--audit", "1000", "--oracle", "truth.jsonl")
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = String(decoding: try folder.bytes("truth.jsonl"), as: UTF8.self).split(separator: "\n")
        for name in ["car", "boat"] {
            let truth = lines.count { $0.contains("\"\(name)\"") }
            #expect(try objects(name) == CountBounds(exactly: Double(truth)), "\(name)")
        }
        let csv = String(decoding: try folder.bytes("found/audit/count.csv"), as: UTF8.self)
        #expect(csv.contains("all,,car,") && csv.contains("scene,scene.png,boat,"))
        #expect(run.output.contains("precision") && run.output.contains("recall"))
    }

    @Test func aSampleLabelledByTheTruthHoldsIt() throws {
        let run = try count("found", "--audit", "120", "--oracle", "truth.jsonl", "--audit-seed", "7")
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = String(decoding: try folder.bytes("truth.jsonl"), as: UTF8.self).split(separator: "\n")
        let truth = lines.count { $0.contains("\"car\"") }
        let car = try objects("car")
        #expect(car.lower < car.upper && (car.lower...car.upper).contains(Double(truth)), "\(car) \(truth)")
    }

    @Test func foldersAreLabelsAsTheTableIs() throws {
        #expect(try count("found", "--audit", "40").exitCode == 0)
        let ids = try index().dropFirst().map { $0[0] }
        for (place, id) in ids.enumerated() {
            let target = ["car", "none", "none", "boat"][place % 4]
            try FileManager.default.moveItem(
                atPath: folder.file("found/audit/crops/\(id).png"),
                toPath: folder.file("found/audit/crops/\(target)/\(id).png"))
        }
        let moved = try count("found")
        #expect(moved.exitCode == 0, "\(moved.errors)")
        let byFolders = try folder.bytes("found/audit/count.json")
        for id in ids {
            for name in ["car", "none", "boat"] {
                try? FileManager.default.moveItem(
                    atPath: folder.file("found/audit/crops/\(name)/\(id).png"),
                    toPath: folder.file("found/audit/crops/\(id).png"))
            }
        }
        try label { place, _ in ["car", "none", "car=0", "boat"][place % 4] }
        let written = try count("found", "--labels", "found/audit/index.csv")
        #expect(written.exitCode == 0, "\(written.errors)")
        #expect(try folder.bytes("found/audit/count.json") == byFolders)
    }

    @Test func aTableFromASpreadsheetIsUnderstood() throws {
        #expect(try count("found", "--audit", "20").exitCode == 0)
        let ids = try index().dropFirst().map { $0[0] }
        var lines = ["\u{FEFF}id;car;boat;notes"]
        for (place, id) in ids.enumerated() {
            lines.append("\(Int(id) ?? 0);\(place % 2);;looks \"fine\" to me")
        }
        _ = try folder.write(Array(lines.joined(separator: "\r\n").utf8), to: "mine.csv")
        let run = try count("found", "--labels", "mine.csv")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try rows()["car"]?["labelledObjectCount"] as? Int == 10)
        #expect(try rows()["boat"]?["labelledObjectCount"] as? Int == 0)
    }

    @Test(arguments: [
        ("id,class\n0001,plane\n", "line 2", "plane"), ("id,class\n9999,car\n", "line 2", "9999"),
        ("id,class\n0001,car\n0002,none\n0001,car\n", "line 4", "line 2"),
        ("id,class\n0001,car=many\n", "line 2", "many"), ("name,class\n0001,car\n", "line 1", "id"),
        ("id,class,cars\n0001,,3\n", "line 2", "cars"), ("id,notes\n0001,x\n", "line 1", "class"),
        ("id,class,car\n0001,unsure,1\n", "line 2", "unsure"),
        ("id,class\n0001,\"car\n", "line 2", "not closed"),
    ]) func whatIsNoLabelIsNamedWithItsLine(table: String, place: String, word: String) throws {
        #expect(try count("found", "--audit", "20").exitCode == 0)
        _ = try folder.write(Array(table.utf8), to: "mine.csv")
        let run = try count("found", "--labels", "mine.csv")
        #expect(run.exitCode == 1 && run.errors.contains(place) && run.errors.contains(word), "\(run.errors)")
        #expect(try !folder.names.contains("count.json"))
    }

    @Test func aCropInAFolderThatMeansNothingIsNamed() throws {
        #expect(try count("found", "--audit", "20").exitCode == 0)
        let crops = folder.file("found/audit/crops")
        try FileManager.default.createDirectory(atPath: crops + "/cars", withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: crops + "/0003.png", toPath: crops + "/cars/0003.png")
        let run = try count("found")
        #expect(
            run.exitCode == 1 && run.errors.contains("crops/cars") && run.errors.contains("boat"),
            "\(run.errors)")
    }

    @Test func withoutALabelOrAnAuditThereIsNoCount() throws {
        let none = try count("found")
        #expect(none.exitCode == 1 && none.errors.contains("--audit 200"), "\(none.errors)")
        #expect(try count("found", "--audit", "20").exitCode == 0)
        let unlabelled = try count("found")
        #expect(
            unlabelled.exitCode == 1 && unlabelled.errors.contains("no crop is labelled"),
            "\(unlabelled.errors)")
    }

    @Test func aStratumThatNobodyLookedAtIsNamed() throws {
        // So that there are cells on both sides of the threshold.
        let scores = try ScanFolder(path: folder.path + "/found").readDetections().map(\.score)
        try folder.runTool("merge found --threshold \(scores[scores.count / 2])")
        #expect(try count("found", "--audit", "20").exitCode == 0)
        try label { place, _ in place == 0 ? "none" : "" }
        let run = try count("found")
        #expect(run.exitCode == 1 && run.errors.contains("is labelled; label"), "\(run.errors)")
    }

    @Test func moreCropsAreAddedAndLabelsStay() throws {
        #expect(try count("found", "--audit", "40").exitCode == 0)
        try label { place, _ in place < 30 ? "none" : "" }
        let before = try index()
        let run = try count("found", "--audit", "70")
        #expect(run.exitCode == 0 && run.output.contains("30 more crops, 70 in all"), "\(run.errors)")
        let after = try index()
        #expect(after.count == 71 && Array(after.prefix(41)) == before)
        #expect(FileManager.default.fileExists(atPath: folder.file("found/audit/crops/0070.png")))
        let counted = try count("found")
        #expect(counted.exitCode == 0 && counted.output.contains("30 of 70 crops"), "\(counted.errors)")
        let same = try count("found", "--audit", "70")
        #expect(same.exitCode == 0 && same.output.contains("already"), "\(same.output)")
    }

    @Test func anAuditIsReplacedOnlyWhereThatIsAskedFor() throws {
        #expect(try count("found", "--audit", "40").exitCode == 0)
        try label { _, _ in "none" }
        let other = try count("found", "--audit", "40", "--audit-seed", "5")
        #expect(other.exitCode == 1 && other.errors.contains("--overwrite"), "\(other.errors)")
        #expect(try index().dropFirst().allSatisfy { $0[4] == "none" })
        #expect(try count("found", "--audit", "50", "--audit-seed", "5", "--overwrite").exitCode == 0)
        #expect(try index().count == 51 && index().dropFirst().allSatisfy { $0[4] == "" })
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("found/audit"))
        #expect(left.sorted() == [".audit-lock", "audit.html", "audit.json", "crops", "index.csv"])
    }

    @Test func somebodyElsesFilesAreNotReplaced() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("mine/crops"), withIntermediateDirectories: true)
        let run = try count("found", "--audit", "20", "--output", "mine")
        #expect(run.exitCode == 1 && run.errors.contains("--overwrite"), "\(run.errors)")
    }

    @Test func aScanThatWasMergedAgainKeepsItsCount() throws {
        #expect(try count("found", "--audit", "60", "--oracle", "truth.jsonl").exitCode == 0)
        let before = try objects("car")
        #expect(try ToolRun(["merge", "found", "--threshold", "0.5"], folder: folder.path).exitCode == 0)
        let run = try count("found")
        #expect(run.exitCode == 0 && run.output.contains("merged by another rule"), "\(run.errors)")
        #expect(try objects("car") == before)
    }

    @Test func anotherScanOfTheSceneKeepsItsCountAndAnotherSceneDoesNot() throws {
        #expect(try count("found", "--audit", "60", "--oracle", "truth.jsonl").exitCode == 0)
        let again = try ToolRun(
            [
                "scan", "scene.png", "--model", "model.safetensors", "--stride", "8", "--output", "found",
                "--overwrite",
            ], folder: folder.path)
        #expect(again.exitCode == 0, "\(again.errors)")
        let run = try count("found")
        #expect(run.exitCode == 0 && run.output.contains("another scan of the scene"), "\(run.errors)")
        let other = try count("found2", "--labels", "found/audit")
        #expect(other.exitCode == 1 && other.errors.contains("scene.png"), "\(other.errors)")
    }

    /// A layer that somebody has corrected is a truth for an audit, too.
    @Test func placesThatAreMarkedAsWrongAreNoObjects() throws {
        func estimates(_ truth: String) throws -> [String: Double] {
            let run = try count("found", "--audit", "1000", "--oracle", truth, "--overwrite")
            #expect(run.exitCode == 0, "\(run.errors)")
            return try rows().mapValues { try number($0["unbiasedEstimate"]) }
        }
        let plain = try estimates("truth.jsonl")
        let wrong = #"{"box":[100,100,116,116],"class":"car","verdict":"wrong"}"#
        _ = try folder.write(folder.bytes("truth.jsonl") + Array(("\n" + wrong).utf8), to: "edited.jsonl")
        #expect(try estimates("edited.jsonl") == plain)
        let right = wrong.replacing("wrong", with: "right")
        _ = try folder.write(folder.bytes("truth.jsonl") + Array(("\n" + right).utf8), to: "added.jsonl")
        let added = try estimates("added.jsonl")
        #expect(added["car"] == plain["car"].map { $0 + 1 } && added["boat"] == plain["boat"])
    }

    /// What people have labelled stays.
    @Test func anOracleLabelsNoAuditThatIsThere() throws {
        #expect(try count("found", "--audit", "40").exitCode == 0)
        let before = try folder.bytes("found/audit/index.csv")
        for size in ["40", "60"] {
            let run = try count("found", "--audit", size, "--oracle", "truth.jsonl")
            #expect(run.exitCode == 1 && run.errors.contains("it is there already"), "\(run.errors)")
        }
        #expect(try folder.bytes("found/audit/index.csv") == before)
    }

    /// The truth as a table, the same for both scenes.
    private func writeTruthWithNames(to name: String) throws {
        var table = "image,class,x0,y0,x1,y1\n"
        for line in try String(decoding: folder.bytes("truth.jsonl"), as: UTF8.self).split(separator: "\n") {
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let (box, className) = (
                try #require(object["box"] as? [Int]), try #require(object["class"] as? String)
            )
            for scene in ["scene.png", "other.png"] {
                table += ([scene, className] + box.map(String.init)).joined(separator: ",") + "\n"
            }
        }
        _ = try folder.write(Array(table.utf8), to: name)
    }

    @Test func severalScansAreOneSurvey() throws {
        _ = try folder.write(Array("".utf8), to: "empty.jsonl")
        let none = try count("found", "found2", "--audit", "80")
        #expect(none.exitCode == 64, "\(none.errors)")
        // A truth that names no scene cannot be that of two.
        let nameless = try count(
            "found", "found2", "--audit", "80", "--output", "nameless", "--oracle", "truth.jsonl")
        #expect(nameless.exitCode == 1 && nameless.errors.contains("names no scene"), "\(nameless.errors)")
        try writeTruthWithNames(to: "truth.csv")
        let drawn = try count(
            "found", "found2", "--audit", "80", "--output", "survey", "--oracle", "truth.csv")
        #expect(drawn.exitCode == 0, "\(drawn.errors)")
        let scenes = try #require(json("survey/count.json")["scenes"] as? [[String: Any]])
        #expect(scenes.map { $0["name"] as? String } == ["scene.png", "other.png"])
        let labelled = scenes.compactMap { $0["labelledCropCount"] as? Int }
        #expect(labelled.reduce(0, +) == 80 && labelled.allSatisfy { $0 > 10 })
        // Estimates of parts add up to that of the whole.
        var sum = 0.0
        for scene in scenes {
            let rows = try #require(scene["rows"] as? [[String: Any]])
            let car = try #require(
                rows.first { $0["className"] as? String == "car" }?["count"] as? [String: Any])
            sum += try number(car["unbiasedEstimate"])
        }
        let all = try number(rows("survey/count.json")["car"]?["unbiasedEstimate"])
        #expect(abs(sum - all) < 1e-6)
        let less = try count("found", "--labels", "survey")
        #expect(less.exitCode == 1 && less.errors.contains("found2"), "\(less.errors)")
        let twice = try count("found", "found", "--audit", "80", "--output", "twice")
        #expect(twice.exitCode == 1 && twice.errors.contains("twice"), "\(twice.errors)")
    }

    @Test func polygonsAreCountedToo() throws {
        let halves = """
            {"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[160,0],[160,240],[0,240],[0,0]]]}},
            {"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[160,0],[320,0],[320,240],[160,240],[160,0]]]}}]}
            """
        _ = try folder.write(Array(halves.utf8), to: "halves.geojson")
        let run = try count(
            "found", "--audit", "60", "--oracle", "truth.jsonl", "--area", "halves.geojson")
        #expect(run.exitCode == 0, "\(run.errors)")
        let polygons = try #require(json()["polygons"] as? [[String: Any]])
        #expect(polygons.map { $0["name"] as? String } == ["1", "2"])
        #expect(polygons.compactMap { $0["labelledCropCount"] as? Int }.reduce(0, +) == 60)
    }

    @Test func ctrlCLeavesNoHalfAnAudit() throws {
        let run = try ToolRun(
            ["count", "found", "--audit", "5000"], folder: folder.path, isInterrupted: true)
        let audit = folder.file("found/audit/audit.json")
        let isComplete = FileManager.default.fileExists(atPath: audit)
        #expect(
            run.exitCode == 0 ? isComplete : run.errors.contains("interrupted") && !isComplete,
            "\(run.errors)")
        #expect(try count("found", "--audit", "20", "--overwrite").exitCode == 0)
    }

    @Test(arguments: [
        ["found", "--audit", "5"], ["found", "--overwrite"], ["found", "--audit", "20", "--labels", "x"], [],
        ["found", "--oracle", "truth.jsonl"], ["found", "found2", "--audit", "20"],
        ["found", "--audit", "20", "--cell", "0"],
    ]) func whatCannotBeMeantIsWrongUsage(words: [String]) throws {
        let run = try ToolRun(["count"] + words, folder: folder.path)
        #expect(run.exitCode == 64, "\(run.errors)")
    }

    @Test func theBenchMeasuresCoverage() throws {
        let run = try ToolRun(
            [
                "bench", "count", "found", "--truth", "truth.jsonl", "--audit", "60", "--cell", "16",
                "--samples", "200", "--json",
            ],
            folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(results.count == 2)
        for result in results {
            let audit = try #require(result["audit"] as? [String: Any])
            #expect(try #require(audit["rightCount"] as? Int) >= 180, "\(result)")
        }
    }
}
