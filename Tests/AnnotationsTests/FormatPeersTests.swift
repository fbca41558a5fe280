import Annotations
import Bytes
import CGDAL
import Files
import Foundation
import Rasters
import TestRasters
import TestSupport
import Testing

/// Our files in other people's programs: `Peers/check_formats.py` reads them. `make test-formats` installs what it needs.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["TILESCOPE_TEST_FORMATS"] != nil,
        "needs pycocotools, pyarrow, geopandas and others: make test-formats"))
struct FormatPeersTests {
    private struct Answer: Decodable {
        var failed: Bool
        /// What was printed, and why it failed.
        var output: String
    }

    /// Boxes with scores are what all formats have.
    private static let kept = Kept(
        points: false, visibleFractions: false, occlusion: false, verdicts: false,
        classNames: ["car", "boat", "white truck"])

    @Test(arguments: ["jsonl", "csv", "coco", "yolo", "voc", "label-studio", "qupath"])
    func areReadAsTheyWereWritten(name: String) throws {
        try check(name, name, count: 200, Self.kept, .sample)
    }

    /// 70,000 rows are two groups.
    @Test(arguments: [1, 1000, 70_000]) func parquetInPixels(count: Int) throws {
        try check("parquet", "parquet", count: count, Kept(), .sample)
    }

    @Test func parquetOnEarth() throws {
        let folder = try TemporaryFolder()
        let raster = TestRaster(
            width: 1000, height: 800, bandCount: 1, samples: [Double](repeating: 0, count: 800_000),
            transform: [500_000, 0.5, 0, 5_000_000, 0, -0.5], crs: "EPSG:32633")
        try raster.write(to: folder.file("scene.tif"))
        let scene = AnnotatedScene(try Scene(opening: Address(folder.file("scene.tif"))))
        #expect(scene.georeference != nil)
        try check("parquet", "parquet on Earth", count: 1000, Self.kept, scene)
    }

    private func check(
        _ name: String, _ check: String, count: Int, _ kept: Kept, _ scene: AnnotatedScene
    ) throws {
        let folder = try TemporaryFolder()
        var random = SplitMix64(seed: UInt64(count))
        let annotations = (0..<count).map { _ in Annotation.random(kept, using: &random) }
        for (format, stem) in [(name, "found"), ("jsonl", "expected")] {
            let writer = try #require(AnnotationFormat(name: format)).writer(
                into: folder.path, named: stem, of: scene, classes: kept.classNames, version: "1.2.3",
                cancellation: Cancellation())
            for annotation in annotations { try writer.write(annotation) }
            try writer.finish()
        }
        let interpreter = try #require(ProcessInfo.processInfo.environment["TILESCOPE_TEST_FORMATS"])
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Peers/check_formats.py")
        let python = try AnsweringProcess(interpreter, [script.path(percentEncoded: false)])
        let answer: Answer = try python.answer(to: [check, folder.path])
        #expect(!answer.failed, "\(answer.output)")
    }
}
