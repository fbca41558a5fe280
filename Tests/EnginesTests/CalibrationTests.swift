import Engines
import Networks
import Testing

private func setup() throws -> (network: Network, weights: Weights, pixels: [UInt8]) {
    let network = try Network(#require(Architecture(name: "cifar-resnet8-v1b", classCount: 3, inputSize: 8)))
    let pixels = (0..<3 * 8 * 8 * 3).map { UInt8(truncatingIfNeeded: $0 * 37 % 251) }
    return (network, network.initialWeights(seed: 4), pixels)
}

@Test func rangesAreTheLargestInputsOfTheConvolutions() throws {
    let (network, weights, pixels) = try setup()
    var calibration = Calibration(network: network, weights: weights, engine: ReferenceEngine())
    #expect(calibration.ranges.isEmpty)
    try calibration.add(pixels.span)
    #expect(try calibration.ranges.keys.sorted() == network.inputRangeNames().sorted())
    var graph = try network.scoringGraph(batchSize: 3)
    for convolution in graph.rangedConvolutions {
        graph.outputs = [graph[convolution.id].inputs[0]]
        var tensors = weights
        tensors[Network.pixels] = Tensor(shape: [3, 8, 8, 3], values: pixels.map(Float.init))
        let largest = try ReferenceEngine().evaluate(graph, inputs: tensors)[0].values.max()
        #expect(calibration.ranges[convolution.rangeName]?.values == [try #require(largest)])
    }
}

@Test func rangesDoNotDependOnHowImagesCome() throws {
    let (network, weights, pixels) = try setup()
    var together = Calibration(network: network, weights: weights, engine: ReferenceEngine())
    try together.add(pixels.span)
    var apart = Calibration(network: network, weights: weights, engine: ReferenceEngine())
    for start in stride(from: 0, to: pixels.count, by: 8 * 8 * 3) {
        try apart.add(pixels.span.extracting(start..<start + 8 * 8 * 3))
    }
    #expect(apart.ranges == together.ranges)
}

@Test func anInputThatIsAlwaysZeroHasSomeRange() throws {
    var (network, weights, pixels) = try setup()
    weights["bn1.bias"] = Tensor(shape: [16], repeating: -100)
    weights["bn1.weight"] = Tensor(shape: [16], repeating: 0)
    var calibration = Calibration(network: network, weights: weights, engine: ReferenceEngine())
    try calibration.add(pixels.span)
    #expect(calibration.ranges["layer1.0.conv1.input_range"]?.values == [1])
}
