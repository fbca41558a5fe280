import CDNNL
import CKernels
import Engines
import Networks

extension Lowering {
    /// A convolution of bytes, with what follows it.
    func convolutionOfBytes(_ step: FinishedConvolution) throws(EngineError) -> Executable.Kernel {
        let node = executable.graph[step.convolution]
        if let preprocessing = executable.quantization.preprocessing(of: step.convolution) {
            return try convolutionOfPixels(step, preprocessing)
        }
        guard let source = bytePlaces[node.inputs[0]] else {
            preconditionFailure("\(node.op) reads no bytes")
        }
        let shape = kernelShape(step.convolution, arePixels: false)
        let norm = step.norm.map { FixedNorm($0, in: executable) }
        let inputStep = executable.quantization.step(of: node.inputs[0])
        let (finishing, value) = (try finishing(step), step.value.flatMap(optionalPlace))
        if let winograd = convolutionShape(step.convolution).winogradOfBytes {
            let (shape, block) = (winograd.shape, winograd.block)
            let (bytes, scale) = try executable.preparedBytes(
                node.inputs[1], shape, step: inputStep, folding: norm)
            let scratchByteCount = withUnsafePointer(to: shape) { ts_int8_winograd_scratch($0, block) }
            executable.needScratchpad(byteCount: scratchByteCount)
            let kernel = kernels.int8_winograd
            return { site in
                withUnsafePointer(to: shape) { shape in
                    withUnsafePointer(to: finishing.arguments(site)) { finish in
                        kernel(
                            source.bytes(site), bytes, scale, value?.raw(site), shape, finish, block,
                            site.worker.scratchpad)
                    }
                }
            }
        }
        let weights = try executable.preparedBytes(node.inputs[1], shape, step: inputStep, folding: norm)
        return directConvolution(of: source, shape, weights, finishing, value)
    }

    /// A convolution that reads the pixels themselves.
    private func convolutionOfPixels(
        _ step: FinishedConvolution, _ preprocessing: Quantization.Preprocessing
    ) throws(EngineError) -> Executable.Kernel {
        let shape = kernelShape(step.convolution, arePixels: true)
        let bias = executable.allocateFloats(shape.outputs)
        var finishing = try finishing(step)
        finishing.bias = bias
        let weights = try executable.preparedPixelBytes(
            executable.graph[step.convolution].inputs[1], shape,
            pixelFactors(preprocessing.normalize, norm: preprocessing.norm),
            folding: step.norm.map { FixedNorm($0, in: executable) }, bias: bias)
        let source = place(preprocessing.pixels)
        return directConvolution(of: source, shape, weights, finishing, step.value.flatMap(optionalPlace))
    }

    private func directConvolution(
        of source: Place, _ shape: ts_int8_convolution, _ weights: Executable.WeightBytes,
        _ finishing: Finishing, _ value: Place?
    ) -> Executable.Kernel {
        let scratchByteCount = withUnsafePointer(to: shape) { ts_int8_scratch($0) }
        executable.needScratchpad(byteCount: scratchByteCount)
        let kernel = kernels.int8_convolution
        return { site in
            withUnsafePointer(to: shape) { shape in
                withUnsafePointer(to: finishing.arguments(site)) { finish in
                    kernel(
                        source.bytes(site), weights.weights, weights.scale, value?.raw(site), shape, finish,
                        site.worker.scratchpad.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
    }

    /// A convolution as the kernel for bytes sees it.
    private func kernelShape(_ convolution: NodeID, arePixels: Bool) -> ts_int8_convolution {
        let shape = convolutionShape(convolution)
        return ts_int8_convolution(
            images: microBatch, height: shape.x[2], width: shape.x[3], inputs: arePixels ? 4 : shape.x[1],
            outputs: shape.y[1], size: shape.weights[2], stride: shape.stride, pixels: arePixels)
    }

    /// The bytes of `relu`, made from `source` through a batch norm and a ReLU, or as it is.
    func quantize(_ source: NodeID, norm: NodeID?, relu: NodeID) -> Executable.Kernel {
        var finishing = Finishing()
        finishing.activation = norm.map { activationFactors($0) }
        if source != relu { finishing.activated = optionalPlace(relu) }
        finishing.bytes = bytePlaces[relu]
        finishing.bytesFactor = 1 / executable.quantization.step(of: relu)
        let (pixels, channels) = extent(executable.graph[relu].shape)
        let (kernel, x, made) = (activations.finish, place(source), finishing)
        return { site in
            withUnsafePointer(to: made.arguments(site)) { kernel(x.raw(site), nil, pixels, channels, $0) }
        }
    }
}

extension Executable {
    typealias WeightBytes = (weights: UnsafeMutablePointer<Int8>, scale: UnsafeMutablePointer<Float>)

    /// The parameter `id` in bytes, each output times its factor in `norm`, and the scale of each output: memory that
    /// `prepare` keeps up to date.
    ///
    /// - Parameter step: what one step of the input's bytes is worth.
    fileprivate func preparedBytes(
        _ id: NodeID, _ shape: ts_int8_convolution, step: Float, folding norm: FixedNorm?
    ) throws(EngineError) -> WeightBytes {
        let target = allocate(byteCount: graph[id].shape.elementCount).assumingMemoryBound(to: Int8.self)
        let scale = try prepareScaled(id, shape.outputs, norm) { source, factors, scale in
            withUnsafePointer(to: shape) { ts_int8_weights(source, factors, step, $0, target, scale) }
        }
        return (target, scale)
    }

    /// The same for pixels, with the bias that makes up for the rounding of their mean.
    ///
    /// - Parameter factors: what is done to the pixels before they are convolved.
    fileprivate func preparedPixelBytes(
        _ id: NodeID, _ shape: ts_int8_convolution,
        _ factors: @escaping () -> (factor: [Float], offset: [Float]), folding norm: FixedNorm?,
        bias: UnsafeMutablePointer<Float>
    ) throws(EngineError) -> WeightBytes {
        let count = shape.outputs * shape.inputs * shape.size * shape.size
        let target = allocate(byteCount: count).assumingMemoryBound(to: Int8.self)
        let scale = try prepareScaled(id, shape.outputs, norm) { source, _, scale in
            let (pixel, norm) = (factors(), norm?.factors())
            var wide = [Float](repeating: 0, count: count)
            withUnsafePointer(to: shape) {
                ts_int8_pixel_weights(
                    source, pixel.factor, pixel.offset, norm?.scale, norm?.shift, $0, &wide, target, scale,
                    bias)
            }
        }
        return (target, scale)
    }

    /// The same, transformed for the Winograd kernel.
    fileprivate func preparedBytes(
        _ id: NodeID, _ shape: ts_convolution, step: Float, folding norm: FixedNorm?
    ) throws(EngineError) -> (weights: UnsafeMutablePointer<Int16>, scale: UnsafeMutablePointer<Float>) {
        let target = allocate(byteCount: 72 * shape.inputs * shape.outputs)
            .assumingMemoryBound(to: Int16.self)
        let scale = try prepareScaled(id, shape.outputs, norm) { source, factors, scale in
            withUnsafePointer(to: shape) {
                ts_int8_winograd_weights(source, factors, step, $0, target, scale)
            }
        }
        return (target, scale)
    }

    /// Calls `prepare` with the parameter `id`, the factors of `norm` and the scale of each output when they change.
    private func prepareScaled(
        _ id: NodeID, _ outputs: Int, _ norm: FixedNorm?,
        _ prepare: @escaping (UnsafePointer<Float>, [Float]?, UnsafeMutablePointer<Float>) -> Void
    ) throws(EngineError) -> UnsafeMutablePointer<Float> {
        let ((name, source), scale) = (try weights(id), allocateFloats(outputs))
        preparations[name, default: []].append { _ in
            prepare(source, norm?.factors().scale, scale)
            return dnnl_success
        }
        return scale
    }
}
