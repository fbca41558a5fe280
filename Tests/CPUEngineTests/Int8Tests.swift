import Bytes
import CPUEngine
import Engines
import Foundation
import Networks
import Testing

/// Scoring in bytes, held to fp32.
struct Int8Tests {
    /// A network with the numbers of the golden tests, calibrated on its own images.
    private struct Setup {
        let network: Network
        var weights: Weights
        let pixels: [UInt8]
        let classCount = 10

        init(_ name: String, imageCount: Int = 16) throws {
            network = try Network(#require(Architecture(name: name, classCount: classCount, inputSize: 32)))
            weights = GoldenValues.weights(for: network)
            pixels = GoldenValues.pixels(batchSize: imageCount, size: 32)
            var calibration = Calibration(
                network: network, weights: weights, engine: CPUEngine(workerCount: 2, cacheFolder: nil))
            try calibration.add(pixels.span)
            weights.merge(calibration.ranges) { $1 }
        }

        func scores(_ engine: CPUEngine, batchSize: Int = 16) throws -> [Float] {
            let program = try engine.scoringProgram(for: network, weights: weights, batchSize: batchSize)
            var scores = [Float](repeating: .nan, count: pixels.count / (32 * 32 * 3) * classCount)
            var target = scores.mutableSpan
            try program.score(pixels.span, into: &target)
            return scores
        }

        func error() -> EngineError? {
            #expect(throws: EngineError.self) {
                _ = try CPUEngine(workerCount: 1, precision: .int8, cacheFolder: nil).scoringProgram(
                    for: network, weights: weights, batchSize: 1)
            }
        }
    }

    /// Logarithms of scores against fp32, relative to how they differ between classes.
    ///
    /// We measured 0.004 to 0.006 for the small networks, 0.02 for the large ones.
    @Test(arguments: [
        ("cifar-resnet8-v1a", 0.02), ("cifar-resnet8-v1b", 0.02), ("cifar-resnet20-v2", 0.02),
        ("resnet18-v2", 0.05), ("resnet50-v1.5", 0.05),
    ])
    func scoresAreNearThoseOfFP32(name: String, tolerance: Double) throws {
        let setup = try Setup(name)
        let expected = logits(try setup.scores(CPUEngine(workerCount: 2, cacheFolder: nil)))
        let found = logits(try setup.scores(CPUEngine(workerCount: 2, precision: .int8, cacheFolder: nil)))
        let error = rootMeanSquare(zip(found, expected).map { $0 - $1 }) / rootMeanSquare(expected)
        #expect(error < tolerance, "\(name): \(error)")
        // Not computed in floats after all.
        #expect(error > 1e-4)
    }

    /// Natural logarithms of scores, their mean over the classes taken off.
    private func logits(_ scores: [Float]) -> [Double] {
        stride(from: 0, to: scores.count, by: 10).flatMap { start in
            let row = scores[start..<start + 10].map { log(Double($0)) }
            let mean = row.reduce(0, +) / 10
            return row.map { $0 - mean }
        }
    }

    private func rootMeanSquare(_ values: [Double]) -> Double {
        (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }

    @Test func scoresHaveTheSameBitsForAnyBatchAndWorkers() throws {
        let setup = try Setup("cifar-resnet8-v2", imageCount: 7)
        let expected = try setup.scores(CPUEngine(workerCount: 1, precision: .int8, cacheFolder: nil))
        for (workers, batchSize) in [(2, 7), (3, 2), (1, 1)] {
            let engine = CPUEngine(workerCount: workers, precision: .int8, cacheFolder: nil)
            #expect(try setup.scores(engine, batchSize: batchSize) == expected)
        }
    }

    @Test(arguments: KernelVariant.allCases.filter(\.isAvailable))
    func everyVariantScoresAlike(variant: KernelVariant) throws {
        let setup = try Setup("cifar-resnet8-v1b", imageCount: 4)
        let expected = try setup.scores(
            CPUEngine(workerCount: 1, precision: .int8, kernels: .portable, cacheFolder: nil))
        let found = try setup.scores(
            CPUEngine(workerCount: 1, precision: .int8, kernels: variant, cacheFolder: nil))
        for (a, b) in zip(found, expected) { #expect(abs(a - b) < 0.02) }
    }

    /// Inputs that are whole bytes, and weights that are whole, have exact results, but for their rounding to bf16.
    @Test(arguments: [(1, 3, 16), (2, 3, 32), (1, 1, 64), (2, 1, 48)])
    func convolvesBytesExactly(stride: Int, size: Int, outputs: Int) throws {
        let inputs = 16
        var graph = Graph()
        let x = try graph.add(.input(name: "x", shape: [3, inputs, 9, 10]))
        let w = try graph.add(.parameter(name: "w.weight", shape: [outputs, inputs, size, size]))
        let other = try graph.add(.parameter(name: "v.weight", shape: [outputs, inputs, size, size]))
        let relu = try graph.add(.relu, x)
        let y = try graph.add(.conv2d(stride: stride, padding: size / 2), relu, w)
        let z = try graph.add(.conv2d(stride: stride, padding: size / 2), relu, other)
        graph.outputs = [relu, y, try graph.add(.relu, graph.add(.add, y, z)), z]
        var random = SplitMix64(seed: 3)
        func whole(_ range: ClosedRange<Int>, _ shape: [Int]) -> Tensor {
            Tensor(
                shape: shape,
                values: (0..<shape.elementCount).map { _ in Float(Int.random(in: range, using: &random)) })
        }
        var tensors = ["x": whole(-20...255, graph[x].shape)]
        for name in ["w", "v"] {
            var weights = whole(-127...127, graph[w].shape)
            for k in 0..<outputs { weights.values[k * inputs * size * size] = 127 }
            tensors[name + ".weight"] = weights
            tensors[name + ".input_range"] = Tensor(shape: [1], values: [255])
        }
        let expected = try ReferenceEngine().evaluate(graph, inputs: tensors)
        let found = try CPUEngine(workerCount: 2, precision: .int8, cacheFolder: nil).evaluate(
            graph, inputs: tensors)
        #expect(found[0] == expected[0])
        let largest = expected[1...].flatMap { $0.values.map(abs) }.max() ?? 0
        for (index, (a, b)) in zip(found, expected).enumerated().dropFirst() {
            // The sum is one of three roundings to bf16, each by 2⁻⁸ at most.
            let tolerance = largest * (index == 2 ? 3 : 1) * 0x1p-8
            #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= tolerance }, "output \(index)")
        }
    }

    /// The edges of an image are zeros after the preprocessing, whatever colour that is.
    @Test(arguments: [(1, 3, 16), (2, 7, 64), (2, 3, 32)], [false, true])
    func convolvesPixelsByTheirBytes(convolution: (Int, Int, Int), hasNorm: Bool) throws {
        let (stride, size, outputs) = convolution
        var graph = Graph()
        let pixels = try graph.add(.input(name: "pixels", shape: [2, 9, 10, 3]))
        let preprocessing = Preprocessing(mean: [120, 250, -40], deviation: [60, 50, 90])
        var x = try graph.add(.normalize(preprocessing), pixels)
        func vector(_ name: String) throws -> NodeID { try graph.add(.parameter(name: name, shape: [3])) }
        if hasNorm {
            let (scale, shift) = (try vector("scale"), try vector("shift"))
            let moments = try graph.add(.stack, vector("mean"), vector("variance"))
            x = try graph.add(.batchNorm(epsilon: 1e-5), x, scale, shift, moments)
        }
        let w = try graph.add(.parameter(name: "w.weight", shape: [outputs, 3, size, size]))
        graph.outputs = [try graph.add(.conv2d(stride: stride, padding: size / 2), x, w)]
        var random = SplitMix64(seed: 6)
        func tensor(_ shape: [Int], _ range: ClosedRange<Float>) -> Tensor {
            Tensor(
                shape: shape,
                values: (0..<shape.elementCount).map { _ in .random(in: range, using: &random) })
        }
        var bytes = tensor(graph[pixels].shape, 0...255)
        bytes.values = bytes.values.map { $0.rounded() }
        var tensors = ["w.weight": tensor(graph[w].shape, -1...1), "pixels": bytes]
        for name in ["scale", "shift", "mean", "variance"] { tensors[name] = tensor([3], 0.5...2) }
        let expected = try ReferenceEngine().evaluate(graph, inputs: tensors)[0].values
        let found = try CPUEngine(workerCount: 1, precision: .int8, cacheFolder: nil).evaluate(
            graph, inputs: tensors)[0].values
        let error = rootMeanSquare(zip(found, expected).map { Double($0 - $1) })
        // We measured up to 0.010, most of it from offsets that are larger than the colours.
        #expect(error / rootMeanSquare(expected.map(Double.init)) < 0.02)
    }

    @Test func saysThatRangesAreMissingAndHowToGetThem() throws {
        var setup = try Setup("cifar-resnet8-v2", imageCount: 1)
        setup.weights["layer2.0.conv2.input_range"] = nil
        #expect(
            setup.error()?.description.contains("no layer2.0.conv2.input_range; `tilescope calibrate`")
                == true)
        setup.weights["layer1.0.conv1.input_range"] = nil
        #expect(setup.error()?.description.contains("layer1.0.conv1.input_range (and 1 more)") == true)
    }

    @Test(arguments: [
        Tensor(shape: [1], values: [.nan]), Tensor(shape: [1], values: [0]),
        Tensor(shape: [1], values: [-1]), Tensor(shape: [1], values: [.infinity]),
        Tensor(shape: [2], values: [1, 1]), Tensor(shape: [], values: [1]),
    ])
    func refusesADamagedRange(range: Tensor) throws {
        var setup = try Setup("cifar-resnet8-v2", imageCount: 1)
        setup.weights["layer3.0.conv1.input_range"] = range
        #expect(setup.error()?.description.contains("layer3.0.conv1.input_range is") == true)
        #expect(setup.error()?.code == .wrongInput)
    }

    @Test func refusesToTrain() throws {
        let setup = try Setup("cifar-resnet8-v2", imageCount: 1)
        let error = #expect(throws: EngineError.self) {
            _ = try CPUEngine(workerCount: 1, precision: .int8, cacheFolder: nil).trainingProgram(
                for: setup.network, state: TrainingState(weights: setup.weights),
                configuration: .init(batchSize: 1))
        }
        #expect(
            error?.description
                == "cannot train cifar-resnet8-v2 in int8: int8 is for scoring only; fp32 and bf16 train")
    }
}
