import Foundation
import TestSupport
import Testing

/// `runs`, on two short trainings.
@Suite struct RunsCommandTests {
    let folder: TemporaryFolder

    private static let beginning = Result {
        try TemporaryFolder.lasting { folder in
            let common =
                "--architecture cifar-resnet8-v2 --batch-size 10 --workers 1 --validation drawn.tiles"
            try folder.runTool(
                "sample drawn.tiles --per-class 2",
                "train drawn.tiles --output runs/one --epochs 1 \(common)",
                "train drawn.tiles --output runs/deep/two --epochs 2 --learning-rate 0.05 \(common)")
        }
    }

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func rows(_ line: String) throws -> [[String: Any]] {
        let run = try run(line)
        #expect(run.exitCode == 0, "\(run.errors)")
        return try run.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func listsAllRunsBelowAFolder() throws {
        let rows = try rows("runs runs --json --sort name")
        #expect(rows.map { $0["path"] as? String } == ["runs/deep/two", "runs/one"])
        #expect(rows.map { $0["state"] as? String } == ["finished", "finished"])
        #expect(rows.map { $0["epochs"] as? Int } == [2, 1])
        #expect(rows.map { $0["steps"] as? Int } == [4, 2])
        #expect(rows.allSatisfy { $0["architecture"] as? String == "cifar-resnet8-v2" })
        let table = try run("runs runs")
        #expect(table.output.split(separator: "\n").count == 3)
        #expect(table.output.contains("best top-1") && table.output.contains("2/2"))
    }

    @Test func ordersRunsByWhatIsAskedFor() throws {
        for (order, key) in [("top1", "bestTopOne"), ("speed", "imagesPerSecond")] {
            let values = try rows("runs runs --json --sort \(order)").compactMap { $0[key] as? Double }
            #expect(values.count == 2 && values == values.sorted(by: >))
        }
        for (order, key) in [("loss", "loss"), ("time", "seconds")] {
            let values = try rows("runs runs --json --sort \(order)").compactMap { $0[key] as? Double }
            #expect(values.count == 2 && values == values.sorted())
        }
    }

    @Test func aBrokenRunIsARowWithItsReason() throws {
        let files = FileManager.default
        for name in ["empty", "torn", "begun", "strange"] {
            try files.createDirectory(
                atPath: folder.file("runs/" + name), withIntermediateDirectories: true)
        }
        _ = try folder.write([], to: "runs/empty/metrics.jsonl")
        _ = try folder.write(Array("{\"dataPa".utf8), to: "runs/torn/plan.json")
        _ = try folder.write([], to: "runs/torn/metrics.jsonl")
        let plan = try folder.bytes("runs/one/plan.json")
        _ = try folder.write(plan, to: "runs/begun/plan.json")
        try files.createDirectory(
            atPath: folder.file("runs/begun/checkpoints"), withIntermediateDirectories: true)
        _ = try folder.write(plan, to: "runs/strange/plan.json")
        _ = try folder.write(Array("hello\n".utf8), to: "runs/strange/metrics.jsonl")
        let rows = try rows("runs runs --json")
        let faults = Dictionary(
            uniqueKeysWithValues: rows.map { ($0["path"] as? String ?? "", $0["fault"] as? String) })
        #expect(faults.count == 6 && faults["runs/one"] == .some(nil))
        #expect(faults["runs/empty"]??.contains("plan.json: cannot read the plan: it is missing") == true)
        #expect(faults["runs/torn"]??.contains("it is not the plan of a training") == true)
        #expect(faults["runs/begun"]??.contains("No such file") == true)
        #expect(faults["runs/strange"]??.contains("on line 1") == true)
        #expect(rows.suffix(4).allSatisfy { $0["state"] as? String == "broken" })
        let table = try run("runs runs")
        #expect(table.exitCode == 0)
        #expect(table.output.contains("runs/torn  broken: "))
    }

    @Test func aRunWithoutItsLastEpochsHasStopped() throws {
        var plan = String(decoding: try folder.bytes("runs/one/plan.json"), as: UTF8.self)
        plan = plan.replacing("\"epochCount\" : 1", with: "\"epochCount\" : 9")
        _ = try folder.write(Array(plan.utf8), to: "runs/one/plan.json")
        let row = try #require(try rows("runs runs/one --json").first)
        #expect(row["state"] as? String == "stopped" && row["plannedEpochs"] as? Int == 9)
    }

    @Test func aRunWhoseLockIsHeldIsRunning() throws {
        let descriptor = open(folder.file("runs/one/lock"), O_RDWR)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(try rows("runs runs/one --json").first?["state"] as? String == "running")
    }

    @Test func comparesTwoRuns() throws {
        let run = try run("runs --compare runs/one runs/deep/two")
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == ["run", "runs/one", "runs/deep/two"])
        #expect(lines.contains(["epochCount", "1", "2"]))
        #expect(lines.contains(["learningRate", "0.1", "0.05"]))
        #expect(lines.contains(["epochs", "1/1", "2/2"]))
        #expect(!run.output.contains("batchSize"))
    }

    @Test func aBrokenRunCannotBeCompared() throws {
        let run = try run("runs --compare runs/one none")
        #expect(run.exitCode == 1)
        #expect(run.output.contains("none  broken: none/plan.json: cannot read the plan: it is missing"))
    }

    @Test func drawsTheCurvesOfSeveralRuns() throws {
        let run = try run("runs runs --curves curves.svg")
        #expect(run.exitCode == 0, "\(run.errors)")
        let svg = String(decoding: try folder.bytes("curves.svg"), as: UTF8.self)
        #expect(svg.contains(">runs/one<") && svg.contains(">runs/deep/two<"))
        let png = try self.run("runs runs --curves curves.png")
        #expect(png.exitCode == 0, "\(png.errors)")
        #expect(try folder.bytes("curves.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test(arguments: [
        ("runs none", 1, "none"), ("runs", 64, "folder"), ("runs --compare runs/one", 64, "two runs"),
        ("runs runs --sort age", 64, "age"),
        ("runs runs --curves c.gif", 64, ".png"),
        ("runs runs --curves none/c.svg", 1, "none"),
    ])
    func saysWhatIsWrong(line: String, exitCode: Int32, words: String) throws {
        let run = try run(line)
        #expect(run.exitCode == exitCode)
        #expect(run.errors.contains(words), "\(run.errors)")
    }
}
