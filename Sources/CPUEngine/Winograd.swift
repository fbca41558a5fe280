import CKernels

/// A convolution that our Winograd kernels can compute: 3x3, stride 1, the size kept, channels in multiples of 16.
///
/// Forward, or the gradient of the input, which is the same convolution by turned weights, or of the weights.
struct Winograd {
    /// As the kernel sees it: the gradient of the input goes from outputs to inputs. Of one micro-batch.
    let shape: ts_convolution
    let isGradient: Bool
    /// Patches that go through together.
    let block: Int

    /// `nil` where the kernels do not apply.
    init?(_ convolution: Convolution.Shape) {
        let (x, y) = (convolution.x, convolution.y)
        guard convolution.weights[2] == 3, convolution.weights[3] == 3, convolution.stride == 1,
            x[2...] == y[2...], x[1] % 16 == 0, y[1] % 16 == 0
        else { return nil }
        isGradient = convolution.direction == .gradientInput
        shape = ts_convolution(
            images: x[0], height: x[2], width: x[3], inputs: isGradient ? y[1] : x[1],
            outputs: isGradient ? x[1] : y[1])
        // Of 16, little has to stay in cache. But large transformed gradients are read and written for each block.
        let isLarge = convolution.direction == .gradientWeights && max(x[1], y[1]) >= 128
        block = isLarge ? 64 : 16
    }

    /// Whether whole patches of 4x4 cover an image with less than the image again on top.
    static func isWorthwhile(height: Int, width: Int) -> Bool {
        let patched = (height + 3) / 4 * 4 * ((width + 3) / 4 * 4)
        return patched < 2 * height * width
    }

    /// Numbers in the transformed weights.
    var weightCount: Int { 36 * shape.inputs * shape.outputs }

    /// Numbers that a worker needs beside input and output.
    func scratchCount(_ direction: Convolution.Direction) -> Int {
        withUnsafePointer(to: shape) { shape in
            direction == .gradientWeights
                ? ts_winograd_gradient_scratch(shape, block) : ts_winograd_scratch(shape, block)
        }
    }
}
