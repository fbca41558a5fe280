import Foundation
import Networks
import Testing

@Suite struct DenseGeometryTests {
    private func network(_ name: String, inputSize: Int? = nil) throws -> Network {
        try Network(#require(Architecture(name: name, classCount: 3, inputSize: inputSize)))
    }

    /// ResNet-20: 1 pixel for the stem, 6 convolutions at full size, then 1 + 5·2 and 2 + 5·4. ResNet-50: 3 + 2 for stem and
    /// pool, then 3·4, 4 + 3·8, 8 + 5·16 and 16 + 2·32. Pooled: 2,
    /// then 2·2, 2·4 and 8.
    @Test(arguments: [
        ("cifar-resnet20-v1a", 4, 40), ("cifar-resnet20-v2", 4, 40), ("cifar-resnet110-v1b", 4, 250),
        ("resnet50-v1.5", 32, 213), ("cifar-resnet8-pooled", 8, 22),
    ])
    func knowsStrideAndReach(name: String, stride: Int, reach: Int) throws {
        let geometry = try network(name).denseGeometry()
        #expect((geometry.totalStride, geometry.reach) == (stride, reach))
    }

    @Test func hasARowForEachWindow() throws {
        let graph = try network("cifar-resnet8-v2", inputSize: 16)
            .denseScoringGraph(height: 32, width: 48, stride: 8)
        try graph.verify()
        #expect(graph[graph.outputs[0]].shape == [3 * 5, 3])
    }

    @Test func aWrongStrideIsRefusedWithOneThatWouldDo() throws {
        let network = try network("cifar-resnet8-v2")
        for (stride, advice) in [(6, "such as 4"), (2, "such as 4"), (0, "such as 4"), (30, "such as 28")] {
            let error = #expect(throws: GraphError.self) {
                try network.denseScoringGraph(height: 64, width: 64, stride: stride)
            }
            #expect(error?.reason.contains(advice) == true)
        }
    }

    @Test func aCropHasALabelForEachWindow() throws {
        let network = try network("cifar-resnet8-v2", inputSize: 16)
        let windows = CropWindows(perSide: 5, stride: 8)
        #expect((windows.count, windows.side(window: 16)) == (25, 48))
        let training = try network.trainingGraph(batchSize: 2, cropWindows: windows)
        try training.graph.verify()
        let inputs = training.graph.nodes.compactMap { node -> [Int]? in
            if case .input(_, let shape) = node.op { shape } else { nil }
        }
        #expect(inputs == [[2, 48, 48, 3], [50], [50, 3]])
        // Moments are of all pixels.
        #expect(training.statistics[0].elementCount == 2 * 48 * 48)
    }

    @Test func aCropWhoseWindowsCannotBePooledIsRefused() throws {
        let network = try network("cifar-resnet8-v2", inputSize: 16)
        let error = #expect(throws: GraphError.self) {
            try network.trainingGraph(batchSize: 2, cropWindows: CropWindows(perSide: 3, stride: 6))
        }
        #expect(error?.reason.contains("such as 4") == true)
        let none = Data(#"{"perSide":0,"stride":8}"#.utf8)
        let decoded = try JSONDecoder().decode(CropWindows.self, from: none)
        let objection = #expect(throws: GraphError.self) {
            try network.trainingGraph(batchSize: 2, cropWindows: decoded)
        }
        #expect(objection?.reason.contains("1 to 1024") == true)
    }

    @Test(arguments: [(28, 64), (64, 66)]) func aWrongBlockIsRefused(height: Int, width: Int) throws {
        let network = try network("cifar-resnet8-v2")
        let error = #expect(throws: GraphError.self) {
            try network.denseScoringGraph(height: height, width: width, stride: 4)
        }
        #expect(error?.reason.contains("\(height)×\(width)") == true)
    }

    @Test func windowsThatTheStrideDoesNotDivideAreRefused() throws {
        let network = try network("resnet18-v1.5", inputSize: 100)
        let error = #expect(throws: GraphError.self) { try network.denseGeometry() }
        #expect(error?.reason.contains("multiples of its total stride of 32") == true)
    }
}
