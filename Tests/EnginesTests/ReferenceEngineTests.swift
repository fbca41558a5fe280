import Engines
import Networks
import Testing

/// A small network of every op that has a gradient, and the loss as a function of its parameters.
private struct Differentiable {
    var graph = Graph()
    var loss: NodeID
    var parameters: [NodeID]
    var gradients: [NodeID]

    /// - Parameter means: of each of the three samples, in one row or several.
    /// - Parameter op: the loss.
    init(shortcutStride: Int, means: Op, loss op: Op) throws {
        let pixels = try graph.add(.parameter(name: "x", shape: [3, 2, 6, 6]))
        let kernel = try graph.add(.parameter(name: "w", shape: [4, 2, 3, 3]))
        let scale = try graph.add(.parameter(name: "scale", shape: [4]))
        let shift = try graph.add(.parameter(name: "shift", shape: [4]))
        let dense = try graph.add(.parameter(name: "fc", shape: [3, 4]))
        let bias = try graph.add(.parameter(name: "bias", shape: [3]))
        let y = try graph.add(.conv2d(stride: shortcutStride, padding: 1), pixels, kernel)
        let moments = try graph.add(.moments, y)
        let norm = try graph.add(.batchNorm(epsilon: 1e-3), y, scale, shift, moments)
        let shortcut = try graph.add(.paddedShortcut(stride: shortcutStride, channels: 4), pixels)
        let sum = try graph.add(.add, graph.add(.relu, norm), shortcut)
        let pooled = try graph.add(.maxPool(size: 3, stride: 2, padding: 1), sum)
        let logits = try graph.add(.dense, graph.add(means, pooled), dense, bias)
        let targets = try graph.add(.input(name: "targets", shape: graph[logits].shape))
        loss = try graph.add(op, logits, targets)
        parameters = [pixels, kernel, scale, shift, dense, bias]
        gradients = try graph.addGradients(of: loss, by: parameters)
    }
}

/// Central differences. Steps are exact in single precision; a step that crosses a kink of ReLU or max pool is rare
/// with these numbers, and the tolerance is that of the differences, not of the engine.
@Test(
    arguments: [(1, Op.globalMean), (2, .globalMean), (1, .windowMeans(size: 2, stride: 1))],
    [Op.softmaxCrossEntropy, .sigmoidCrossEntropy])
func gradientsAgreeWithFiniteDifferences(_ kind: (stride: Int, means: Op), loss: Op) throws {
    var network = try Differentiable(shortcutStride: kind.stride, means: kind.means, loss: loss)
    network.graph.outputs = [network.loss] + network.gradients
    let rows = network.graph[network.graph[network.loss].inputs[1]].shape
    let shares: [Float] = [0.9, 0.1, 0, 0.25, 0.25, 0.5, 0, 1, 0]
    var inputs = [
        "targets": Tensor(shape: rows, values: (0..<rows.elementCount).map { shares[$0 % 9] })
    ]
    var state: UInt32 = 12345
    for id in network.parameters {
        guard let (name, shape) = network.graph[id].op.binding else { continue }
        inputs[name] = Tensor(
            shape: shape,
            values: (0..<shape.elementCount).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(state >> 8) / Float(1 << 23) - 1
            })
    }
    let outputs = try ReferenceEngine().evaluate(network.graph, inputs: inputs)
    network.graph.outputs = [network.loss]
    let step: Float = 1 / 256
    for (index, id) in network.parameters.enumerated() {
        let name = try #require(network.graph[id].op.binding?.name)
        let gradient = outputs[1 + index]
        for i in spread(over: gradient.values.count) {
            let losses = try [step, -step].map { change in
                var changed = inputs
                changed[name]?.values[i] += change
                return Double(try ReferenceEngine().evaluate(network.graph, inputs: changed)[0].values[0])
            }
            let difference = Float((losses[0] - losses[1]) / Double(2 * step))
            #expect(abs(gradient.values[i] - difference) < 2e-4 + 2e-3 * abs(difference), "\(name)[\(i)]")
        }
    }
}

/// At most about ten positions, spread over a tensor.
private func spread(over count: Int) -> StrideTo<Int> {
    stride(from: 0, to: count, by: max(1, count / 10))
}

@Test func namesTheTensorThatIsMissing() throws {
    var graph = Graph()
    graph.outputs = [try graph.add(.relu, graph.add(.parameter(name: "w", shape: [2])))]
    let error = #expect(throws: EngineError.self) { try ReferenceEngine().evaluate(graph, inputs: [:]) }
    #expect(error?.code == .wrongInput)
    #expect(error?.description == "cannot bind w: it is missing; [2] is expected")
}

@Test func stepFollowsTheFormulaOfMomentum() throws {
    let architecture = try #require(Architecture(name: "cifar-resnet8-v2", classCount: 2, inputSize: 8))
    let network = try Network(architecture)
    let weights = network.initialWeights(seed: 1)
    let optimizer = Optimizer(momentum: 0.5, weightDecay: 0.1)
    let program = try ReferenceEngine().trainingProgram(
        for: network, state: TrainingState(weights: weights),
        configuration: .init(batchSize: 2, optimizer: optimizer))
    let pixels = (0..<2 * 8 * 8 * 3).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let targets = try Targets(labels: [0, 1], classCount: 2)
    for _ in 0..<2 { _ = try program.step(pixels.span, targets: targets, learningRate: 0) }
    let state = try program.state()
    // With a learning rate of 0 the gradient g stays: v₂ = 0.5 · (g + 0.1 w) + (g + 0.1 w).
    let training = try network.trainingGraph(batchSize: 2)
    var inputs = weights
    inputs[Network.pixels] = Tensor(shape: [2, 8, 8, 3], values: pixels.map(Float.init))
    inputs[Network.labels] = Tensor(shape: [2], values: [0, 1])
    inputs[Network.targets] = Tensor(shape: [2, 2], values: targets.shares)
    let gradients = try ReferenceEngine().evaluate(training.graph, inputs: inputs)[3...]
    for (name, gradient) in zip(training.parameters, gradients) {
        let (w, v) = (try #require(weights[name]), try #require(state.momenta[name]))
        for i in v.values.indices {
            #expect(abs(v.values[i] - 1.5 * (gradient.values[i] + 0.1 * w.values[i])) < 1e-5)
        }
        #expect(state.weights[name] == w)
    }
}
