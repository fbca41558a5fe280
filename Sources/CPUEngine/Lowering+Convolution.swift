import CDNNL
import CKernels
import Engines
import Networks

extension Lowering {
    func normalize(_ node: Node, _ y: Place, _ preprocessing: Preprocessing) -> Executable.Kernel {
        let (normalize, x) = (kernels.normalize, place(node.inputs[0]))
        let pixels = executable.microBatch * node.shape[2] * node.shape[3]
        let (mean, factor) = (preprocessing.mean, preprocessing.deviation.map { 1 / $0 })
        return { site in
            let bytes = x.raw(site).assumingMemoryBound(to: UInt8.self)
            normalize(bytes, y.floats(site), pixels, mean, factor)
        }
    }

    /// Forward, or the gradient of its input: both are linear in `source` and read prepared weights.
    func convolution(
        _ direction: Convolution.Direction, _ source: NodeID, _ weights: NodeID, _ target: Place, x: [Int],
        y: [Int], _ stride: Int, _ padding: Int
    ) throws(EngineError) -> Executable.Kernel {
        if let winograd = Winograd(direction, x: x, y: y, weights: executable.graph[weights].shape, stride) {
            return self.winograd(winograd, source, weights, target)
        }
        let convolution = try executable.convolution(
            Convolution.Shape(
                direction: direction, x: microBatchShape(x), weights: executable.graph[weights].shape,
                y: microBatchShape(y), stride: stride, padding: padding))
        let prepared = try executable.prepared(weights, convolution.weightsLayout)
        let calls = try self.calls(of: convolution)
        let source = place(source)
        return { site in
            let worker = site.worker
            worker.note(
                calls[worker.index].run(
                    source.raw(site), prepared, target.raw(site), scratchpad: worker.scratchpad))
        }
    }

    /// Each lane's first micro-batch writes the lane's sum; the others add to it.
    func convolutionGradientWeights(
        _ id: NodeID, _ stride: Int, _ padding: Int
    ) throws(EngineError) -> Executable.Kernel {
        let node = executable.graph[id]
        let (x, dy) = (node.inputs[0], node.inputs[1])
        let convolution = try executable.convolution(
            Convolution.Shape(
                direction: .gradientWeights, x: microBatchShape(executable.graph[x].shape),
                weights: node.shape,
                y: microBatchShape(executable.graph[dy].shape), stride: stride, padding: padding))
        let sum = try executable.laneSum(id, layout: convolution.weightsLayout)
        let calls = try self.calls(of: convolution)
        let count = convolution.weightsLayout.byteCount / 4
        let terms = factors(1, count)
        let (xPlace, dyPlace, accumulate) = (place(x), place(dy), kernels.accumulate)
        return { site in
            let (worker, lane) = (site.worker, sum.lane(site.lane))
            let target = site.isFirstInLane ? lane : terms[worker.index]
            worker.note(
                calls[worker.index].run(
                    xPlace.raw(site), dyPlace.raw(site), target, scratchpad: worker.scratchpad))
            if !site.isFirstInLane { accumulate(1, target, lane, count) }
        }
    }

    private func calls(of convolution: Convolution) throws(EngineError) -> [Call] {
        try executable.workers.map { (_) throws(EngineError) in try convolution.call(on: executable.device) }
    }

    private func winograd(
        _ winograd: Winograd, _ source: NodeID, _ weights: NodeID, _ target: Place
    ) -> Executable.Kernel {
        let prepared = executable.prepared(weights, winograd)
        let scratch = factors(1, winograd.scratchCount)
        let (kernel, images, source) = (kernels.winograd, executable.microBatch, place(source))
        return { site in
            kernel(
                source.floats(site), prepared, target.floats(site), images, winograd.height, winograd.width,
                winograd.inputs, winograd.outputs, scratch[site.worker.index])
        }
    }
}
