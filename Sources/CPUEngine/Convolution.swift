import CDNNL
import Engines

/// What a convolution computes, with the layouts that oneDNN chose for its weights.
///
/// Activations are NHWC everywhere; weights are in oneDNN's own layout.
final class Convolution: Sendable {
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
    private let xLayout: Layout
    private let yLayout: Layout
    private let biasLayout: Layout

    init(_ shape: Shape, on device: DNNLDevice) throws(EngineError) {
        self.shape = shape
        xLayout = try Layout(shape.x, dnnl_nhwc, shape.element)
        yLayout = try Layout(shape.y, dnnl_nhwc, shape.element)
        biasLayout = try Layout([shape.weights[0]], dnnl_x)
        let weightsElement = shape.direction == .gradientWeights ? Element.float : shape.element
        let anyWeights = try Layout(shape.weights, dnnl_format_tag_any, weightsElement)
        let attributes = try PrimitiveAttributes()
        if shape.finish.hasOther || shape.finish.relu {
            try attributes.append(addition: shape.finish.hasOther ? yLayout : nil, relu: shape.finish.relu)
        }
        let descriptor = try Self.forwardOrGradient(
            shape, device, xLayout, anyWeights, biasLayout, yLayout, attributes)
        primitive = try Primitive(taking: descriptor)
        let query = shape.direction == .gradientWeights ? dnnl_query_diff_weights_md : dnnl_query_weights_md
        weightsLayout = try primitive.layout(query)
    }

    /// Makes the arguments for one worker. `Call.run` then takes, by direction:
    /// forward x, y and the other summand if there is one; input gradient dy, dx; weights gradient x, dy, dw.
    ///
    /// - Parameter weights: prepared; not for the weights gradient.
    func call(
        on device: DNNLDevice, weights: UnsafeMutableRawPointer? = nil, bias: UnsafeMutableRawPointer? = nil
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
        func describe(_ direction: Direction, hint: dnnl_primitive_desc_t?) throws(EngineError)
            -> dnnl_primitive_desc_t
        {
            var result: dnnl_primitive_desc_t?
            let status =
                switch direction {
                case .forward:
                    dnnl_convolution_forward_primitive_desc_create(
                        &result, device.engine, dnnl_forward_training, dnnl_convolution_auto, x.handle,
                        weights.handle, shape.finish.hasBias ? bias.handle : nil, y.handle, strides, nil,
                        before, after, attributes.handle)
                case .gradientInput:
                    dnnl_convolution_backward_data_primitive_desc_create(
                        &result, device.engine, dnnl_convolution_auto, x.handle, weights.handle, y.handle,
                        strides, nil, before, after, hint, attributes.handle)
                case .gradientWeights:
                    dnnl_convolution_backward_weights_primitive_desc_create(
                        &result, device.engine, dnnl_convolution_auto, x.handle, weights.handle, nil,
                        y.handle,
                        strides, nil, before, after, hint, attributes.handle)
                }
            try check(
                status, "compile a convolution of \(shape.x) by \(shape.weights), stride \(shape.stride)")
            guard let result else { preconditionFailure("oneDNN succeeded without a result") }
            return result
        }
        guard shape.direction != .forward else { return try describe(.forward, hint: nil) }
        let hint = try describe(.forward, hint: nil)
        defer { dnnl_primitive_desc_destroy(hint) }
        return try describe(shape.direction, hint: hint)
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
