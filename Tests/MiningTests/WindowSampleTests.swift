import Mining
import Pixels
import Scanning
import Testing

/// Which windows are looked at without a model.
@Suite struct WindowSampleTests {
    private func grid(_ width: Int, _ height: Int, stride: Int = 32) throws -> ScanGrid {
        try ScanGrid(sceneWidth: width, sceneHeight: height, windowSize: 64, stride: stride)
    }

    private func field(_ grid: ScanGrid, in area: PixelRect, hasBounds: Bool = true) -> WindowField {
        let bounds = (
            x: Double(area.x0)...Double(area.x1), y: Double(area.y0)...Double(area.y1)
        )
        return WindowField(grid, bounds: hasBounds ? bounds : nil) { box in
            area.contains(x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2)
        }
    }

    @Test func allWindowsOfSmallScenes() throws {
        let sample = WindowSample(
            [WindowField(try grid(128, 96)), WindowField(try grid(40, 40))], limit: 100, seed: 1)
        #expect(sample.windows.map(\.count) == [6, 1] && !sample.isPart && sample.totalCount == 7)
        #expect(sample.windows[0].first == PixelRect(x: 0, y: 0, width: 64, height: 64))
    }

    /// 39 million windows: none is listed that is not looked at.
    @Test func ofAHugeSceneASampleIsDrawn() throws {
        let fields = [
            WindowField(try grid(200_000, 200_000)), WindowField(try grid(200_000, 100_000, stride: 64)),
        ]
        let sample = WindowSample(fields, limit: 500, seed: 7)
        #expect(sample.count == 500 && sample.isPart)
        #expect(sample.totalCount == fields.reduce(0) { $0 + $1.grid.windowCount })
        #expect(Set(sample.windows[0]).count == sample.windows[0].count)
        // Eight times as many windows are in the first.
        #expect((420..<470).contains(sample.windows[0].count), "\(sample.windows[0].count)")
        #expect(
            sample.windows[0].contains { $0.y0 > 150_000 } && sample.windows[0].contains { $0.x0 > 150_000 })
        #expect(WindowSample(fields, limit: 500, seed: 7).windows == sample.windows)
        #expect(WindowSample(fields, limit: 500, seed: 8).windows != sample.windows)
    }

    @Test(arguments: [(0, 0), (77_001, 123_456), (199_900, 199_930)]) func aSmallAreaOfAHugeSceneIsFound(
        x: Int, y: Int
    ) throws {
        let area = PixelRect(x0: x, y0: y, x1: min(x + 321, 200_000), y1: min(y + 200, 200_000))
        let grid = try grid(200_000, 200_000)
        let sample = WindowSample([field(grid, in: area)], limit: 1000, seed: 1)
        // The plain way: every window near it is asked.
        var near: [PixelRect] = []
        for row in grid.range.rows where abs(grid.y(ofRow: row) - y) < 1000 {
            for column in grid.range.columns where abs(grid.x(ofColumn: column) - x) < 1000 {
                let box = grid.box(row: row, column: column)
                if area.contains(x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2) { near.append(box) }
            }
        }
        #expect(sample.windows == [near] && !sample.isPart && !near.isEmpty)
    }

    @Test func aLargeAreaIsSampled() throws {
        let area = PixelRect(x0: 3000, y0: 5000, x1: 9000, y1: 9000)
        let sample = WindowSample(
            [field(try grid(20_000, 20_000), in: area, hasBounds: false)], limit: 300, seed: 1,
            listedLimit: 1000)
        #expect(sample.count == 300 && sample.isPart && sample.totalCount == nil)
        #expect(
            sample.windows[0].allSatisfy { area.contains(x: ($0.x0 + $0.x1) / 2, y: ($0.y0 + $0.y1) / 2) })
    }
}

extension PixelRect {
    fileprivate func contains(x: Int, y: Int) -> Bool { (x0..<x1).contains(x) && (y0..<y1).contains(y) }
}
