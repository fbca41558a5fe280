import Bytes
import CPUEngine
import EngineCases
import Engines
import Networks
import Testing
import XLAEngine

@Suite(.enabled(if: TestPlugin.isThere)) struct TrainingProgramTests {
    private static let networks = ["cifar-resnet20-v2", "cifar-resnet11-v2-bottleneck"]

    typealias Trained = (state: TrainingState, results: [StepResult])

    private func expectEqualSums(_ found: Trained, _ expected: Trained) {
        for (a, b) in zip(found.results, expected.results) {
            #expect(abs(a.loss - b.loss) < 1e-3 * b.loss)
            #expect(a.correctCount == b.correctCount && a.topFiveCount == b.topFiveCount)
        }
    }

    /// One step, for the reason that the CPU engine's test gives. As many replicas as devices.
    @Test(arguments: TrainingOption.all) func agreesWithTheReference(option: TrainingOption) throws {
        let expected = try option.train("cifar-resnet8-v2", on: ReferenceEngine(), steps: 1)
        let engine = try TestPlugin.engine(deviceCount: option.configuration.replicaCount)
        let found = try option.train("cifar-resnet8-v2", on: engine, steps: 1)
        expectEqualSums(found, expected)
        for (name, error) in found.state.errors(from: expected.state) {
            #expect(error < 1e-3, "\(name): \(error)")
        }
    }

    /// In deeper networks some ReLU is always so near to its kink that the last bit decides, which changes a gradient by
    /// per cents from there down to the stem: all tensors must be near, most of them very near.
    private func expectAgreement(_ found: Trained, _ expected: Trained) {
        expectEqualSums(found, expected)
        found.state.expectNear(expected.state)
    }

    @Test(arguments: networks, [1, 4]) func threeStepsAgreeWithTheCPU(name: String, replicaCount: Int) throws
    {
        let option = TrainingOption("\(replicaCount) replicas") {
            $0.batchSize = 128
            ($0.replicaCount, $0.optimizer.averageDecay) = (replicaCount, 0.9)
        }
        let cpu = CPUEngine(workerCount: 2, cacheFolder: nil)
        let engine = try TestPlugin.engine(deviceCount: replicaCount)
        expectAgreement(
            try option.train(name, on: engine, steps: 3, learningRate: 1e-3),
            try option.train(name, on: cpu, steps: 3, learningRate: 1e-3))
    }

    @Test(arguments: ["cifar-resnet8-v2"] + networks)
    func synchronisedNormsMakeDevicesOne(name: String) throws {
        let option = TrainingOption("one replica") { $0.optimizer.averageDecay = 0.9 }
        expectAgreement(
            try option.train(name, on: TestPlugin.engine(deviceCount: 4), steps: 1),
            try option.train(name, on: TestPlugin.engine(), steps: 1))
    }

    @Test func refusesReplicasThatHaveNoDevice() throws {
        let option = TrainingOption("three replicas") { $0.replicaCount = 3 }
        let error = #expect(throws: EngineError.self) {
            try option.train("cifar-resnet8-v2", on: TestPlugin.engine(deviceCount: 2), steps: 1)
        }
        #expect(error?.code == .wrongInput && error?.description.contains("3 replicas") == true)
    }

    @Test func refusesABatchThatTheDevicesCannotShare() throws {
        let option = TrainingOption("batch of 13") { $0.batchSize = 13 }
        let error = #expect(throws: EngineError.self) {
            try option.train("cifar-resnet8-v2", on: TestPlugin.engine(deviceCount: 4), steps: 1)
        }
        #expect(error?.code == .wrongInput)
    }

    @Test func bf16IsNearFP32() throws {
        let option = TrainingOption("bf16") { _ in }
        let wide = try option.train("cifar-resnet8-v2", on: TestPlugin.engine(), steps: 3)
        let narrow = try option.train(
            "cifar-resnet8-v2", on: TestPlugin.engine(precision: .bf16), steps: 3)
        for (a, b) in zip(narrow.results, wide.results) { #expect(abs(a.loss - b.loss) < 0.03 * b.loss) }
        #expect(narrow.state != wide.state)
    }

    // MARK: Held tiles

    /// Tiles whose bytes differ everywhere.
    private static func tiles(count: Int, side: Int) -> [[UInt8]] {
        (0..<count).map { tile in
            var random = SplitMix64(seed: 3, stream: tile)
            return (0..<side * side * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }

    /// What a placement shows, pixel by pixel.
    private static func shown(
        _ placement: TilePlacement, of tiles: [[UInt8]], side: Int, border: HeldTiles.Border
    ) -> [UInt8] {
        func place(_ position: Int) -> Int? {
            if (0..<side).contains(position) { return position }
            guard border == .reflect else { return nil }
            let rest = abs(position) % (2 * (side - 1))
            return min(rest, 2 * (side - 1) - rest)
        }
        var pixels: [UInt8] = []
        for row in 0..<side {
            for column in 0..<side {
                let moved = placement.isMirrored ? side - 1 - column : column
                let (y, x) = (place(row + Int(placement.y)), place(moved + Int(placement.x)))
                for channel in 0..<3 {
                    let inside = y.flatMap { y in x.map { x in (y * side + x) * 3 + channel } }
                    pixels.append(inside.map { tiles[Int(placement.tile)][$0] } ?? 0)
                }
            }
        }
        return pixels
    }

    @Test(arguments: [HeldTiles.Border.black, .reflect], [1, 2])
    func heldTilesAreThoseThatTheHostWouldCut(border: HeldTiles.Border, deviceCount: Int) throws {
        let (side, batchSize) = (16, 8)
        let tiles = Self.tiles(count: 50, side: side)
        let network = try Network(
            #require(Architecture(name: "cifar-resnet8-v2", classCount: 7, inputSize: side)))
        let state = TrainingState(weights: network.initialWeights(seed: 1))
        let configuration = TrainingConfiguration(batchSize: batchSize)
        let engine = try TestPlugin.engine(deviceCount: deviceCount)
        let holding = try engine.trainingProgram(for: network, state: state, configuration: configuration)
        let plain = try engine.trainingProgram(for: network, state: state, configuration: configuration)
        let held = HeldTiles(count: tiles.count, side: side, border: border, padding: 40) { tile, pixels in
            for (index, byte) in tiles[tile].enumerated() { pixels[index] = byte }
        }
        #expect(try holding.hold(held))
        var random = SplitMix64(seed: 8)
        for _ in 0..<2 {
            let placements = (0..<batchSize).map { _ in
                TilePlacement(
                    tile: .random(in: 0..<50, using: &random), x: .random(in: -40...40, using: &random),
                    y: .random(in: -3...3, using: &random), isMirrored: .random(using: &random))
            }
            let pixels = placements.flatMap { Self.shown($0, of: tiles, side: side, border: border) }
            let targets = try Targets(labels: (0..<8).map { Int32($0 % 7) }, classCount: 7)
            let found = try holding.begin(.held(placements), targets: targets, learningRate: 0.1)
            let expected = try plain.begin(.pixels(pixels), targets: targets, learningRate: 0.1)
            #expect(try found.result() == expected.result())
        }
        // The programs are not the same, so that sums may run in another order.
        for (name, error) in try holding.state().errors(from: plain.state()) {
            #expect(error < 1e-4, "\(name): \(error)")
        }
    }
}
