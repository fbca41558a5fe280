import CDNNL
import Engines

/// A convolution that oneDNN computes, with the layout that it chose for the weights.
///
/// Activations are NHWC; a *blocked* one works on blocks of channels, and its calls change the layouts.
final class Convolution: Sendable {
    /// Blocks as wide as the CPU's registers, for which oneDNN has fast kernels; for others it has only plain loops.
    static let blockedTag = DNNLDevice.uses(dnnl_cpu_isa_avx512_core) ? dnnl_nChw16c : dnnl_nChw8c

    enum Direction: Hashable, Sendable { case forward, gradientInput, gradientWeights }

    /// Which convolution; equal shapes share one primitive.
    struct Shape: Hashable, Sendable {
        var direction: Direction
        /// `[N, C, H, W]`, `[K, C, R, S]`, `[N, K, P, Q]`; *N* is the micro-batch.
        var x: [Int]
        var weights: [Int]
        var y: [Int]
        var stride: Int
        var padding: Int
        /// Of activations; weights have it too, gradients of weights are floats.
        var element = Element.float
        var isBlocked = false
        /// Forward only: `max(0, sums + bias + other)`, as far as asked for.
        var finish = Finish()
    }

    struct Finish: Hashable, Sendable {
        var hasBias = false
        var hasOther = false
        var relu = false
    }

    let shape: Shape
    let primitive: Primitive
    /// Of the weights, or of their gradient.
    let weightsLayout: Layout
    /// oneDNN's needs of scratch memory: of the convolution, or of a change of layout.
    let scratchpadByteCount: Int
    private let xLayout: Layout
    private let yLayout: Layout
    private let biasLayout: Layout

    init(_ shape: Shape, on device: DNNLDevice) throws(EngineError) {
        self.shape = shape
        let tag = shape.isBlocked ? Self.blockedTag : dnnl_nhwc
        xLayout = try Layout(shape.x, tag, shape.element)
        yLayout = try Layout(shape.y, tag, shape.element)
        biasLayout = try Layout([shape.weights[0]], dnnl_x)
        let anyWeights = try Layout(shape.weights, dnnl_format_tag_any, shape.element)
        let attributes = try PrimitiveAttributes()
        if shape.finish.hasOther || shape.finish.relu {
            try attributes.append(addition: shape.finish.hasOther ? yLayout : nil, relu: shape.finish.relu)
        }
        let descriptor = try Self.forwardOrGradient(
            shape, device, xLayout, anyWeights, biasLayout, yLayout, attributes)
        primitive = try Primitive(taking: descriptor)
        let query = shape.direction == .gradientWeights ? dnnl_query_diff_weights_md : dnnl_query_weights_md
        weightsLayout = try primitive.layout(query)
        scratchpadByteCount = try max(
            primitive.scratchpadByteCount, shape.isBlocked ? Self.reorderScratchpad(shape, device) : 0)
    }

    private static func reorderScratchpad(_ shape: Shape, _ device: DNNLDevice) throws(EngineError) -> Int {
        try max(
            ChangeOfLayout(shape.x, shape.element, toBlocks: true, on: device).reorder.scratchpadByteCount,
            ChangeOfLayout(shape.y, shape.element, toBlocks: false, on: device).reorder.scratchpadByteCount)
    }

    /// Makes the arguments for one worker. `Call.run` then takes, by direction:
    /// forward x, y and the other summand if there is one; input gradient dy, dx; weights gradient x, dy, dw.
    ///
    /// - Parameter weights: prepared; not for the weights gradient.
    func call(
        on device: DNNLDevice, weights: UnsafeMutableRawPointer? = nil, bias: UnsafeMutableRawPointer? = nil
    ) throws(EngineError) -> ConvolutionCall {
        let call = try plainCall(on: device, weights: weights, bias: bias)
        guard shape.isBlocked else { return ConvolutionCall(call) }
        // In the order of the call's pointers: x or dy, then dy or dx.
        let (first, second) = shape.direction == .gradientInput ? (shape.y, shape.x) : (shape.x, shape.y)
        return ConvolutionCall(
            call,
            layouts: (
                try ChangeOfLayout(first, shape.element, toBlocks: true, on: device),
                try ChangeOfLayout(
                    second, shape.element, toBlocks: shape.direction == .gradientWeights, on: device)
            ))
    }

    private func plainCall(
        on device: DNNLDevice, weights: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?
    ) throws(EngineError) -> Call {
        switch shape.direction {
        case .forward:
            var tensors = [
                Call.Tensor(DNNL_ARG_SRC, xLayout), Call.Tensor(DNNL_ARG_DST, yLayout),
                Call.Tensor(DNNL_ARG_WEIGHTS, weightsLayout, at: weights),
            ]
            if shape.finish.hasOther {
                let argument = DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1
                tensors.insert(Call.Tensor(argument, yLayout), at: 2)
            }
            if shape.finish.hasBias { tensors.append(Call.Tensor(DNNL_ARG_BIAS, biasLayout, at: bias)) }
            return try Call(primitive, on: device, tensors)
        case .gradientInput:
            return try Call(
                primitive, on: device,
                [
                    Call.Tensor(DNNL_ARG_DIFF_DST, yLayout), Call.Tensor(DNNL_ARG_DIFF_SRC, xLayout),
                    Call.Tensor(DNNL_ARG_WEIGHTS, weightsLayout, at: weights),
                ])
        case .gradientWeights:
            return try Call(
                primitive, on: device,
                [
                    Call.Tensor(DNNL_ARG_SRC, xLayout), Call.Tensor(DNNL_ARG_DIFF_DST, yLayout),
                    Call.Tensor(DNNL_ARG_DIFF_WEIGHTS, weightsLayout),
                ])
        }
    }

    private static func forwardOrGradient(
        _ shape: Shape, _ device: DNNLDevice, _ x: Layout, _ weights: Layout,
        _ bias: Layout, _ y: Layout, _ attributes: PrimitiveAttributes
    ) throws(EngineError) -> dnnl_primitive_desc_t {
        let strides = [Int64(shape.stride), Int64(shape.stride)]
        let before = [Int64(shape.padding), Int64(shape.padding)]
        // oneDNN derives nothing: with a stride, the padding after the image is what the result's size leaves.
        let after = (2...3).map { axis in
            Int64((shape.y[axis] - 1) * shape.stride + shape.weights[axis] - shape.x[axis] - shape.padding)
        }
        let weightsGradient = try Layout(shape.weights, dnnl_format_tag_any)
        func describe(_ direction: Direction, hint: dnnl_primitive_desc_t?) throws(EngineError)
            -> dnnl_primitive_desc_t
        {
            var result: dnnl_primitive_desc_t?
            let status =
                switch direction {
                case .forward:
                    dnnl_convolution_forward_primitive_desc_create(
                        &result, device.engine, dnnl_forward_training, dnnl_convolution_direct, x.handle,
                        weights.handle, shape.finish.hasBias ? bias.handle : nil, y.handle, strides, nil,
                        before, after, attributes.handle)
                case .gradientInput:
                    dnnl_convolution_backward_data_primitive_desc_create(
                        &result, device.engine, dnnl_convolution_direct, x.handle, weights.handle, y.handle,
                        strides, nil, before, after, hint, attributes.handle)
                case .gradientWeights:
                    dnnl_convolution_backward_weights_primitive_desc_create(
                        &result, device.engine, dnnl_convolution_direct, x.handle, weightsGradient.handle,
                        nil,
                        y.handle,
                        strides, nil, before, after, hint, attributes.handle)
                }
            try check(
                status,
                "compile a\(shape.isBlocked ? " blocked" : "") \(shape.description), \(shape.x[0]) at once")
            guard let result else { preconditionFailure("oneDNN succeeded without a result") }
            return result
        }
        guard shape.direction != .forward else { return try describe(.forward, hint: nil) }
        let hint = try describe(.forward, hint: nil)
        defer { dnnl_primitive_desc_destroy(hint) }
        return try describe(shape.direction, hint: hint)
    }
}

/// A convolution's call for one worker, with what has to be done to layouts before and after.
final class ConvolutionCall {
    private let call: Call
    private let layouts: (first: ChangeOfLayout, second: ChangeOfLayout)?

    /// - Parameter layouts: of the first two tensors, where the convolution is blocked.
    init(_ call: Call, layouts: (first: ChangeOfLayout, second: ChangeOfLayout)? = nil) {
        (self.call, self.layouts) = (call, layouts)
    }

    /// Runs it. The pointers come in the order of the tensors without an address; 64-byte alignment is best.
    func run(
        _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer,
        _ third: UnsafeMutableRawPointer? = nil, scratchpad: UnsafeMutableRawPointer
    ) -> dnnl_status_t {
        guard let layouts else { return call.run(first, second, third, scratchpad: scratchpad) }
        var status = layouts.first.before(first, scratchpad)
        if status == dnnl_success { status = layouts.second.before(second, scratchpad) }
        if status == dnnl_success {
            status = call.run(
                layouts.first.blocks.start, layouts.second.blocks.start, third, scratchpad: scratchpad)
        }
        return status == dnnl_success ? layouts.second.after(second, scratchpad) : status
    }
}

/// From NHWC to blocks of channels, or back, with memory for the blocks.
final class ChangeOfLayout {
    let reorder: Reorder
    let blocks: MemoryBlock
    private let toBlocks: Bool

    init(_ shape: [Int], _ element: Element, toBlocks: Bool, on device: DNNLDevice) throws(EngineError) {
        let plain = try Layout(shape, dnnl_nhwc, element)
        let blocked = try Layout(shape, Convolution.blockedTag, element)
        reorder =
            try toBlocks
            ? Reorder(from: plain, to: blocked, on: device) : Reorder(from: blocked, to: plain, on: device)
        blocks = MemoryBlock(byteCount: blocked.byteCount)
        self.toBlocks = toBlocks
    }

    /// What there is to do before the convolution, if it reads the blocks.
    func before(_ plain: UnsafeMutableRawPointer, _ scratchpad: UnsafeMutableRawPointer) -> dnnl_status_t {
        toBlocks ? reorder.run(from: plain, to: blocks.start, scratchpad: scratchpad) : dnnl_success
    }

    /// What there is to do after it, if it writes them.
    func after(_ plain: UnsafeMutableRawPointer, _ scratchpad: UnsafeMutableRawPointer) -> dnnl_status_t {
        toBlocks ? dnnl_success : reorder.run(from: blocks.start, to: plain, scratchpad: scratchpad)
    }
}

/// Says that scratch memory comes from the caller.
private final class PrimitiveAttributes {
    let handle: dnnl_primitive_attr_t

    init() throws(EngineError) {
        var handle: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&handle), "make attributes")
        guard let handle else { preconditionFailure("oneDNN succeeded without a result") }
        self.handle = handle
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "set attributes")
    }

    deinit { dnnl_primitive_attr_destroy(handle) }

    /// Adds a tensor to the result, then takes its ReLU.
    func append(addition: Layout?, relu: Bool) throws(EngineError) {
        var operations: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&operations), "make attributes")
        defer { dnnl_post_ops_destroy(operations) }
        if let addition {
            try check(
                dnnl_post_ops_append_binary(operations, dnnl_binary_add, addition.handle), "set attributes")
        }
        if relu {
            try check(dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0), "set attributes")
        }
        try check(dnnl_primitive_attr_set_post_ops(handle, operations), "set attributes")
    }
}

/// Copies weights from one layout into another.
final class Reorder {
    private let call: Call

    init(from source: Layout, to target: Layout, on device: DNNLDevice) throws(EngineError) {
        let attributes = try PrimitiveAttributes()
        var descriptor: dnnl_primitive_desc_t?
        let status = dnnl_reorder_primitive_desc_create(
            &descriptor, source.handle, device.engine, target.handle, device.engine, attributes.handle)
        try check(status, "compile a change of layout")
        guard let descriptor else { preconditionFailure("oneDNN succeeded without a result") }
        let primitive = try Primitive(taking: descriptor)
        scratchpadByteCount = primitive.scratchpadByteCount
        call = try Call(
            primitive, on: device,
            [Call.Tensor(DNNL_ARG_FROM, source), Call.Tensor(DNNL_ARG_TO, target)])
    }

    let scratchpadByteCount: Int

    func run(
        from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer,
        scratchpad: UnsafeMutableRawPointer
    ) -> dnnl_status_t {
        call.run(source, target, scratchpad: scratchpad)
    }
}
