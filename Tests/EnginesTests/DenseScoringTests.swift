import Engines
import Networks
import Testing

@Suite struct DenseScoringTests {
    private func network(_ name: String) throws -> Network {
        try Network(#require(Architecture(name: name, classCount: 3, inputSize: 8)))
    }

    private func pixels(height: Int, width: Int) -> [UInt8] {
        (0..<height * width * 3).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 37 >> 5) }
    }

    private func scores(
        _ network: Network, _ pixels: [UInt8], height: Int, width: Int, stride: Int
    ) throws -> [Float] {
        let program = try ReferenceEngine().denseScoringProgram(
            for: network, weights: network.initialWeights(seed: 2),
            blockSize: BlockSize(height: height, width: width), stride: stride)
        return try program.begin([pixels]).result()[0]
    }

    /// By hand: a 4×6 map of two channels, windows of 2×2 that are 2 apart.
    @Test func theMeansOfWindowsAreThoseOfTheirSquares() throws {
        var graph = Graph()
        let x = try graph.add(.input(name: "x", shape: [1, 2, 4, 6]))
        graph.outputs = [try graph.add(.windowMeans(size: 2, stride: 2), x)]
        let values = (0..<48).map { Float($0 < 24 ? $0 : 100 * ($0 - 24)) }
        let means = try ReferenceEngine().evaluate(
            graph, inputs: ["x": Tensor(shape: [1, 2, 4, 6], values: values)])[0]
        #expect(means.shape == [6, 2])
        let expected: [Float] = [3.5, 5.5, 7.5, 15.5, 17.5, 19.5]
        #expect(means.values == expected.flatMap { [$0, 100 * $0] })
    }

    /// One window over the whole block sees what it sees alone.
    @Test(arguments: ["cifar-resnet8-v1a", "cifar-resnet8-v2", "cifar-resnet8-pooled"])
    func aBlockOfOneWindowIsScoredExactly(name: String) throws {
        let network = try network(name)
        let pixels = pixels(height: 8, width: 8)
        let program = try ReferenceEngine().scoringProgram(
            for: network, weights: network.initialWeights(seed: 2), batchSize: 1)
        var exact = [Float](repeating: 0, count: 3)
        var span = exact.mutableSpan
        try program.score(pixels.span, into: &span)
        let dense = try scores(network, pixels, height: 8, width: 8, stride: 8)
        for (a, b) in zip(dense, exact) { #expect(abs(a - b) < 1e-6) }
    }

    /// A pixel changes the windows within reach of it and no others, on either side.
    @Test(arguments: ["cifar-resnet8-v2", "cifar-resnet8-pooled"])
    func aWindowSeesAsFarAsTheGeometrySays(name: String) throws {
        let network = try network(name)
        let geometry = try network.denseGeometry()
        let (unit, width) = (geometry.totalStride, 96)
        let plain = pixels(height: 8, width: width)
        let before = try scores(network, plain, height: 8, width: width, stride: unit)
        var farthest = 0
        for column in [47, 48] {
            var changed = plain
            for row in 0..<8 { changed[(row * width + column) * 3] ^= 0x80 }
            let after = try scores(network, changed, height: 8, width: width, stride: unit)
            for window in 0..<before.count / 3 {
                let left = window * unit
                let distance = max(left - column, column - (left + 7), 0)
                guard before[3 * window..<3 * window + 3] != after[3 * window..<3 * window + 3] else {
                    continue
                }
                #expect(distance <= geometry.reach, "window at \(left), pixel \(column)")
                farthest = max(farthest, distance)
            }
        }
        #expect(farthest > geometry.reach - unit)
    }

    @Test func anEngineThatCannotSaysSo() throws {
        struct Plain: Engine {
            let description = "plain"
            let abilities: Abilities = []
            let numerics = Numerics(engine: "plain", precision: .fp32, library: "none")
            func evaluate(_ graph: Graph, inputs: [String: Tensor]) throws(EngineError) -> [Tensor] { [] }
            func scoringProgram(
                for network: Network, weights: Weights, batchSize: Int
            ) throws(EngineError) -> any ScoringProgram {
                try ReferenceEngine().scoringProgram(for: network, weights: weights, batchSize: batchSize)
            }
            func trainingProgram(
                for network: Network, state: TrainingState, configuration: TrainingConfiguration
            ) throws(EngineError) -> any TrainingProgram {
                try ReferenceEngine().trainingProgram(
                    for: network, state: state, configuration: configuration)
            }
        }
        let network = try network("cifar-resnet8-v2")
        let error = #expect(throws: EngineError.self) {
            try Plain().denseScoringProgram(
                for: network, weights: [:], blockSize: BlockSize(height: 8, width: 8), stride: 4)
        }
        #expect(error?.code == .unsupportedGraph && error?.description.contains("plain") == true)
        #expect(throws: EngineError.self) {
            try Plain().windowScoringProgram(
                for: network, weights: [:], blockSize: BlockSize(height: 8, width: 8), batchSize: 4)
        }
    }
}
