import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct WholeWayTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Tiles, training, scene, scan and report, all as small as they can be.
    @Test func aReportShowsATrainingAndAScanWithoutLoadingAnything() throws {
        let guide = Image(width: 6, height: 5, pixelsHWC: (0..<6 * 5 * 3).map { UInt8($0 * 2) })
        try guide.writePNG(to: .replacing(folder.path + "/guide.png"))
        try run("sample drawn.tiles --per-class 8")
        try run("scatter drawn.tiles train.tiles --group car=car --group other=* --windows 60")
        try run("train train.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 16")
        try run("mosaic guide.png --tiles drawn.tiles --output scene.tif --truth truth.jsonl --group car=car")
        try run(
            "scan scene.tif --model run/model.safetensors --labels car --threshold 0.1 --truth truth.jsonl "
                + "--output found --full-size")
        try Data("tilescope <all> & more\n".utf8).write(to: URL(filePath: folder.path + "/commands.sh"))
        try run(
            "report --run run --scan found --scene scene.tif --pack train.tiles --commands commands.sh "
                + "--output report.html")

        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains("tilescope &lt;all&gt; &amp; more"))
        #expect(page.contains("<svg") && page.contains("precision@0.3"))
        #expect(page.components(separatedBy: "data:image/").count == 1 + 2 + 2)
        let references = page.matches(of: /(?:src|href)="([^"]*)"|url\(([^)]*)\)/)
        #expect(references.count == 4)
        #expect(references.allSatisfy { $0.output.1?.hasPrefix("data:image/") == true })
        #expect(!page.contains("<script") && !page.contains("<link"))
    }

    @Test func aReportOfAMissingScanNamesTheFile() throws {
        let report = try ToolRun(["report", "--run", "none", "--scan", "none"], folder: folder.path)
        #expect(report.exitCode == 1)
        #expect(report.errors.contains("none/plan.json"))
    }

    @Test func theDemoKeepsCommandsThatTheToolUnderstands() throws {
        let demo = try ToolRun(["demo", "--data", "my cifar", "--output", "d"], folder: folder.path)
        #expect(demo.exitCode == 1)
        #expect(demo.errors.contains("my cifar"))
        let script = try String(contentsOfFile: folder.path + "/d/commands.sh", encoding: .utf8)
        let lines = script.split(separator: "\n").filter { $0.hasPrefix("tilescope ") }
        let verbs = lines.map { $0.split(separator: " ")[1] }
        #expect(verbs == ["sample", "import", "scatter", "train", "mosaic", "scan", "report"])
        #expect(lines[0] == "tilescope sample d/guide.png --guide --overwrite")
        #expect(lines[1].hasPrefix("tilescope import cifar10 'my cifar' "))
        for line in lines.dropFirst(2) {
            let words = line.split(separator: " ").dropFirst().map { String($0.replacing("'", with: "")) }
            let run = try ToolRun(words, folder: folder.path)
            #expect(run.exitCode == 1, "\(line): \(run.errors)")
        }
    }

    /// From another folder, and with a name that a shell would split; the program stands for tilescope.
    @Test func theDemosScriptRunsFromEverywhere() throws {
        let work = folder.path + "/it's here"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        // With an environment of its own, so that the program itself is started and no fork of a server.
        let demo = try ToolRun(
            ["demo", "--data", "none", "--output", "d"], folder: work, environment: ["LANG": "C"])
        #expect(demo.exitCode == 1)
        func output(_ environment: [String: String]) throws -> [Substring] {
            let (shell, pipe) = (Process(), Pipe())
            shell.executableURL = URL(filePath: "/bin/sh")
            shell.arguments = [work + "/d/commands.sh"]
            shell.currentDirectoryURL = URL(filePath: "/")
            shell.environment = environment
            (shell.standardOutput, shell.standardError) = (pipe, pipe)
            try shell.run()
            let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            shell.waitForEnd()
            return text.split(separator: "\n")
        }
        let echoed = try output(["TILESCOPE": "/bin/echo"])
        #expect(echoed.count == 7)
        #expect(echoed.first == "sample d/guide.png --guide --overwrite")
        // By itself it takes the program that wrote it, and ends at the second command: there is no folder named none.
        let lines = try output(["LANG": "C"])
        #expect(lines.contains { $0.contains("none") }, "\(lines)")
    }

    @Test func theDemoReplacesNothingUnasked() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/d", withIntermediateDirectories: true)
        try run("sample d/guide.png --guide")
        let before = try Data(contentsOf: URL(filePath: folder.path + "/d/guide.png"))
        let demo = try ToolRun(["demo", "--data", "none", "--output", "d"], folder: folder.path)
        #expect(demo.exitCode == 1)
        #expect(demo.errors.contains("d: cannot") && demo.errors.contains("--overwrite"), "\(demo.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/d") == ["guide.png"])
        let again = try ToolRun(
            ["demo", "--data", "none", "--output", "d", "--overwrite"], folder: folder.path)
        #expect(again.exitCode == 1 && again.errors.contains("none"))
        #expect(try Data(contentsOf: URL(filePath: folder.path + "/d/guide.png")) == before)
    }

    @Test(arguments: ["{", #"{"complete": "perhaps"}"#]) func aDamagedPlanIsNamed(text: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/run", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: folder.path + "/run/plan.json"))
        let report = try ToolRun(["report", "--run", "run", "--scan", "none"], folder: folder.path)
        #expect(report.exitCode == 1)
        #expect(report.errors.contains("run/plan.json: cannot read"), "\(report.errors)")
        #expect(!report.errors.contains("DecodingError"), "\(report.errors)")
    }

    @Test func aDemoOfNoTimeIsWrongUsage() throws {
        let demo = try ToolRun(["demo", "--minutes", "0"], folder: folder.path)
        #expect(demo.exitCode == 64)
        #expect(demo.errors.contains("--minutes"))
    }

    private func run(_ line: String) throws {
        let run = try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
        try #require(run.exitCode == 0, "\(line): \(run.errors)")
    }
}
