import Bytes
import Pixels
import Scanning
import Testing

@Suite struct WindowPlanTests {
    @Test func windowsStandAtMultiplesOfTheStride() throws {
        let plan = try WindowPlan(sceneWidth: 96, sceneHeight: 64, windowSize: 32, stride: 16)
        #expect(plan.columns == [0, 16, 32, 48, 64])
        #expect(plan.rows == [0, 16, 32])
        #expect(plan.windowCount == 15)
    }

    @Test func oneMoreWindowStandsFlushWithTheEdgeWhereTheStrideDoesNotReachIt() throws {
        let plan = try WindowPlan(sceneWidth: 100, sceneHeight: 33, windowSize: 32, stride: 16)
        #expect(plan.columns == [0, 16, 32, 48, 64, 68])
        #expect(plan.rows == [0, 1])
    }

    @Test func aSceneOfOneWindowHasOneWindow() throws {
        let plan = try WindowPlan(sceneWidth: 32, sceneHeight: 32, windowSize: 32, stride: 16)
        #expect((plan.columns, plan.rows) == ([0], [0]))
    }

    @Test(arguments: [(31, 100), (100, 31)])
    func aSceneSmallerThanAWindowIsRefusedWithBothSizes(width: Int, height: Int) {
        #expect {
            try WindowPlan(sceneWidth: width, sceneHeight: height, windowSize: 32, stride: 16)
        } throws: { error in
            let error = error as? ScanError
            return error?.code == .sceneTooSmall && error?.description.contains("\(width)×\(height)") == true
                && error?.description.contains("32×32") == true
        }
    }

    @Test(arguments: UInt64(0)..<30) func blocksHoldEachWindowOnceAndStayWithinTheirLimit(seed: UInt64) throws
    {
        var random = SplitMix64(seed: seed)
        let windowSize = Int.random(in: 1...12, using: &random)
        let plan = try WindowPlan(
            sceneWidth: .random(in: windowSize...150, using: &random),
            sceneHeight: .random(in: windowSize...150, using: &random),
            windowSize: windowSize, stride: .random(in: 1...14, using: &random))
        let pixelLimit = Int.random(in: 1...12_000, using: &random)
        let blocks = plan.blocks(pixelLimit: pixelLimit)
        let windows = blocks.flatMap { block in
            block.rows.flatMap { y in block.columns.map { [y, $0] } }
        }
        #expect(Set(windows) == Set(plan.rows.flatMap { y in plan.columns.map { [y, $0] } }))
        #expect(windows.count == plan.windowCount)
        #expect(blocks.reduce(0) { $0 + $1.windowCount } == plan.windowCount)
        for block in blocks {
            #expect(block.bounds.area <= max(pixelLimit, windowSize * windowSize))
        }
    }

    @Test func blocksAreBandsAsWideAsTheScene() throws {
        let plan = try WindowPlan(sceneWidth: 640, sceneHeight: 6400, windowSize: 32, stride: 16)
        let blocks = plan.blocks(pixelLimit: 640 * 320)
        #expect(blocks.allSatisfy { $0.bounds.width == 640 && $0.bounds.height <= 320 })
        #expect(blocks.first?.bounds.height == 320)
    }

    @Test func aVeryWideSceneIsSplitInWidthToo() throws {
        let plan = try WindowPlan(sceneWidth: 64_000, sceneHeight: 256, windowSize: 32, stride: 16)
        let blocks = plan.blocks(pixelLimit: 640 * 320)
        #expect(blocks.allSatisfy { $0.bounds.height >= 256 && $0.bounds.area <= 640 * 320 })
    }
}
