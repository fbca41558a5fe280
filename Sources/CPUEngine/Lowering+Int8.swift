import CDNNL
import CKernels
import Engines
import Networks

extension Lowering {
    /// A convolution of bytes, with what follows it.
    func convolutionOfBytes(_ step: FinishedConvolution) throws(EngineError) -> Executable.Kernel {
        let (graph, node) = (executable.graph, executable.graph[step.convolution])
        guard case .conv2d(let stride, _) = node.op, let source = bytePlaces[node.inputs[0]] else {
            preconditionFailure("\(node.op) reads no bytes")
        }
        let (x, weights) = (graph[node.inputs[0]].shape, graph[node.inputs[1]].shape)
        let shape = ts_int8_convolution(
            images: microBatch, height: x[2], width: x[3], inputs: x[1], outputs: weights[0],
            size: weights[2], stride: stride)
        let (bytes, scale) = try executable.preparedBytes(
            node.inputs[1], shape, step: executable.quantization.step(of: node.inputs[0]),
            folding: step.norm.map { FixedNorm($0, in: executable) })
        let scratchByteCount = withUnsafePointer(to: shape) { ts_int8_scratch($0) }
        for worker in executable.workers { worker.needScratchpad(byteCount: scratchByteCount) }
        let (finishing, value) = (try finishing(step), step.value.flatMap(optionalPlace))
        let kernel = kernels.int8_convolution
        return { site in
            withUnsafePointer(to: shape) { shape in
                withUnsafePointer(to: finishing.arguments(site)) { finish in
                    kernel(
                        source.bytes(site), bytes, scale, value?.raw(site), shape, finish,
                        site.worker.scratchpad.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
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
    /// The parameter `id` in bytes, each output times its factor in `norm`, and the scale of each output: memory that
    /// `prepare` keeps up to date.
    ///
    /// - Parameter step: what one step of the input's bytes is worth.
    fileprivate func preparedBytes(
        _ id: NodeID, _ shape: ts_int8_convolution, step: Float, folding norm: FixedNorm?
    ) throws(EngineError) -> (weights: UnsafeMutablePointer<Int8>, scale: UnsafeMutablePointer<Float>) {
        let (name, source) = try weights(id)
        let target = allocate(byteCount: graph[id].shape.elementCount).assumingMemoryBound(to: Int8.self)
        let scale = allocateFloats(shape.outputs)
        preparations[name, default: []].append { _ in
            withUnsafePointer(to: shape) {
                ts_int8_weights(source, norm?.factors().scale, step, $0, target, scale)
            }
            return dnnl_success
        }
        return (target, scale)
    }
}
