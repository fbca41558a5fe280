import CPUEngine
import Engines
import Networks
import Testing

/// Whole networks, held to torch.
struct GoldenTests {
    @Test func makesTheNumbersThatTheScriptMade() throws {
        let expected = try GoldenFile.read().generator
        let weights = GoldenValues.tensor("conv1.weight", shape: [16, 3, 3, 3])
        #expect(Array(weights.values.prefix(3)) == expected.firstOfConv1Weight)
        let pixels = GoldenValues.pixels(batchSize: 4, size: 32)
        #expect(pixels.reduce(0) { $0 + Int($1) } == expected.pixelSum)
    }

    @Test(arguments: try GoldenRun.all()) func scoresAreTorchs(run: GoldenRun) throws {
        let network = try run.golden.network()
        let found = try scores(of: GoldenValues.weights(for: network), network, run)
        #expect(zip(found, run.golden.scores).allSatisfy { abs($0 - $1) <= 1e-4 }, "\(found)")
    }

    @Test(arguments: try GoldenRun.all()) func threeStepsAreTorchs(run: GoldenRun) throws {
        let (golden, network) = (run.golden, try run.golden.network())
        let first = GoldenValues.weights(for: network)
        let program = try run.engine.trainingProgram(
            for: network, state: TrainingState(weights: first),
            configuration: .init(
                batchSize: golden.batchSize,
                optimizer: Optimizer(momentum: golden.momentum, weightDecay: golden.weightDecay)))
        let pixels = golden.pixels
        let targets = try Targets(labels: golden.labels, classCount: golden.classCount)
        for (step, loss) in golden.losses.enumerated() {
            let result = try program.step(pixels.span, targets: targets, learningRate: golden.learningRate)
            #expect(abs(result.loss - loss) <= 1e-3 * loss, "loss of step \(step + 1)")
            #expect(result.correctCount == golden.correctCounts[step], "step \(step + 1)")
            if step == 0 { expect(try program.state().momenta, golden.firstMomenta, run, "first momenta") }
        }
        let last = try program.state()
        expect(last.momenta, golden.lastMomenta, run, "last momenta")
        expect(changes(from: first, to: last.weights), golden.changes, run, "changes")
        let found = try scores(of: last.weights, network, run)
        #expect(zip(found, golden.scoresAfter).allSatisfy { abs($0 - $1) <= 1e-3 }, "\(found)")
    }

    private func scores(of weights: Weights, _ network: Network, _ run: GoldenRun) throws -> [Float] {
        let (golden, pixels) = (run.golden, run.golden.pixels)
        let program = try run.engine.scoringProgram(
            for: network, weights: weights, batchSize: golden.batchSize)
        var scores = [Float](repeating: .nan, count: golden.batchSize * golden.classCount)
        var span = scores.mutableSpan
        try program.score(pixels.span, into: &span)
        return scores
    }

    private func changes(from first: Weights, to last: Weights) -> Weights {
        first.merging(last) { before, after in
            Tensor(shape: after.shape, values: zip(before.values, after.values).map { $1 - $0 })
        }
    }

    /// Names the first tensor that differs, in the order of the network: the one nearest to the cause.
    private func expect(_ found: Weights, _ expected: [GoldenTensor], _ run: GoldenRun, _ what: Comment) {
        let differing = expected.filter { !($0.deviation(of: found[$0.name]) <= run.tensorTolerance) }
        let deviations = differing.prefix(3).map { "\($0.name) by \($0.deviation(of: found[$0.name]))" }
        #expect(
            differing.isEmpty,
            "\(what): \(differing.count) of \(expected.count) tensors are off, \(deviations) root mean squares"
        )
    }
}
