import CDNNL
import CKernels
import Engines
import Networks

extension Executable {
    /// Turns every phase into kernels.
    func lowerAll() throws(EngineError) {
        reductionEnds = Array(repeating: [], count: schedule.phases.count)
        for (phase, nodes) in schedule.phases.enumerated() {
            let steps = quantization.addingBytes(
                to: Step.steps(for: nodes, in: graph) { [self] in isStored($0, madeIn: phase) }, graph)
            let (places, bytePlaces) = planScratch(steps, phase: phase)
            var lowered: [Kernel] = []
            for step in steps {
                let lowering = Lowering(
                    executable: self, phase: phase, places: places, bytePlaces: bytePlaces)
                lowered.append(try lowering.kernel(for: step))
            }
            phaseKernels.append(lowered)
            stepLabels.append(configuration.isProfiling ? steps.map(label) : [])
        }
        smallKernels = try schedule.smallNodes.map { (nodes) throws(EngineError) in
            try nodes.map { (id) throws(EngineError) in try smallKernel(for: id) }
        }
    }

    private func isStored(_ id: NodeID, madeIn phase: Int) -> Bool {
        schedule.stored[id] != nil && schedule.home[id] == phase
    }

    /// Places the activations that live within one phase, and their bytes.
    private func planScratch(
        _ steps: [Step], phase: Int
    ) -> (places: [NodeID: Place], bytePlaces: [NodeID: Place]) {
        var (lastUse, lastUseOfBytes) = ([NodeID: Int](), [NodeID: Int]())
        for (time, step) in steps.enumerated() {
            for id in step.reads(in: graph) { lastUse[id] = time }
            if let id = quantization.bytesRead(by: step, graph) { lastUseOfBytes[id] = time }
        }
        var plan = MemoryPlan()
        var (places, bytePlaces) = ([NodeID: Place](), [NodeID: Place]())
        func place(_ id: NodeID, elementByteCount: Int, _ lifetime: ClosedRange<Int>) -> Place {
            let byteCount = microBatches[phase] * sampleElementCount(id) * elementByteCount
            return Place(
                base: nil, offset: plan.place(byteCount: byteCount, lifetime: lifetime), stride: 0)
        }
        for (time, step) in steps.enumerated() {
            let bytes = quantization.bytesWritten(by: step, graph, read: { lastUseOfBytes[$0] != nil })
            for id in step.results(in: graph) where !isStored(id, madeIn: phase) {
                if id == bytes && !quantization.needsNumbers(id, of: step) { continue }
                places[id] = place(
                    id, elementByteCount: element(of: id).byteCount, time...max(time, lastUse[id] ?? time))
            }
            if let id = bytes {
                bytePlaces[id] = place(id, elementByteCount: 1, time...(lastUseOfBytes[id] ?? time))
            }
        }
        for worker in workers { worker.needScratch(byteCount: plan.byteCount) }
        return (places, bytePlaces)
    }

    /// The convolution of that shape, compiled once.
    func convolution(_ shape: Convolution.Shape) throws(EngineError) -> Convolution {
        if let known = convolutions[shape] { return known }
        let made = try Convolution(shape, on: device)
        needScratchpad(byteCount: made.scratchpadByteCount)
        convolutions[shape] = made
        return made
    }

    /// The parameter `id` in `layout`, each output times its factor in `norm`: memory that `prepare` keeps up to date.
    func prepared(
        _ id: NodeID, _ layout: Layout, folding norm: FixedNorm? = nil
    ) throws(EngineError) -> UnsafeMutableRawPointer {
        let (name, source) = try weights(id)
        let plain = try Layout(graph[id].shape, dnnl_oihw)
        if plain == layout && norm == nil { return UnsafeMutableRawPointer(source) }
        let target = allocate(byteCount: layout.byteCount)
        let reorder = try Reorder(from: plain, to: layout, on: device)
        needScratchpad(byteCount: reorder.scratchpadByteCount)
        guard let norm else {
            preparations[name, default: []].append { worker in
                reorder.run(from: source, to: target, scratchpad: worker.scratchpad)
            }
            return target
        }
        let (count, outputs) = (graph[id].shape.elementCount, graph[id].shape[0])
        let scaled = allocateFloats(count)
        preparations[name, default: []].append { worker in
            let factors = norm.factors()
            for i in 0..<count { scaled[i] = source[i] * factors.scale[i / (count / outputs)] }
            return reorder.run(from: scaled, to: target, scratchpad: worker.scratchpad)
        }
        return target
    }

    /// The parameter `id` transformed for a Winograd convolution: memory that `prepare` keeps up to date.
    func prepared(
        _ id: NodeID, _ winograd: Winograd, folding norm: FixedNorm? = nil
    ) throws(EngineError) -> UnsafeMutablePointer<Float> {
        let (name, source) = try weights(id)
        let (target, transform) = (allocateFloats(winograd.weightCount), kernels.winograd_weights)
        let (inputs, outputs) = (winograd.shape.inputs, winograd.shape.outputs)
        preparations[name, default: []].append { _ in
            transform(source, norm?.factors().scale, target, inputs, outputs, winograd.isGradient)
            return dnnl_success
        }
        return target
    }

    /// The bias that takes the place of a folded batch norm.
    func preparedBias(_ id: NodeID, folding norm: FixedNorm) throws(EngineError) -> UnsafeMutablePointer<
        Float
    > {
        let (name, _) = try weights(id)
        let target = allocateFloats(norm.channelCount)
        preparations[name, default: []].append { _ in
            target.update(from: norm.factors().shift, count: norm.channelCount)
            return dnnl_success
        }
        return target
    }

    /// A parameter to convolve by.
    func weights(_ id: NodeID) throws(EngineError) -> (name: String, UnsafeMutablePointer<Float>) {
        guard case .parameter(let name, _) = graph[id].op, let source = small[id] else {
            throw EngineError(
                code: .unsupportedGraph, operation: "compile a convolution by \(graph[id].op)",
                cause: "the CPU engine convolves by parameters only")
        }
        return (name, source)
    }

    /// A weight gradient that each lane sums up for itself, `stride` numbers a lane.
    func laneSum(_ id: NodeID, phase: Int, layout: Layout? = nil) throws(EngineError) -> LaneSum {
        guard let result = small[id] else { preconditionFailure("a reduction has no batch axis") }
        let plain = try layout.map { (_) throws(EngineError) in try Layout(graph[id].shape, dnnl_oihw) }
        let byteCount = layout?.byteCount ?? graph[id].shape.elementCount * 4
        let stride = MemoryPlan.aligned(byteCount) / 4
        var reorder: (Reorder, total: UnsafeMutablePointer<Float>)?
        if let layout, let plain, !(plain == layout) {
            let change = try Reorder(from: layout, to: plain, on: device)
            needScratchpad(byteCount: change.scratchpadByteCount)
            reorder = (change, allocateFloats(stride))
        }
        let laneCount = laneCount(of: phase)
        let sum = LaneSum(
            lanes: allocateFloats(stride * laneCount), stride: stride, laneCount: laneCount, result: result,
            reorder: reorder, kernels: kernels)
        laneSums[id] = sum
        return sum
    }

    /// Ops without a batch axis: one worker, once.
    private func smallKernel(for id: NodeID) throws(EngineError) -> SmallKernel {
        let node = graph[id]
        func value(_ id: NodeID) -> UnsafeMutablePointer<Float> {
            guard let pointer = small[id] else { preconditionFailure("node \(id.index) has no small value") }
            return pointer
        }
        let (y, count) = (value(id), node.shape.elementCount)
        let isOfLanes = node.inputs.contains { graph[$0].op.isSummedByLane }
        switch node.op {
        case .constant(let number, _): return { y.update(repeating: number, count: count) }
        case .row(let index) where !isOfLanes:
            let x = value(node.inputs[0]) + index * count
            return { y.update(from: x, count: count) }
        case .stack where !isOfLanes:
            let (a, b) = (value(node.inputs[0]), value(node.inputs[1]))
            return {
                y.update(from: a, count: count / 2)
                (y + count / 2).update(from: b, count: count / 2)
            }
        case .sigmoidCrossEntropy, .sigmoidCrossEntropyGradient,
            .input, .parameter, .normalize, .conv2d, .moments, .stack, .batchNorm, .relu, .add,
            .paddedShortcut, .maxPool, .globalMean, .windowMeans, .dense, .softmax, .softmaxCrossEntropy,
            .correctCount,
            .conv2dGradientInput, .conv2dGradientWeights, .batchNormGradientSums, .batchNormGradient,
            .reluGradient, .paddedShortcutGradient, .maxPoolGradient, .globalMeanGradient,
            .windowMeansGradient,
            .denseGradientInput, .denseGradientWeights, .denseGradientBias, .softmaxCrossEntropyGradient,
            .row:
            throw EngineError(
                code: .unsupportedGraph, operation: "compile \(node.op)",
                cause: "the CPU engine computes it only for values with a batch axis")
        }
    }
}

extension Op {
    /// Whether the reduction's result exists only at the end of a run.
    var isSummedByLane: Bool {
        if case .conv2dGradientWeights = self { return true }
        return self == .denseGradientWeights || self == .denseGradientBias
    }
}
