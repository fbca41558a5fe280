import Scanning
import Testing

@Suite struct ScanPlanTests {
    @Test(arguments: ["window", "stride", "block"]) func aSizeOfZeroIsRefusedByName(name: String) {
        var plan = tinyPlan(scenePath: "scene.png")
        switch name {
        case "window": plan.windowSize = 0
        case "stride": plan.stride = 0
        default: plan.blockPixelLimit = 0
        }
        expectWrongPlan(plan, naming: name)
    }

    @Test(arguments: [-0.1, 1.1, Float.nan]) func aThresholdOutsideItsRangeIsRefused(value: Float) {
        var plan = tinyPlan(scenePath: "scene.png")
        plan.scoreThreshold = value
        expectWrongPlan(plan, naming: "score threshold")
        plan.scoreThreshold = 0.5
        plan.iouThreshold = value
        expectWrongPlan(plan, naming: "IoU threshold")
    }

    @Test func aClassNamedTwiceIsRefused() {
        var plan = tinyPlan(scenePath: "scene.png")
        plan.classes = ["car", "car"]
        expectWrongPlan(plan, naming: "twice")
    }

    @Test func theEndsOfTheRangesAreAllowed() throws {
        var plan = tinyPlan(scenePath: "scene.png")
        for value in [0, 1] as [Float] {
            (plan.scoreThreshold, plan.iouThreshold, plan.lowestScore) = (value, value, value)
            try plan.check()
        }
    }

    @Test func labelsComeInThePlansOrder() throws {
        #expect(try tinyPlan(scenePath: "scene.png").labels(in: tinyModel) == [1, 0])
    }

    @Test func anUnknownClassIsRefusedWithTheListOfThoseThatTheModelKnows() {
        var plan = tinyPlan(scenePath: "scene.png")
        plan.classes = ["car", "plane"]
        #expect {
            try plan.labels(in: tinyModel)
        } throws: {
            let error = $0 as? ScanError
            return error?.code == .unknownClass && error?.description.contains("\"plane\"") == true
                && error?.description.contains("boat, car, other") == true
        }
    }

    @Test func anotherWindowSizeThanTheModelsInputIsRefusedWithBoth() {
        var plan = tinyPlan(scenePath: "scene.png")
        plan.windowSize = 32
        #expect {
            try plan.labels(in: tinyModel)
        } throws: {
            let error = $0 as? ScanError
            return error?.code == .wrongWindowSize && error?.description.contains("32×32") == true
                && error?.description.contains("8×8") == true
        }
    }

    private func expectWrongPlan(_ plan: ScanPlan, naming name: String) {
        #expect {
            try plan.check()
        } throws: {
            let error = $0 as? ScanError
            return error?.code == .wrongPlan && error?.description.contains(name) == true
        }
    }
}
