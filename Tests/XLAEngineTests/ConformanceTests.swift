import EngineCases
import Engines
import Networks
import Testing
import XLAEngine

@Suite(.enabled(if: TestPlugin.isThere)) struct ConformanceTests {
    @Test(arguments: OpCase.all) func agreesWithTheReference(op: OpCase) throws {
        let engine = try TestPlugin.engine()
        for seed in UInt64(1)...2 {
            let inputs = op.inputs(seed: seed)
            let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
            let found = try engine.evaluate(op.graph, inputs: inputs)
            for (index, (a, b)) in zip(found, expected).enumerated() {
                #expect(relativeError(a, b) <= op.tolerance, "output \(index), seed \(seed)")
            }
        }
    }
}
