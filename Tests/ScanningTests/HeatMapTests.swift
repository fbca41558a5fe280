import Bytes
import Files
import Foundation
import ModelFiles
import Pixels
import Rasters
import Scanning
import TestRasters
import TestSupport
import Testing

/// Heat maps beside a plain loop over all windows and cells, and their files.
@Suite struct HeatMapTests {
    let folder: TemporaryFolder
    let output: ScanFolder

    init() throws {
        folder = try TemporaryFolder()
        output = ScanFolder(path: folder.file("found"))
    }

    /// For each cell the highest score of the windows that touch it.
    ///
    /// - Parameter isScored: tells the windows that were scored, by row and column.
    private func plainMap(
        _ map: HeatMap, _ task: ScanTask, _ candidates: [Candidate], label: Int,
        isScored: (Int, Int) -> Bool
    ) -> [Float] {
        let scores = Dictionary(
            uniqueKeysWithValues: candidates.filter { $0.label == label }.map {
                ([Int($0.row), Int($0.column)], $0.score)
            })
        var cells = [Float](repeating: HeatMap.missing, count: map.width * map.height)
        for row in 0..<task.grid.rowCount {
            for column in 0..<task.grid.columnCount where isScored(row, column) {
                let place = task.place(of: WindowRange(rows: row..<row + 1, columns: column..<column + 1))
                for index in cells.indices {
                    let (y, x) = index.quotientAndRemainder(dividingBy: map.width)
                    let (side, height) = (Int(map.cellWidth), Int(map.cellHeight))
                    let cell = PixelRect(x: x * side, y: y * height, width: side, height: height)
                    guard place.intersection(cell) != nil else { continue }
                    cells[index] = max(cells[index], scores[[row, column]] ?? 0)
                }
            }
        }
        return cells
    }

    @Test(arguments: UInt64(0)..<24) func agreesWithAPlainLoop(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scene = try folder.scene(
            width: .random(in: 9...60, using: &random), height: .random(in: 9...60, using: &random),
            seed: seed)
        var tiny = TinyScan(scenePath: scene.path)
        tiny.stride = Int.random(in: 1...11, using: &random)
        tiny.floor = 0.3
        let factors = [[1.0], [0.5], [1, 0.5]][Int(seed % 3)]
        let request = SceneViewRequest(
            scales: factors.map { .factor($0) }, windowSize: 8, stride: tiny.stride)
        tiny.view = try SceneView.resolve(request, for: Address(scene.path)).view
        let area = ScanArea(polygons: [[[3.2, -1.3, 40.7, 2.1, 33.3, 52.3, 9.1, 30.2]]])
        if seed % 2 == 1 { tiny.selection = WindowSelection(area: area) }
        let state = try tiny.state(in: output)
        let task = state.task
        // A part, so that windows are missing.
        let rows = 0..<max(1, task.grid.rowCount * 3 / 4)
        let range = WindowRange(rows: rows, columns: task.grid.range.columns)
        try tiny.score(range, into: state)
        let set = CandidateSet([
            try CandidateFile(path: output.path + "/.scan/candidates", grid: task.grid)
        ])
        let candidates = try set.candidates(inRows: 0..<task.grid.rowCount)
        let map = HeatMap(of: task)
        let levels = task.view?.stack?.levels
        let scale = task.view?.scale
        let heights = task.fullSize
        #expect(map.width == (heights.width + Int(map.cellWidth) - 1) / Int(map.cellWidth))
        #expect(map.height == (heights.height + Int(map.cellHeight) - 1) / Int(map.cellHeight))
        func isScored(_ row: Int, _ column: Int) -> Bool {
            guard rows.contains(row) else { return false }
            var (top, factorX, factorY) = (0, scale?.x ?? 1, scale?.y ?? 1)
            var (width, height) = (task.grid.sceneWidth, task.grid.sceneHeight)
            if let levels {
                guard
                    let level = levels.first(where: { $0.rows.contains(row) && $0.columns.contains(column) })
                else { return false }
                (top, factorX, factorY) = (level.place.y0, level.scale.x, level.scale.y)
                (width, height) = (level.place.width, level.place.height)
            }
            guard seed % 2 == 1 else { return true }
            let (x, y) = (task.grid.x(ofColumn: column), task.grid.y(ofRow: row) - top)
            return area.polygons.contains(
                x: min(Double(x) + 4, Double(width) - 0.5) / factorX,
                y: min(Double(y) + 4, Double(height) - 0.5) / factorY)
        }
        for label in 0..<2 {
            let plain = plainMap(map, task, candidates, label: label, isScored: isScored)
            // In bands of any height.
            var cells: [Float] = []
            while cells.count < map.width * map.height {
                let first = cells.count / map.width
                let end = min(map.height, first + Int.random(in: 1...9, using: &random))
                cells += try map.cells(inRows: first..<end, label: label, of: set)
            }
            #expect(cells == plain)
            #expect(seed > 0 || Set(cells).count > 2)
        }
    }

    @Test func theFileHasACellForEachStrideAndLiesOnEarth() throws {
        let (width, height) = (64, 48)
        let samples = (0..<width * height * 3).map { Double(($0 * 37) % 251) }
        try TestRaster(
            width: width, height: height, bandCount: 3, samples: samples, options: ["PHOTOMETRIC=RGB"],
            transform: [500_000, 2, 0.5, 5_000_000, 0.25, -2], crs: "EPSG:32633"
        ).write(to: folder.file("scene.tif"))
        var tiny = TinyScan(scenePath: folder.file("scene.tif"))
        tiny.floor = 0
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let sinks = HeatMapSink.sinks(
            labels: try tiny.rule().labels, classes: tinyModel.classes, at: try tiny.places().georeference)
        let summary = try tiny.write(state, sinks: [DetectionLinesSink()] + sinks)
        #expect(summary.outputs == ["detections.jsonl", "heat-car.tif", "heat-boat.tif"])
        let highest = try state.highestScores()
        for (name, label) in [("car", 1), ("boat", 0)] {
            let view = SceneView(ranges: [SampleRange(0, 1)])
            let map = try Raster(opening: Address(output.path + "/heat-\(name).tif"), view: view)
            #expect(map.width == width / 4 && map.height == height / 4)
            let light = try map.read(map.bounds).pixelsHWC.max() ?? 0
            #expect(abs(Float(light) / 255 - (highest[label] ?? 0)) < 0.01)
            let scene = try Raster(opening: Address(folder.file("scene.tif")))
            // Rasters cannot be copied, which is what a requirement would do.
            let (mapPlace, scenePlace) = (map.georeference, scene.georeference)
            let (ofMap, ofScene) = (
                try GeographicTransformation(#require(mapPlace)),
                try GeographicTransformation(#require(scenePlace))
            )
            let (one, other) = (
                try ofMap.longitudeLatitude(x: 3, y: 5), try ofScene.longitudeLatitude(x: 12, y: 20)
            )
            #expect(abs(one.longitude - other.longitude) < 1e-9 && abs(one.latitude - other.latitude) < 1e-9)
        }
    }

    @Test func classesWithStrangeNamesHaveFilesOfTheirOwn() throws {
        var tiny = TinyScan(scenePath: try folder.scene(width: 40, height: 30).path)
        tiny.model.classes = ["../a/b", "..", "A/B"]
        tiny.classes = tiny.model.classes
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let sinks = HeatMapSink.sinks(labels: [0, 1, 2], classes: tiny.model.classes, at: nil)
        try tiny.write(state, sinks: sinks)
        let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
        #expect(names.count { $0.hasPrefix("heat-") && $0.hasSuffix(".tif") } == 3, "\(names)")
        #expect(Set(sinks.map { $0.fileName.lowercased() }).count == 3)
    }

    @Test func mergingAgainRemovesWhatIsNotAskedForAndNothingElse() throws {
        let tiny = TinyScan(scenePath: try folder.scene(width: 40, height: 30).path)
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let labels = try tiny.rule().labels
        try tiny.write(
            state,
            sinks: HeatMapSink.sinks(labels: labels, classes: tinyModel.classes, at: nil) + [
                CropsSink(limit: 3)
            ])
        #expect(state.context.hasHeatMaps == true && state.context.cropLimit == 3)
        _ = try folder.write([1], to: "found/heat-mine.tif")
        try tiny.write(state, sinks: [DetectionLinesSink()])
        #expect(state.context.hasHeatMaps == nil && state.context.cropLimit == nil)
        let names = try FileManager.default.contentsOfDirectory(atPath: output.path).sorted()
        #expect(
            names == [
                ".scan", ".scan-lock", "detections.jsonl", "heat-mine.tif", "run.json", "summary.json",
            ])
    }

    @Test func aFileInTheWayOfAHeatMapIsNamedAndStays() throws {
        let tiny = TinyScan(scenePath: try folder.scene(width: 40, height: 30).path)
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        try tiny.write(state, sinks: [DetectionLinesSink()])
        _ = try folder.write([1], to: "found/heat-car.tif")
        let sinks = HeatMapSink.sinks(
            labels: try tiny.rule().labels, classes: tinyModel.classes, at: try tiny.places().georeference)
        let error = #expect(throws: FileError.self) { try tiny.write(state, sinks: sinks) }
        #expect(error?.code == .exists && error?.path.hasSuffix("heat-car.tif") == true)
        #expect(try folder.bytes("found/heat-car.tif") == [1])
        #expect(FileManager.default.fileExists(atPath: output.detectionsPath))
    }

    // MARK: - Crops

    @Test func cropsAreTheBestDetectionsOfEachClass() throws {
        let scene = try folder.scene(width: 64, height: 48)
        let tiny = TinyScan(scenePath: scene.path)
        let state = try tiny.state(in: output)
        try tiny.score(into: state)
        let summary = try tiny.write(state, sinks: [DetectionLinesSink(), CropsSink(limit: 2)])
        #expect(summary.outputs == ["detections.jsonl", "crops"])
        let detections = try output.readDetections()
        for (label, name) in [(1, "car"), (0, "boat")] {
            let best = detections.filter { $0.label == label }.prefix(2)
            try #require(best.count == 2)
            let names = try FileManager.default.contentsOfDirectory(atPath: output.path + "/crops/" + name)
            #expect(names.count == 2)
            for detection in best {
                let box = detection.box
                let file = String(format: "%.4f", detection.score) + "-\(box.x0)-\(box.y0).png"
                let picture = try Image(pictureAt: Address("\(output.path)/crops/\(name)/\(file)"))
                #expect(picture == scene.image.cropped(to: box))
            }
        }
    }
}
