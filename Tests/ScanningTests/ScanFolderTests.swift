import Files
import Foundation
import ModelFiles
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

@Suite struct ScanFolderTests {
    let folder: TemporaryFolder
    let output: ScanFolder

    init() throws {
        folder = try TemporaryFolder()
        output = ScanFolder(path: folder.file("found"))
    }

    @Test func aWholeScanGivesItsFilesAndNothingElse() throws {
        try writeScan(fullSize: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
        let expected = [
            "detections.geojson", "detections.jsonl", "plan.json", "summary.json", "tagged.png", "tagged.tif",
        ]
        #expect(names.sorted() == expected)
    }

    @Test func detectionsAreWrittenBestFirstOnALineEach() throws {
        let result = try writeScan()
        let lines = try text(output.detectionsPath).split(separator: "\n")
        try #require(lines.count == result.detections.count && !lines.isEmpty)
        for (line, detection) in zip(lines, result.detections) {
            let object = try #require(parse(String(line)) as? [String: Any])
            let box = detection.box
            #expect(object["box"] as? [Int] == [box.x0, box.y0, box.x1, box.y1])
            #expect(object["class"] as? String == tinyModel.classes[detection.label])
            #expect(object["label"] as? Int == detection.label)
            #expect((object["score"] as? Double).map { Float($0) } == detection.score)
        }
    }

    @Test func detectionsAreReadBackAsTheyWere() throws {
        let result = try writeScan()
        #expect(try output.readDetections() == Array(result.detections))
    }

    @Test func polygonsOfAPlainPictureAreInPixelsAndSaySo() throws {
        let result = try writeScan()
        let file = try #require(parse(text(output.geoJSONPath)) as? [String: Any])
        #expect(file["type"] as? String == "FeatureCollection")
        #expect((file["coordinateReference"] as? String)?.contains("pixels") == true)
        let features = try #require(file["features"] as? [[String: Any]])
        #expect(features.count == result.detections.count)
        let geometry = try #require(features.first?["geometry"] as? [String: Any])
        let rings = try #require(geometry["coordinates"] as? [[[Double]]])
        let box = try #require(result.detections.first?.box)
        #expect(
            Set(rings[0]) == [
                [Double(box.x0), Double(box.y0)], [Double(box.x1), Double(box.y0)],
                [Double(box.x0), Double(box.y1)], [Double(box.x1), Double(box.y1)],
            ])
        #expect(rings[0].count == 5 && rings[0].first == rings[0].last)
        #expect(signedArea(rings[0]) > 0)
    }

    @Test func polygonsOfAGeoreferencedSceneAreInDegreesAgainstTheClock() throws {
        let result = try writeScan(crs: "EPSG:4326", pixelSize: "0.001")
        let (reference, ring) = try firstPolygon()
        #expect(reference.contains("WGS 84"))
        let box = try #require(result.detections.first?.box)
        #expect(abs(ring[0][0] - (10 + 0.001 * Double(box.x0))) < 1e-7)
        #expect(abs(ring[0][1] - (50 - 0.001 * Double(box.y0))) < 1e-7)
        #expect(ring.count == 5 && signedArea(ring) > 0)
    }

    @Test func aReferenceThatIsNotOfTheEarthGivesPixelsAndSaysSo() throws {
        let result = try writeScan(
            crs: #"LOCAL_CS["site",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]"#, pixelSize: "1")
        let (reference, ring) = try firstPolygon()
        #expect(reference.contains("pixels") && reference.contains("not known"))
        let box = try #require(result.detections.first?.box)
        #expect(ring.contains([Double(box.x0), Double(box.y0)]))
    }

    @Test func placesBeyondTheEarthAreStillJSON() throws {
        try writeScan(crs: "EPSG:4326", pixelSize: "1e300")
        #expect(try firstPolygon().ring.joined().allSatisfy(\.isFinite))
    }

    /// Scans a scene with this georeference.
    @discardableResult private func writeScan(crs: String, pixelSize: String) throws -> ScanResult {
        let (path, _) = try folder.scene(width: 64, height: 48)
        try Data(
            """
            <PAMDataset><SRS>\(crs.replacing("\"", with: "&quot;"))</SRS>
            <GeoTransform>10, \(pixelSize), 0, 50, 0, -\(pixelSize)</GeoTransform></PAMDataset>
            """.utf8
        ).write(to: URL(filePath: path + ".aux.xml"))
        let result = try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        try output.create(overwrites: false)
        try output.write(result, fullSize: false)
        return result
    }

    private func firstPolygon() throws -> (reference: String, ring: [[Double]]) {
        let file = try #require(parse(text(output.geoJSONPath)) as? [String: Any])
        let features = try #require(file["features"] as? [[String: Any]])
        let geometry = try #require(features.first?["geometry"] as? [String: Any])
        let ring = try #require((geometry["coordinates"] as? [[[Double]]])?.first)
        return (try #require(file["coordinateReference"] as? String), ring)
    }

    @Test func aSceneThatIsCutShortLeavesWhatWasFoundAndTheReason() throws {
        try writeScan(fullSize: true)
        let (_, image) = try folder.scene(width: 64, height: 480)
        var plan = tinyPlan(scenePath: try folder.cutScene(image, rowCount: 200))
        plan.blockPixelLimit = 64 * 80
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine())
        try output.create(overwrites: true)
        try output.write(result, fullSize: true)
        #expect(try output.readDetections() == Array(result.detections))
        let summary = try JSONDecoder().decode(ScanSummary.self, from: Data(text(output.summaryPath).utf8))
        #expect(!summary.complete && summary.failure == result.failure && summary.failure != nil)
        let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
        #expect(names.sorted() == ["detections.geojson", "detections.jsonl", "plan.json", "summary.json"])
    }

    @Test func pixelsThatAreGoneLeaveWhatWasFound() throws {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let result = try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        try output.create(overwrites: false)
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: RasterError.self) { try output.write(result, fullSize: false) }
        #expect(try output.readDetections() == Array(result.detections))
        #expect(FileManager.default.fileExists(atPath: output.summaryPath))
    }

    @Test func theSummaryHasCountsTimesAndSettings() throws {
        let result = try writeScan()
        let summary = try JSONDecoder().decode(
            ScanSummary.self, from: Data(text(output.summaryPath).utf8))
        #expect(summary.complete)
        #expect(summary.counts.map(\.className) == ["car", "boat"])
        #expect(summary.counts.map(\.detectionCount) == result.counts)
        #expect(summary.windowCount == 15 * 11)
        #expect(summary.timing.windowsPerSecond > 0)
        #expect(summary.peakMemoryByteCount > 1 << 20)
        #expect(summary.plan == result.plan)
    }

    @Test func thePlanIsWrittenBesideTheResults() throws {
        let result = try writeScan()
        let plan = try JSONDecoder().decode(ScanPlan.self, from: Data(text(output.planPath).utf8))
        #expect(plan == result.plan)
    }

    @Test func anInterruptedScanSaysThatItIsNotComplete() throws {
        let (path, _) = try folder.scene(width: 64, height: 480)
        var plan = tinyPlan(scenePath: path)
        plan.blockPixelLimit = 64 * 80
        let result = try scan(plan, model: tinyModel, engine: NoiseEngine(), shouldStop: { true })
        try output.create(overwrites: false)
        try output.write(result, fullSize: false)
        let summary = try #require(parse(text(output.summaryPath)) as? [String: Any])
        #expect(summary["complete"] as? Bool == false)
        #expect(summary["finishedBlockCount"] as? Int == 1)
    }

    @Test func aFolderWithAScanIsRefused() throws {
        try writeScan()
        let before = try text(output.summaryPath)
        #expect {
            try output.create(overwrites: false)
        } throws: {
            ($0 as? ScanError)?.code == .scanExists
        }
        #expect(try text(output.summaryPath) == before)
    }

    @Test func overwritingReplacesTheOldScansFilesAndNoOthers() throws {
        let old = try writeScan(fullSize: true)
        try Data("mine".utf8).write(to: URL(filePath: output.path + "/notes.txt"))
        try output.create(overwrites: true)
        #expect(try output.readDetections() == Array(old.detections))
        var plan = old.plan
        plan.classes = ["boat"]
        let new = try scan(plan, model: tinyModel, engine: NoiseEngine())
        try output.write(new, fullSize: false)
        #expect(try output.readDetections() == Array(new.detections))
        let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
        #expect(names.contains("notes.txt") && !names.contains("tagged.tif"))
    }

    @Test func aDamagedLineIsNamedByItsNumber() throws {
        try writeScan()
        let lines = try text(output.detectionsPath).split(separator: "\n")
        let damaged = lines[0] + "\n" + lines[1].replacing("\"box\":[", with: "\"box\":[999,")
        try Data(damaged.utf8).write(to: URL(filePath: output.detectionsPath))
        #expect {
            try output.readDetections()
        } throws: {
            let error = $0 as? ScanError
            return error?.code == .malformedLine && error?.description.contains("line 2") == true
        }
    }

    @Test func aFileInTheWayOfTheFolderIsAnError() throws {
        try Data().write(to: URL(filePath: output.path))
        #expect(throws: FileError.self) { try output.create(overwrites: false) }
    }

    @discardableResult private func writeScan(fullSize: Bool = false) throws -> ScanResult {
        let (path, _) = try folder.scene(width: 64, height: 48)
        let result = try scan(tinyPlan(scenePath: path), model: tinyModel, engine: NoiseEngine())
        try output.create(overwrites: false)
        try output.write(result, fullSize: fullSize)
        return result
    }
}

private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

private func parse(_ json: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(json.utf8))
}

private func signedArea(_ ring: [[Double]]) -> Double {
    zip(ring, ring.dropFirst()).reduce(0) { $0 + ($1.0[0] * $1.1[1] - $1.1[0] * $1.0[1]) / 2 }
}
