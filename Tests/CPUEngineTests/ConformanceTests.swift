import CPUEngine
import EngineCases
import Engines
import Testing

@Test(arguments: OpCase.all) func agreesWithTheReference(op: OpCase) throws {
    for seed in UInt64(1)...2 {
        let inputs = op.inputs(seed: seed)
        let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
        for workerCount in 1...2 {
            let found = try CPUEngine(workerCount: workerCount, cacheFolder: nil).evaluate(
                op.graph, inputs: inputs)
            for (index, (a, b)) in zip(found, expected).enumerated() {
                #expect(
                    relativeError(a, b) <= op.tolerance,
                    "output \(index), seed \(seed), \(workerCount) workers")
            }
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
