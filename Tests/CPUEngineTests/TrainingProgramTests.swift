import CPUEngine
import EngineCases
import Engines
import Networks
import Pixels
import Testing

@Suite struct TrainingProgramTests {
    /// One step: a second would begin from weights that differ in their last bits, and a ReLU at its kink turns that
    /// into per cents of a gradient. (With this seed none is that near to its kink in the first.)
    @Test(arguments: TrainingOption.all, ["cifar-resnet8-v1b", "cifar-resnet8-v2"])
    func agreesWithTheReference(option: TrainingOption, name: String) throws {
        let expected = try option.train(name, on: ReferenceEngine(), steps: 1)
        let found = try option.train(name, on: CPUEngine(workerCount: 2, cacheFolder: nil), steps: 1)
        for (a, b) in zip(found.results, expected.results) {
            #expect(abs(a.loss - b.loss) < 1e-4 * b.loss)
            #expect(a.correctCount == b.correctCount && a.topFiveCount == b.topFiveCount)
        }
        for (name, error) in found.state.errors(from: expected.state) {
            #expect(error < 1e-3, "\(name): \(error)")
        }
    }

    @Test(arguments: TrainingOption.all) func bitsDoNotDependOnWorkers(option: TrainingOption) throws {
        let states = try [1, 2, 5].map { workers in
            try option.train(
                "cifar-resnet8-v2", on: CPUEngine(workerCount: workers, cacheFolder: nil), steps: 3
            ).state
        }
        #expect(states[1] == states[0])
        #expect(states[2] == states[0])
    }

    /// What trains on crops trains on whole pictures, too.
    @Test(arguments: [Precision.fp32, .bf16].filter(CPUEngine.supports))
    func aCropOfOneWindowIsAPicture(precision: Precision) throws {
        let engine = CPUEngine(workerCount: 2, precision: precision, cacheFolder: nil)
        let pictures = TrainingOption("pictures") { _ in }
        let crops = TrainingOption("crops") { $0.cropWindows = CropWindows(perSide: 1, stride: 8) }
        let expected = try pictures.train("cifar-resnet8-v2", on: engine, steps: 3)
        let found = try crops.train("cifar-resnet8-v2", on: engine, steps: 3)
        #expect(found.results == expected.results)
        #expect(found.state == expected.state)
    }
}
