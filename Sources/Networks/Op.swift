/// What a node computes. Payloads are attributes; tensors come in as the node's inputs.
///
/// Axes: activations `[N, C, H, W]`, weights `[K, C, R, S]`, dense weights `[K, C]`. The gradient ops exist so that
/// the gradient of a graph is a graph too; `dy` is the gradient with respect to an op's result.
public enum Op: Hashable, Sendable {
    // MARK: Sources

    /// Samples that come with each call, first axis *N*: `pixels` `[N, H, W, 3]` in `0...255`, `labels` `[N]`, or
    /// anything in a test.
    case input(name: String, shape: [Int])
    /// Weights or running statistics, which stay between calls.
    case parameter(name: String, shape: [Int])
    case constant(Float, shape: [Int])

    // MARK: Forward

    /// Pixels `[N, H, W, 3]` → `[N, 3, H, W]`, `(x - mean) / deviation`.
    case normalize(Preprocessing)
    /// `[N, C, H, W]`, weights `[K, C, R, S]` → `[N, K, P, Q]`; zero padding.
    case conv2d(stride: Int, padding: Int)
    /// `[N, C, H, W]` → `[2, C]`: mean and biased variance over *N*, *H*, *W*.
    case moments
    /// Two `[C]` → `[2, C]`.
    case stack
    /// x `[N, C, H, W]`, scale `[C]`, shift `[C]`, moments `[2, C]` →
    /// `(x - mean) / sqrt(variance + epsilon) · scale + shift`.
    case batchNorm(epsilon: Float)
    case relu
    /// Two equal shapes → the same shape. No broadcasting.
    case add
    /// `[N, C, H, W]` → `[N, channels, ⌈H/stride⌉, ⌈W/stride⌉]`: every `stride`-th pixel, and as many zero channels
    /// before the given ones as after them (He et al., option A).
    case paddedShortcut(stride: Int, channels: Int)
    /// `[N, C, H, W]` → `[N, C, P, Q]`; padding never wins.
    case maxPool(size: Int, stride: Int, padding: Int)
    /// `[N, C, H, W]` → `[N, C]`.
    case globalMean
    /// `[N, C, H, W]` → `[N · P · Q, C]`: the mean of each square of `size`, `stride` apart from (0, 0) on; for each
    /// sample the squares row by row.
    case windowMeans(size: Int, stride: Int)
    /// `[N, C]`, weights `[K, C]`, bias `[K]` → logits `[N, K]`.
    case dense
    /// `[N, K]` → `[N, K]`, rows sum to 1.
    case softmax
    /// Logits `[N, K]`, targets `[N, K]`, whose rows sum to 1 → `[]`: the mean over *N*.
    case softmaxCrossEntropy
    /// Logits `[N, K]`, targets `[N, K]` in `0...1` → `[]`: each class is judged by itself, by the cross-entropy of its sigmoid; the sum over *K*,
    /// the mean over *N*.
    case sigmoidCrossEntropy
    /// Logits `[N, K]`, labels `[N]` → `[]`: rows whose label is among the `highest` logits; of equal ones, the first
    /// counts as higher.
    case correctCount(highest: Int)

    // MARK: Gradients

    /// dy `[N, K, P, Q]`, weights → `[N, C, height, width]`.
    case conv2dGradientInput(stride: Int, padding: Int, height: Int, width: Int)
    /// x, dy → `[K, C, size, size]`.
    case conv2dGradientWeights(stride: Int, padding: Int, size: Int)
    /// dy, x, moments → `[2, C]`: the gradient of shift (sum of dy), then that of scale (sum of dy · normalised x).
    case batchNormGradientSums(epsilon: Float)
    /// dy, x, scale, moments of this x, sums → dx, which flows through the moments as well.
    case batchNormGradient(epsilon: Float)
    /// dy, relu's result → dx.
    case reluGradient
    /// dy → `[N, channels, height, width]`.
    case paddedShortcutGradient(stride: Int, channels: Int, height: Int, width: Int)
    /// dy, x → dx; a tie goes to the first highest in row order.
    case maxPoolGradient(size: Int, stride: Int, padding: Int)
    /// dy `[N, C]` → `[N, C, height, width]`.
    case globalMeanGradient(height: Int, width: Int)
    /// dy `[N · P · Q, C]` → `[N, C, height, width]`: each element has the sum over the squares that it lies in.
    case windowMeansGradient(size: Int, stride: Int, height: Int, width: Int)
    /// dy `[N, K]`, weights `[K, C]` → `[N, C]`.
    case denseGradientInput
    /// x `[N, C]`, dy `[N, K]` → `[K, C]`.
    case denseGradientWeights
    /// dy `[N, K]` → `[K]`.
    case denseGradientBias
    /// Logits, targets → `[N, K]`: `(softmax - targets) / N`.
    case softmaxCrossEntropyGradient
    /// Logits, targets → `[N, K]`: `(sigmoid - targets) / N`.
    case sigmoidCrossEntropyGradient
    /// `[2, C]` → `[C]`.
    case row(Int)

    /// Name and shape of the tensor that a caller brings for this op; `nil` for all but inputs and parameters.
    public var binding: (name: String, shape: [Int])? {
        if case .input(let name, let shape) = self { return (name, shape) }
        if case .parameter(let name, let shape) = self { return (name, shape) }
        return nil
    }
}
