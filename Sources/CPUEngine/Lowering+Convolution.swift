import CDNNL
import CKernels
import Engines
import Networks

extension Lowering {
    /// Pixels by `factor` and `offset` per channel: the preprocessing, with a batch norm that never changes if given.
    func normalize(_ id: NodeID, norm: NodeID?) throws(EngineError) -> Executable.Kernel {
        let node = executable.graph[id]
        let factor = executable.allocateFloats(3)
        let offset = executable.allocateFloats(3)
        let factors = pixelFactors(id, norm: norm)
        let prepare = {
            let current = factors()
            factor.update(from: current.factor, count: 3)
            offset.update(from: current.offset, count: 3)
        }
        prepare()
        executable.whenParametersChange(of: norm) { prepare() }
        let (normalize, x, y) = (activations.normalize, place(node.inputs[0]), place(norm ?? id))
        let pixels = microBatch * node.shape[2] * node.shape[3]
        return { site in
            normalize(
                x.raw(site).assumingMemoryBound(to: UInt8.self), y.raw(site), pixels, factor, offset)
        }
    }

    /// By what the preprocessing, and the batch norm after it, multiply the pixels of each channel, and what they add.
    func pixelFactors(_ id: NodeID, norm: NodeID?) -> () -> (factor: [Float], offset: [Float]) {
        guard case .normalize(let preprocessing) = executable.graph[id].op else {
            preconditionFailure("\(executable.graph[id].op) is not the preprocessing")
        }
        let fixed = norm.map { FixedNorm($0, in: executable) }
        return {
            let (scale, shift) = fixed?.factors() ?? ([1, 1, 1], [0, 0, 0])
            let factor = (0..<3).map { scale[$0] / preprocessing.deviation[$0] }
            return (factor, (0..<3).map { shift[$0] - factor[$0] * preprocessing.mean[$0] })
        }
    }

    func convolutionShape(_ id: NodeID) -> Convolution.Shape {
        guard let shape = executable.convolutionShape(of: id, microBatch: microBatch) else {
            preconditionFailure("\(executable.graph[id].op) is not a convolution")
        }
        return shape
    }

    /// A convolution alone, or the gradient of its input: both are linear and read prepared weights.
    func convolution(_ id: NodeID) throws(EngineError) -> Executable.Kernel {
        let (shape, weights) = (convolutionShape(id), executable.graph[id].inputs[1])
        let (source, target) = (place(executable.graph[id].inputs[0]), place(id))
        if let winograd = executable.winograd(for: shape) {
            let prepared = try executable.prepared(weights, winograd)
            executable.needScratchpad(byteCount: 4 * winograd.scratchCount(shape.direction))
            let kernel = activations.winograd
            return { site in
                withUnsafePointer(to: winograd.shape) { shape in
                    kernel(
                        source.raw(site), prepared, target.raw(site), shape, nil, winograd.block,
                        site.worker.floats)
                }
            }
        }
        let convolution = try oneDNNConvolution(shape)
        let prepared = try executable.prepared(weights, convolution.weightsLayout)
        let calls = try self.calls(of: convolution, weights: prepared)
        return { site in
            let worker = site.worker
            worker.note(
                calls[worker.index].run(source.raw(site), target.raw(site), scratchpad: worker.scratchpad))
        }
    }

    /// In the layout that was chosen; where oneDNN cannot do that one for this micro-batch, in blocks.
    private func oneDNNConvolution(_ shape: Convolution.Shape) throws(EngineError) -> Convolution {
        var blocked = shape
        blocked.isBlocked = true
        if executable.algorithm(for: shape) == .blocked { return try executable.convolution(blocked) }
        do throws(EngineError) {
            return try executable.convolution(shape)
        } catch {
            guard shape.algorithms.contains(.blocked) else { throw error }
            return try executable.convolution(blocked)
        }
    }

    /// A convolution of a network that scores, with what follows it.
    func convolution(_ step: FinishedConvolution) throws(EngineError) -> Executable.Kernel {
        let node = executable.graph[step.convolution]
        if executable.quantization.isInBytes(step.convolution) { return try convolutionOfBytes(step) }
        var shape = convolutionShape(step.convolution)
        let (source, value) = (place(node.inputs[0]), step.value.map(place))
        let norm = step.norm.map { FixedNorm($0, in: executable) }
        var finishing = try finishing(step)
        if let winograd = executable.winograd(for: shape) {
            let prepared = try executable.prepared(node.inputs[1], winograd, folding: norm)
            executable.needScratchpad(byteCount: 4 * winograd.scratchCount(.forward))
            let (kernel, finishing) = (activations.winograd, finishing)
            return { site in
                withUnsafePointer(to: winograd.shape) { shape in
                    withUnsafePointer(to: finishing.arguments(site)) { finish in
                        kernel(
                            source.raw(site), prepared, value?.raw(site), shape, finish, winograd.block,
                            site.worker.floats)
                    }
                }
            }
        }
        let (bias, other) = (finishing.bias, finishing.other)
        shape.finish = .init(hasBias: bias != nil, hasOther: other != nil, relu: finishing.relu)
        (finishing.bias, finishing.other, finishing.relu) = (nil, nil, false)
        let convolution = try executable.convolution(shape)
        let prepared = try executable.prepared(node.inputs[1], convolution.weightsLayout, folding: norm)
        let calls = try self.calls(of: convolution, weights: prepared, bias: bias)
        // oneDNN has no second result: the value goes where somebody wants it, the others are made from it.
        guard let target = value ?? finishing.activated else {
            preconditionFailure("a convolution has a result")
        }
        let (pixels, channels) = extent(node.shape)
        let (kernel, rest) = (activations.finish, finishing)
        return { site in
            let worker = site.worker
            worker.note(
                calls[worker.index].run(
                    source.raw(site), target.raw(site), other?.raw(site), scratchpad: worker.scratchpad))
            guard rest.hasSecondResult else { return }
            withUnsafePointer(to: rest.arguments(site)) {
                kernel(target.raw(site), nil, pixels, channels, $0)
            }
        }
    }

    /// Each lane's first micro-batch writes the lane's sum; the others add to it.
    func convolutionGradientWeights(_ id: NodeID) throws(EngineError) -> Executable.Kernel {
        let (node, shape) = (executable.graph[id], convolutionShape(id))
        let (x, dy) = (place(node.inputs[0]), place(node.inputs[1]))
        if let winograd = executable.winograd(for: shape) {
            let layout = try Layout(node.shape, dnnl_hwio)
            let sum = try executable.laneSum(id, phase: phase, layout: layout)
            executable.needScratchpad(byteCount: 4 * winograd.scratchCount(.gradientWeights))
            let kernel = activations.winograd_gradient_weights
            return { site in
                withUnsafePointer(to: winograd.shape) { shape in
                    kernel(
                        x.raw(site), dy.raw(site), sum.lane(site.lane), !site.isFirstInLane, shape,
                        winograd.block, site.worker.floats)
                }
            }
        }
        let convolution = try oneDNNConvolution(shape)
        let sum = try executable.laneSum(id, phase: phase, layout: convolution.weightsLayout)
        let calls = try self.calls(of: convolution)
        let count = convolution.weightsLayout.byteCount / 4
        let (terms, accumulate) = (factors(1, count), kernels.accumulate)
        return { site in
            let (worker, lane) = (site.worker, sum.lane(site.lane))
            let target = site.isFirstInLane ? lane : terms[worker.index]
            worker.note(
                calls[worker.index].run(
                    x.raw(site), dy.raw(site), target, scratchpad: worker.scratchpad))
            if !site.isFirstInLane { accumulate(1, target, lane, count) }
        }
    }

    private func calls(
        of convolution: Convolution, weights: UnsafeMutableRawPointer? = nil,
        bias: UnsafeMutablePointer<Float>? = nil
    ) throws(EngineError) -> [ConvolutionCall] {
        try executable.workers.map { (_) throws(EngineError) in
            try convolution.call(on: executable.device, weights: weights, bias: bias)
        }
    }
}
