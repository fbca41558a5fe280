import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// `report` of a run, of a scan, and of both.
@Suite struct ReportTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func page(_ options: String) throws -> String {
        let run = try ToolRun(
            ["report", "--output", "page.html", "--overwrite"]
                + options.split(separator: " ").map { String($0) },
            folder: folder.path)
        try #require(run.exitCode == 0, "\(options): \(run.errors)")
        return try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    }

    @Test func showsARunAScanOrBothOfOneModel() throws {
        let small = "--architecture cifar-resnet8-v2 --epochs 1 --batch-size 10 --workers 1"
        try folder.runTool(
            "sample drawn.tiles --per-class 2",
            "sample scene.png --guide",
            "train drawn.tiles --output run \(small)",
            "train drawn.tiles --output other --seed 7 \(small)",
            "scan scene.png --model run/model.safetensors --stride 64 --output found --workers 1")
        let run = try page("--run run")
        #expect(run.contains("How run was trained") && run.contains("How the network learnt"))
        #expect(!run.contains("What is in") && !run.contains("Task of the scan"))
        let scan = try page("--scan found --scene scene.png")
        #expect(scan.contains("What is in scene.png") && scan.contains("data:image/"))
        #expect(!scan.contains("An earlier command has scored the windows."))
        #expect(!scan.contains("How the network learnt") && !scan.contains("Plan of the training"))
        let both = try page("--run run --scan found")
        #expect(both.contains("What is in scene.png") && both.contains("How the network learnt"))
        try folder.runTool("merge found --threshold 0.6")
        #expect(try page("--scan found").contains("An earlier command has scored the windows."))
        let mixed = try ToolRun(
            ["report", "--run", "other", "--scan", "found", "--output", "mixed.html"], folder: folder.path)
        #expect(mixed.exitCode == 1 && mixed.errors.contains("made by another model"), "\(mixed.errors)")
        #expect(try !folder.names.contains("mixed.html"))
    }

    @Test func objectsBesideTheScannedAreaAreNoMisses() throws {
        let lines = [(8, 8), (60, 60), (300, 400)].map { x, y in
            #"{"box":[\#(x),\#(y),\#(x + 32),\#(y + 32)],"class":"car"}"#
        }
        _ = try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "truth.jsonl")
        // Below its threshold it finds nothing, so that all objects in the area are misses.
        try folder.runTool(
            "sample drawn.tiles --per-class 2",
            "sample scene.png --guide",
            "train drawn.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 10 --workers 1",
            "scan scene.png --model run/model.safetensors --labels car --threshold 1 --stride 32 --region 0,0,128,128 "
                + "--output found --workers 1")
        let page = try page("--scan found --scene scene.png --truth truth.jsonl")
        #expect(
            page.contains("2 misses"),
            "\(page.components(separatedBy: "class=\"keys\"").last?.prefix(900) ?? "")")
        #expect(!page.contains("3 misses"))
    }

    @Test func showsARunOnRecordsThatHaveMoved() throws {
        for (index, name) in ["γάτα", "汽车"].enumerated() {
            try FileManager.default.createDirectory(
                atPath: folder.file("images/\(name)"), withIntermediateDirectories: true)
            for number in 0..<4 {
                var image = Image(width: 40, height: 32)
                image.fill(image.bounds, color: RGB(UInt8(200 * index), UInt8(60 * number), 90))
                try image.writePNG(to: .replacing(folder.file("images/\(name)/\(number).png")))
            }
        }
        try folder.runTool(
            "pack images --output images.rec",
            "train images.rec --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 4 --workers 1"
        )
        // With its list of classes, or the classes would have numbers.
        for name in try folder.names where name.hasPrefix("images.") {
            let moved = name.replacing("images.", with: "moved.")
            try FileManager.default.moveItem(atPath: folder.file(name), toPath: folder.file(moved))
        }
        #expect(try page("--run run").contains("How the network learnt"))
        let shown = try page("--run run --pack moved.rec")
        #expect(shown.contains("4 samples of γάτα") && shown.contains("4 samples of 汽车"))
    }

    @Test(arguments: [[], ["--run", "run", "--scene", "x.png"], ["--scan", "found", "--pack", "x.tiles"]])
    func whatDoesNotBelongTogetherIsWrongUsage(options: [String]) throws {
        #expect(try ToolRun(["report"] + options, folder: folder.path).exitCode == 64)
    }
}
