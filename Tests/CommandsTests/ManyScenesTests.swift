import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport
import Testing

/// `scan` of many scenes, of damaged ones, and of samples.
@Suite struct ManyScenesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// A model of three classes with its first weights, and a folder of scenes with other files.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        let model = Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5), provenance: [:])
        try model.write(to: .replacing(folder.file("model.safetensors")))
        try makeFolder(folder.file("in/b"))
        for (place, name) in ["a10.png", "a2.png", "b/a2.png", "c.png"].enumerated() {
            try noise(60 + place, 48, seed: UInt64(place)).writePNG(to: .replacing(folder.file("in/" + name)))
        }
        try FileManager.default.moveItem(atPath: folder.file("in/c.png"), toPath: folder.file("c.png"))
        _ = try folder.write(Array("not an image".utf8), to: "in/notes.txt")
    }

    private static func noise(_ width: Int, _ height: Int, seed: UInt64) -> Image {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Image(width: width, height: height, pixelsHWC: bytes)
    }

    private func scan(_ arguments: String..., input: [UInt8] = []) throws -> ToolRun {
        let output = arguments.contains("--output") ? [] : ["--output", "found"]
        return try ToolRun(
            ["scan", "--model", "model.safetensors", "--threshold", "0.2"] + output + arguments,
            folder: folder.path, input: input)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.file(name), encoding: .utf8)
    }

    /// The first cells of each row of `scenes.csv`: scenes and their folders.
    private func scenes(_ output: String = "found") throws -> [[String]] {
        try text(output + "/scenes.csv").split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).prefix(2).map(String.init)
        }
    }

    private var inFolder: [[String]] {
        [
            ["in/a2.png", "found/in-a2"], ["in/a10.png", "found/a10"], ["in/b/a2.png", "found/b-a2"],
        ]
    }

    // MARK: - Which scenes

    @Test func aFolderIsAllOfItsImagesInNaturalOrder() throws {
        let run = try scan("in")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.errors.contains("1 file has no image extension"), "\(run.errors)")
        #expect(try scenes() == inFolder)
        #expect(run.output.contains("3 scenes; scenes.csv in found"), "\(run.output)")
        for (_, place) in inFolder.map({ ($0[0], $0[1]) }) {
            #expect(FileManager.default.fileExists(atPath: folder.file(place + "/detections.jsonl")))
        }
    }

    @Test func resultsInAFolderAreNoScenes() throws {
        try #require(scan("in", "--output", "in/found").exitCode == 0)
        let before = try text("in/found/scenes.csv")
        #expect(try scan("in", "--output", "in/found").exitCode == 0)
        #expect(try text("in/found/scenes.csv") == before)
        // Nor are those of another command.
        #expect(try scan("in", "--output", "other").exitCode == 0)
        #expect(try scenes("other").count == 3)
    }

    @Test func anOutputThatHoldsTheScenesHidesNone() throws {
        for _ in 0..<2 {
            let run = try scan("in/", "--output", "in")
            #expect(run.exitCode == 0, "\(run.errors)")
            #expect(try scenes("in").map { $0[0] } == inFolder.map { $0[0] })
        }
        let below = try scan("in/b", "--output", "in/")
        #expect(below.exitCode == 0, "\(below.errors)")
        #expect(try scenes("in").map { $0[0] } == ["in/b/a2.png"])
    }

    @Test func scenesBesideResultsAreScenes() throws {
        try #require(scan("in/a2.png", "--output", "in").exitCode == 0)
        #expect(FileManager.default.fileExists(atPath: folder.file("in/tagged.png")))
        let run = try scan("in")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try scenes() == inFolder)
    }

    @Test(arguments: [
        ["--list", "list.txt"], ["-"], ["in/a2.png", "in/b", "in/a10.png", "in/a2.png", "./in/a10.png"],
        ["in/*.png", "in/?"],
    ])
    func listsPatternsAndStandardInputNameTheSame(words: [String]) throws {
        let lines = "# scenes\n\nin/a2.png\n  in/b  \nin/a10.png\n"
        _ = try folder.write(Array(lines.utf8), to: "list.txt")
        let run = try ToolRun(
            ["scan", "--model", "model.safetensors", "--threshold", "0.2", "--output", "found"] + words,
            folder: folder.path, input: Array(lines.utf8))
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try scenes().sorted { $0[0] < $1[0] } == inFolder.sorted { $0[0] < $1[0] })
    }

    @Test(arguments: [
        (["empty"], "empty: there are no images in it"),
        (["in/x*.png"], "in/x*.png: no file matches this pattern"),
        (["--list", "none.txt"], "none.txt"), (["--list", "c.png"], "c.png: it is not a list"),
        (["-"], "standard input: it names no scene"),
    ])
    func nothingToScanIsAnErrorThatLeavesNothing(words: [String], error: String) throws {
        try makeFolder(folder.file("empty"))
        let run = try ToolRun(
            ["scan", "--model", "model.safetensors", "--output", "found"] + words, folder: folder.path)
        #expect(run.exitCode == 1 && run.errors.contains(error), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("found")))
    }

    @Test func whatIsNamedWrongKeepsNoOtherBack() throws {
        try makeFolder(folder.file("empty"))
        let run = try scan("none.png", "in/notes.txt", "empty", "c.png")
        #expect(run.exitCode == 1 && run.errors.contains("scan all 4 scenes: 3 failed"), "\(run.errors)")
        #expect(
            try scenes() == [["none.png", ""], ["in/notes.txt", ""], ["empty", ""], ["c.png", "found/c"]])
        #expect(try text("found/scenes.csv").contains("none.png: cannot open as an image"))
    }

    @Test func aPatternMayBeTheNameOfAFile() throws {
        try FileManager.default.copyItem(atPath: folder.file("c.png"), toPath: folder.file("x[1]*.png"))
        let run = try scan("x[1]*.png", "--output", "one")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(FileManager.default.fileExists(atPath: folder.file("one/detections.jsonl")))
    }

    // MARK: - Again

    @Test func aSecondRunHasTheSameTableAndScoresNothing() throws {
        #expect(try scan("in").exitCode == 0)
        let before = try text("found/scenes.csv")
        let again = try scan("in")
        #expect(again.exitCode == 0 && !again.errors.contains("windows/s"), "\(again.errors)")
        #expect(try text("found/scenes.csv") == before)
    }

    @Test func scenesThatComeLaterChangeNoFolder() throws {
        #expect(try scan("in").exitCode == 0)
        try makeFolder(folder.file("in/c"))
        try FileManager.default.copyItem(atPath: folder.file("c.png"), toPath: folder.file("in/c/a10.png"))
        let run = try scan("in")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try scenes() == inFolder + [["in/c/a10.png", "found/a10.png"]])
    }

    @Test func controlCInTheSecondSceneKeepsTheFirstAndTheSameCommandGoesOn() throws {
        let large = folder.file("b-large.png")
        try Self.noise(1400, 1400, seed: 9).writePNG(to: .replacing(large))
        let process = Process()
        process.executableURL = URL(filePath: ToolRun.path)
        process.arguments = [
            "scan", "in/a2.png", "b-large.png", "c.png", "--model", "model.safetensors", "--threshold", "0.2",
            "--stride", "4", "--output", "found",
        ]
        process.currentDirectoryURL = URL(filePath: folder.path)
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
        ToolRun.letSignalsThrough()
        try process.run()
        // Another process tells of itself only by its files.
        while process.isRunning, !FileManager.default.fileExists(atPath: folder.file("found/b-large/.scan")) {
            usleep(1000)
        }
        process.interrupt()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitForEnd()
        #expect(process.terminationStatus == 1 && said.contains("interrupted"), "\(said)")
        #expect(try scenes() == [["in/a2.png", "found/a2"]])
        let run = try scan("in/a2.png", "b-large.png", "c.png", "--stride", "4")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(try scenes().map { $0[0] } == ["in/a2.png", "b-large.png", "c.png"])
    }

    @Test func aTableThatIsSomebodyElsesIsNotReplaced() throws {
        try makeFolder(folder.file("found"))
        let table = try folder.write(Array("name,age\n".utf8), to: "found/scenes.csv")
        let run = try scan("in")
        #expect(run.exitCode == 1 && run.errors.contains("not the table of an earlier scan"), "\(run.errors)")
        #expect(try String(contentsOfFile: table, encoding: .utf8) == "name,age\n")
        #expect(try scan("in", "--overwrite").exitCode == 0)
        #expect(try scenes() == inFolder)
        // A table names scenes as well, and is an input then.
        let list = try scan("--list", "found/scenes.csv")
        #expect(list.exitCode == 1 && list.errors.contains("which this command reads"), "\(list.errors)")
        #expect(try scenes() == inFolder)
    }

    // MARK: - Telling

    @Test func jsonHasALineForEachSceneAndOneForAll() throws {
        let run = try scan("none.png", "in/a2.png", "--json", "--reject", "car>0.2")
        #expect(run.exitCode == 1)
        let lines = try run.output.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        try #require(lines.count == 3)
        #expect(lines[0]["scene"] as? String == "none.png" && lines[0]["error"] as? String != nil)
        #expect(lines[1]["folder"] as? String == "found/a2" && lines[1]["error"] == nil)
        let counts = try #require(lines[1]["counts"] as? [String: Int])
        #expect(Set(counts.keys) == ["boat", "car", "other"])
        let scored = try #require(lines[1]["scoredWindowCount"] as? Int)
        #expect(scored == lines[1]["windowCount"] as? Int)
        let summary = try #require(lines[2]["summary"] as? [String: Any])
        #expect(summary["sceneCount"] as? Int == 2 && summary["failedCount"] as? Int == 1)
        #expect(summary["counts"] as? [String: Int] == counts)
    }

    @Test func oneSceneHasJSONToo() throws {
        let run = try scan("c.png", "--json", "--quiet")
        #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
        #expect(run.output.split(separator: "\n").count == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.file("found/scenes.csv")))
    }

    @Test func quietSaysNothing() throws {
        let run = try scan("in", "--quiet")
        #expect(run.exitCode == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.output) \(run.errors)")
    }

    // MARK: - Rejecting

    @Test func aSceneWithAHigherScoreIsRejectedWithACodeOfItsOwn() throws {
        let run = try scan("in/a2.png", "c.png", "--json")
        let lines = try run.output.split(separator: "\n").prefix(2).map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let highest = try lines.map { line in
            try #require((line["highestScores"] as? [String: Double])?["car"])
        }
        let (low, high) = (try #require(highest.min()), try #require(highest.max()))
        try #require(low < high)
        let some = try scan("in/a2.png", "c.png", "--reject", "car>\((low + high) / 2)")
        #expect(some.exitCode == 2, "\(some.errors)")
        #expect(some.output.contains("rejected: car") && some.output.contains("1 rejected"), "\(some.output)")
        let table = try text("found/scenes.csv")
        #expect(table.contains(",ok,") && table.contains(",rejected,"))
        #expect(try scan("in/a2.png", "c.png", "--reject", "car>\(high)").exitCode == 0)
        let failing = try scan("none.png", "c.png", "--reject", "car>\(low / 2)")
        #expect(failing.exitCode == 1)
        let alone = try scan("c.png", "--output", "one", "--reject", "car>\(low / 2)")
        #expect(alone.exitCode == 2 && alone.output.contains("rejected: car"), "\(alone.output)")
    }

    // MARK: - Damage

    /// A tiled TIFF, one tile of which does not begin as one.
    private func damagedScene() throws -> String {
        let path = folder.file("damaged.tif")
        var writer = try TiledTIFFWriter(.replacing(path), width: 1100, height: 600)
        try writer.write(Self.noise(1100, 600, seed: 4), x: 0, y: 0)
        try writer.commit()
        var bytes = try Data(contentsOf: URL(filePath: path))
        // Where nothing of the scene's identity is, so that it stays the same scene.
        let identity = SceneIdentity.places(in: bytes.count)
        let start = try #require(
            tileOffsets(bytes).first { start in identity.allSatisfy { !$0.overlaps(start..<start + 64) } })
        for place in start..<start + 64 { bytes[place] = 0xFF }
        try bytes.write(to: URL(filePath: path))
        return "damaged.tif"
    }

    /// Of the first picture of a TIFF that is no BigTIFF.
    private func tileOffsets(_ bytes: Data) -> [Int] {
        func number(_ place: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        let directory = number(4, 4)
        for entry in 0..<number(directory, 2) {
            let place = directory + 2 + 12 * entry
            guard number(place, 2) == 324 else { continue }
            let start = number(place + 8, 4)
            return (0..<number(place + 4, 4)).map { number(start + 4 * $0, 4) }
        }
        return []
    }

    @Test func whatCannotBeReadIsListedAndTheRestIsScanned() throws {
        let scene = try damagedScene()
        let run = try scan(scene, "c.png")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("failed.jsonl there lists the"), "\(run.errors)")
        let lines = try text("found/damaged/failed.jsonl").split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        try #require(lines.count == 1)
        let rows = try #require(lines[0]["rows"] as? [Int])
        let columns = try #require(lines[0]["columns"] as? [Int])
        let box = try #require(lines[0]["box"] as? [Int])
        #expect(box[0] == columns[0] * 16 && box[1] == rows[0] * 16)
        #expect((lines[0]["reason"] as? String)?.isEmpty == false)
        let summary = try #require(
            JSONSerialization.jsonObject(with: Data(text("found/damaged/summary.json").utf8))
                as? [String: Any])
        let failed = (rows[1] - rows[0]) * (columns[1] - columns[0])
        let all = try #require(summary["windowCount"] as? Int)
        #expect(summary["scoredWindowCount"] as? Int == all - failed && summary["complete"] as? Bool == false)
        // A stored block has 512 x 512 pixels.
        #expect(failed <= 34 * 34 && failed > 0)
        let row = try #require(text("found/scenes.csv").split(separator: "\n").dropFirst().first)
        #expect(row.contains("damaged.tif,found/damaged,\(all),\(all - failed),0,,"), "\(row)")
    }

    @Test func theSameCommandTriesAgainAndTheListGoesWhenAllIsGood() throws {
        let scene = try damagedScene()
        #expect(try scan(scene).exitCode == 1)
        let list = try text("found/failed.jsonl")
        let again = try scan(scene)
        #expect(again.exitCode == 1 && again.errors.contains("the same command tries them again"))
        #expect(try text("found/failed.jsonl") == list)
        try FileManager.default.removeItem(atPath: folder.file(scene))
        var writer = try TiledTIFFWriter(.replacing(folder.file(scene)), width: 1100, height: 600)
        try writer.write(Self.noise(1100, 600, seed: 4), x: 0, y: 0)
        try writer.commit()
        let run = try scan(scene)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("found/failed.jsonl")))
        #expect(try scan(scene, "--output", "whole").exitCode == 0)
        for name in ["detections.jsonl", "summary.json", "tagged.png", ".scan/candidates"] {
            #expect(
                try Data(contentsOf: URL(filePath: folder.file("found/" + name)))
                    == Data(contentsOf: URL(filePath: folder.file("whole/" + name))), "\(name)")
        }
    }

    @Test func resultsThatCannotBeReadKeepNoOtherSceneBack() throws {
        try #require(scan("in").exitCode == 0)
        _ = try folder.write(Array("{".utf8), to: "found/in-a2/summary.json")
        _ = try folder.write(Array("{".utf8), to: "found/in-a2/run.json")
        let run = try scan("in")
        #expect(try scenes().map { $0[0] } == inFolder.map { $0[0] }, "\(run.errors)")
        #expect(run.exitCode == 0 || run.errors.contains("1 failed"), "\(run.errors)")
    }

    // MARK: - On a cluster

    private struct Plan: Decodable {
        struct Range: Decodable {
            var scene: Int
            var rows: [Int]
            var columns: [Int]
            var cost: Double
        }
        struct Task: Decodable { var scene: String }
        var tasks: [Task]
        var ranges: [Range]
    }

    /// A scan that ends when the program is to be packed for the cluster, and what it has planned until then.
    private func planned(
        _ arguments: String..., group: String = ".scan-cluster"
    ) throws -> (run: ToolRun, plan: Plan) {
        let run = try ToolRun(
            ["scan", "--model", "model.safetensors", "--output", "found", "--cluster", "local[1]"]
                + arguments,
            folder: folder.path,
            environment: ["PATH": folder.file("none"), "TILESCOPE_CACHE": folder.file("cache")])
        #expect(run.exitCode == 1)
        let plan = try JSONDecoder().decode(
            Plan.self, from: Data(contentsOf: URL(filePath: folder.file("found/\(group)/plan.json"))))
        return (run, plan)
    }

    /// Tiles in the middle of the scene are damaged.
    @Test func damageInTheFirstSceneStopsNoCluster() throws {
        let path = folder.file("wide.tif")
        var writer = try TiledTIFFWriter(.replacing(path), width: 3000, height: 600)
        try writer.write(Self.noise(3000, 600, seed: 4), x: 0, y: 0)
        try writer.commit()
        var bytes = try Data(contentsOf: URL(filePath: path))
        let offsets = tileOffsets(bytes)
        try #require(offsets.count == 12)
        for tile in [2, 3, 8, 9] { for place in offsets[tile]..<offsets[tile] + 64 { bytes[place] = 0xFF } }
        try bytes.write(to: URL(filePath: path))
        let (run, plan) = try planned("wide.tif", "c.png", "--slots", "2", "--json")
        #expect(plan.tasks.count == 2 && Set(plan.ranges.map(\.scene)) == [0, 1])
        // Nothing is scored here while the cluster is not there.
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 3 && lines.allSatisfy { !$0.contains("\"highestScore\"") }, "\(run.output)")
        #expect(lines.prefix(2).allSatisfy { $0.contains("\"error\"") }, "\(run.output)")
        #expect(lines.last?.contains("\"scoredWindowCount\":0") == true, "\(run.output)")
        let dry = try scan("wide.tif", "--dry-run")
        #expect(dry.exitCode == 0 && dry.output.contains("windows/s"), "\(dry.output) \(dry.errors)")
    }

    @Test func windowsOutsideTheAreaAreNotPlanned() throws {
        let path = folder.file("wide.tif")
        var writer = try TiledTIFFWriter(.replacing(path), width: 3000, height: 600)
        try writer.write(Self.noise(3000, 600, seed: 4), x: 0, y: 0)
        try writer.commit()
        // Without a bound, a fast machine gets larger blocks.
        let (_, plan) = try planned(
            "wide.tif", "--slots", "2", "--region", "0,0,160,160", "--block", "512")
        let count = plan.ranges.reduce(0) { sum, range in
            sum + (range.rows[1] - range.rows[0]) * (range.columns[1] - range.columns[0])
        }
        // Ten rows and columns of 37 and 187; ranges are whole blocks.
        #expect((100...3500).contains(count), "\(count)")
        #expect(try text("found/.scan/task.json").contains("polygons"))
    }

    /// Each scene keeps files open until its group is done.
    @Test func manyScenesGoToTheClusterInGroups() throws {
        try makeFolder(folder.file("many"))
        for number in 0..<260 {
            try FileManager.default.copyItem(
                atPath: folder.file("c.png"), toPath: folder.file("many/\(number).png"))
        }
        let (run, plan) = try planned("many", "--slots", "2", group: ".scan-cluster-2")
        #expect(plan.tasks.count == 4, "\(run.errors.suffix(500))")
        #expect(try scenes().count == 260)
    }

    // MARK: - Before it is paid for

    @Test func aDryRunSaysWhatWouldBeScannedAndWritesNothing() throws {
        let run = try scan("in", "none.png", "--dry-run")
        #expect(run.exitCode == 1 && run.errors.contains("none.png"), "\(run.errors)")
        #expect(
            run.output.contains("in/a2.png: 61×48 pixels, 12 windows (3 rows, 4 columns), into found/in-a2"),
            "\(run.output)")
        #expect(run.output.contains("36 windows in 3 scenes: about 0:0") && run.output.contains("stride 16"))
        let json = try scan("in", "--dry-run", "--json")
        let totals = try #require(try lines(json).last?["summary"] as? [String: Any])
        #expect(try #require(totals["seconds"] as? Double) > 0)
        #expect(!FileManager.default.fileExists(atPath: folder.file("found")))
        #expect(try scan("c.png").exitCode == 0)
        let done = try scan("c.png", "--dry-run", "--json")
        #expect(done.exitCode == 0 && done.output.contains("\"leftWindowCount\":0"), "\(done.output)")
    }

    @Test func aSampleCountsAndTheScanGoesOnFromIt() throws {
        try Self.noise(900, 800, seed: 6).writePNG(to: .replacing(folder.file("large.png")))
        let run = try scan("large.png", "--stride", "8", "--sample", "40%", "--sample-seed", "3", "--json")
        #expect(run.exitCode == 0, "\(run.errors)")
        let line = try #require(run.output.split(separator: "\n").first)
        let row = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let scored = try #require(row["scoredWindowCount"] as? Int)
        let all = try #require(row["windowCount"] as? Int)
        #expect((all / 10...all * 45 / 100).contains(scored), "\(scored) of \(all)")
        let estimates = try #require(row["estimates"] as? [String: [String: Double]])
        let people = try scan("large.png", "--stride", "8", "--sample", "40%", "--sample-seed", "3")
        #expect(people.exitCode == 0 && people.output.contains("95 % interval"), "\(people.output)")
        // Nothing is scored twice.
        #expect(!people.errors.contains("windows/s"), "\(people.errors)")
        let whole = try scan("large.png", "--stride", "8")
        #expect(whole.exitCode == 0 && whole.errors.contains("\(all - scored) windows in"), "\(whole.errors)")
        #expect(try scan("large.png", "--stride", "8", "--output", "fresh").exitCode == 0)
        for name in ["detections.jsonl", "summary.json", ".scan/candidates"] {
            #expect(
                try Data(contentsOf: URL(filePath: folder.file("found/" + name)))
                    == Data(contentsOf: URL(filePath: folder.file("fresh/" + name))), "\(name)")
        }
        let summary = try #require(
            JSONSerialization.jsonObject(with: Data(text("found/summary.json").utf8)) as? [String: Any])
        for count in try #require(summary["counts"] as? [[String: Any]]) {
            let name = try #require(count["className"] as? String)
            let number = try #require(count["detectionCount"] as? Double)
            let estimate = try #require(estimates[name])
            // One fixed sample, far from the ends of its interval.
            #expect(
                try #require(estimate["lower"]) <= number && number <= (try #require(estimate["upper"])),
                "\(name)")
        }
    }

    /// The lines of `--json`.
    private func lines(_ run: ToolRun) throws -> [[String: Any]] {
        try run.output.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func aSampleLeavesOutBlocksThatCannotBeRead() throws {
        let scene = try damagedScene()
        for _ in 0..<2 {
            let run = try scan(scene, "--stride", "8", "--sample", "50%", "--json")
            #expect(run.exitCode == 0, "\(run.errors)")
            let lines = try lines(run)
            try #require(lines.count == 2)
            let unreadable = try #require(lines[0]["unreadableBlockCount"] as? Int)
            let sampled = try #require(lines[0]["sampledBlockCount"] as? Int)
            #expect((1..<sampled - 1).contains(unreadable))
            #expect((lines[0]["estimates"] as? [String: Any])?.count == 3)
            #expect(
                run.errors.contains("\(unreadable) of \(sampled) blocks cannot be read and are left out"),
                "\(run.errors)")
            #expect(try text("found/failed.jsonl").contains("\"reason\""))
            let summary = try #require(lines[1]["summary"] as? [String: Any])
            #expect(summary["scoredWindowCount"] as? Int == lines[0]["scoredWindowCount"] as? Int)
            #expect(summary["windowCount"] as? Int == lines[0]["windowCount"] as? Int)
        }
    }

    @Test func aSampleOfAnAreaIsDrawnThere() throws {
        try Self.noise(900, 800, seed: 6).writePNG(to: .replacing(folder.file("large.png")))
        let region = ["large.png", "--stride", "8", "--region", "0,0,450,800"]
        func scan(_ words: [String]) throws -> ToolRun {
            try ToolRun(
                ["scan", "--model", "model.safetensors", "--threshold", "0.2"] + region + words,
                folder: folder.path)
        }
        let run = try scan(["--output", "found", "--sample", "60%", "--json"])
        #expect(run.exitCode == 0, "\(run.errors)")
        let row = try #require(try lines(run).first)
        let all = try #require(row["windowCount"] as? Int)
        let whole = try scan(["--output", "whole", "--json"])
        let wholeRow = try #require(try lines(whole).first)
        #expect(all == wholeRow["scoredWindowCount"] as? Int)
        let scored = try #require(row["scoredWindowCount"] as? Int)
        #expect((all / 10...all * 7 / 10).contains(scored), "\(scored) of \(all)")
        let estimates = try #require(row["estimates"] as? [String: [String: Double]])
        let counts = try #require(wholeRow["counts"] as? [String: Int])
        for (name, count) in counts where count > 20 {
            let estimate = try #require(estimates[name])
            // One fixed sample, far from the ends of its interval.
            #expect(
                try #require(estimate["lower"]) <= Double(count)
                    && Double(count) <= (try #require(estimate["upper"])), "\(name)")
        }
    }

    @Test func aSampleThatIsTooSmallIsRefusedWithOneThatWouldDo() throws {
        let run = try scan("c.png", "--sample", "1%")
        #expect(run.exitCode == 1 && run.errors.contains("it is too small for a sample"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("found")))
    }
}
