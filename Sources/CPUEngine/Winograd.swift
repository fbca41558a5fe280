import CKernels

/// A convolution that our Winograd kernel computes instead of oneDNN's direct one.
///
/// Forward, or the gradient of the input, which is the same convolution by turned weights.
struct Winograd {
    let inputs: Int
    let outputs: Int
    let height: Int
    let width: Int
    let isGradient: Bool

    /// `nil` where the kernel does not apply or is not known to be faster.
    ///
    /// - Parameter x: `[N, C, H, W]`.
    /// - Parameter y: `[N, K, P, Q]`.
    init?(_ direction: Convolution.Direction, x: [Int], y: [Int], weights: [Int], _ stride: Int) {
        guard weights[2] == 3, stride == 1, x[2...] == y[2...], direction != .gradientWeights else {
            return nil
        }
        // Measured against oneDNN 3.2: 1.9x, 1.8x and 1.5x as fast at 16, 32 and 64 channels.
        guard [x[1], y[1]].allSatisfy({ $0 % 16 == 0 && $0 <= 64 }) else { return nil }
        isGradient = direction == .gradientInput
        (inputs, outputs) = isGradient ? (y[1], x[1]) : (x[1], y[1])
        (height, width) = (x[2], x[3])
    }

    /// Numbers in the transformed weights `[16][inputs][outputs]`.
    var weightCount: Int { 16 * inputs * outputs }

    /// Numbers that a worker needs beside input and output.
    var scratchCount: Int { 16 * ts_winograd_squares * (inputs + outputs) }
}
