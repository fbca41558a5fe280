import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

/// Scans of a scene at several scales, which stand one below another in one grid.
@Suite struct SeveralScalesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Keeps all scores, and the reasons where there are none.
    private struct Kept: ScoreCollector {
        var scores: [[Int]: [Float]] = [:]
        var skipped: [[Int]: SkipReason] = [:]

        mutating func collect(_ found: WindowScores) {
            let classCount = found.scores.count / found.windows.windowCount
            for (index, place) in places(found.windows).enumerated() {
                #expect(scores[place] == nil && skipped[place] == nil)
                scores[place] = Array(found.scores[index * classCount..<(index + 1) * classCount])
            }
        }

        mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {
            for place in places(windows) {
                #expect(scores[place] == nil && skipped[place] == nil)
                skipped[place] = reason
            }
        }

        private func places(_ windows: WindowRange) -> [[Int]] {
            windows.rows.flatMap { row in windows.columns.map { [row, $0] } }
        }
    }

    private func scan(
        _ address: Address, at factors: [Double], _ tiny: TinyScan
    ) throws -> (task: ScanTask, kept: Kept) {
        var tiny = tiny
        let request = SceneViewRequest(
            scales: factors.map { .factor($0) }, windowSize: tiny.model.architecture.inputSize,
            stride: tiny.stride)
        tiny.view = try SceneView.resolve(request, for: address).view
        let task = try tiny.task()
        var kept = Kept()
        _ = try SceneScan(
            task, scene: Scene(opening: address, view: tiny.view), model: tiny.model, engine: tiny.engine,
            limits: tiny.limits
        ).score(task.grid.range, into: &kept, job: Job())
        return (task, kept)
    }

    @Test(arguments: UInt64(0)..<20) func eachScaleHasTheScoresOfAScanAtThatScale(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scene = try folder.scene(
            width: .random(in: 5...80, using: &random), height: .random(in: 5...80, using: &random),
            seed: seed)
        let address = Address(scene.path)
        var tiny = TinyScan(scenePath: scene.path)
        // A larger one leaves pixels out; the last window then stands flush with the edge at one scale alone.
        tiny.stride = Int.random(in: 1...tiny.model.architecture.inputSize, using: &random)
        tiny.limits.blockPixelLimit = [200, 900, 1 << 20].randomElement(using: &random)!
        if seed % 2 == 0 {
            tiny.selection = WindowSelection(area: ScanArea(x0: 3.5, y0: -1, x1: 40.5, y1: 33.25))
        }
        let factors = [1, 0.5, 2]
        let (task, kept) = try scan(address, at: factors, tiny)
        let levels = try #require(task.view?.stack?.levels)
        #expect(task.version == 4 && task.fullSize == (scene.image.width, scene.image.height))
        #expect(kept.scores.count + kept.skipped.count == task.grid.windowCount)
        #expect(kept.skipped.count { $0.value == .beside } == task.grid.windowCount - task.windowCount)
        for (factor, level) in zip(factors, levels) {
            let (alone, ownKept) = try scan(address, at: [factor], tiny)
            #expect(alone.grid.rowCount == level.rows.count && alone.grid.columnCount == level.columns.count)
            for (row, column) in (0..<alone.grid.rowCount).flatMap({ row in
                (0..<alone.grid.columnCount).map { (row, $0) }
            }) {
                let place = [level.rows.lowerBound + row, column]
                let box = alone.grid.box(row: row, column: column)
                // The last window of a row or column stands flush with the edge there, and reaches beyond it here.
                guard box.x0 == column * tiny.stride, box.y0 == row * tiny.stride else {
                    #expect(kept.scores[place] != nil || kept.skipped[place] == .outside)
                    continue
                }
                #expect(kept.scores[place] == ownKept.scores[[row, column]], "\(factor) \(row) \(column)")
                #expect(kept.skipped[place] == ownKept.skipped[[row, column]])
                let seen = task.place(
                    of: WindowRange(rows: place[0]..<place[0] + 1, columns: column..<column + 1))
                #expect(
                    seen == alone.place(of: WindowRange(rows: row..<row + 1, columns: column..<column + 1))
                        || box.x1 > alone.grid.sceneWidth || box.y1 > alone.grid.sceneHeight)
            }
        }
    }

    @Test(arguments: [MergeRule.Method.nms, .nmm, .wbf])
    func scalesAreMergedTogetherInPixelsOfTheScene(method: MergeRule.Method) throws {
        let scene = try folder.scene(width: 60, height: 44, seed: 7)
        var tiny = TinyScan(scenePath: scene.path)
        // Boxes of noise that are merged have low scores.
        (tiny.method, tiny.floor, tiny.threshold) = (method, 0, method == .nms ? 0.6 : 0.05)
        let (task, kept) = try scan(Address(scene.path), at: [1, 0.5], tiny)
        tiny.view = task.view
        let output = ScanFolder(path: folder.file("found"))
        let summary = try tiny.run(into: output)
        #expect(summary.complete && summary.windowCount == task.windowCount && summary.skipped == nil)
        #expect(summary.scoredWindowCount == task.windowCount)
        #expect(summary.sceneWidth == 60 && summary.sceneHeight == 44)
        let labels = try tiny.model.labels(of: tiny.classes)
        let boxes = kept.scores.flatMap { place, scores in
            labels.map { label in
                let windows = WindowRange(rows: place[0]..<place[0] + 1, columns: place[1]..<place[1] + 1)
                return Detection(box: task.place(of: windows), label: label, score: scores[label])
            }
        }
        let found = try output.readDetections()
        #expect(found.contains { $0.box.width > 8 })
        if method == .nms {
            #expect(found.contains { $0.box.width == 8 })
            let expected = nonMaximumSuppression(boxes, iouThreshold: tiny.iou).filter { $0.score >= 0.6 }
            #expect(found.map(\.box) == expected.map(\.box) && found.map(\.label) == expected.map(\.label))
        }
        for detection in found { #expect(scene.image.bounds.contains(detection.box)) }
    }

    @Test(arguments: UInt64(0)..<6) func partsAndStopsHaveTheSameBytes(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scene = try folder.scene(width: 60, height: 44, seed: 3)
        var tiny = TinyScan(scenePath: scene.path)
        tiny.view = try scan(Address(scene.path), at: [1, 0.5, 0.25], tiny).task.view
        let whole = ScanFolder(path: folder.file("whole"))
        try tiny.run(into: whole)
        tiny.limits.blockPixelLimit = Int.random(in: 100...2000, using: &random)
        let parts = ScanFolder(path: folder.file("parts"))
        let grid = try tiny.task().grid
        let state = try tiny.state(in: parts)
        let count = Int.random(in: 2...9, using: &random)
        for number in (1...count).shuffled(using: &random) {
            try tiny.score(grid.range.part(number, of: count), into: state)
        }
        try tiny.write(state)
        #expect(try comparedFiles(of: parts) == comparedFiles(of: whole))
    }

    @Test func aDenseScanIsRefused() throws {
        let scene = try folder.scene(width: 60, height: 44)
        var tiny = TinyScan(scenePath: scene.path)
        tiny.view = try scan(Address(scene.path), at: [1, 0.5], tiny).task.view
        tiny.dense = DenseChoice()
        #expect { try tiny.task() } throws: { "\($0)".contains("scan once for each") }
    }

    @Test func mergingNamesTheMemoryThatItNeeds() throws {
        let scene = try folder.scene(width: 300, height: 300)
        var tiny = TinyScan(scenePath: scene.path)
        (tiny.stride, tiny.floor, tiny.threshold) = (2, 0, 0)
        tiny.view = try scan(Address(scene.path), at: [1, 0.5], tiny).task.view
        let state = try tiny.state(in: ScanFolder(path: folder.file("found")))
        try tiny.score(into: state)
        tiny.limits.mergeByteCount = 1 << 20
        let error = #expect(throws: ScanError.self) { try tiny.write(state) }
        let words = error?.description ?? ""
        #expect(words.contains("--memory ") && !words.contains("--method"), "\(words)")
    }
}
