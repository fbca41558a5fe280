import Bytes
import CPUEngine
import EngineCases
import Engines
import Foundation
import Networks
import Testing
import XLAEngine

/// The numbers of our programs, computed by jax's compiler for the CPU: what can be done without a plugin.
@Suite(.enabled(if: JaxHarness.isThere, "needs jax: make test-peers"), .serialized) struct JaxTests {
    @Test func everyOpAgreesWithTheReference() throws {
        let harness = try JaxHarness()
        for op in OpCase.all {
            let inputs = op.inputs(seed: 3)
            let arguments = try op.graph.nodes.compactMap(\.op.binding).map { name, _ in
                JaxHarness.Array(try #require(inputs[name]))
            }
            let expected = try ReferenceEngine().evaluate(op.graph, inputs: inputs)
            let found = try harness.run(StableHLO.evaluating(op.graph), [arguments]).results[0]
            for (index, (a, b)) in zip(found, expected).enumerated() {
                let error = relativeError(Tensor(shape: a.shape, values: a.floats), b)
                #expect(error <= op.tolerance, "\(op.name), output \(index): \(error)")
            }
        }
    }

    @Test(arguments: Architecture.Family.allCases, [Precision.fp32, .bf16])
    func everyFamilysProgramsAreWellFormed(family: Architecture.Family, precision: Precision) throws {
        let harness = try JaxHarness()
        let network = try #require(
            (1...60).lazy.compactMap { depth in
                try? Network(Architecture(family: family, depth: depth, classCount: 7, inputSize: 32))
            }.first)
        var configuration = TrainingConfiguration(batchSize: 4)
        configuration.optimizer.gradientClip = .norm(1)
        let texts = [
            try StableHLO.scoring(network, batchSize: 3, precision: precision),
            try StableHLO.training(network, configuration, precision: precision, deviceCount: 2).text,
            try StableHLO.training(network, configuration, precision: precision, heldTileCount: 10).text,
        ]
        for text in texts { #expect(try harness.objection(to: text) == nil) }
    }

    @Test func saysWhatIsWrongWithAProgram() throws {
        let objection = try JaxHarness().objection(to: "module { func.func @main() { return %0 : f32 } }")
        #expect(objection?.isEmpty == false)
    }

    /// One step with each option, for the reason that the CPU engine's test gives; as many devices as replicas.
    @Test func everyOptionOfAStepAgreesWithTheReference() throws {
        let harness = try JaxHarness()
        for option in TrainingOption.all {
            let engine = JaxEngine(harness: harness, deviceCount: option.configuration.replicaCount)
            let found = try option.train("cifar-resnet8-v2", on: engine, steps: 1)
            let expected = try option.train("cifar-resnet8-v2", on: ReferenceEngine(), steps: 1)
            #expect(abs(found.results[0].loss - expected.results[0].loss) < 1e-4 * expected.results[0].loss)
            #expect(found.results[0].correctCount == expected.results[0].correctCount)
            for (name, error) in found.state.errors(from: expected.state) {
                #expect(error < 1e-3, "\(option), \(name): \(error)")
            }
        }
    }

    /// Batch norm over all devices makes of four what one is.
    @Test func synchronisedNormsMakeDevicesOne() throws {
        let option = TrainingOption("one replica") { $0.optimizer.averageDecay = 0.9 }
        let four = try option.train(
            "cifar-resnet8-v2", on: JaxEngine(harness: JaxHarness(), deviceCount: 4), steps: 1)
        let expected = try option.train("cifar-resnet8-v2", on: ReferenceEngine(), steps: 1)
        for (name, error) in four.state.errors(from: expected.state) {
            #expect(error < 1e-3, "\(name): \(error)")
        }
    }

    /// Three steps on one device and on four, with batch norms of its own on each: every weight, momentum, statistic and
    /// average against the CPU engine's.
    @Test(arguments: ["cifar-resnet20-v2", "cifar-resnet11-v2-bottleneck"], [1, 4])
    func threeStepsAgreeWithTheCPU(name: String, deviceCount: Int) throws {
        let option = TrainingOption("\(deviceCount) replicas") {
            $0.batchSize = 128
            ($0.replicaCount, $0.optimizer.averageDecay) = (deviceCount, 0.9)
        }
        let found = try option.train(
            name, on: JaxEngine(harness: JaxHarness(), deviceCount: deviceCount), steps: 3, learningRate: 1e-3
        )
        let expected = try option.train(
            name, on: CPUEngine(workerCount: 2, cacheFolder: nil), steps: 3, learningRate: 1e-3)
        for (a, b) in zip(found.results, expected.results) { #expect(abs(a.loss - b.loss) < 1e-4 * b.loss) }
        found.state.expectNear(expected.state)
    }

    /// What a program cuts out of a store is what the host would cut: the two programs' steps are one.
    @Test func heldTilesAreThoseThatTheHostWouldCut() throws {
        let (side, count) = (8, 4)
        let network = try Network(
            #require(Architecture(name: "cifar-resnet8-v2", classCount: 3, inputSize: side)))
        let configuration = TrainingConfiguration(batchSize: count)
        let held = try StableHLO.training(network, configuration, heldTileCount: 3)
        let plain = try StableHLO.training(network, configuration)
        var random = SplitMix64(seed: 1)
        let store = (0..<3 * side * side * 3).map { _ in UInt8.random(in: 1...255, using: &random) }
        let places: [(tile: Int32, down: Int32, right: Int32, isMirrored: Bool)] = [
            (0, 0, 0, false), (2, 3, -2, false), (1, -1, 2, true), (2, 0, 7, true),
        ]
        var pixels: [UInt8] = []
        for place in places {
            for row in 0..<side {
                for column in 0..<side {
                    let y = row + Int(place.down)
                    let x = (place.isMirrored ? side - 1 - column : column) + Int(place.right)
                    let isInside = (0..<side).contains(y) && (0..<side).contains(x)
                    let start = ((Int(place.tile) * side + y) * side + x) * 3
                    pixels += isInside ? store[start..<start + 3] : [0, 0, 0]
                }
            }
        }
        let state = TrainingState(weights: network.initialWeights(seed: 4))
        let rest = [
            JaxHarness.Array(
                type: "i32", shape: [count], bytes: [Int32(0), 1, 2, 0].withUnsafeBytes { Data($0) }),
            JaxHarness.Array(
                Tensor(shape: [count, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])),
            JaxHarness.Array(Tensor(shape: [], values: [0.1])),
        ]
        let begun = plain.state.map { JaxHarness.Array($0.values(in: state)) }
        let harness = try JaxHarness()
        let moves = places.flatMap { [$0.down, $0.right] }
        let found = try harness.run(
            held.text,
            [
                begun + [
                    JaxHarness.Array(type: "ui8", shape: [3, side, side, 3], bytes: Data(store)),
                    JaxHarness.Array(
                        type: "i32", shape: [count], bytes: places.map(\.tile).withUnsafeBytes { Data($0) }),
                    JaxHarness.Array(
                        type: "i32", shape: [count, 2], bytes: moves.withUnsafeBytes { Data($0) }),
                    JaxHarness.Array(
                        type: "i1", shape: [count], bytes: Data(places.map { $0.isMirrored ? 1 : 0 })),
                ] + rest
            ]
        ).results[0]
        let sent = JaxHarness.Array(type: "ui8", shape: [count, side, side, 3], bytes: Data(pixels))
        let expected = try harness.run(plain.text, [begun + [sent] + rest]).results[0]
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) {
            let error = relativeError(
                Tensor(shape: a.shape, values: a.floats), Tensor(shape: b.shape, values: b.floats))
            #expect(error < 1e-4 || b.floats.allSatisfy { abs($0) < 1e-6 })
        }
    }
}
