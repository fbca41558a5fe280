import Bytes
import Engines
import Files
import Foundation
import ModelFiles
import Pixels
import Rasters
import Scanning
import Scanning
import TestSupport
import Testing

/// Keeps which windows were scored, and why others were not.
private struct Choice: ScoreCollector {
    /// By row and column; `nil` for one that was scored.
    var windows: [[Int]: SkipReason?] = [:]

    mutating func collect(_ found: WindowScores) { add(found.windows, nil) }
    mutating func skip(_ windows: WindowRange, _ reason: SkipReason) { add(windows, reason) }

    private mutating func add(_ range: WindowRange, _ reason: SkipReason?) {
        for row in range.rows {
            for column in range.columns {
                #expect(windows[[row, column]] == nil, "a window came twice")
                windows[[row, column]] = .some(reason)
            }
        }
    }
}

@Suite struct WindowSelectionTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A scene with an alpha band that is transparent in rectangles, and of one colour in others.
    private func scene(using random: inout SplitMix64) throws -> (Address, Image, valid: [Bool]) {
        let (width, height) = (Int.random(in: 5...60, using: &random), Int.random(in: 5...60, using: &random))
        var image = Image(
            width: width, height: height,
            pixelsHWC: (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) })
        func rect() -> PixelRect {
            let (x, y) = (
                Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random)
            )
            return PixelRect(
                x0: x, y0: y, x1: .random(in: x + 1...width, using: &random),
                y1: .random(in: y + 1...height, using: &random))
        }
        for _ in 0..<2 { image.fill(rect(), color: RGB(90, 100, .random(in: 0...255, using: &random))) }
        var valid = [Bool](repeating: true, count: width * height)
        for _ in 0..<2 {
            let hole = rect()
            for y in hole.y0..<hole.y1 { for x in hole.x0..<hole.x1 { valid[y * width + x] = false } }
        }
        let path = folder.file("scene.tif")
        try writeRGBA(image, valid, to: path)
        return (Address(path), image, valid)
    }

    private func task(_ tiny: TinyScan, _ scene: Scene, _ selection: WindowSelection?) throws -> ScanTask {
        try ScanTask(
            scene: scene, model: tiny.model, digest: "tiny", stride: tiny.stride, selection: selection,
            classes: tiny.classes, numerics: tiny.engine.numerics)
    }

    @Test(arguments: UInt64(0)..<40) func choosesAsAPlainLoopDoes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (address, image, valid) = try scene(using: &random)
        var tiny = TinyScan(scenePath: address.description)
        tiny.stride = Int.random(in: 1...9, using: &random)
        tiny.limits.blockPixelLimit = [200, 900, 1 << 20].randomElement(using: &random)!
        let request = SceneViewRequest(fill: RGB(1, 2, 3), windowSize: 8)
        let view = try SceneView.resolve(request, for: address).view
        let scene = try Scene(opening: address, view: view)
        let area = ScanArea(polygons: [
            [[-5, -5, 40.25, -3, 50, 70, 3, 30.5], [10, 10, 30, 10, 30, 30, 10, 30]],
            [[20, 20, 25, 20, 25, 25]],
        ])
        let selection = WindowSelection(
            leastValid: Bool.random(using: &random) ? [0, 0.3, 1].randomElement(using: &random) : nil,
            plainDeviation: Bool.random(using: &random) ? 20 : nil,
            area: Bool.random(using: &random) ? area : nil)
        let task = try task(tiny, scene, selection)
        var choice = Choice()
        _ = try SceneScan(task, scene: scene, model: tiny.model, engine: tiny.engine, limits: tiny.limits)
            .score(task.grid.range, into: &choice, job: Job())
        #expect(choice.windows.count == task.grid.windowCount)
        for row in 0..<task.grid.rowCount {
            for column in 0..<task.grid.columnCount {
                let box = task.grid.box(row: row, column: column)
                let expected = Self.reason(box, selection, image, valid)
                #expect(choice.windows[[row, column]] == .some(expected), "\(box)")
            }
        }
    }

    /// From the definition.
    private static func reason(
        _ box: PixelRect, _ selection: WindowSelection, _ image: Image, _ valid: [Bool]
    ) -> SkipReason? {
        let (x, y) = (Double(box.x0 + box.x1) / 2, Double(box.y0 + box.y1) / 2)
        if let area = selection.area, !area.polygons.contains(where: { isInside(x, y, $0) }) {
            return .outside
        }
        var brightness: [Double] = []
        var count = 0
        for y in box.y0..<min(box.y1, image.height) {
            for x in box.x0..<min(box.x1, image.width) {
                count += 1
                guard valid[y * image.width + x] else { continue }
                let colour = image[x, y]
                let light = 299 * Int(colour.red) + 587 * Int(colour.green) + 114 * Int(colour.blue)
                brightness.append(Double((light + 500) / 1000))
            }
        }
        if let least = selection.leastValid,
            brightness.isEmpty || Double(brightness.count) < least * Double(count)
        {
            return .empty
        }
        guard let plain = selection.plainDeviation else { return nil }
        guard !brightness.isEmpty else { return .plain }
        let mean = brightness.reduce(0, +) / Double(brightness.count)
        let variance = brightness.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(brightness.count)
        return variance < plain * plain ? .plain : nil
    }

    /// By a ray to the right, over all rings.
    private static func isInside(_ x: Double, _ y: Double, _ polygon: [[Double]]) -> Bool {
        var isInside = false
        for ring in polygon {
            for corner in stride(from: 0, to: ring.count, by: 2) {
                let next = (corner + 2) % ring.count
                let (x0, y0, x1, y1) = (ring[corner], ring[corner + 1], ring[next], ring[next + 1])
                if (y0 <= y) != (y1 <= y), x < x0 + (y - y0) / (y1 - y0) * (x1 - x0) { isInside.toggle() }
            }
        }
        return isInside
    }

    @Test(arguments: UInt64(0)..<10) func partsInAnyOrderMakeTheFileOfTheWhole(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (address, _, _) = try scene(using: &random)
        let view = try SceneView.resolve(SceneViewRequest(windowSize: 8), for: address).view
        let scene = try Scene(opening: address, view: view)
        var tiny = TinyScan(scenePath: address.description)
        let selection = WindowSelection(
            leastValid: 0.5, plainDeviation: 20, area: ScanArea(x0: 3, y0: 0, x1: 40, y1: 50))
        let task = try task(tiny, scene, selection)
        func scan(_ name: String, _ ranges: [WindowRange]) throws -> ScanFolder {
            let folder = ScanFolder(path: self.folder.file(name))
            var state = try folder.begin(task, tiny.context(), overwrites: false)
            for range in ranges {
                _ = try SceneScan(
                    task, scene: scene, model: tiny.model, engine: tiny.engine, limits: tiny.limits
                ).score(range, except: state.finished, into: &state, job: Job())
            }
            #expect(state.isComplete)
            try state.finish(limits: tiny.limits, cancellation: Cancellation())
            let record = ScanRecord(engine: nil, limits: tiny.limits, version: "test", context: state.context)
            let summary = try state.write(
                [DetectionLinesSink()], by: tiny.rule(), scene: scene, record: record, limits: tiny.limits,
                job: Job())
            #expect(summary.scoredWindowCount + (summary.skipped?.total ?? 0) == task.grid.windowCount)
            return folder
        }
        let whole = try scan("whole", [task.grid.range])
        let ranges = (1...7).map { task.grid.range.part($0, of: 7) }.shuffled(using: &random)
        tiny.limits.blockPixelLimit = 300
        let parts = try scan("parts", ranges + [task.grid.range])
        func bytes(_ folder: ScanFolder, _ name: String) throws -> Data {
            try Data(contentsOf: URL(filePath: folder.path + "/" + name))
        }
        for name in [".scan/candidates", "summary.json", "detections.jsonl"] {
            #expect(try bytes(whole, name) == bytes(parts, name), "\(name)")
        }
    }

    @Test(arguments: [(5, 40), (40, 5), (3, 3)]) func aSceneThatIsSmallerThanAWindowIsPadded(
        width: Int, height: Int
    )
        throws
    {
        let (path, image) = try folder.scene(width: width, height: height)
        var tiny = TinyScan(scenePath: path)
        tiny.threshold = 0.05
        tiny.iou = 1
        let request = SceneViewRequest(fill: RGB(1, 2, 3), windowSize: 8)
        let view = try SceneView.resolve(request, for: Address(path)).view
        #expect(view == SceneView(fill: RGB(1, 2, 3)))
        let scene = try Scene(opening: Address(path), view: view)
        let task = try task(tiny, scene, nil)
        var padded = Image(width: max(8, width), height: max(8, height))
        padded.fill(padded.bounds, color: RGB(1, 2, 3))
        padded.paste(image, x: 0, y: 0)
        let state = try ScanFolder(path: folder.file("found")).begin(task, tiny.context(), overwrites: false)
        var collector = state
        _ = try SceneScan(task, scene: scene, model: tiny.model, engine: tiny.engine).score(
            task.grid.range, into: &collector, job: Job())
        let found = try state.merged(by: tiny.rule(), limits: ScanLimits(), cancellation: Cancellation())
        let expected = tiny.plainDetections(in: padded).map { detection in
            var cut = detection
            cut.box = detection.box.intersection(image.bounds) ?? detection.box
            return cut
        }
        #expect(Array(found) == expected && !expected.isEmpty)
    }

    @Test func aTaskWithoutAViewOrASelectionIsWhatItWas() throws {
        let (path, _) = try folder.scene(width: 20, height: 20)
        let tiny = TinyScan(scenePath: path)
        let scene = try Scene(opening: Address(path))
        #expect(try task(tiny, scene, WindowSelection()) == tiny.task())
        #expect(try tiny.task().version == 1)
        let chosen = try task(tiny, scene, WindowSelection(leastValid: 0.5))
        #expect(chosen.version == 3)
        #expect(try chosen.differences(from: tiny.task()).contains { $0.contains("--min-valid") })
        var impossible = chosen
        impossible.selection?.leastValid = 2
        #expect(throws: ScanError.self) { try impossible.check(classCount: 3) }
    }
}
