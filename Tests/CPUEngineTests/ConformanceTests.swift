import CPUEngine
import EngineCases
import Engines
import Testing

@Test(arguments: OpCase.all, [1, 2]) func agreesWithTheReference(op: OpCase, workerCount: Int) throws {
    for seed in UInt64(1)...2 {
        let inputs = op.inputs(seed: seed)
        let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
        let found = try CPUEngine(workerCount: workerCount, cacheFolder: nil).evaluate(
            op.graph, inputs: inputs)
        for (index, (a, b)) in zip(found, expected).enumerated() {
            #expect(relativeError(a, b) <= op.tolerance, "output \(index), seed \(seed)")
        }
    }
}

@Test(arguments: OpCase.all) func givesTheSameBitsForAnyNumberOfWorkers(op: OpCase) throws {
    let inputs = op.inputs(seed: 7)
    let one = try CPUEngine(workerCount: 1, cacheFolder: nil).evaluate(op.graph, inputs: inputs)
    for workerCount in 2...4 {
        #expect(
            try CPUEngine(workerCount: workerCount, cacheFolder: nil).evaluate(op.graph, inputs: inputs)
                == one)
    }
}
