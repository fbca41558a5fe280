import Bytes
import Engines
import ModelFiles
import Networks
import Pixels
import Scanning
import Testing

@Suite struct DensePlanTests {
    /// Total stride 4, reach 16 and more.
    private static func geometry() throws -> DenseGeometry {
        try Network(tinyModel.architecture).denseGeometry()
    }

    private func plan(
        width: Int, height: Int, stride: Int = 8, windowSize: Int = 8, pixelLimit: Int = 4 << 20
    ) throws -> DensePlan {
        try DensePlan(
            ScanGrid(
                sceneWidth: width, sceneHeight: height, windowSize: windowSize, stride: stride, alignment: 4),
            geometry: Self.geometry(), pixelLimit: pixelLimit)
    }

    @Test(arguments: UInt64(0)..<30) func eachWindowLiesOnceInABlockThatShowsAllItSees(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (width, height) = (
            Int.random(in: 8...400, using: &random), Int.random(in: 8...400, using: &random)
        )
        let plan = try plan(
            width: width, height: height, stride: 4 * .random(in: 1...4, using: &random),
            pixelLimit: .random(in: 1...40_000, using: &random))
        let (end, bottom) = (width / 4 * 4, height / 4 * 4)
        let reach = try Self.geometry().reach
        var count = 0
        for block in plan.blocks {
            let bounds = block.bounds
            #expect((bounds.width, bounds.height) == (plan.blockSize.width, plan.blockSize.height))
            #expect(bounds.x0 >= 0 && bounds.y0 >= 0 && bounds.x1 <= end && bounds.y1 <= bottom)
            #expect(bounds.x0.isMultiple(of: 4) && bounds.y0.isMultiple(of: 4))
            for y in block.windows.rows.map(plan.grid.y) {
                for x in block.windows.columns.map(plan.grid.x) {
                    count += 1
                    #expect((x - bounds.x0).isMultiple(of: plan.step))
                    #expect((y - bounds.y0).isMultiple(of: plan.step))
                    #expect(bounds.x0 == 0 || x - bounds.x0 >= reach)
                    #expect(bounds.y0 == 0 || y - bounds.y0 >= reach)
                    #expect(bounds.x1 == end || bounds.x1 - (x + 8) >= reach)
                    #expect(bounds.y1 == bottom || bounds.y1 - (y + 8) >= reach)
                }
            }
        }
        #expect(count == plan.grid.windowCount)
    }

    @Test func windowsAreThoseOfAnExactScanWhereTheyAreAligned() throws {
        let exact = try ScanGrid(sceneWidth: 100, sceneHeight: 64, windowSize: 8, stride: 8)
        let dense = try plan(width: 100, height: 64)
        #expect(dense.grid.range == exact.range && dense.step == 4)
        #expect(exact.range.columns.allSatisfy { dense.grid.x(ofColumn: $0) == exact.x(ofColumn: $0) })
    }

    @Test func theLastWindowIsTheLastAlignedOne() throws {
        let plan = try plan(width: 103, height: 67)
        #expect(plan.grid.range.columns.suffix(2).map(plan.grid.x) == [88, 92])
        #expect(plan.grid.range.rows.suffix(2).map(plan.grid.y) == [48, 56])
    }

    @Test func aSceneThatFitsIsOneBlock() throws {
        let plan = try plan(width: 640, height: 480)
        #expect(plan.blocks.map(\.bounds) == [PixelRect(x: 0, y: 0, width: 640, height: 480)])
        #expect(plan.step == 8)
    }

    @Test func blocksAreNoLargerThanTheyNeedBe() throws {
        let blocks = try plan(width: 1040, height: 512, pixelLimit: 1024 * 1024).blocks
        #expect(blocks.count == 2)
        #expect(blocks.allSatisfy { $0.bounds.width < 600 })
    }

    @Test(arguments: UInt64(0)..<20) func aPlanIsMadeAgainFromTheSizeOfItsBlocks(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let plan = try plan(
            width: .random(in: 8...400, using: &random), height: .random(in: 8...400, using: &random),
            pixelLimit: .random(in: 1...40_000, using: &random))
        let again = try DensePlan(plan.grid, geometry: Self.geometry(), blockSize: plan.blockSize)
        #expect(again.blocks == plan.blocks)
    }

    @Test(arguments: [(1, 60), (60, 1), (61, 60), (4000, 60)])
    func blocksThatNoPlanHasAreRefused(height: Int, width: Int) throws {
        let plan = try plan(width: 200, height: 200)
        #expect(throws: ScanError.self) {
            try DensePlan(
                plan.grid, geometry: Self.geometry(), blockSize: BlockSize(height: height, width: width))
        }
    }
}
