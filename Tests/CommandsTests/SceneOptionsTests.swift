import Bytes
import CGDAL
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// What `scan` makes of scenes that are not plain pictures, with a model that knows colours.
@Suite struct SceneOptionsTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Self.colourModel.write(to: .replacing(folder.file("model.safetensors")))
    }

    /// A network whose logits are a known function of a window's mean red, green and blue: the first channels pass through, all
    /// other convolutions are zero.
    private static let colourModel: Model = {
        let architecture = Architecture(
            family: .cifarV1A, depth: 8, classCount: 5, inputSize: 16,
            preprocessing: Preprocessing(mean: [0, 0, 0], deviation: [255, 255, 255]))
        guard let network = try? Network(architecture) else { preconditionFailure("there is such a network") }
        var weights: Weights = [:]
        for parameter in network.parameters {
            let isOne = parameter.name.hasSuffix("running_var") || parameter.name == "bn1.weight"
            weights[parameter.name] = Tensor(shape: parameter.shape, repeating: isOne ? 1 : 0)
        }
        // [16, 3, 3, 3]: the middle of each kernel passes a colour on.
        for colour in 0..<3 { weights["conv1.weight"]?.values[(colour * 3 + colour) * 9 + 4] = 1 }
        // Shortcuts without parameters put zero channels on both sides of the colours.
        let first = 8 + 16
        let sharpness: Float = 40
        func set(_ label: Int, _ colour: Int, _ value: Float) {
            weights["fc.weight"]?.values[label * 64 + first + colour] = value * sharpness
        }
        for colour in 0..<3 {
            for other in 0..<3 { set(1 + colour, other, other == colour ? 1 : -0.5) }
            set(4, colour, 1)
        }
        weights["fc.bias"]?.values = [0.2 * sharpness, 0, 0, 0, -2 * sharpness]
        return Model(
            architecture: architecture, classes: ["dark", "red", "green", "blue", "white"],
            background: "dark",
            weights: weights)
    }()

    private func scan(_ scene: String, _ options: String..., output: String = "found") throws -> ToolRun {
        try ToolRun(
            ["scan", scene, "--model", "model.safetensors", "--output", output, "--threshold", "0.5"]
                + options,
            folder: folder.path)
    }

    private func summary(_ output: String = "found") throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder.file(output + "/summary.json")))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func counts(_ output: String = "found") throws -> [String: Int] {
        let counts = try #require(try summary(output)["counts"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: counts.compactMap { count in
                guard let name = count["className"] as? String, let number = count["detectionCount"] as? Int
                else { return nil }
                return number > 0 ? (name, number) : nil
            })
    }

    /// Writes samples by GDAL.
    ///
    /// - Parameter sample: of a pixel in a band, counted from 0.
    private func write(
        _ name: String, _ width: Int, _ height: Int, bands: Int, type: GDALDataType = GDT_Byte,
        options: [String] = [], noData: Double? = nil, transform: [Double] = [],
        sample: (_ x: Int, _ y: Int, _ band: Int) -> Double
    ) throws {
        var samples: [Double] = []
        for y in 0..<height {
            for x in 0..<width { samples += (0..<bands).map { sample(x, y, $0) } }
        }
        try TestRaster(
            width: width, height: height, type: type, bandCount: bands, samples: samples, options: options,
            transform: transform, crs: transform.isEmpty ? "" : "EPSG:32633", noData: noData
        ).write(to: folder.file(name))
    }

    @Test func aSceneOf16BitsSaysWhichOptionItNeedsAndIsFoundWithIt() throws {
        // A red square on black, in samples from 0 to 3000.
        try write("deep.tif", 96, 96, bands: 3, type: GDT_UInt16) { x, y, band in
            band == 0 && (32..<64).contains(x) && (32..<64).contains(y) ? 3000 : 0
        }
        let plain = try scan("deep.tif", output: "plain")
        #expect(plain.exitCode == 0 && plain.errors.contains("--range"), "\(plain.errors)")
        #expect(try counts("plain").isEmpty)
        let run = try scan("deep.tif", "--range", "0,3000")
        #expect(run.exitCode == 0 && !run.errors.contains("nearly black"), "\(run.errors)")
        #expect(try counts() == ["red": 4])
        // It is another task.
        let other = try scan("deep.tif", "--range", "0,4000")
        #expect(
            other.exitCode == 1 && other.errors.contains("the view of the scene differs"), "\(other.errors)")
        #expect(try scan("deep.tif", "--range", "0.1%", output: "percent").exitCode == 0)
    }

    @Test func bandsMakeTheColours() throws {
        try write("bands.tif", 32, 32, bands: 4) { _, _, band in band == 3 ? 255 : 0 }
        #expect(try scan("bands.tif", "--bands", "4,1,2").exitCode == 0)
        #expect(try counts().keys.sorted() == ["red"])
        #expect(try scan("bands.tif", "--bands", "4,1", output: "x").exitCode == 64)
        let run = try scan("bands.tif", "--bands", "7,1,2", output: "x")
        #expect(run.exitCode == 1 && run.errors.contains("it has 4 bands"), "\(run.errors)")
    }

    @Test func whereNothingIsNothingIsScored() throws {
        // White counts as nothing, and so does what is transparent.
        try write("nodata.tif", 64, 64, bands: 3, noData: 255) { x, _, _ in x < 32 ? 255 : 10 }
        let run = try scan("nodata.tif", "--labels", "white,green")
        #expect(run.exitCode == 0 && run.output.contains("with too few valid pixels"), "\(run.output)")
        #expect(try counts().isEmpty)
        let skipped = try #require(try summary()["skipped"] as? [String: Int])
        // Two of four columns of windows.
        #expect(skipped == ["outside": 0, "empty": 8, "plain": 0])
        #expect(try summary()["scoredWindowCount"] as? Int == 8)
        #expect(try scan("nodata.tif", "--min-valid", "1", output: "all").exitCode == 0)
        let every = try scan("nodata.tif", "--keep-empty", output: "every")
        #expect(every.exitCode == 0, "\(every.errors)")
        #expect(try summary("every")["scoredWindowCount"] as? Int == 16)
    }

    @Test func plainWindowsAreSkippedWhereThatIsWanted() throws {
        try write("sky.tif", 64, 32, bands: 3) { x, y, band in
            x < 32 ? 200 : Double((x * 7 + y * 13 + band) % 256)
        }
        let run = try scan("sky.tif", "--skip-plain")
        #expect(run.exitCode == 0 && run.errors.contains("varies by less than 4"), "\(run.errors)")
        #expect((try summary()["skipped"] as? [String: Int])?["plain"] == 4)
    }

    @Test func aRegionChoosesWindowsByTheirCentresAndLeavesTheGrid() throws {
        try write("blue.tif", 100, 100, bands: 3) { _, _, band in band == 2 ? 255 : 0 }
        #expect(try scan("blue.tif", "--region", "20,20,60,60", "--iou", "0").exitCode == 0)
        // Centres at 8, 24, 40, 56, 72, 88 and 92.
        #expect(try summary()["scoredWindowCount"] as? Int == 9)
        #expect(try counts() == ["blue": 9])
        let area = #"{"type":"Polygon","coordinates":[[[20,20],[60,20],[60,60],[20,60],[20,20]]]}"#
        try Data(area.utf8).write(to: URL(filePath: folder.file("area.geojson")))
        #expect(try scan("blue.tif", "--area", "area.geojson", output: "area").exitCode == 0)
        #expect(try summary("area")["scoredWindowCount"] as? Int == 9)
        let map = try scan("blue.tif", "--map-region", "1,2,3,4", output: "map")
        #expect(map.exitCode == 1 && map.errors.contains("--region in pixels"), "\(map.errors)")
        let none = try scan("blue.tif", "--region", "500,500,600,600", output: "none")
        #expect(none.exitCode == 1 && none.errors.contains("no window has its centre"), "\(none.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
        let text = try scan("blue.tif", "--area", "model.safetensors", output: "map")
        #expect(text.exitCode == 1 && text.errors.contains("model.safetensors"), "\(text.errors)")
    }

    @Test func aSystemByHandPutsASceneOnEarth() throws {
        let world = TestRaster(
            width: 64, height: 64, bandCount: 3, samples: (0..<64 * 64).flatMap { _ in [0.0, 0, 255] },
            transform: [500_000, 0.5, 0, 5_000_000, 0, -0.5])
        try world.write(to: folder.file("world.tif"))
        #expect(try scan("world.tif").exitCode == 0)
        #expect(FileManager.default.fileExists(atPath: folder.file("found/pixels.geojson")))
        let named = try scan(
            "world.tif", "--crs", "EPSG:32633", "--cog", "--heat-map", "--format", "csv,coco,gpkg")
        #expect(named.exitCode == 0 && !named.errors.contains("in scene pixels"), "\(named.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("found/pixels.geojson")))
        let text = try String(contentsOfFile: folder.file("found/detections.geojson"), encoding: .utf8)
        #expect(text.contains("[15") && text.contains("45.15"), "\(text.prefix(400))")
        let forms = try #require(try summary()["forms"] as? [String: String])
        // Formats of pixels have no places.
        let places = "places by --crs, as EPSG:32633"
        let heatMaps = forms.keys.filter { $0.hasPrefix("heat-") }
        #expect(!heatMaps.isEmpty && heatMaps.allSatisfy { forms[$0] == places })
        #expect(
            forms.filter { !$0.key.hasPrefix("heat-") } == [
                "detections.geojson": places, "detections.gpkg": places,
                "tagged.tif": "cloud-optimized GeoTIFF, " + places,
            ])
        #expect(try Raster(opening: Address(folder.file("found/tagged.tif"))).georeference != nil)
        // Places on the map are found by it, too.
        let region = try scan(
            "world.tif", "--crs", "EPSG:32633", "--map-region", "500000,4999990,500010,5000000",
            output: "region")
        #expect(region.exitCode == 0, "\(region.errors)")
        let wrong = try scan("world.tif", "--crs", "EPSG:nonsense", output: "wrong")
        #expect(wrong.exitCode == 64 && wrong.errors.contains("--crs"), "\(wrong.errors)")
        try write("plain.tif", 32, 32, bands: 3) { _, _, _ in 0 }
        let plain = try scan("plain.tif", "--crs", "EPSG:32633", output: "wrong")
        #expect(plain.exitCode == 1 && plain.errors.contains("--crs"), "\(plain.errors)")
    }

    @Test func aTurnedPhotographIsScannedUpright() throws {
        // Stored: green on the left; upright it is above.
        var image = Image(width: 64, height: 32)
        image.fill(PixelRect(x: 0, y: 0, width: 16, height: 32), color: RGB(0, 255, 0))
        try Data(jpeg(image.jpegData(quality: 95), orientation: 6)).write(
            to: URL(filePath: folder.file("photo.jpg")))
        let run = try scan("photo.jpg", "--iou", "0")
        #expect(run.exitCode == 0 && run.errors.contains("turned upright"), "\(run.errors)")
        let lines = try String(contentsOfFile: folder.file("found/detections.jsonl"), encoding: .utf8)
        #expect(lines.split(separator: "\n").count == 2)
        #expect(lines.contains("[0,0,16,16]") && lines.contains("[16,0,32,16]"), "\(lines)")
        #expect(try summary()["sceneWidth"] as? Int == 32 && summary()["sceneHeight"] as? Int == 64)
        // Pictures of it are upright, too.
        let tagged = try Raster(opening: Address(folder.file("found/tagged.png")))
        #expect(tagged.height > tagged.width)
    }

    @Test func aSceneSmallerThanAWindowIsPadded() throws {
        try write("small.tif", 10, 12, bands: 3) { _, _, band in band == 0 ? 255 : 0 }
        let run = try scan("small.tif", "--fill", "255,0,0")
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = try String(contentsOfFile: folder.file("found/detections.jsonl"), encoding: .utf8)
        #expect(lines.contains(#""box":[0,0,10,12],"class":"red""#), "\(lines)")
    }

    @Test func aScaledSceneHasItsBoxesInPixelsOfTheWhole() throws {
        // A square of 32 pixels, for a model of 16.
        try write("large.tif", 128, 128, bands: 3) { x, y, band in
            band == 1 && (64..<96).contains(x) && (32..<64).contains(y) ? 255 : 0
        }
        let run = try scan("large.tif", "--scale", "0.5", "--iou", "0", "--stride", "16")
        #expect(run.exitCode == 0, "\(run.errors)")
        let lines = try String(contentsOfFile: folder.file("found/detections.jsonl"), encoding: .utf8)
        #expect(lines.contains(#""box":[64,32,96,64],"class":"green""#), "\(lines)")
        #expect(try summary()["sceneWidth"] as? Int == 128 && summary()["windowCount"] as? Int == 16)
        #expect(try scan("large.tif", "--scale", "0.5", "--resolution", "1", output: "x").exitCode == 64)
        #expect(try scan("large.tif", "--scales", "1,0.5", "--sample", "50%", output: "x").exitCode == 64)
        #expect(try scan("large.tif", "--scales", "1,0.5", "--dense", output: "x").exitCode == 64)
        #expect(try scan("large.tif", "--scales", "1,", output: "x").exitCode == 64)
        let unknown = try scan("large.tif", "--resolution", "30cm", output: "x")
        #expect(unknown.exitCode == 1 && unknown.errors.contains("--scale"), "\(unknown.errors)")
    }

    @Test func aScaleAtWhichNothingIsLeftOfASceneIsLeftOut() throws {
        try write("dot.tif", 1, 1, bands: 3) { _, _, band in band == 0 ? 255 : 0 }
        let run = try scan("dot.tif", "--scales", "1,0.5")
        #expect(run.exitCode == 0 && run.errors.contains("not scanned at a scale of 0.5"), "\(run.errors)")
        let nothing = try scan("dot.tif", "--scales", "0.5,0.25", output: "x")
        #expect(nothing.exitCode == 1 && nothing.errors.contains("less than a pixel"), "\(nothing.errors)")
    }

    /// A picture of 16 bits in one strip that GDAL's cache cannot hold.
    private func writeOneStrip(_ name: String) throws {
        GDAL.start()
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        for option in ["COMPRESS=DEFLATE", "BLOCKYSIZE=3000"] { list = CSLAddString(list, option) }
        defer { CSLDestroy(list) }
        let made = try #require(
            GDALCreate(GDALGetDriverByName("GTiff"), folder.file(name), 3000, 3000, 1, GDT_UInt16, list))
        #expect(GDALFillRaster(GDALGetRasterBand(made, 1), 200, 0) == CE_None)
        GDALClose(made)
    }

    @Test func aSceneIsScannedWithoutADecodedCopyWhereNoneCanBeKept() throws {
        try writeOneStrip("strip.tif")
        func run(_ cache: String, _ output: String) throws -> ToolRun {
            try ToolRun(
                [
                    "scan", "strip.tif", "--model", "model.safetensors", "--output", output, "--stride",
                    "512",
                    "--range", "0,255", "--region", "0,2500,3000,3000", "--verbose",
                ], folder: folder.path, environment: ["TILESCOPE_CACHE": folder.file(cache)])
        }
        let kept = try run("cache", "kept")
        #expect(kept.exitCode == 0 && kept.errors.contains("scene decoded into a file"), "\(kept.errors)")
        _ = try folder.write([1], to: "file")
        let without = try run("file", "without")
        #expect(
            without.exitCode == 0 && without.errors.contains("no decoded copy can be kept")
                && without.errors.contains("TILESCOPE_CACHE"), "\(without.errors)")
        for name in ["detections.jsonl", "tagged.png"] {
            #expect(try folder.bytes("kept/" + name) == folder.bytes("without/" + name))
        }
    }

    @Test func standardErrorTellsMoreAndInJSONWhereThatIsAskedFor() throws {
        try write("red.tif", 32, 32, bands: 3) { _, _, band in band == 0 ? 255 : 0 }
        let plain = try scan("red.tif")
        for words in ["debug:", "info:"] {
            #expect(!plain.errors.contains(words), "\(plain.errors)")
        }
        let verbose = try scan("red.tif", "--overwrite", "--stride", "4", "--verbose")
        for words in ["debug: scene opened, bands 3", "debug: windows scored", "debug: outputs written"] {
            #expect(verbose.errors.contains(words), "\(verbose.errors)")
        }
        // What goes wrong is a line, too.
        for (scene, exitCode) in [("red.tif", Int32(0)), ("none.tif", 1)] {
            let run = try scan(scene, "--log-format", "json", "--verbose", output: "json")
            #expect(run.exitCode == exitCode)
            let lines = run.errors.split(separator: "\n")
            #expect(lines.count > (exitCode == 0 ? 3 : 0))
            for line in lines {
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                #expect(object["time"] is String && object["message"] is String, "\(line)")
                #expect(
                    ["debug", "info", "warning", "error"].contains(object["level"] as? String), "\(line)")
            }
            #expect(run.errors.contains(#""level":"error""#) == (exitCode == 1), "\(run.errors)")
        }
        // A line stays whole where an address in it hides a secret.
        let secret = try scan("http://127.0.0.1:9/a.tif?sig=Geheim99", "--log-format", "json", output: "x")
        #expect(!secret.errors.contains("Geheim99"))
        for line in secret.errors.split(separator: "\n") {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
        }
        // What is wrong with the options, too.
        for options in [["--part", "5/2"], ["--scales", "0"], ["--bogus"]] {
            let run = try ToolRun(
                ["scan", "red.tif", "--log-format", "json"] + options, folder: folder.path)
            #expect(run.exitCode == 64)
            for line in run.errors.split(separator: "\n") {
                #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
            }
        }
        #expect(try scan("red.tif", "--log-format", "xml", output: "x").exitCode == 64)
    }

    @Test func objectsOfSeveralSizesAreFoundAtSeveralScales() throws {
        // A square of 16 pixels and one of 32, for a model of 16.
        try write("sizes.tif", 128, 128, bands: 3) { x, y, band in
            let isSmall = (16..<32).contains(x) && (96..<112).contains(y)
            let isLarge = (64..<96).contains(x) && (32..<64).contains(y)
            return band == 1 && (isSmall || isLarge) ? 255 : 0
        }
        let options = ["--scales", "1,0.5", "--iou", "0", "--stride", "16", "--threshold", "0.9"]
        func scan(_ more: String...) throws -> ToolRun {
            try ToolRun(
                ["scan", "sizes.tif", "--model", "model.safetensors"] + options + more, folder: folder.path)
        }
        let dry = try scan("--output", "none", "--dry-run")
        // 8 x 8 windows at full size, 4 x 4 at half.
        #expect(dry.exitCode == 0 && dry.output.contains("128×128 pixels, 80 windows"), "\(dry.output)")
        #expect(dry.output.contains("scaled to 128x128 and 64x64 pixels"), "\(dry.output)")
        let run = try scan("--output", "found")
        #expect(run.exitCode == 0 && !run.output.contains("skipped"), "\(run.errors)")
        let lines = try String(contentsOfFile: folder.file("found/detections.jsonl"), encoding: .utf8)
        #expect(lines.contains(#""box":[16,96,32,112],"class":"green""#), "\(lines)")
        #expect(try summary()["windowCount"] as? Int == 80 && summary()["scoredWindowCount"] as? Int == 80)
        #expect(try scan("--output", "found").output.contains("80 windows, nothing to do"))
        // Another rule, without scoring: all large windows that see the square's colour alone.
        #expect(try ToolRun(["merge", "found", "--iou", "0.9"], folder: folder.path).exitCode == 0)
        let merged = try String(contentsOfFile: folder.file("found/detections.jsonl"), encoding: .utf8)
        #expect(merged.contains(#""box":[64,32,96,64],"class":"green""#), "\(merged)")
        // Boxes of half of their windows, around the same middles.
        let share = ["merge", "found", "--iou", "0", "--box-share", "0.5"]
        #expect(try ToolRun(share, folder: folder.path).exitCode == 0)
        let small = try String(contentsOfFile: folder.file("found/detections.jsonl"), encoding: .utf8)
        #expect(small.contains(#""box":[20,100,28,108],"class":"green""#), "\(small)")
    }

    @Test func scalesFollowFromTheObjectsThatTheModelLearnt() throws {
        try write("sizes.tif", 128, 128, bands: 3) { x, y, band in
            let isSmall = (16..<32).contains(x) && (96..<112).contains(y)
            let isLarge = (64..<112).contains(x) && (32..<80).contains(y)
            return band == 1 && (isSmall || isLarge) ? 255 : 0
        }
        func scan(_ sizes: [Double], _ more: String...) throws -> ToolRun {
            var model = Self.colourModel
            model.pixels = TrainedPixels(
                objects: TrainedObjects(
                    sizes: ["green": sizes, "red": [1, 2, 3000]], sizesInWindows: [16, 16]))
            try model.write(to: .replacing(folder.file("model.safetensors")))
            return try ToolRun(
                ["scan", "sizes.tif", "--model", "model.safetensors", "--labels", "green", "--dry-run"]
                    + more,
                folder: folder.path)
        }
        // One size, twice as large as in windows; then sizes that a window sees as they are.
        let half = try scan([30, 32, 34], "--output", "none")
        #expect(half.output.contains("scaled to 64x64 pixels (from the model)"), "\(half.output)")
        let full = try scan([15, 16, 17], "--output", "none")
        #expect(full.output.contains("at full size (from the model)"), "\(full.output)")
        // 16 to 64 are too many for one scale.
        let two = try scan([16, 32, 64], "--output", "none")
        #expect(
            two.output.contains(" and ") && two.output.contains("pixels (from the model)"), "\(two.output)")
        let dense = try scan([16, 32, 64], "--output", "none", "--dense")
        #expect(dense.exitCode == 1 && dense.errors.contains("name one with --scales"), "\(dense.errors)")
        let asked = try scan([16, 32, 64], "--output", "none", "--scales", "0.25")
        #expect(asked.output.contains("scaled to 32x32 pixels") && !asked.output.contains("from the model"))
    }

    @Test(arguments: [
        ["--min-valid", "2"], ["--scale", "0"], ["--range", "5"], ["--range", "9,3"], ["--fill", "1,2"],
        ["--region", "1,2,3"], ["--keep-empty", "--skip-plain"], ["--region", "1,2,3,4", "--area", "x"],
    ]) func wrongWordsAreWrongUsage(words: [String]) throws {
        let run = try ToolRun(
            ["scan", "x.tif", "--model", "model.safetensors", "--output", "o"] + words, folder: folder.path)
        #expect(run.exitCode == 64, "\(run.errors)")
    }

    @Test func aModelRemembersThePixelsThatItLearntFrom() throws {
        // Pictures of 16 bits up to 3000, of which two are turned.
        for (number, name) in ["even", "odd", "even", "odd"].enumerated() {
            try FileManager.default.createDirectory(
                atPath: folder.file("photos/" + name), withIntermediateDirectories: true)
            try write("photos/\(name)/\(number).tif", 20, 16, bands: 3, type: GDT_UInt16) { x, y, band in
                Double((x * 37 + y * 91 + band * 501 + number * 777) % 3000)
            }
        }
        func run(_ line: String) throws -> ToolRun {
            try ToolRun(line.split(separator: " ").map(String.init), folder: folder.path)
        }
        #expect(try run("pack photos --output p.tiles --tile-size 16 --range 2%").exitCode == 64)
        #expect(try run("pack photos --output p.rec --pixel-size 1").exitCode == 64)
        let packed = try run(
            "pack photos --output p.tiles --tile-size 16 --range 0,3000 --pixel-size 50cm")
        #expect(packed.exitCode == 0, "\(packed.errors)")
        let trained = try run(
            "train p.tiles --output run --architecture cifar-resnet8-v2 --epochs 1 --batch-size 2")
        #expect(trained.exitCode == 0, "\(trained.errors)")
        let model = try Model(reading: folder.file("run/model.safetensors"))
        #expect(model.pixels == TrainedPixels(pixelSize: 0.5, ranges: [[0, 3000]]) && model.reading == nil)
        // A scene with pixels of 1 m is seen twice as large.
        try write(
            "metres.tif", 40, 40, bands: 3, type: GDT_UInt16, transform: [500_000, 1, 0, 5_400_000, 0, -1]
        ) {
            x, _, _ in Double(x * 70)
        }
        let scan = try run("scan metres.tif --model run/model.safetensors --output found --threshold 0.05")
        #expect(scan.exitCode == 0, "\(scan.errors)")
        let words =
            "black to white is 0 to 3000, as the model was trained; scaled to 80x80 pixels of 0.5 m, as the model was trained"
        #expect(scan.errors.contains(words), "\(scan.errors)")
        let asked = try run(
            "scan metres.tif --model run/model.safetensors --output asked --threshold 0.05 --range 0,3000 --resolution 50cm"
        )
        #expect(
            asked.errors.contains("black to white is 0 to 3000; scaled to 80x80 pixels"), "\(asked.errors)")
        #expect(!asked.errors.contains("as the model"), "\(asked.errors)")
        // Where nobody knows, it is said.
        try write("unknown.tif", 40, 40, bands: 3) { x, _, _ in Double(x) }
        let unknown = try run(
            "scan unknown.tif --model run/model.safetensors --output other --threshold 0.05")
        #expect(unknown.exitCode == 0 && unknown.errors.contains("set --scales"), "\(unknown.errors)")
        #expect(!unknown.errors.contains("black to white"), "8 bits are as they are: \(unknown.errors)")
    }

    @Test func aPackLearnsThePixelSizeOfGeoreferencedImages() throws {
        func write(_ name: String, _ size: Double) throws {
            try FileManager.default.createDirectory(
                atPath: folder.file("fields/" + name.prefix(1)), withIntermediateDirectories: true)
            try self.write(
                "fields/\(name.prefix(1))/\(name).tif", 40, 32, bands: 3,
                transform: [500_000, size, 0, 5_400_000, 0, -size]
            ) { x, y, _ in Double(x * y % 200) }
        }
        for name in ["a1", "a2", "b1", "b2"] { try write(name, 0.25) }
        func pack(_ output: String, _ options: String...) throws -> ToolRun {
            try ToolRun(
                ["pack", "fields", "--output", output, "--tile-size", "16"] + options, folder: folder.path)
        }
        // 32 rows become 16.
        let packed = try pack("one.tiles")
        #expect(packed.exitCode == 0 && packed.errors.contains("side of 0.5 m"), "\(packed.errors)")
        let trained = try ToolRun(
            [
                "train", "one.tiles", "--output", "run", "--architecture", "cifar-resnet8-v2", "--epochs",
                "1",
                "--batch-size", "2",
            ], folder: folder.path)
        #expect(trained.exitCode == 0, "\(trained.errors)")
        #expect(try Model(reading: folder.file("run/model.safetensors")).pixels?.pixelSize == 0.5)
        // What somebody says counts more; what does not agree is told.
        #expect(try !pack("said.tiles", "--pixel-size", "3m").errors.contains("0.5 m"))
        try write("b3", 0.5)
        let several = try pack("several.tiles")
        #expect(several.exitCode == 0 && several.errors.contains("0.5 to 1 m"), "\(several.errors)")
    }

    @Test func packTurnsUprightWhatItEncodesAnewAndKeepsTheTagOfWhatItDoesNot() throws {
        var image = Image(width: 64, height: 32)
        image.fill(PixelRect(x: 0, y: 0, width: 32, height: 32), color: RGB(0, 255, 0))
        let bytes = jpeg(try image.jpegData(quality: 95), orientation: 6)
        try FileManager.default.createDirectory(
            atPath: folder.file("photos/one"), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: folder.file("photos/one/a.jpg")))
        func pack(_ options: String...) throws -> [UInt8] {
            let run = try ToolRun(
                ["pack", "photos", "--output", "p.rec", "--overwrite"] + options, folder: folder.path)
            #expect(run.exitCode == 0, "\(run.errors)")
            return try folder.bytes("p.rec")
        }
        // A record's frame, its header, and the file as it was.
        let kept = try pack()
        #expect(kept.count >= 8 + 24 + bytes.count && Array(kept[32..<32 + bytes.count]) == bytes)
        let packed = Array(try pack("--encoding", "png")[32...])
        let upright = try Image(decoding: packed.span.bytes)
        #expect(upright.width == 32 && upright.height == 64)
        #expect(upright[16, 10].green > 200 && upright[16, 50].green < 50)
    }

    @Test func aClassWithCommasIsNamedInALabelList() throws {
        var model = Self.colourModel
        model.classes[1] = "cat, tabby"
        try model.write(to: .replacing(folder.file("model.safetensors")))
        try write("s.tif", 64, 32, bands: 3, options: ["PHOTOMETRIC=RGB"]) { x, _, band in
            band == (x < 32 ? 0 : 1) ? 250 : 0
        }
        let both = try scan("s.tif", "--labels", "cat, tabby,green", "--keep-empty")
        #expect(both.exitCode == 0, "\(both.errors)")
        #expect(Set(try counts().keys) == ["cat, tabby", "green"])
        let merged = try ToolRun(
            ["merge", "found", "--labels", "cat, tabby", "--output", "merged"], folder: folder.path)
        #expect(merged.exitCode == 0, "\(merged.errors)")
        #expect(Set(try counts("merged").keys) == ["cat, tabby"])
        let twice = try scan("s.tif", "--labels", "cat, tabby,cat, tabby", output: "twice")
        #expect(twice.exitCode == 64 && twice.errors.contains("names a class twice"), "\(twice.errors)")
    }
}
