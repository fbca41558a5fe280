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
    }

    let shape: Shape
    let primitive: Primitive
    /// Of the weights, or of their gradient.
    let weightsLayout: Layout
    private let xLayout: Layout
    private let yLayout: Layout

    init(_ shape: Shape, on device: DNNLDevice) throws(EngineError) {
        self.shape = shape
        xLayout = try Layout(shape.x, dnnl_nhwc)
        yLayout = try Layout(shape.y, dnnl_nhwc)
        let anyWeights = try Layout(shape.weights, dnnl_format_tag_any)
        let attributes = try PrimitiveAttributes()
        let descriptor = try Self.forwardOrGradient(shape, device, xLayout, anyWeights, yLayout, attributes)
        primitive = try Primitive(taking: descriptor)
        let query = shape.direction == .gradientWeights ? dnnl_query_diff_weights_md : dnnl_query_weights_md
        weightsLayout = try primitive.layout(query)
    }

    /// Makes the arguments for one worker. `Call.run` then takes, by direction:
    /// forward x, weights, y; input gradient dy, weights, dx; weights gradient x, dy, dw.
    func call(on device: DNNLDevice) throws(EngineError) -> Call {
        switch shape.direction {
        case .forward:
            try Call(
                primitive, on: device,
                [(DNNL_ARG_SRC, xLayout), (DNNL_ARG_WEIGHTS, weightsLayout), (DNNL_ARG_DST, yLayout)])
        case .gradientInput:
            try Call(
                primitive, on: device,
                [
                    (DNNL_ARG_DIFF_DST, yLayout), (DNNL_ARG_WEIGHTS, weightsLayout),
                    (DNNL_ARG_DIFF_SRC, xLayout),
                ])
        case .gradientWeights:
            try Call(
                primitive, on: device,
                [
                    (DNNL_ARG_SRC, xLayout), (DNNL_ARG_DIFF_DST, yLayout),
                    (DNNL_ARG_DIFF_WEIGHTS, weightsLayout),
                ])
        }
    }

    private static func forwardOrGradient(
        _ shape: Shape, _ device: DNNLDevice, _ x: Layout, _ weights: Layout, _ y: Layout,
        _ attributes: PrimitiveAttributes
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
                        &result, device.engine, dnnl_forward_training, dnnl_convolution_direct, x.handle,
                        weights.handle, nil, y.handle, strides, nil, before, after, attributes.handle)
                case .gradientInput:
                    dnnl_convolution_backward_data_primitive_desc_create(
                        &result, device.engine, dnnl_convolution_direct, x.handle, weights.handle, y.handle,
                        strides, nil, before, after, hint, attributes.handle)
                case .gradientWeights:
                    dnnl_convolution_backward_weights_primitive_desc_create(
                        &result, device.engine, dnnl_convolution_direct, x.handle, weights.handle, nil,
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
        call = try Call(primitive, on: device, [(DNNL_ARG_FROM, source), (DNNL_ARG_TO, target)])
    }

    let scratchpadByteCount: Int

    func run(
        from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer,
        scratchpad: UnsafeMutableRawPointer
    ) -> dnnl_status_t {
        call.run(source, target, scratchpad: scratchpad)
    }
}
