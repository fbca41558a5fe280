import Bytes
import CGDAL
import Files
import Foundation
import ModelFiles
import Pixels
import Rasters
import Records
import TestRasters
import TestSupport
import Testing

/// `cut`, from scenes with boxes to a scan by a model that learnt from its tiles.
@Suite struct CutCommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for (number, name) in ["a", "b", "c"].enumerated() {
            try writeScene("\(name).tif", seed: UInt64(number))
        }
        // One box is outside, one class is not asked for later, one object is hidden.
        let lines = [
            "file,x0,y0,x1,y1,label", "a.tif,40,40,60,60,car", "a.tif,150,90,190,130,car",
            "a.tif,900,90,940,130,car",
            "b.tif,100,60,124,84,car", "b.tif,20,120,50,150,boat", "c.tif,30,30,60,60,car",
        ]
        _ = try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "truth.csv")
    }

    /// Noise with red squares where the truth has cars.
    private func writeScene(_ name: String, seed: UInt64, metres: Double? = nil) throws {
        let squares =
            ["a.tif": [(40, 20), (150, 40)], "b.tif": [(100, 24)], "c.tif": [(30, 30)]][name] ?? []
        let tops = ["a.tif": [40, 90], "b.tif": [60], "c.tif": [30]][name] ?? []
        var random = SplitMix64(seed: seed)
        var samples: [Double] = []
        for y in 0..<200 {
            for x in 0..<240 {
                let isRed = zip(squares, tops).contains { square, top in
                    (square.0..<square.0 + square.1).contains(x) && (top..<top + square.1).contains(y)
                }
                for band in 0..<3 {
                    samples.append(
                        isRed ? (band == 0 ? 250 : 10) : Double(Int.random(in: 60...120, using: &random)))
                }
            }
        }
        var raster = TestRaster(width: 240, height: 200, bandCount: 3, samples: samples)
        if let metres {
            raster.transform = [500_000, metres, 0, 5_400_000, 0, -metres]
            raster.crs = "EPSG:32632"
        }
        try raster.write(to: folder.file(name))
    }

    private func run(_ line: String) throws -> ToolRun {
        try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
    }

    private func labels(_ pack: TilePack) -> [String: Int] {
        (0..<pack.count).reduce(into: [:]) { $0[pack.classNames[pack.label(of: $1)], default: 0] += 1 }
    }

    @Test func theWholeWay() throws {
        let cut = try run(
            "cut a.tif b.tif --truth truth.csv --output cars.tiles --classes car --copies 6 --size 16")
        #expect(cut.exitCode == 0, "\(cut.errors)")
        #expect(cut.output.contains("1 lies outside the scene: car at 900,90"), "\(cut.output)")
        #expect(cut.output.contains("1 is of other classes"), "\(cut.output)")
        let pack = try TilePack(opening: folder.file("cars.tiles"))
        #expect(pack.classNames == ["car", "background"] && pack.tileWidth == 16)
        #expect(labels(pack) == ["car": 18, "background": 18])
        #expect(pack.origin?.objects?.sizes == ["car": [20, 24, 40]])
        let table = try String(contentsOfFile: folder.file("cars.scenes.csv"), encoding: .utf8)
        #expect(table.hasPrefix("scene,part,objects,tiles:car,tiles:background,"), "\(table)")
        #expect(table.contains("\na.tif,train,2,12,"), "\(table)")

        let trained = try run(
            "train cars.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 12")
        #expect(
            trained.exitCode == 0 && trained.errors.contains("windows are not moved"), "\(trained.errors)")
        let model = try Model(reading: folder.file("run/model.safetensors"))
        #expect(model.background == "background" && model.reading?.stride == 8)
        #expect(model.reading?.labelRadius == 6 && model.reading?.canvases == .mixed)
        #expect(model.reading?.boxShare.map { (0.58...0.62).contains($0) } == true)
        #expect(model.pixels?.objects?.sizes == ["car": [20, 24, 40]] && model.pixels?.pixelSize == nil)
        // Objects of 20 to 40 pixels, which the tiles show with 9.6.
        let scan = try run("scan c.tif --model run/model.safetensors --output found --threshold 0.05")
        #expect(scan.exitCode == 0, "\(scan.errors)")
        #expect(
            scan.errors.contains("scaled to 8") && scan.errors.contains("pixels (from the model)"),
            "\(scan.errors)")
        let full = try run(
            "scan c.tif --model run/model.safetensors --output full --threshold 0.05 --scales 1")
        #expect(full.exitCode == 0 && !full.errors.contains("from the model"), "\(full.errors)")
        // What that scan found where there is no car, in a scene of which the cut is.
        let hard = try run(
            "cut c.tif a.tif --truth truth.csv --output hard.tiles --classes car --size 16 --negatives 0 --hard full"
        )
        #expect(hard.exitCode == 0, "\(hard.errors)")
        let detections = try String(contentsOfFile: folder.file("full/detections.jsonl"), encoding: .utf8)
        let harder = labels(try TilePack(opening: folder.file("hard.tiles")))
        #expect(detections.isEmpty || harder["background"] ?? 0 > 0, "\(harder)")
        let none = try run("cut b.tif --truth truth.csv --output none.tiles --hard full")
        #expect(
            none.exitCode == 1 && none.errors.contains("does not hold a scan of any of these scenes"),
            "\(none.errors)")
    }

    @Test func pixelSizesGoFromTheScenesIntoTheModelAndBack() throws {
        try writeScene("a.tif", seed: 0, metres: 0.5)
        try writeScene("b.tif", seed: 1, metres: 0.5)
        let cut = try run(
            "cut a.tif b.tif --truth truth.csv --output cars.tiles --classes car --size 16 --resolution 1")
        #expect(cut.exitCode == 0 && cut.output.contains("a side of 1 m"), "\(cut.errors)\(cut.output)")
        let origin = try #require(try TilePack(opening: folder.file("cars.tiles")).origin)
        #expect(origin.pixelSize == 1 && origin.objects?.scenePixelSize == 0.5)
        #expect(origin.objects?.sizesInTiles == [10, 20])
        let trained = try run(
            "train cars.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 12")
        #expect(trained.exitCode == 0, "\(trained.errors)")
        // Twice as coarse: it is seen as it is.
        try writeScene("coarse.tif", seed: 4, metres: 1)
        let coarse = try run("scan coarse.tif --model run/model.safetensors --output coarse --threshold 0.05")
        #expect(
            coarse.exitCode == 0 && coarse.errors.contains("at full size (from the model)"),
            "\(coarse.errors)")
        try writeScene("fine.tif", seed: 4, metres: 0.25)
        let fine = try run("scan fine.tif --model run/model.safetensors --output fine --threshold 0.05")
        #expect(fine.errors.contains("scaled to 60x50 pixels (from the model)"), "\(fine.errors)")
        // Where the scene says nothing, the training's scenes are taken as an example.
        let other = try run("scan c.tif --model run/model.safetensors --output other --threshold 0.05")
        #expect(other.errors.contains("scaled to 120x100 pixels (from the model)"), "\(other.errors)")
        #expect(other.errors.contains("set --scales if it differs"), "\(other.errors)")
        let unknown = try run("cut c.tif --truth truth.csv --output x.tiles --resolution 1")
        #expect(
            unknown.exitCode == 1 && unknown.errors.contains("does not state its pixel size"),
            "\(unknown.errors)")
    }

    @Test(arguments: [["--validation", "b.tif"], ["--validation-share", "0.3"]])
    func aSceneIsInOnePartOnly(words: [String]) throws {
        let cut = try ToolRun(
            [
                "cut", "a.tif", "b.tif", "c.tif", "--truth", "truth.csv", "--output", "p.tiles", "--classes",
                "car",
            ]
                + words, folder: folder.path)
        #expect(cut.exitCode == 0, "\(cut.errors)")
        let table = try String(contentsOfFile: folder.file("p.scenes.csv"), encoding: .utf8)
        let rows = table.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",").prefix(2).map(String.init)
        }
        #expect(rows.map { $0[0] } == ["a.tif", "b.tif", "c.tif"])
        #expect(rows.count { $0[1] == "validation" } == 1)
        if words[0] == "--validation" { #expect(rows[1][1] == "validation") }
        let (train, validation) = (
            try TilePack(opening: folder.file("p.tiles")),
            try TilePack(opening: folder.file("p-validation.tiles"))
        )
        #expect(train.classNames == validation.classNames && train.count >= validation.count)
    }

    @Test func oneSceneIsNotSplit() throws {
        let cut = try run("cut a.tif --truth truth.csv --output p.tiles --validation-share 0.5")
        #expect(cut.exitCode == 0 && cut.errors.contains("there is only one scene"), "\(cut.errors)")
        #expect(try !folder.names.contains("p-validation.tiles"))
    }

    @Test func aDamagedSceneIsARow() throws {
        _ = try folder.write(Array("no picture".utf8), to: "d.tif")
        let cut = try run(
            "cut a.tif d.tif c.tif --truth truth.csv --output p.tiles --classes car --canvas --size 16")
        #expect(cut.exitCode == 1 && cut.errors.contains("1 failed"), "\(cut.errors)")
        let table = try String(contentsOfFile: folder.file("p.scenes.csv"), encoding: .utf8)
        #expect(table.contains("\nd.tif,train,,,,"), "\(table)")
        #expect(try TilePack(opening: folder.file("p.tiles")).count > 100)
    }

    @Test func tilesWithoutValidPixelsAreNotTaken() throws {
        // The right half says nothing.
        var samples: [Double] = []
        for y in 0..<100 {
            for x in 0..<200 {
                for _ in 0..<3 { samples.append(x >= 100 ? 0 : Double((x * 7 + y * 13) % 200 + 1)) }
            }
        }
        var raster = TestRaster(width: 200, height: 100, bandCount: 3, samples: samples)
        raster.noData = 0
        try raster.write(to: folder.file("half.tif"))
        _ = try folder.write(Array("file,x0,y0,x1,y1,label\nhalf.tif,40,40,56,56,car\n".utf8), to: "half.csv")
        let cut = try run(
            "cut half.tif --truth half.csv --output p.tiles --size 16 --scale 1 --negatives 0.9 --copies 4")
        #expect(
            cut.exitCode == 0 && cut.output.contains("too few valid pixels"), "\(cut.errors)\(cut.output)")
        let pack = try TilePack(opening: folder.file("p.tiles"))
        #expect(labels(pack) == ["car": 4, "background": 36])
        for tile in 0..<pack.count {
            // Invalid pixels are grey.
            let grey = try pack.tile(tile).pixelsHWC.count { $0 == 128 }
            #expect(grey <= 3 * 16 * 8 + 3 * 20, "\(grey)")
        }
    }

    @Test func aModelIsTrainedFurtherByTilesLikeItsOwn() throws {
        try folder.writeSmallModel(to: "model.safetensors")
        let refused = try run("cut a.tif --truth truth.csv --output p.tiles --like model.safetensors")
        #expect(
            refused.exitCode == 1 && refused.errors.contains("no class for the background"),
            "\(refused.errors)")
        var model = try Model(reading: folder.file("model.safetensors"))
        model.background = "other"
        try model.write(to: .replacing(folder.file("known.safetensors")))
        let cut = try run("cut b.tif --truth truth.csv --output p.tiles --like known.safetensors")
        #expect(cut.exitCode == 0, "\(cut.errors)")
        let pack = try TilePack(opening: folder.file("p.tiles"))
        #expect(pack.classNames == ["boat", "car", "other"] && pack.tileWidth == 16)
        #expect(labels(pack) == ["boat": 8, "car": 8, "other": 16])
    }

    @Test(arguments: [
        ["--output", "x.rec"], ["--fill", "3"], ["--scale", "0.5", "--fill", "0.5"], ["--scale", "1,2"],
        ["--negatives", "1"], ["--stride", "4"], ["--validation-share", "1"], ["--zoom", "2", "--canvas"],
        ["--size", "16", "--like", "m"], ["--classes", "car,,boat"], ["--jitter", "13"],
        ["--truth-format", "x"],
    ]) func wrongWordsAreWrongUsage(words: [String]) throws {
        let output = words[0] == "--output" ? [] : ["--output", "x.tiles"]
        let run = try ToolRun(["cut", "a.tif", "--truth", "truth.csv"] + output + words, folder: folder.path)
        #expect(run.exitCode == 64, "\(run.errors)")
    }

    @Test func aSceneThatTheTruthDoesNotNameIsSaid() throws {
        try FileManager.default.copyItem(atPath: folder.file("a.tif"), toPath: folder.file("other.tif"))
        let cut = try run("cut other.tif --truth truth.csv --output x.tiles")
        #expect(cut.exitCode == 1 && cut.errors.contains("a.tif"), "\(cut.errors)")
        #expect(try !folder.names.contains("x.tiles"))
    }

    @Test func classesThatNobodyDrewAreNamed() throws {
        let cut = try run("cut a.tif b.tif --truth truth.csv --output x.tiles --classes car,plane")
        #expect(
            cut.exitCode == 1 && cut.errors.contains("plane") && cut.errors.contains("boat"), "\(cut.errors)")
    }
}
