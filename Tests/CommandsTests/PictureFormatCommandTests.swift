import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import TestSupport
import Testing

/// Commands that read pictures of many forms.
@Suite struct PictureFormatCommandTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let architecture = Architecture(family: .cifarV2, depth: 8, classCount: 3, inputSize: 16)
        try Model(
            architecture: architecture, classes: ["boat", "car", "other"],
            weights: try Network(architecture).initialWeights(seed: 5)
        ).write(to: .replacing(folder.file("m")))
    }

    private func run(_ words: String...) throws -> ToolRun { try ToolRun(words, folder: folder.path) }

    /// `predict`, `pack` and `scan` take a picture for what a PNG of its colours is.
    @Test(arguments: PictureSamples.all.keys.sorted()) func allCommandsSeeTheSameColours(name: String) throws
    {
        let bytes = try #require(PictureSamples.all[name])
        try FileManager.default.createDirectory(
            atPath: folder.file("stored/car"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: folder.file("plain/car"), withIntermediateDirectories: true)
        _ = try folder.write(bytes, to: "stored/car/\(name)")
        try Image(decoding: bytes.span.bytes).writePNG(to: .replacing(folder.file("plain/car/a.png")))
        var results: [String: [String]] = [:]
        for (kind, picture) in [("stored", "stored/car/\(name)"), ("plain", "plain/car/a.png")] {
            let predicted = try run("predict", "m", picture, "--json")
            #expect(predicted.exitCode == 0, "\(predicted.errors)")
            let packed = try run("pack", kind, "--tile-size", "16", "--output", kind + ".tiles")
            #expect(packed.exitCode == 0, "\(packed.errors)")
            let scanned = try run(
                "scan", picture, "--model", "m", "--stride", "4", "--threshold", "0.2", "--output",
                kind + "-found")
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
