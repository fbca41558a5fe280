import Annotations
import Bytes
import Files
import ModelFiles
import Foundation
import Pixels
import Rasters
import Scanning
import Synchronization
import TestSupport
import Testing

@Suite struct ScanFolderTests {
    let folder: TemporaryFolder
    let output: ScanFolder

    init() throws {
        folder = try TemporaryFolder()
        output = ScanFolder(path: folder.file("found"))
    }

    private func tiny(width: Int = 64, height: Int = 48, seed: UInt64 = 1) throws -> TinyScan {
        TinyScan(scenePath: try folder.scene(width: width, height: height, seed: seed).path)
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: output.path).sorted() }
    }

    private static let usualNames = [
        ".scan", ".scan-lock", "detections.jsonl", "pixels.geojson", "run.json", "summary.json",
        "tagged.png",
    ]

    // MARK: - Outputs

    @Test func aWholeScanGivesItsFilesAndNothingElse() throws {
        try tiny().run(into: output, fullSize: true)
        #expect(try names == (Self.usualNames + ["tagged.tif"]).sorted())
        let state = try FileManager.default.contentsOfDirectory(atPath: output.path + "/.scan")
        #expect(state.sorted() == ["candidates", "context.json", "task.json"])
    }

    @Test func detectionsAreWrittenBestFirstOnALineEach() throws {
        let (path, image) = try folder.scene(width: 64, height: 48)
        let tiny = TinyScan(scenePath: path)
        try tiny.run(into: output)
        let lines = try text(output.detectionsPath).split(separator: "\n")
        let detections = tiny.plainDetections(in: image)
        try #require(lines.count == detections.count && !lines.isEmpty)
        for (line, detection) in zip(lines, detections) {
            let object = try #require(parse(String(line)) as? [String: Any])
            let box = detection.box
            #expect(object["box"] as? [Int] == [box.x0, box.y0, box.x1, box.y1])
            #expect(object["class"] as? String == tinyModel.classes[detection.label])
            #expect(object["label"] as? Int == detection.label)
            #expect((object["score"] as? Double).map { Float($0) } == detection.score)
        }
        #expect(try output.readDetections() == detections)
    }

    @Test func polygonsOfAPlainPictureAreInPixelsAndSaySo() throws {
        try tiny().run(into: output)
        let file = try #require(parse(text(output.path + "/pixels.geojson")) as? [String: Any])
        #expect(file["type"] as? String == "FeatureCollection")
        #expect((file["coordinateReference"] as? String)?.contains("pixels") == true)
        #expect(file["crs"] == nil)
        let features = try #require(file["features"] as? [[String: Any]])
        let detections = try output.readDetections()
        #expect(features.count == detections.count)
        let geometry = try #require(features.first?["geometry"] as? [String: Any])
        let rings = try #require(geometry["coordinates"] as? [[[Double]]])
        let box = try #require(detections.first?.box)
        #expect(
            Set(rings[0]) == [
                [Double(box.x0), Double(box.y0)], [Double(box.x1), Double(box.y0)],
                [Double(box.x0), Double(box.y1)], [Double(box.x1), Double(box.y1)],
            ])
        #expect(rings[0].count == 5 && rings[0].first == rings[0].last)
        #expect(signedArea(rings[0]) > 0)
    }

    @Test func polygonsOfAGeoreferencedSceneAreInDegreesAgainstTheClock() throws {
        try writeScan(crs: "EPSG:4326", pixelSize: "0.001")
        let (reference, ring) = try firstPolygon()
        #expect(reference.contains("WGS 84"))
        let box = try #require(output.readDetections().first?.box)
        #expect(abs(ring[0][0] - (10 + 0.001 * Double(box.x0))) < 1e-7)
        #expect(abs(ring[0][1] - (50 - 0.001 * Double(box.y0))) < 1e-7)
        #expect(ring.count == 5 && signedArea(ring) > 0)
    }

    @Test func aReferenceThatIsNotOfTheEarthGivesPixelsAndSaysSo() throws {
        try writeScan(
            crs: #"LOCAL_CS["site",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]"#, pixelSize: "1")
        let (reference, ring) = try firstPolygon(in: "pixels.geojson")
        #expect(reference.contains("pixels"))
        #expect(try names == Self.usualNames)
        let box = try #require(output.readDetections().first?.box)
        #expect(ring.contains([Double(box.x0), Double(box.y0)]))
    }

    @Test func boxesBeyondTheEarthHaveNoPlace() throws {
        // Only the upper left corner lies on Earth.
        try writeScan(crs: "EPSG:3857", pixelSize: "1e300")
        let file = try #require(parse(text(output.path + "/detections.geojson")) as? [String: Any])
        let features = try #require(file["features"] as? [[String: Any]])
        #expect(try features.count == output.readDetections().count && !features.isEmpty)
        #expect(features.allSatisfy { $0["geometry"] is NSNull })
    }

    @Test func boxesOverTheDateLineAreCut() throws {
        try writeScan(crs: "EPSG:4326", pixelSize: "1", left: "170.5")
        let file = try #require(parse(text(output.path + "/detections.geojson")) as? [String: Any])
        let features = try #require(file["features"] as? [[String: Any]])
        var types: Set<String> = []
        for feature in features {
            let geometry = try #require(feature["geometry"] as? [String: Any])
            let type = try #require(geometry["type"] as? String)
            types.insert(type)
            let polygons =
                geometry["coordinates"] as? [[[[Double]]]]
                ?? (geometry["coordinates"] as? [[[Double]]]).map { [$0] }
            let longitudes = try #require(polygons).joined().joined().map { $0[0] }
            #expect(longitudes.allSatisfy { (-180...180).contains($0) })
            #expect((polygons?.count == 2) == (type == "MultiPolygon"))
        }
        #expect(types == ["Polygon", "MultiPolygon"])
    }

    @Test func theSceneAtFullSizeLiesOnEarthToo() throws {
        try writeScan(crs: "EPSG:32633", pixelSize: "0.5", fullSize: true)
        let scene = try Raster(opening: Address(tiny().scenePath))
        let tagged = try Raster(opening: Address(output.path + "/tagged.tif"))
        #expect(tagged.pixelSize == scene.pixelSize && tagged.pixelSize != nil)
        func corner(_ georeference: Georeference?) throws -> [Double] {
            let place = try GeographicTransformation(#require(georeference)).longitudeLatitude(x: 3, y: 4)
            return [place.longitude, place.latitude]
        }
        #expect(try corner(tagged.georeference) == corner(scene.georeference))
    }

    @Test func otherFormatsStandBesideAndTheFolderRemembersThem() throws {
        let tiny = try tiny()
        let places = try tiny.places()
        let usual: [any ScanSink] = [DetectionLinesSink(), AnnotationSink(.geoJSON, of: places)]
        let formats = try ["gpkg", "shapefile", "csv"].map { try #require(AnnotationFormat(name: $0)) }
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let sinks = usual + formats.map { AnnotationSink($0, of: places) }
        let summary = try tiny.write(state, sinks: sinks)
        let files = [
            "detections.jsonl", "pixels.geojson", "detections.gpkg", "detections.shp", "detections.shx",
            "detections.dbf", "detections.cpg", "detections.csv",
        ]
        #expect(summary.outputs == files)
        #expect(try Set(names).isSuperset(of: files))
        #expect(state.context.formats == ["GPKG", "ESRI Shapefile", "csv"])
        #expect(try output.hasOutputs(sinks.fileNames, of: tiny.task(), by: tiny.rule()))
        #expect(try !output.hasOutputs(usual.fileNames, of: tiny.task(), by: tiny.rule()))
        // All say the same.
        let found = try output.readDetections()
        for name in ["detections.gpkg", "detections.shp", "detections.csv", "pixels.geojson"] {
            let file = try AnnotationFile(
                opening: Address(output.path + "/" + name), cancellation: Cancellation())
            let read = try file.annotations(of: places).annotations
            #expect(read.map { $0.box(pointSide: 0).pixels } == found.map(\.box), "\(name)")
            #expect(read.map(\.className) == found.map { tinyModel.classes[$0.label] }, "\(name)")
        }
        // What is not asked for any more goes.
        try tiny.write(state, sinks: usual)
        #expect(try names.filter { $0.hasPrefix("detections.") } == ["detections.jsonl"])
        #expect(state.context.formats == nil)
    }

    @Test func everyFormatMakesTheFilesThatItNames() throws {
        let tiny = try tiny()
        let places = try tiny.places()
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let formats = try AnnotationFormat.names.map { try #require(AnnotationFormat(name: $0)) }
        let sinks = formats.filter { $0 != .jsonLines }.map { AnnotationSink($0, of: places) as any ScanSink }
        let summary = try tiny.write(state, sinks: [DetectionLinesSink()] + sinks)
        #expect(summary.outputs == ["detections.jsonl"] + sinks.fileNames)
        #expect(try Set(names).isSuperset(of: summary.outputs))
        try tiny.write(state, sinks: [DetectionLinesSink()])
        #expect(try names.filter { summary.outputs.contains($0) } == ["detections.jsonl"])
        // A list of classes that is somebody else's stays.
        try Data("cat".utf8).write(to: URL(filePath: output.path + "/classes.txt"))
        try tiny.write(state, sinks: [DetectionLinesSink()])
        #expect(try text(output.path + "/classes.txt") == "cat")
    }

    @Test func aFileThatIsMadeInAnotherWayIsAnotherFile() throws {
        let tiny = try tiny()
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let sinks: [any ScanSink] = [DetectionLinesSink(), FullSizeSink(at: nil, isCloudOptimized: true)]
        let summary = try tiny.write(state, sinks: sinks)
        #expect(summary.forms == ["tagged.tif": "cloud-optimized GeoTIFF"])
        #expect(state.context.isCloudOptimized == true)
        #expect(try output.hasOutputs(sinks.fileNames, forms: sinks.forms, of: tiny.task(), by: tiny.rule()))
        #expect(try !output.hasOutputs(sinks.fileNames, of: tiny.task(), by: tiny.rule()))
    }

    /// Scans a scene with this georeference.
    private func writeScan(
        crs: String, pixelSize: String, left: String = "10", fullSize: Bool = false
    ) throws {
        let tiny = try tiny()
        try Data(
            """
            <PAMDataset><SRS>\(crs.replacing("\"", with: "&quot;"))</SRS>
            <GeoTransform>\(left), \(pixelSize), 0, 50, 0, -\(pixelSize)</GeoTransform></PAMDataset>
            """.utf8
        ).write(to: URL(filePath: tiny.scenePath + ".aux.xml"))
        try tiny.run(into: output, fullSize: fullSize)
    }

    private func firstPolygon(
        in name: String = "detections.geojson"
    ) throws -> (reference: String, ring: [[Double]]) {
        let file = try #require(parse(text(output.path + "/" + name)) as? [String: Any])
        let features = try #require(file["features"] as? [[String: Any]])
        let geometry = try #require(features.first?["geometry"] as? [String: Any])
        let ring = try #require((geometry["coordinates"] as? [[[Double]]])?.first)
        return (try #require(file["coordinateReference"] as? String), ring)
    }

    @Test func theSummaryHasCountsAndTheRule() throws {
        let tiny = try tiny()
        let written = try tiny.run(into: output)
        let summary = try output.readSummary()
        #expect(summary == written)
        let detections = try output.readDetections()
        #expect(summary.counts.map(\.className) == ["car", "boat"])
        #expect(
            summary.counts.map(\.detectionCount)
                == [1, 0].map { label in detections.count { $0.label == label } })
        #expect(summary.complete && summary.scoredWindowCount == 15 * 11 && summary.windowCount == 15 * 11)
        #expect(try summary.rule == tiny.rule())
        #expect(try output.readRecord().peakMemoryByteCount > 1 << 20)
    }

    /// Whose sides cannot be subtracted, or whose area is no number.
    @Test(arguments: [
        "-9223372036854775808,0,9223372036854775807,5", "0,-5000000000,1,5000000000",
        "0,0,1073741824,1073741824",
    ])
    func aBoxBeyondAnySceneIsNoDetection(box: String) throws {
        try tiny().run(into: output)
        let line = #"{"box":[\#(box)],"class":"car","label":0,"score":0.5}"#
        try Data(line.utf8).write(to: URL(filePath: output.detectionsPath))
        #expect(throws: ScanError.self) { try output.readDetections() }
    }

    @Test func aDamagedLineIsNamedByItsNumber() throws {
        try tiny().run(into: output)
        let lines = try text(output.detectionsPath).split(separator: "\n")
        let damaged = lines[0] + "\n" + lines[1].replacing("\"box\":[", with: "\"box\":[999,")
        try Data(damaged.utf8).write(to: URL(filePath: output.detectionsPath))
        #expect {
            try output.readDetections()
        } throws: {
            let error = $0 as? ScanError
            return error?.code == .malformedState && error?.description.contains("line 2") == true
        }
    }

    // MARK: - Going on

    @Test(arguments: 0..<UInt64(Effort.either(5, orLong: 40)))
    func aScanThatIsEndedAnywhereGoesOnToTheSameBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let tiny = try tiny(width: 90, height: 120)
        let whole = ScanFolder(path: folder.file("whole"))
        try tiny.run(into: whole)
        var isComplete = false
        while !isComplete {
            var tiny = tiny
            tiny.limits = ScanLimits(blockPixelLimit: .random(in: 1...4000, using: &random))
            do {
                try tiny.run(into: output, job: cancelled(after: .random(in: 1...6, using: &random)))
                isComplete = true
            } catch is Cancelled {
                try damageTail(&random)
            }
        }
        #expect(try comparedFiles(of: output) == comparedFiles(of: whole))
    }

    /// A job that is cancelled when it has shown its progress so many times.
    private func cancelled(after count: Int) -> Job<ScanProgress> {
        let cancellation = Cancellation()
        let left = Mutex(count)
        return Job(
            cancellation: cancellation,
            progress: { _ in
                left.withLock {
                    $0 -= 1
                    if $0 == 0 { cancellation.request() }
                }
            })
    }

    /// What a process leaves that is killed while it writes, or a disk that loses the last bytes.
    private func damageTail(_ random: inout SplitMix64) throws {
        let path = output.path + "/.scan/candidates"
        var bytes = try Array(Data(contentsOf: URL(filePath: path)))
        if Bool.random(using: &random) {
            bytes.removeLast(.random(in: 0...min(20, bytes.count - 12), using: &random))
        } else {
            bytes += (0..<Int.random(in: 0...30, using: &random)).map { _ in
                .random(in: 0...255, using: &random)
            }
        }
        try Data(bytes).write(to: URL(filePath: path))
    }

    @Test func aCompleteScanIsNotScoredAgain() throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let state = try tiny.state(in: output)
        #expect(state.isComplete)
        #expect(try tiny.score(into: state).scoredWindowCount == 0)
    }

    @Test func nothingButTheStateIsSeenBeforeAScanIsComplete() throws {
        let tiny = try tiny(height: 480)
        #expect(throws: Cancelled.self) { try tiny.run(into: output, job: cancelled(after: 3)) }
        #expect(try names == [".scan", ".scan-lock"])
    }

    @Test func aScanOfAnotherTaskIsRefusedWithWhatDiffers() throws {
        var tiny = try tiny()
        try tiny.run(into: output)
        let before = try comparedFiles(of: output)
        tiny.stride = 2
        let error = #expect(throws: ScanError.self) { try tiny.run(into: output) }
        #expect(error?.code == .anotherTask && error?.description.contains("stride is 2, but was 4") == true)
        #expect(error?.description.contains("--overwrite") == true)
        #expect(try comparedFiles(of: output) == before)
    }

    @Test func anotherScanTakesThePlaceOfTheOldOneOnlyWhenItIsComplete() throws {
        var tiny = try tiny(height: 480)
        try tiny.run(into: output, fullSize: true)
        try Data("mine".utf8).write(to: URL(filePath: output.path + "/notes.txt"))
        let old = try comparedFiles(of: output)
        tiny.stride = 2
        #expect(throws: Cancelled.self) {
            try tiny.run(into: output, overwrites: true, job: cancelled(after: 4))
        }
        #expect(try comparedFiles(of: output) == old)
        let state = try tiny.state(in: output, overwrites: true)
        #expect(state.finished.windowCount > 0 && !state.isInPlace)
        try tiny.score(into: state)
        try tiny.write(state)
        let fresh = ScanFolder(path: folder.file("fresh"))
        try tiny.run(into: fresh)
        #expect(try comparedFiles(of: output) == comparedFiles(of: fresh))
        #expect(try names == (Self.usualNames + ["notes.txt"]).sorted())
    }

    @Test func resultsWithoutAStateAreNotReplacedUnasked() throws {
        let tiny = try tiny()
        try FileManager.default.createDirectory(atPath: output.path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: output.path + "/plan.json"))
        #expect(throws: ScanError.self) { try tiny.run(into: output) }
        try tiny.run(into: output, overwrites: true)
        #expect(try names == Self.usualNames)
    }

    @Test func oneJobAtATimeHasTheFolder() throws {
        let tiny = try tiny()
        let state = try tiny.state(in: output)
        let error = #expect(throws: FileError.self) { try tiny.state(in: output) }
        #expect(error?.code == .locked && error?.description.contains("another") == true)
        withExtendedLifetime(state) {}
    }

    @Test func aFolderWithoutFinishedWindowsIsTakenBack() throws {
        let state = try tiny().state(in: output)
        try state.discardIfEmpty()
        #expect(!FileManager.default.fileExists(atPath: output.path))
    }

    @Test func outputsThatWereCompleteWhenTheProcessWasKilledAreMovedByTheNext() throws {
        var tiny = try tiny()
        try tiny.run(into: output, fullSize: true)
        tiny.threshold = 0.6
        let fresh = ScanFolder(path: folder.file("fresh"))
        try tiny.run(into: fresh)
        // As after a kill in the middle of removing: all new files wait, an old one is gone.
        let staged = output.path + "/.scan-outputs-complete"
        try FileManager.default.createDirectory(atPath: staged, withIntermediateDirectories: true)
        let names = ["detections.jsonl", "pixels.geojson", "tagged.png", "run.json", "summary.json"]
        for name in names {
            try FileManager.default.copyItem(atPath: fresh.path + "/" + name, toPath: staged + "/" + name)
        }
        try FileManager.default.removeItem(atPath: output.path + "/summary.json")
        _ = try output.open()
        #expect(try self.names == Self.usualNames)
        #expect(try comparedFiles(of: output) == comparedFiles(of: fresh))
    }

    @Test func outputsOfAnotherTaskAreNotTakenForThisOnes() throws {
        var tiny = try tiny()
        try tiny.run(into: output)
        tiny.stride = 2
        // As after Ctrl-C between the last window and the outputs.
        let state = try tiny.state(in: output, overwrites: true)
        try tiny.score(into: state)
        try state.finish(limits: tiny.limits, cancellation: Cancellation())
        let names = ["detections.jsonl", "pixels.geojson", "tagged.png"]
        #expect(try !output.hasOutputs(names, of: tiny.task(), by: tiny.rule()))
        try tiny.write(state)
        #expect(try output.hasOutputs(names, of: tiny.task(), by: tiny.rule()))
    }

    @Test func openingAScanChangesNothingOfIt() throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let path = output.path + "/.scan/candidates"
        var bytes = try Array(Data(contentsOf: URL(filePath: path)))
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        let state = try output.open()
        #expect(state.lostByteCount > 0 && !state.isComplete)
        #expect(try Array(Data(contentsOf: URL(filePath: path))) == bytes)
        #expect(try output.openToRead().lostByteCount == state.lostByteCount)
    }

    @Test func aContextThatIsLostIsWrittenAgain() throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let whole = try comparedFiles(of: output)
        try FileManager.default.removeItem(atPath: output.path + "/.scan/context.json")
        try tiny.run(into: output)
        #expect(try comparedFiles(of: output) == whole)
    }

    @Test(arguments: ["task.json", "candidates"])
    func aDamagedStateIsReplacedWhereThatIsAsked(name: String) throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let whole = try comparedFiles(of: output)
        try Data("{}".utf8).write(to: URL(filePath: output.path + "/.scan/" + name))
        let error = #expect(throws: ScanError.self) { try tiny.run(into: output) }
        #expect(error?.description.contains("--overwrite") == true)
        try tiny.run(into: output, overwrites: true)
        #expect(try comparedFiles(of: output) == whole)
    }

    @Test(arguments: ["task.json", "context.json", "candidates"]) func aDamagedStateIsNamed(name: String)
        throws
    {
        let tiny = try tiny()
        try tiny.run(into: output)
        try Data("{}".utf8).write(to: URL(filePath: output.path + "/.scan/" + name))
        let error = #expect(throws: ScanError.self) { _ = try output.open() }
        #expect(error?.code == .malformedState && error?.description.contains(name) == true)
    }

    @Test func aScansRuleHoldsForItsMergeAndForTheJoinOfItsParts() throws {
        var tiny = try tiny()
        (tiny.threshold, tiny.iou) = (0.35, 0.4)
        let part = ScanFolder(path: folder.file("part"))
        let state = try tiny.state(in: part)
        try tiny.score(state.task.grid.range.part(1, of: 2), into: state)
        #expect(try part.openToRead().context.rule == tiny.rule())
    }

    @Test func aFolderWithoutAScanIsNamed() throws {
        let error = #expect(throws: ScanError.self) { _ = try output.open() }
        #expect(error?.description.contains(output.path) == true)
    }

    // MARK: - Parts and merging

    @Test(arguments: UInt64(0)..<6) func partsInAnyOrderAreJoinedToTheBytesOfTheWhole(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let tiny = try tiny(width: 90, height: 120)
        let whole = ScanFolder(path: folder.file("whole"))
        try tiny.run(into: whole)
        var parts: [ScanFolder] = []
        for number in (1...7).shuffled(using: &random) {
            let part = ScanFolder(path: folder.file("part-\(number)"))
            var other = tiny
            other.limits = ScanLimits(blockPixelLimit: .random(in: 1...4000, using: &random))
            let state = try other.state(in: part)
            // Some overlap: part 3 is scanned whole and also belongs to part 2's folder.
            let range = state.task.grid.range
            try other.score(range.part(number, of: 7), into: state)
            if number == 2 { try other.score(range.part(3, of: 7), into: state) }
            parts.append(part)
        }
        let state = try tiny.state(in: output)
        try state.join(parts.map { try $0.open() }, limits: ScanLimits(), cancellation: Cancellation())
        #expect(state.isComplete)
        try tiny.write(state)
        #expect(try comparedFiles(of: output) == comparedFiles(of: whole))
    }

    @Test func partsWithTwoScoresOfOneWindowAreRefusedAndStayAsTheyAre() throws {
        let tiny = try tiny()
        let state = try tiny.state(in: output)
        let other = try tiny.state(in: ScanFolder(path: folder.file("other")))
        let windows = WindowRange(rows: 0..<1, columns: 0..<1)
        try state.collect(WindowScores(windows: windows, scores: [0.2, 0.5, 0.3]))
        try other.collect(WindowScores(windows: windows, scores: [0.2, Float(0.5).nextUp, 0.3]))
        let error = #expect(throws: ScanError.self) {
            try state.join([other], limits: ScanLimits(), cancellation: Cancellation())
        }
        #expect(error?.description.contains("different scores of one window, at 0,0") == true)
        #expect(try output.openToRead().finished.windowCount == 1)
    }

    @Test func aFolderInTheWayOfAnOutputIsNamedAndStays() throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let before = try text(output.detectionsPath)
        try FileManager.default.removeItem(atPath: output.path + "/tagged.png")
        try FileManager.default.createDirectory(
            atPath: output.path + "/tagged.png/mine", withIntermediateDirectories: true)
        var other = tiny
        other.threshold = 0.3
        let error = #expect(throws: FileError.self) { try other.write(try output.open()) }
        #expect(
            error?.description.contains("tagged.png") == true
                && error?.description.contains("move it away") == true)
        #expect(try text(output.detectionsPath) == before)
    }

    @Test func stagedOutputsThatCannotBeUnderstoodAreMadeAgain() throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let whole = try comparedFiles(of: output)
        let staged = output.path + "/.scan-outputs-complete"
        try FileManager.default.createDirectory(atPath: staged, withIntermediateDirectories: true)
        try Data("{".utf8).write(to: URL(filePath: staged + "/summary.json"))
        try tiny.run(into: output)
        #expect(try comparedFiles(of: output) == whole)
    }

    @Test func aScanIsReadInTheMomentInWhichItIsReplaced() throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let paths = [".scan", ".scan-next", ".scan-old"].map { output.path + "/" + $0 }
        try FileManager.default.copyItem(atPath: paths[0], toPath: paths[2])
        try FileManager.default.moveItem(atPath: paths[0], toPath: paths[1])
        #expect(try output.openToRead().isComplete)
        #expect(try output.open().isComplete)
        #expect(try names == Self.usualNames)
    }

    @Test(arguments: [[1, 1], [0, 7], []]) func aRuleThatCannotBeIsDamage(labels: [Int]) throws {
        let tiny = try tiny()
        try tiny.run(into: output)
        let path = output.path + "/.scan/context.json"
        var context = try JSONDecoder().decode(ScanContext.self, from: Data(text(path).utf8))
        context.rule.labels = labels
        try JSONEncoder().encode(context).write(to: URL(filePath: path))
        #expect(throws: ScanError.self) { try output.open() }
    }

    @Test func scansOfTwoTasksAreNotJoined() throws {
        let tiny = try tiny()
        let state = try tiny.state(in: output)
        var other = tiny
        other.floor = 0.3
        let otherState = try other.state(in: ScanFolder(path: folder.file("other")))
        let error = #expect(throws: ScanError.self) {
            try state.join([otherState], limits: ScanLimits(), cancellation: Cancellation())
        }
        #expect(error?.code == .anotherTask && error?.description.contains("floor") == true)
    }

    @Test(arguments: MergeRule.Method.allCases, [false, true])
    func mergingByAnotherRuleIsAScanWithThatRule(method: MergeRule.Method, movesBoxes: Bool) throws {
        var tiny = try tiny()
        try tiny.run(into: output)
        (tiny.threshold, tiny.iou) = (0.3, 0.5)
        tiny.method = method
        tiny.acrossClasses = movesBoxes
        tiny.movesBoxes = movesBoxes
        try tiny.write(try output.open())
        #expect(try output.open().context.rule == tiny.rule())
        let fresh = ScanFolder(path: folder.file("fresh"))
        try tiny.run(into: fresh)
        #expect(try comparedFiles(of: output) == comparedFiles(of: fresh))
    }

    @Test(arguments: [false, true]) func memoryForMergingChangesNoByte(movesBoxes: Bool) throws {
        var tiny = try tiny(height: 480)
        tiny.threshold = 0.3
        tiny.movesBoxes = movesBoxes
        try tiny.run(into: output)
        tiny.limits = ScanLimits(mergeByteCount: 96 * 20)
        let fresh = ScanFolder(path: folder.file("fresh"))
        try tiny.run(into: fresh)
        #expect(try comparedFiles(of: output) == comparedFiles(of: fresh))
    }

    @Test func whatIsThereOfAnUnfinishedScanIsWrittenAndSaysSo() throws {
        let tiny = try tiny(height: 480)
        #expect(throws: Cancelled.self) { try tiny.run(into: output, job: cancelled(after: 9)) }
        let summary = try tiny.write(try output.open())
        #expect(!summary.complete && (1..<summary.windowCount).contains(summary.scoredWindowCount))
        #expect(try !output.readDetections().isEmpty)
        // And the scan still goes on to what it would have been.
        try tiny.run(into: output)
        let fresh = ScanFolder(path: folder.file("fresh"))
        try tiny.run(into: fresh)
        #expect(try comparedFiles(of: output) == comparedFiles(of: fresh))
    }

    @Test func aSceneThatIsCutShortLeavesWhatWasFoundWithoutPictures() throws {
        var tiny = try tiny(height: 480)
        let image = try Image(pictureAt: Address(tiny.scenePath))
        tiny.scenePath = try folder.cutScene(image, rowCount: 200)
        tiny.limits = ScanLimits(blockPixelLimit: 64 * 80)
        let error = #expect(throws: ScanError.self) { try tiny.run(into: output) }
        #expect(error?.code == .unreadable)
        let summary = try tiny.write(try output.open())
        #expect(!summary.complete && summary.outputs == ["detections.jsonl", "pixels.geojson"])
        let readable = image.cropped(to: PixelRect(x0: 0, y0: 0, x1: 64, y1: 152))
        let found = try output.readDetections()
        #expect(!found.isEmpty && found.count >= tiny.plainDetections(in: readable).count / 2)
    }

    @Test func aSceneThatWasReplacedIsNotDrawn() throws {
        let tiny = try tiny()
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let scene = try Scene(opening: Address(tiny.scenePath))
        try Image(width: 20, height: 20).writePNG(to: .replacing(tiny.scenePath))
        try state.finish(limits: tiny.limits, cancellation: Cancellation())
        let error = #expect(throws: RasterError.self) {
            try state.write(
                [OverviewSink()], by: tiny.rule(), scene: scene,
                record: ScanRecord(engine: nil, limits: tiny.limits, version: "test", context: state.context),
                limits: tiny.limits,
                job: Job())
        }
        #expect(error?.code == .sceneChanged)
        #expect(try names == [".scan", ".scan-lock"])
    }

    @Test func aFileInTheWayOfTheFolderIsAnError() throws {
        let tiny = try tiny()
        try Data().write(to: URL(filePath: output.path))
        #expect(throws: FileError.self) { try tiny.state(in: output) }
    }
}

private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

private func parse(_ json: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(json.utf8))
}

private func signedArea(_ ring: [[Double]]) -> Double {
    zip(ring, ring.dropFirst()).reduce(0) { $0 + ($1.0[0] * $1.1[1] - $1.1[0] * $1.0[1]) / 2 }
}
