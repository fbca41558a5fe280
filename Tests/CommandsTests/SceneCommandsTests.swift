import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

@Suite struct SceneCommandsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Self.beginning.get()) }

    private static let beginning = Result { try TemporaryFolder.lasting(makeInputs) }

    /// A pack of 20 drawn tiles and a guide of 12 x 9 pixels.
    private static func makeInputs(in folder: TemporaryFolder) throws {
        let run = try ToolRun(["sample", "drawn.tiles", "--per-class", "2"], folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("20 tiles"))
        let guide = Image(width: 12, height: 9, pixelsHWC: (0..<12 * 9 * 3).map { UInt8($0 % 256) })
        try guide.writePNG(to: .replacing(folder.path + "/guide.png"))
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    /// A list of files is a scene for others, and no picture to imitate.
    @Test func aGuideIsAPicture() throws {
        let source = "<SimpleSource><SourceFilename>guide.png</SourceFilename></SimpleSource>"
        let bands = (1...3).map {
            "<VRTRasterBand dataType=\"Byte\" band=\"\($0)\">\(source)</VRTRasterBand>"
        }
        let list = "<VRTDataset rasterXSize=\"12\" rasterYSize=\"9\">\(bands.joined())</VRTDataset>"
        _ = try folder.write(Array(list.utf8), to: "guide.vrt")
        let run = try run("mosaic guide.vrt --tiles drawn.tiles --output scene.tif")
        #expect(
            run.exitCode == 1 && run.errors.contains("guide.vrt: cannot open as an image"), "\(run.errors)")
        #expect(try folder.names == ["drawn.tiles", "guide.png", "guide.vrt"])
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
            "mosaic guide.png --tiles drawn.tiles --output scene.tif --truth truth.jsonl --mode \(mode) --overwrite"
        )
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("384x288"))
        #expect(try folder.names == ["drawn.tiles", "guide.png", "scene.tif", "truth.jsonl"])
        let scene = try Raster(opening: folder.path + "/scene.tif")
        #expect((scene.width, scene.height) == (384, 288))
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs a small file system"))
    func aFullDiskKeepsASceneWithItsTruth() throws {
        func make(_ tilesAcross: Int, in folder: TemporaryFolder) throws -> ToolRun {
            try run(
                "mosaic guide.png --tiles drawn.tiles --output \(folder.file("scene.tif")) --truth "
                    + "\(folder.file("truth.jsonl")) --tiles-across \(tilesAcross) --overwrite")
        }
        func pageCount(of name: String, in folder: TemporaryFolder) throws -> Int {
            (try folder.bytes(name).count + 4095) / 4096
        }
        let large = try TemporaryFolder()
        let small = try TemporaryFolder()
        for (count, folder) in [(12, large), (2, small)] {
            try #require(try make(count, in: folder).exitCode == 0)
        }
        let names = ["scene.tif", "truth.jsonl"]
        // Room for both older files and the new scene, and not for all of the new truth.
        let olderCount = try names.reduce(0) { $0 + (try pageCount(of: $1, in: small)) }
        let newCount = try pageCount(of: "scene.tif", in: large)
        try #require(try pageCount(of: "truth.jsonl", in: large) > 1)
        let disk = try SmallDisk(kilobytes: 4 * (olderCount + newCount + 1))
        try #require(try make(2, in: disk.folder).exitCode == 0)
        let older = try names.map { try disk.folder.bytes($0) }
        let full = try make(12, in: disk.folder)
        #expect(full.exitCode == 1 && full.errors.contains("No space"), "\(full.errors)")
        #expect(try names.map { try disk.folder.bytes($0) } == older)
    }

    @Test(arguments: [
        ("scatter none.tiles out.tiles", "none.tiles"),
        ("scatter guide.png out.tiles", "guide.png"),
        ("scatter drawn.tiles out.tiles --group car=auto", "there is no class auto"),
        ("scatter drawn.tiles out.tiles --group a=car --group b=car", "already in the group a"),
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
        ("mosaic guide.png --tiles drawn.tiles --output out.tif --truth ./out.tif", "is also the output"),
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
        "sample out.tiles --per-class 0", "sample out.tiles --seed -1",
    ])
    func refusesWrongUsage(line: String) throws {
        let run = try run(line)
        #expect(run.exitCode == 64, "\(run.errors)")
        #expect(try folder.names == ["drawn.tiles", "guide.png"])
    }
}
