import Engines
import Networks

/// The least that a network's convolutions and dense layers have to do for one image or crop.
struct BenchWork {
    /// Multiplications and additions of the products, in number, as a direct convolution makes them.
    private(set) var operationCount = 0.0
    /// Of what these products read and write, weights apart, as 32-bit floats.
    private(set) var byteCount = 0.0

    /// Scoring: the forward pass.
    ///
    /// Training counts three times as much: forward, and the gradients of inputs and of weights.
    ///
    /// - Parameter cropWindows: of crops.
    init(_ network: Network, isTraining: Bool, cropWindows: CropWindows? = nil) throws {
        let side = cropWindows?.side(window: network.architecture.inputSize)
        let graph =
            if let cropWindows, let side {
                try network.denseScoringGraph(height: side, width: side, stride: cropWindows.stride)
            } else {
                try network.scoringGraph(batchSize: 1)
            }
        for node in graph.nodes {
            let inputs = node.inputs.map { graph[$0].shape }
            guard let productsPerResult = Self.productsPerResult(node.op, inputs) else { continue }
            operationCount += 2 * Double(productsPerResult * node.shape.elementCount)
            byteCount += 4 * Double(inputs[0].elementCount + node.shape.elementCount)
        }
        if isTraining { (operationCount, byteCount) = (3 * operationCount, 3 * byteCount) }
    }

    /// Multiplications for one number of the result; `nil` for ops that are no products.
    private static func productsPerResult(_ op: Op, _ inputs: [[Int]]) -> Int? {
        switch op {
        case .conv2d, .dense: inputs[1][1...].reduce(1, *)
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .input, .parameter, .constant, .normalize, .moments, .stack, .batchNorm, .relu, .add,
            .paddedShortcut, .maxPool, .globalMean, .windowMeans, .softmax, .softmaxCrossEntropy,
            .correctCount,
            .conv2dGradientInput, .conv2dGradientWeights, .batchNormGradientSums, .batchNormGradient,
            .reluGradient, .paddedShortcutGradient, .maxPoolGradient, .globalMeanGradient,
            .windowMeansGradient,
            .denseGradientInput, .denseGradientWeights, .denseGradientBias,
            .softmaxCrossEntropyGradient, .row:
            nil
        }
    }
}
