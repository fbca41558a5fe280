import Bytes
import Files
import Foundation
import Pixels
import Rasters
import TestSupport
import Testing

/// `scan --together`.
@Suite struct TogetherCommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeSmallModel(to: "m")
    }

    private func run(_ words: String...) throws -> ToolRun { try ToolRun(words, folder: folder.path) }

    /// Writes a picture with what GDAL reads beside it: where it lies.
    private func write(_ image: Image, x: Int, y: Int, to name: String) throws {
        try image.writePNG(to: .replacing(folder.file(name)))
        let place = """
            <PAMDataset><SRS>EPSG:32633</SRS>
            <GeoTransform>\(500_000 + Double(x) * 0.5),0.5,0,\(5_000_000 - Double(y) * 0.5),0,-0.5</GeoTransform></PAMDataset>
            """
        _ = try folder.write(Array(place.utf8), to: name + ".aux.xml")
    }

    private func lines(_ output: String, _ name: String = "detections.jsonl") throws -> String {
        try String(contentsOfFile: folder.file(output + "/" + name), encoding: .utf8)
    }

    @Test(arguments: UInt64(1)...4) func sheetsTogetherGiveTheDetectionsOfTheWhole(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (width, height) = (
            Int.random(in: 60...90, using: &random), Int.random(in: 50...70, using: &random)
        )
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let image = Image(width: width, height: height, pixelsHWC: bytes)
        try write(image, x: 0, y: 0, to: "whole.png")
        // Columns of sheets of different heights, each as wide as it likes, with a few common pixels.
        var names: [String] = []
        var left = 0
        while left < width {
            let columns = min(width - left, Int.random(in: 9...40, using: &random))
            var top = 0
            while top < height {
                let rows = min(height - top, Int.random(in: 7...40, using: &random))
                let place = PixelRect(x: left, y: top, width: columns, height: rows).inset(by: -2)
                let rect = place.intersection(image.bounds) ?? place
                let name = "sheet\(names.count).png"
                try write(image.cropped(to: rect), x: rect.x0, y: rect.y0, to: name)
                names.append(name)
                top += rows
            }
            left += columns
        }
        let usual = ["--model", "m", "--stride", "4", "--threshold", "0.2"]
        let whole = try ToolRun(["scan", "whole.png", "--output", "whole"] + usual, folder: folder.path)
        #expect(whole.exitCode == 0, "\(whole.errors)")
        let sheets = names.shuffled(using: &random)
        let words = ["scan"] + sheets + ["--together", "--output", "found"] + usual
        let run = try ToolRun(words, folder: folder.path)
        #expect(run.exitCode == 0, "\(run.errors)")
        for name in ["detections.jsonl", "detections.geojson", ".scan/candidates", "tagged.png"] {
            let both = try ["found", "whole"].map {
                try Data(contentsOf: URL(filePath: folder.file($0 + "/" + name)))
            }
            #expect(both[0] == both[1], "\(name)")
        }
        #expect(try lines("found").split(separator: "\n").count > 10)
        // In another order, and after they were moved, it is the same scan.
        try FileManager.default.createDirectory(
            atPath: folder.file("moved"), withIntermediateDirectories: true)
        for name in names {
            for file in [name, name + ".aux.xml"] {
                try FileManager.default.moveItem(
                    atPath: folder.file(file), toPath: folder.file("moved/" + file))
            }
        }
        let again = try ToolRun(
            ["scan"] + names.map { "moved/" + $0 } + ["--together", "--output", "found"] + usual,
            folder: folder.path)
        #expect(again.exitCode == 0 && again.output.contains("nothing to do"), "\(again.errors)")
        // Other sheets are another scene.
        let fewer = try ToolRun(
            ["scan"] + names.dropLast().map { "moved/" + $0 } + ["--together", "--output", "found"] + usual,
            folder: folder.path)
        #expect(fewer.exitCode == 1 && fewer.errors.contains("--overwrite"), "\(fewer.errors)")
    }

    @Test func picturesWithoutAPlaceAreNotScannedTogether() throws {
        let image = Image(width: 20, height: 20)
        for name in ["a.png", "b.png"] { try image.writePNG(to: .replacing(folder.file(name))) }
        let run = try run("scan", "a.png", "b.png", "--together", "--model", "m", "--output", "found")
        #expect(run.exitCode == 1 && run.errors.contains("is not georeferenced"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("found")))
    }

    @Test func aSheetIsNeverReplacedByWhatJoinsThem() throws {
        let image = Image(width: 20, height: 20)
        try write(image, x: 0, y: 0, to: "scene.vrt")
        let run = try run("scan", "scene.vrt", "--together", "--model", "m", "--output", ".")
        #expect(run.exitCode == 1 && run.errors.contains("which this command reads"), "\(run.errors)")
    }
}
