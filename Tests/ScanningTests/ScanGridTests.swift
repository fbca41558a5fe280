import Bytes
import Pixels
import Scanning
import Testing

@Suite struct ScanGridTests {
    private func grid(_ width: Int, _ height: Int, windowSize: Int = 32, stride: Int = 16) throws -> ScanGrid
    {
        try ScanGrid(sceneWidth: width, sceneHeight: height, windowSize: windowSize, stride: stride)
    }

    @Test func windowsStandAtMultiplesOfTheStride() throws {
        let grid = try grid(96, 64)
        #expect((0..<grid.columnCount).map(grid.x) == [0, 16, 32, 48, 64])
        #expect((0..<grid.rowCount).map(grid.y) == [0, 16, 32])
        #expect(grid.windowCount == 15)
    }

    @Test func oneMoreWindowStandsFlushWithTheEdgeWhereTheStrideDoesNotReachIt() throws {
        let grid = try grid(100, 33)
        #expect((0..<grid.columnCount).map(grid.x) == [0, 16, 32, 48, 64, 68])
        #expect((0..<grid.rowCount).map(grid.y) == [0, 1])
    }

    @Test func aSceneOfOneWindowHasOneWindow() throws {
        #expect(try grid(32, 32).range == WindowRange(rows: 0..<1, columns: 0..<1))
    }

    @Test(arguments: [(31, 100), (100, 31), (1, 1)])
    func aSceneSmallerThanAWindowHasOneWindowThatReachesBeyondIt(width: Int, height: Int) throws {
        let grid = try grid(width, height)
        #expect(grid.columnCount == (width < 32 ? 1 : 6) && grid.rowCount == (height < 32 ? 1 : 6))
        #expect(grid.box(row: 0, column: 0) == PixelRect(x: 0, y: 0, width: 32, height: 32))
    }

    @Test func moreRowsThanAnIndexHoldsAreRefused() {
        #expect(throws: ScanError.self) { try grid(100, 1 << 25, stride: 1) }
    }

    @Test(arguments: UInt64(0)..<40) func partsTogetherAreTheRangeAndAboutEqual(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let range = WindowRange(rows: 3..<Int.random(in: 3...60, using: &random), columns: 2..<9)
        let count = Int.random(in: 1...20, using: &random)
        let parts = (1...count).map { range.part($0, of: count) }
        #expect(parts.flatMap { Array($0.rows) } == Array(range.rows))
        #expect(parts.allSatisfy { $0.columns == range.columns })
        let sizes = parts.map(\.rows.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }

    @Test(arguments: UInt64(0)..<60) func blocksHoldEachWindowOnceAndStayWithinTheirLimit(seed: UInt64) throws
    {
        var random = SplitMix64(seed: seed)
        let windowSize = Int.random(in: 1...12, using: &random)
        let grid = try grid(
            .random(in: windowSize...150, using: &random), .random(in: windowSize...150, using: &random),
            windowSize: windowSize, stride: .random(in: 1...14, using: &random))
        let whole = grid.range
        let first = Int.random(in: whole.rows, using: &random)
        let range = WindowRange(
            rows: first..<Int.random(in: first + 1...whole.rows.upperBound, using: &random),
            columns: whole.columns)
        let pixelLimit = Int.random(in: 1...12_000, using: &random)
        let stored = (
            width: Int.random(in: 1...160, using: &random), height: Int.random(in: 1...40, using: &random)
        )
        let blocks = grid.blocks(of: range, storedBlock: stored, pixelLimit: pixelLimit)
        let windows = blocks.flatMap { block in
            block.windows.rows.flatMap { row in block.windows.columns.map { [row, $0] } }
        }
        #expect(Set(windows) == Set(range.rows.flatMap { row in range.columns.map { [row, $0] } }))
        #expect(windows.count == range.windowCount)
        for block in blocks {
            #expect(block.bounds == grid.bounds(of: block.windows))
            #expect(block.bounds.area <= max(pixelLimit, windowSize * windowSize))
        }
    }

    @Test func blocksOfAFileOfWholeRowsAreBandsAsWideAsTheScene() throws {
        let grid = try grid(640, 6400)
        let blocks = grid.blocks(of: grid.range, storedBlock: (640, 1), pixelLimit: 640 * 320)
        #expect(blocks.allSatisfy { $0.bounds.width == 640 && $0.bounds.height <= 320 })
        #expect(blocks.first?.bounds.height == 320)
    }

    @Test func aVeryWideSceneOfWholeRowsIsSplitInWidthToo() throws {
        let grid = try grid(64_000, 256)
        let blocks = grid.blocks(of: grid.range, storedBlock: (64_000, 1), pixelLimit: 640 * 320)
        #expect(blocks.allSatisfy { $0.bounds.height >= 256 && $0.bounds.area <= 640 * 320 })
    }

    @Test func blocksOfAFileOfSquaresBeginWhereTheSquaresDo() throws {
        let grid = try grid(4096, 3000)
        let blocks = grid.blocks(of: grid.range, storedBlock: (512, 512), pixelLimit: 1100 * 1100)
        #expect(blocks.allSatisfy { $0.bounds.x0 % 512 == 0 && $0.bounds.y0 % 512 == 0 })
        #expect(blocks.count == 4 * 3)
    }
}
