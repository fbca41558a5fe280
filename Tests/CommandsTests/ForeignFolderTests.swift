import Foundation
import TestSupport
import Testing

/// `report` and `runs` on folders that come from somebody else.
@Suite struct ForeignFolderTests {
    let folder: TemporaryFolder

    /// A short training and a scan of a small scene, in `theirs`; the pack and the scene lie beside it.
    init() throws {
        folder = try TemporaryFolder()
        for line in [
            "sample drawn.tiles --per-class 2",
            "sample scene.png --guide",
            "train drawn.tiles --output theirs/run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 10 --workers 1",
            "scan scene.png --model theirs/run/model.safetensors --stride 64 --output theirs/scan --workers 1",
        ] {
            let run = try run(line)
            try #require(run.exitCode == 0, "\(run.errors)")
        }
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func replace(_ old: String, with new: String, in name: String) throws {
        let path = folder.file(name)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old), "\(text)")
        try text.replacing(old, with: new).write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func page(_ options: String = "") throws -> (text: String, errors: String) {
        let run = try run("report --run theirs/run --scan theirs/scan --output page.html " + options)
        #expect(run.exitCode == 0, "\(run.errors)")
        return (try String(contentsOfFile: folder.file("page.html"), encoding: .utf8), run.errors)
    }

    @Test func showsTheSceneAndThePackThatAreNamed() throws {
        let (text, errors) = try page("--scene scene.png --pack drawn.tiles")
        #expect(text.contains("data:image/jpeg") && text.contains("data:image/png"))
        #expect(text.contains("samples that it learnt from"))
        #expect(!errors.contains("--scene") && !errors.contains("--pack"))
    }

    @Test func theTruthTellsHitsFromFalseAlarmsAndShowsMisses() throws {
        let truth = #"{"box":[0,0,32,32],"class":"car","visibleFraction":1}"#
        _ = try folder.write(Array(truth.utf8), to: "truth.jsonl")
        #expect(try run("merge theirs/scan --threshold 0.05 --truth truth.jsonl").exitCode == 0)
        let plain = try page("--scene scene.png")
        // How often what was found is what the scan has counted, without the truth, too.
        #expect(plain.text.contains(/car: [01] hits?, [0-9,]+ false alarms?, [01] miss/))
        #expect(plain.errors.contains("name the truth with --truth"))
        #expect(plain.text.contains("class=\"mark\"") && !plain.text.contains("have a cross"))
        let judged = try page("--scene scene.png --truth truth.jsonl --overwrite")
        #expect(!judged.errors.contains("--truth"))
        #expect(judged.text.contains("have a cross"))
        #expect(judged.text.contains(#/alt="The scene with boxes\. [^"]*car: [0-9,]+, [01] hits?/#))
        let other = try run(
            "report --run theirs/run --scan theirs/scan --truth truth.jsonl --output truth.jsonl --overwrite")
        #expect(other.exitCode == 1 && other.errors.contains("truth.jsonl"))
    }

    /// A pack and a scene that are there, a server, a file that names others.
    @Test(
        arguments: [nil, "http://127.0.0.1:9/x.tif", "/vsicurl/http://127.0.0.1:9/x.tif", "scene.vrt"]
            as [String?])
    func opensNothingThatTheFoldersName(place: String?) throws {
        if let place {
            let scene = folder.file("scene.png")
            try replace(scene, with: place, in: "theirs/scan/run.json")
            try replace(folder.file("drawn.tiles"), with: place, in: "theirs/run/plan.json")
        }
        let (text, errors) = try page()
        #expect(!text.contains("data:image"))
        for option in ["--scene", "--pack"] { #expect(text.contains(option) && errors.contains(option)) }
        #expect(try run("runs theirs").exitCode == 0)
    }

    @Test func boxesAreShownOnNoOtherScene() throws {
        // The same size and other bytes; another size.
        _ = try folder.write(folder.bytes("scene.png") + [0], to: "changed.png")
        try #require(
            try run("mosaic scene.png --tiles drawn.tiles --output other.tif --tiles-across 4").exitCode == 0)
        for name in ["changed.png", "other.tif"] {
            let run = try run("report --run theirs/run --scan theirs/scan --scene \(name) --output page.html")
            #expect(run.exitCode == 1)
            #expect(run.errors.contains("\(name): cannot show it with the scan: it is another scene"))
            #expect(try !folder.names.contains("page.html"))
        }
    }

    @Test func aSceneThatNamesOtherFilesIsRefusedByName() throws {
        let text = """
            <VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
            <SourceFilename>\(folder.file("scene.png"))</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
            </VRTRasterBand></VRTDataset>
            """
        _ = try folder.write(Array(text.utf8), to: "scene.vrt")
        let run = try run("report --run theirs/run --scan theirs/scan --scene scene.vrt --output page.html")
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("scene.vrt"))
    }

    @Test(arguments: ["theirs/run/metrics.jsonl", "theirs/run/plan.json", "theirs/scan/summary.json"])
    func aLinkThatLeadsOutOfTheFolderIsNotRead(name: String) throws {
        let (link, elsewhere) = (folder.file(name), folder.file("secret"))
        try FileManager.default.moveItem(atPath: link, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: elsewhere)
        let report = try run("report --run theirs/run --scan theirs/scan --output page.html")
        #expect(report.exitCode == 1)
        #expect(report.errors.contains("a link that leads out of the folder"))
        guard name.hasPrefix("theirs/run") else { return }
        let runs = try run("runs theirs")
        #expect(runs.output.contains("broken") && runs.output.contains("a link that leads out of the folder"))
    }

    @Test func aLinkInsideTheFolderIsRead() throws {
        let path = folder.file("theirs/run/metrics.jsonl")
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("theirs/run/m"))
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "m")
        #expect(try page().text.contains("</html>"))
    }

    /// Numbers that are no `Int`, boxes whose sides cannot be subtracted, a table without columns.
    @Test func absurdNumbersAreShownOrLeftOut() throws {
        try replace(
            "\"scanSeconds\" : ", with: "\"scanSeconds\" : 1e-320, \"old\" : ", in: "theirs/scan/run.json")
        let metrics =
            #"{"step":9223372036854775807,"epoch":9223372036854775807,"loss":1e38,"correctFraction":1,"imagesPerSecond":1e300,"learningRate":1e38,"topFiveFraction":0}"#
            + "\n"
        _ = try folder.write(Array(metrics.utf8), to: "theirs/run/metrics.jsonl")
        _ = try folder.write(
            Array(
                #"{"scenePath":"","truthPath":"","rules":{"iouThresholds":[],"minimumVisibleFractions":[],"scoreThreshold":0.5},"lowestScore":0,"metrics":[]}"#
                    .utf8), to: "theirs/scan/metrics.json")
        #expect(try page().text.contains("</html>"))
        let runs = try run("runs theirs --curves curves.svg")
        #expect(runs.exitCode == 0, "\(runs.errors)")
        let box = "-9223372036854775808,0,9223372036854775807,5"
        _ = try folder.write(
            Array(#"{"box":[\#(box)],"class":"car","label":0,"score":0.5}"#.utf8),
            to: "theirs/scan/detections.jsonl")
        let report = try run(
            "report --run theirs/run --scan theirs/scan --scene scene.png --output page.html --overwrite")
        #expect(report.exitCode == 1 && report.errors.contains("line 1"), "\(report.errors)")
    }
}
