import Networks
import Testing

@Test(arguments: [
    (Op.conv2d(stride: 1, padding: 1), [[2, 3, 8, 8], [4, 5, 3, 3]]),
    (.conv2d(stride: 0, padding: 1), [[2, 3, 8, 8], [4, 3, 3, 3]]),
    (.conv2d(stride: 1, padding: 0), [[2, 3, 2, 2], [4, 3, 3, 3]]),
    (.conv2d(stride: 1, padding: 1), [[2, 3, 8, 8]]),
    (.add, [[2, 3], [3, 2]]),
    (.dense, [[2, 3], [4, 5], [4]]),
    (.dense, [[2, 3], [4, 3], [5]]),
    (.batchNorm(epsilon: 1), [[2, 3, 4, 4], [3], [3], [3]]),
    (.stack, [[3], [4]]),
    (.normalize(.imageNet), [[2, 3, 8, 8]]),
    (.paddedShortcut(stride: 2, channels: 17), [[2, 8, 4, 4]]),
    (.softmaxCrossEntropy, [[2, 3], [2]]), (.sigmoidCrossEntropy, [[2, 3], [3, 2]]),
    (.correctCount(highest: 0), [[2, 3], [2]]),
    (.correctCount(highest: 1), [[2, 3], [3]]),
    (.row(2), [[2, 3]]),
    (.windowMeans(size: 5, stride: 1), [[1, 3, 4, 8]]),
    (.windowMeans(size: 2, stride: 0), [[1, 3, 4, 8]]),
    (.windowMeansGradient(size: 2, stride: 2, height: 4, width: 8), [[9, 3]]),
    (.windowMeansGradient(size: 5, stride: 1, height: 4, width: 8), [[4, 3]]),
    (.conv2dGradientInput(stride: 2, padding: 1, height: 9, width: 8), [[2, 4, 4, 4], [4, 3, 3, 3]]),
    (.maxPoolGradient(size: 3, stride: 2, padding: 1), [[2, 4, 3, 3], [2, 4, 8, 8]]),
])
func refusesInputsThatBreakAnOpsRule(op: Op, inputs: [[Int]]) {
    #expect(throws: GraphError.self) { try op.shape(of: inputs) }
}

@Test func namesTheOpAndTheShapesInAnError() {
    let error = #expect(throws: GraphError.self) { try Op.add.shape(of: [[2, 3], [3, 2]]) }
    #expect(error?.description == "add cannot take inputs of shapes [[2, 3], [3, 2]]")
}

@Test func computesTheShapesOfConvolutionAndPool() throws {
    #expect(
        try Op.conv2d(stride: 2, padding: 3).shape(of: [[1, 3, 224, 224], [64, 3, 7, 7]]) == [
            1, 64, 112, 112,
        ])
    #expect(
        try Op.maxPool(size: 3, stride: 2, padding: 1).shape(of: [[1, 64, 112, 112]]) == [1, 64, 56, 56])
    #expect(try Op.paddedShortcut(stride: 2, channels: 32).shape(of: [[1, 16, 7, 7]]) == [1, 32, 4, 4])
}

@Test func aWindowMeanIsARowForEachWindow() throws {
    #expect(try Op.windowMeans(size: 3, stride: 2).shape(of: [[2, 16, 7, 9]]) == [2 * 3 * 4, 16])
    let gradient = Op.windowMeansGradient(size: 3, stride: 2, height: 7, width: 9)
    #expect(try gradient.shape(of: [[2 * 3 * 4, 16]]) == [2, 16, 7, 9])
}

@Test func verifierFindsASecondSourceOfOneName() throws {
    var graph = Graph()
    try graph.add(.parameter(name: "w", shape: [1]))
    try graph.add(.parameter(name: "w", shape: [1]))
    #expect(throws: GraphError.self) { try graph.verify() }
}

@Test func differentiatesALossOnly() throws {
    var graph = Graph()
    let w = try graph.add(.parameter(name: "w", shape: [2]))
    let y = try graph.add(.relu, w)
    #expect(throws: GraphError.self) { try graph.addGradients(of: y, by: [w]) }
}

@Test func refusesTheGradientOfBatchNormWithForeignMoments() throws {
    var graph = Graph()
    let x = try graph.add(.parameter(name: "x", shape: [2, 3, 1, 1]))
    let scale = try graph.add(.parameter(name: "scale", shape: [3]))
    let moments = try graph.add(.parameter(name: "moments", shape: [2, 3]))
    let norm = try graph.add(.batchNorm(epsilon: 1), x, scale, scale, moments)
    let targets = try graph.add(.input(name: "targets", shape: [2, 3]))
    let loss = try graph.add(.softmaxCrossEntropy, graph.add(.globalMean, norm), targets)
    #expect(throws: GraphError.self) { try graph.addGradients(of: loss, by: [x]) }
}

@Test func saysWhichParameterDoesNotReachTheLoss() throws {
    var graph = Graph()
    let x = try graph.add(.parameter(name: "x", shape: [2, 3]))
    let other = try graph.add(.parameter(name: "other", shape: [2, 3]))
    let loss = try graph.add(.softmaxCrossEntropy, x, graph.add(.input(name: "targets", shape: [2, 3])))
    let error = #expect(throws: GraphError.self) { try graph.addGradients(of: loss, by: [other]) }
    #expect(error?.description.contains("other") == true)
}
