import Files
import Foundation
import Pixels
import Rasters
import TestRasters
import TestSupport
import Testing

/// Commands that read pictures of many forms.
@Suite struct PictureFormatCommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeSmallModel(to: "m")
    }

    private func run(_ words: String...) throws -> ToolRun { try ToolRun(words, folder: folder.path) }

    /// Where the first picture of a sample stands on its canvas; nothing is beside it.
    private static let places = [
        "animated.webp": PixelRect(x: 8, y: 4, width: 32, height: 32),
        "canvas.gif": PixelRect(x: 6, y: 10, width: 16, height: 8),
    ]

    /// Writes a PNG that is transparent beside a rectangle.
    private func writePNG(_ image: Image, opaque: PixelRect?, to path: String) throws {
        guard let opaque else { return try image.writePNG(to: .replacing(path)) }
        let samples = (0..<image.width * image.height).flatMap { place -> [Double] in
            let (y, x) = place.quotientAndRemainder(dividingBy: image.width)
            let pixel = image[x, y]
            let isThere = opaque.contains(PixelRect(x: x, y: y, width: 1, height: 1))
            return [pixel.red, pixel.green, pixel.blue, isThere ? 255 : 0].map { Double($0) }
        }
        try TestRaster(
            width: image.width, height: image.height, bandCount: 4, samples: samples, alphaBand: 4
        ).write(to: path, driver: "PNG")
    }

    /// `predict`, `pack` and `scan` take a picture for what a PNG of its colours is.
    @Test(arguments: PictureSamples.all.keys.sorted()) func allCommandsSeeTheSameColours(name: String) throws
    {
        let bytes = try #require(PictureSamples.all[name])
        try FileManager.default.createDirectory(
            atPath: folder.file("stored/car"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: folder.file("plain/car"), withIntermediateDirectories: true)
        _ = try folder.write(bytes, to: "stored/car/\(name)")
        try writePNG(
            Image(decoding: bytes.span.bytes), opaque: Self.places[name], to: folder.file("plain/car/a.png"))
        var results: [String: [String]] = [:]
        for (kind, picture) in [("stored", "stored/car/\(name)"), ("plain", "plain/car/a.png")] {
            let predicted = try run("predict", "m", picture, "--json")
            #expect(predicted.exitCode == 0, "\(predicted.errors)")
            let packed = try run("pack", kind, "--tile-size", "16", "--output", kind + ".tiles")
            #expect(packed.exitCode == 0, "\(packed.errors)")
            let scanned = try run(
                "scan", picture, "--model", "m", "--stride", "4", "--threshold", "0.2", "--min-valid", "0.1",
                "--output", kind + "-found")
            #expect(scanned.exitCode == 0, "\(scanned.errors)")
            let tiles = try Data(contentsOf: URL(filePath: folder.file(kind + ".tiles")))
            results[kind] = [
                predicted.output.replacing(picture, with: "a"), tiles.base64EncodedString(),
                try String(
                    contentsOfFile: folder.file(kind + "-found/detections.jsonl"), encoding: .utf8),
            ]
        }
        #expect(results["stored"] == results["plain"])
        #expect(results["stored"]?.allSatisfy { !$0.isEmpty } == true)
    }
}
