import Networks

// Pixels, convolutions and shortcuts.
extension Lowering {
    /// - Parameter pixels: `[N, H, W, 3]`, bytes or floats.
    mutating func normalized(_ pixels: Value, _ preprocessing: Preprocessing) -> Value {
        let x = function.convert(pixels, to: .f32)
        func perChannel(_ numbers: [Float]) -> Value {
            let parts = numbers.map { function.constant($0, [1]) }
            let joined = function.concatenate(parts, axis: 0)
            return function.broadcast(joined, axes: [3], to: x.shape)
        }
        let centred = function.binary("subtract", x, perChannel(preprocessing.mean))
        let scaled = function.binary("divide", centred, perChannel(preprocessing.deviation))
        return function.convert(scaled, to: activations)
    }

    /// - Parameter kernel: `[K, C, R, S]`.
    mutating func convolution(_ input: NodeID, _ kernel: Value, stride: Int, padding: Int) -> Value {
        let x = activation(input)
        let kernel = function.convert(kernel, to: activations)
        let size = kernel.shape[2]
        let sides = x.shape[1...2].map { ($0 + 2 * padding - size) / stride + 1 }
        let window = FunctionText.Window(
            axes: "[b, 0, 1, f]x[o, i, 0, 1]->[b, 0, 1, f]", stride: stride,
            padding: [[padding, padding], [padding, padding]])
        return function.convolution(x, kernel, window, shape: [x.shape[0]] + sides + [kernel.shape[0]])
    }

    /// The gradient spread by the stride, with the kernel turned around.
    mutating func gradientOfInput(
        _ gradient: NodeID, _ kernel: Value, _ stride: Int, _ padding: Int, height: Int, width: Int
    ) -> Value {
        let dy = activation(gradient)
        let kernel = function.convert(kernel, to: activations)
        let turned = function.reverse(kernel, axes: [2, 3])
        let size = kernel.shape[2]
        let low = size - 1 - padding
        let paddings = zip([height, width], dy.shape[1...2]).map { side, outputs in
            [low, side + size - 1 - ((outputs - 1) * stride + 1) - low]
        }
        let window = FunctionText.Window(
            axes: "[b, 0, 1, f]x[i, o, 0, 1]->[b, 0, 1, f]", padding: paddings, inputDilation: stride)
        let shape = [dy.shape[0], height, width, kernel.shape[1]]
        return function.convolution(dy, turned, window, shape: shape)
    }

    /// The input convolved with the gradient, which is spread by the stride: samples are summed over as channels are in
    /// the forward pass.
    mutating func gradientOfWeights(
        _ input: NodeID, _ gradient: NodeID, _ stride: Int, _ padding: Int, size: Int
    ) -> Value {
        let (x, dy) = (activation(input), activation(gradient))
        let paddings = zip(x.shape[1...2], dy.shape[1...2]).map { side, outputs in
            [padding, (outputs - 1) * stride + 1 + size - 1 - side - padding]
        }
        let window = FunctionText.Window(
            axes: "[f, 0, 1, b]x[i, 0, 1, o]->[f, b, 0, 1]", padding: paddings, kernelDilation: stride)
        let sum = function.convolution(x, dy, window, shape: [dy.shape[3], x.shape[3], size, size])
        return function.convert(sum, to: .f32)
    }

    mutating func paddedShortcut(_ input: NodeID, stride: Int, channels: Int) -> Value {
        let x = activation(input)
        let kept = function.slice(x, x.shape.map { 0..<$0 }, strides: [1, stride, stride, 1])
        let added = (channels - x.shape[3]) / 2
        return function.pad(
            kept, low: [0, 0, 0, added], high: [0, 0, 0, added], interior: [0, 0, 0, 0])
    }

    mutating func paddedShortcutGradient(
        _ gradient: NodeID, stride: Int, channels: Int, height: Int, width: Int
    ) -> Value {
        let dy = activation(gradient)
        let before = (dy.shape[3] - channels) / 2
        let ranges = dy.shape.dropLast().map { 0..<$0 } + [before..<before + channels]
        let kept = function.slice(dy, ranges)
        let missing = zip([height, width], dy.shape[1...2]).map { $0 - (($1 - 1) * stride + 1) }
        return function.pad(
            kept, low: [0, 0, 0, 0], high: [0] + missing + [0], interior: [0, stride - 1, stride - 1, 0])
    }
}
