import Networks
import Testing

private func architecture(_ name: String, classCount: Int = 10, inputSize: Int? = nil) throws -> Architecture
{
    try #require(Architecture(name: name, classCount: classCount, inputSize: inputSize))
}

@Test(arguments: [
    "cifar-resnet20-v1a", "cifar-resnet110-v1b", "cifar-resnet164-v2", "resnet18-v2", "resnet269-v2",
    "resnet50-v1.5",
])
func namesGoThereAndBack(name: String) throws {
    let there = try architecture(name)
    #expect(there.name == name)
}

@Test(arguments: [
    "", "resnet", "cifar-resnet21-v2", "cifar-resnet2-v2", "resnet19-v2", "resnet200-v1.5", "resnet50-v1a",
    "cifar-resnet20", "cifar-resnet-8-v2", "cifar-resnet600000002-v2",
])
func knowsNoOtherNames(name: String) {
    #expect(Architecture(name: name, classCount: 10) == nil)
}

@Test func hasTheConvolutionsOfThePost() throws {
    let network = try Network(architecture("cifar-resnet20-v2", classCount: 3))
    let convolutions = network.parameters.filter { $0.shape.count == 4 }
    #expect(convolutions.count == 21)
    #expect(Set(convolutions.map { $0.shape[0] }) == [16, 32, 64])
}

/// He et al. option A has no parameters in its shortcuts: 3·16·9 + 6·16²·9 + … + 64·10 + 10.
@Test func countsTheParametersOfResNet20() throws {
    let network = try Network(architecture("cifar-resnet20-v1a"))
    #expect(network.parameterCount == 269_722)
}

@Test func refusesAnInputThatIsTooSmall() throws {
    let (small, empty) = (
        try architecture("resnet18-v2", inputSize: 0), try architecture("cifar-resnet20-v2", classCount: 0)
    )
    #expect(throws: GraphError.self) { try Network(small) }
    #expect(throws: GraphError.self) { try Network(empty) }
}

@Test(arguments: [
    "cifar-resnet8-v1a", "cifar-resnet8-v1b", "cifar-resnet8-v2", "cifar-resnet11-v2-bottleneck",
    "cifar-resnet8-pooled",
    "resnet18-v2", "resnet50-v1.5",
])
func trainingGraphsAreValidAndComplete(name: String) throws {
    let network = try Network(architecture(name, inputSize: 32))
    let training = try network.trainingGraph(batchSize: 2)
    try training.graph.verify()
    let trainable = network.parameters.filter { $0.role == .trainable }
    #expect(training.parameters == trainable.map(\.name))
    #expect(training.graph.outputs.count == 3 + trainable.count + training.statistics.count)
    let gradients = training.parts(of: training.graph.outputs).gradients
    #expect(gradients.map { training.graph[$0].shape } == trainable.map(\.shape))
    #expect(training.statistics.count * 2 == network.parameters.count - trainable.count)
}

@Test func startsFromTheSeedAlone() throws {
    let network = try Network(architecture("cifar-resnet8-v2"))
    #expect(network.initialWeights(seed: 3) == network.initialWeights(seed: 3))
    #expect(network.initialWeights(seed: 3) != network.initialWeights(seed: 4))
}

@Test func startsWithTheVarianceOfHe() throws {
    let network = try Network(architecture("resnet18-v2"))
    let weights = try #require(network.initialWeights(seed: 1)["layer4.1.conv2.weight"])
    let count = Float(weights.values.count)
    let mean = weights.values.reduce(0, +) / count
    let variance = weights.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let expected = 2 / Float(512 * 9)
    #expect(abs(variance / expected - 1) < 0.01)
    #expect(abs(mean) < 0.01 * expected.squareRoot())
}

@Test(arguments: [
    ("cifar-resnet20-v1a", 18), ("cifar-resnet20-v2", 20), ("resnet18-v2", 20), ("resnet50-v1.5", 52),
])
func everyConvolutionButTheFirstHasAnInputRange(name: String, count: Int) throws {
    let network = try Network(architecture(name, inputSize: 32))
    let names = try network.inputRangeNames()
    #expect(names.count == count && Set(names).count == count)
    #expect(names.allSatisfy { $0.hasPrefix("layer") && $0.hasSuffix(".input_range") })
    let weights = names.map { $0.replacing(".input_range", with: ".weight") }
    #expect(Set(weights).isSubset(of: network.parameters.map(\.name)))
}
