import Bytes
import Files
import Foundation
import ModelFiles
import Networks
import ModelFiles
import Pixels
import Rasters
import Scanning
import TestSupport
import Testing

/// What becomes of the windows of a scene that is damaged in places.
@Suite struct DamageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Keeps the scores of windows.
    private struct Scores: ScoreCollector {
        var byWindow: [[Int]: [Float]] = [:]

        mutating func skip(_ windows: WindowRange, _ reason: SkipReason) {
            Issue.record("no window is skipped here")
        }

        mutating func collect(_ found: WindowScores) throws {
            var rest = found.scores[...]
            for row in found.windows.rows {
                for column in found.windows.columns {
                    byWindow[[row, column]] = Array(rest.prefix(3))
                    rest = rest.dropFirst(3)
                }
            }
        }
    }

    private func scores(_ tiny: TinyScan) throws -> (scores: Scores, failures: [FailedWindows]) {
        let scan = try SceneScan(
            tiny.task(), scene: Scene(opening: Address(tiny.scenePath)), model: tiny.model,
            engine: tiny.engine, limits: tiny.limits)
        var scores = Scores()
        do {
            _ = try scan.score(tiny.task().grid.range, into: &scores, job: Job())
            return (scores, [])
        } catch let error as ScanError {
            #expect(error.code == .unreadable && error.description.contains("cut.tif"))
            return (scores, error.failures)
        }
    }

    /// Of a file in strips of 16 rows that ends in row 200, rows from 192 on are lost: for an exact scan and for one that sees beyond its
    /// windows.
    @Test(arguments: [false, true], [1, 64 * 80, 4 << 20])
    func exactlyTheWindowsThatNeedWhatIsLostFail(isDense: Bool, pixelLimit: Int) throws {
        let (path, image) = try folder.scene(width: 64, height: 480)
        var tiny = TinyScan(scenePath: try folder.cutScene(image, rowCount: 200))
        tiny.limits = ScanLimits(blockPixelLimit: pixelLimit)
        if isDense { (tiny.stride, tiny.dense) = (8, DenseChoice(blockPixelLimit: pixelLimit)) }
        let reach = isDense ? try Network(tinyModel.architecture).denseGeometry().reach : 0
        let (found, failures) = try scores(tiny)
        var whole = tiny
        whole.scenePath = path
        let (all, none) = try scores(whole)
        let grid = try tiny.task().grid
        #expect(none.isEmpty && all.byWindow.count == grid.windowCount)
        let readable = all.byWindow.filter { grid.y(ofRow: $0.key[0]) + 8 + reach <= 192 }
        #expect(!readable.isEmpty && found.byWindow == readable)
        try #require(failures.count == 1)
        let firstRow = try #require((0..<grid.rowCount).first { grid.y(ofRow: $0) + 8 + reach > 192 })
        #expect(failures[0].rows == firstRow..<grid.rowCount && failures[0].columns == 0..<grid.columnCount)
        #expect(failures[0].box == [0, grid.y(ofRow: firstRow), 64, 480] && !failures[0].reason.isEmpty)
    }

    @Test(arguments: UInt64(0)..<40) func windowsTouchARectangleWhenTheySharePixels(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let side = Int.random(in: 1...9, using: &random)
        let (width, height) = (
            Int.random(in: side...50, using: &random), Int.random(in: side...50, using: &random)
        )
        let grid = try ScanGrid(
            sceneWidth: width, sceneHeight: height, windowSize: side,
            stride: .random(in: 1...12, using: &random))
        let (x, y) = (Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random))
        let rect = PixelRect(
            x0: x, y0: y, x1: .random(in: x + 1...width, using: &random),
            y1: .random(in: y + 1...height, using: &random))
        let reach = Int.random(in: 0...5, using: &random)
        let touching = grid.windows(touching: rect, reach: reach)
        for row in 0..<grid.rowCount {
            for column in 0..<grid.columnCount {
                let isTouching =
                    grid.box(row: row, column: column).inset(by: -reach).intersection(rect) != nil
                let window = WindowRange(rows: row..<row + 1, columns: column..<column + 1)
                #expect((touching?.contains(window) ?? false) == isTouching)
            }
        }
    }

    @Test(arguments: UInt64(0)..<40) func rectanglesHoldEachWindowOnce(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var windows = FinishedWindows(rowCount: 12)
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let (row, column) = (
                Int.random(in: 0..<12, using: &random), Int.random(in: 0..<15, using: &random)
            )
            windows.insert(
                WindowRange(
                    rows: row..<Int.random(in: row + 1...12, using: &random),
                    columns: column..<Int.random(in: column + 1...15, using: &random)))
        }
        var left = windows
        let rectangles = windows.rectangles
        #expect(rectangles.reduce(0) { $0 + $1.windowCount } == windows.windowCount)
        for rectangle in rectangles { left.insert(rectangle) }
        #expect(left == windows)
    }

    @Test func aRectangleStaysOneBesideOthers() {
        var windows = FinishedWindows(rowCount: 9)
        let tall = WindowRange(rows: 1..<8, columns: 0..<3)
        let short = WindowRange(rows: 3..<5, columns: 6..<9)
        windows.insert(tall)
        windows.insert(short)
        #expect(windows.rectangles == [tall, short])
    }

    /// A sample tries some windows of what failed before.
    @Test func whatWasNotTriedStaysInTheList() throws {
        let tiny = TinyScan(scenePath: try folder.scene(width: 64, height: 48).path)
        let state = try tiny.state(in: ScanFolder(path: folder.file("found")))
        let task = try tiny.task()
        let grid = task.grid
        let columns = grid.range.columns
        func failure(_ rows: Range<Int>, _ reason: String) -> FailedWindows {
            FailedWindows(WindowRange(rows: rows, columns: columns), of: task, reason: reason)
        }
        try state.writeFailures([failure(0..<8, "old")], of: grid.range)
        let tried = [2..<4, 6..<10].map { WindowRange(rows: $0, columns: columns) }
        try state.writeFailures([failure(2..<3, "new"), failure(6..<7, "new")], of: tried)
        #expect(
            try state.readFailures() == [
                failure(0..<2, "old"), failure(2..<3, "new"), failure(4..<6, "old"), failure(6..<7, "new"),
            ])
    }

    @Test func theListHoldsWhatIsStillMissing() throws {
        let tiny = TinyScan(scenePath: try folder.scene(width: 64, height: 48).path)
        let output = ScanFolder(path: folder.file("found"))
        let state = try tiny.state(in: output)
        let task = try tiny.task()
        let grid = task.grid
        let (upper, lower) = (grid.range.part(1, of: 2), grid.range.part(2, of: 2))
        let failures = [upper, lower].map { FailedWindows($0, of: task, reason: "a \"reason\"") }
        try state.writeFailures([failures[1]], of: lower)
        try state.writeFailures([failures[0]], of: upper)
        #expect(try state.readFailures() == failures)
        // The other part is still missing.
        try state.writeFailures([], of: upper)
        #expect(try state.readFailures() == [failures[1]])
        try tiny.score(lower, into: state)
        try state.writeFailures([], of: upper)
        #expect(!FileManager.default.fileExists(atPath: output.failedPath))
    }
}
