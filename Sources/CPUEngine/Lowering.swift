import CDNNL
import CKernels
import Engines
import Networks

/// Lowers the steps of one phase to kernels. A kernel is a closure that knows all its places; it allocates nothing.
struct Lowering {
    let executable: Executable
    let phase: Int
    /// Of the values that live in scratch memory during this phase.
    let places: [NodeID: Place]
    /// Of their bytes, for convolutions of this phase.
    let bytePlaces: [NodeID: Place]

    private var graph: Graph { executable.graph }
    var kernels: ts_kernels { executable.kernels }
    /// For activations `[N, C, H, W]`.
    var activations: ts_activation_kernels {
        executable.configuration.precision.element.activationKernels(kernels)
    }
    var microBatch: Int { executable.microBatches[phase] }

    func kernel(for step: Step) throws(EngineError) -> Executable.Kernel {
        switch step {
        case .single(let id): try kernel(for: id)
        case .convolution(let convolution): try self.convolution(convolution)
        case .normalizeBatchNorm(let id, let norm): try normalize(id, norm: norm)
        case .batchNormRelu(let norm, let relu) where bytePlaces[relu] != nil && graph.isFixedBatchNorm(norm):
            quantize(graph[norm].inputs[0], norm: norm, relu: relu)
        case .batchNormRelu(let norm, let relu): batchNorm(norm, into: place(relu), relu: true)
        case .quantize(let id): quantize(id, norm: nil, relu: id)
        case .addMoments(let add, let moments): addMoments(add, moments)
        case .reluGradientSums(let gradient, let sums): reluGradientSums(gradient, sums)
        case .batchNormGradientAdd(let gradient, let add):
            batchNormGradient(gradient, into: place(add), adding: graph[add].inputs.first { $0 != gradient })
        case .inputGradientSum(let gradient, let sums): inputGradientSum(gradient, sums)
        }
    }

    private func kernel(for id: NodeID) throws(EngineError) -> Executable.Kernel {
        let node = graph[id]
        let count = microBatch * executable.sampleElementCount(id)
        let passes = executable.element(of: id).activationKernels(kernels)
        switch node.op {
        case .normalize: return try normalize(id, norm: nil)
        case .conv2d where executable.quantization.isInBytes(id):
            return try convolutionOfBytes(FinishedConvolution(alone: id))
        case .conv2d, .conv2dGradientInput: return try convolution(id)
        case .conv2dGradientWeights: return try convolutionGradientWeights(id)
        case .batchNorm: return batchNorm(id, into: place(id), relu: false)
        case .moments: return moments(id)
        case .batchNormGradientSums: return gradientSums(id)
        case .batchNormGradient: return batchNormGradient(id, into: place(id), adding: nil)
        case .relu:
            let (relu, x, y) = (passes.relu, place(node.inputs[0]), place(id))
            return { relu(x.raw($0), y.raw($0), count) }
        case .reluGradient:
            let (gradient, dx) = (passes.relu_gradient, place(id))
            let (dy, y) = (place(node.inputs[0]), place(node.inputs[1]))
            return { gradient(dy.raw($0), y.raw($0), dx.raw($0), count) }
        case .add:
            let (add, y) = (passes.add, place(id))
            let (a, b) = (place(node.inputs[0]), place(node.inputs[1]))
            return { add(a.raw($0), b.raw($0), y.raw($0), count) }
        case .paddedShortcut(let stride, _):
            return paddedShortcut(large: node.inputs[0], small: id, stride, isGradient: false)
        case .paddedShortcutGradient(let stride, _, _, _):
            return paddedShortcut(large: id, small: node.inputs[0], stride, isGradient: true)
        case .maxPool(let size, let stride, let padding):
            let pooling = pooling(
                x: graph[node.inputs[0]].shape, y: node.shape, size: size, stride: stride, padding: padding)
            let (pool, x, y) = (activations.max_pool, place(node.inputs[0]), place(id))
            return { site in withUnsafePointer(to: pooling) { pool(x.raw(site), y.raw(site), $0) } }
        case .maxPoolGradient(let size, let stride, let padding):
            let pooling = pooling(
                x: node.shape, y: graph[node.inputs[0]].shape, size: size, stride: stride, padding: padding)
            let (dy, x) = (place(node.inputs[0]), place(node.inputs[1]))
            let (gradient, dx) = (activations.max_pool_gradient, place(id))
            return { site in
                withUnsafePointer(to: pooling) { gradient(dy.raw(site), x.raw(site), dx.raw(site), $0) }
            }
        case .globalMean: return globalMean(node, place(id))
        case .globalMeanGradient: return globalMeanGradient(id)
        case .windowMeans(let size, let stride):
            return windowMeans(of: node.inputs[0], id, size: size, stride: stride)
        case .windowMeansGradient(let size, let stride, _, _):
            return windowMeansGradient(id, size: size, stride: stride)
        case .dense: return dense(id)
        case .denseGradientInput: return denseGradientInput(id)
        case .denseGradientWeights, .denseGradientBias: return try denseGradient(id)
        case .softmax: return softmax(id)
        case .softmaxCrossEntropy: return loss(id, crossEntropy)
        case .sigmoidCrossEntropy: return loss(id, sigmoidCrossEntropy)
        case .correctCount(let highest): return correctCount(id, highest: highest)
        case .softmaxCrossEntropyGradient: return lossGradient(id, softmaxRow)
        case .sigmoidCrossEntropyGradient: return lossGradient(id, sigmoidRow)
        case .input, .parameter, .constant, .stack, .row:
            throw EngineError(
                code: .unsupportedGraph, operation: "compile \(node.op)",
                cause: "the CPU engine does not compute it for values with a batch axis")
        }
    }

    // MARK: Where things are

    /// Place of a value with a batch axis, in this phase.
    func place(_ id: NodeID) -> Place {
        guard let place = optionalPlace(id) else {
            preconditionFailure("node \(id.index) has no place in phase \(phase)")
        }
        return place
    }

    /// `nil` where the value exists in bytes only.
    func optionalPlace(_ id: NodeID) -> Place? { places[id] ?? executable.wide[id] }

    func small(_ id: NodeID) -> UnsafeMutablePointer<Float> {
        guard let pointer = executable.small[id] else { preconditionFailure("node \(id.index) is not small") }
        return pointer
    }

    /// Pixels and channels of a micro-batch of `[N, C, H, W]`.
    func extent(_ shape: [Int]) -> (pixels: Int, channels: Int) {
        (microBatch * shape[2] * shape[3], shape[1])
    }

    /// Rows of a micro-batch of `[N, C]`: samples, or the windows of crops.
    func rowCount(_ id: NodeID) -> Int { microBatch * executable.sampleRowCount(id) }

    /// Per worker, `rows` arrays of `channels` numbers for factors that a kernel works out first.
    func factors(_ rows: Int, _ channels: Int) -> [UnsafeMutablePointer<Float>] {
        executable.workers.map { _ in executable.allocateFloats(rows * channels) }
    }
}
