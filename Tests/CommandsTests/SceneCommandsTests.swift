import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct SceneCommandsTests {
    let folder: TemporaryFolder

    /// A pack of 20 drawn tiles and a guide of 12 x 9 pixels.
    init() throws {
        folder = try TemporaryFolder()
        let run = try ToolRun(["sample", "drawn.tiles", "--per-class", "2"], folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("20 tiles"))
        let guide = Image(width: 12, height: 9, pixelsHWC: (0..<12 * 9 * 3).map { UInt8($0 % 256) })
        try guide.writePNG(to: folder.path + "/guide.png")
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    @Test func scattersByGroups() throws {
        let run = try run(
            "scatter drawn.tiles windows.tiles --group car=car --group boat=boat --group other=* --windows 300"
        )
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("car: 100 windows") && run.output.contains("other: 100 windows"))
        #expect(try folder.names == ["drawn.tiles", "guide.png", "windows.tiles"])
    }

    @Test(arguments: ["grid", "collage"]) func makesAMosaicOverAnOlderOne(mode: String) throws {
        try Data("old".utf8).write(to: URL(filePath: folder.path + "/scene.tif"))
        let run = try run(
            "mosaic guide.png --tiles drawn.tiles --output scene.tif --truth truth.jsonl --mode \(mode)")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("384x288"))
        #expect(try folder.names == ["drawn.tiles", "guide.png", "scene.tif", "truth.jsonl"])
        let scene = try Raster(opening: folder.path + "/scene.tif")
        #expect((scene.width, scene.height) == (384, 288))
    }

    @Test(arguments: [
        ("scatter none.tiles out.tiles", "none.tiles"),
        ("scatter guide.png out.tiles", "guide.png"),
        ("scatter drawn.tiles out.tiles --group car=auto", "there is no class auto"),
        ("scatter drawn.tiles out.tiles --group a=car --group b=car", "in the group a already"),
        ("scatter drawn.tiles none/out.tiles --windows 10", "none/out.tiles"),
        ("scatter drawn.tiles out.tiles --stride 1000 --windows 300000", "--windows, --stride"),
        ("scatter drawn.tiles out.tiles --stride 10000 --windows 1000000000", "more than 16 GB"),
        ("mosaic none.png --tiles drawn.tiles --output out.tif", "none.png"),
        ("mosaic drawn.tiles --tiles drawn.tiles --output out.tif", "drawn.tiles"),
        ("mosaic guide.png --tiles none.tiles --output out.tif", "none.tiles"),
        ("mosaic guide.png --tiles drawn.tiles --output none/out.tif", "none/out.tif"),
        ("mosaic guide.png --tiles drawn.tiles --output out.tif --truth none/t.jsonl", "none/t.jsonl"),
        ("mosaic guide.png --tiles drawn.tiles --output out.tif --tiles-across 13", "between 1 and 12"),
        ("mosaic guide.png --tiles drawn.tiles --output out.tif --tile-spacing 33", "between 1 and 32"),
        ("mosaic guide.png --tiles drawn.tiles --output out.tif --max-repeats 5", "at least 6 repeats"),
        ("mosaic guide.png --tiles drawn.tiles --output out.tif --group car=auto", "there is no class auto"),
        ("sample none/out.tiles --per-class 1", "none/out.tiles"),
    ])
    func saysWhatIsWrongAndLeavesNothing(line: String, words: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(try folder.names == ["drawn.tiles", "guide.png"])
    }

    @Test(arguments: [
        "scatter drawn.tiles out.tiles --stride 0", "scatter drawn.tiles out.tiles --windows 0",
        "scatter drawn.tiles", "mosaic guide.png --tiles drawn.tiles --output out.png",
        "mosaic guide.png --tiles drawn.tiles --output out.tif --mode pile",
        "mosaic guide.png --tiles drawn.tiles --output out.tif --tiles-across 0",
        "mosaic guide.png --tiles drawn.tiles --output out.tif --repeat-distance 51",
        "mosaic guide.png --tiles drawn.tiles --output out.tif --truth ./out.tif",
        "sample out.tiles --per-class 0", "sample out.tiles --seed -1",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(try folder.names == ["drawn.tiles", "guide.png"])
    }
}
