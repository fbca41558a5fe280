/// How a convolution is computed. The choice may change the rounding of results, never their meaning.
enum ConvolutionAlgorithm: String {
    /// oneDNN, on NHWC activations.
    case direct
    /// oneDNN, on activations in blocks of 16 channels (8 without AVX-512), with a change of layout before and after.
    case blocked
    /// Our own F(4x4, 3x3).
    case winograd
}

extension Convolution.Shape {
    /// The algorithms that can compute it.
    var algorithms: [ConvolutionAlgorithm] {
        var algorithms = [ConvolutionAlgorithm.direct]
        if direction == .gradientInput && stride > 1 && [x[1], y[1]].allSatisfy({ $0 % 16 == 0 }) {
            algorithms.append(.blocked)
        }
        if Winograd(self) != nil { algorithms.append(.winograd) }
        return algorithms
    }

    /// Under which a machine's choice of its algorithm is kept: `float convolution 3x3/1 160→160 of 5x5`.
    var choiceName: String { "\(element) \(description)" }

    /// Whether oneDNN computes it in tiles (Intel's AMX), where a product of bf16 takes a seventh of the time of one of floats.
    /// Our own kernels have none.
    private var hasTiles: Bool { element == .bfloat16 && CPUEngine.hasTiles }

    /// What computes it where nothing may be measured.
    var usualAlgorithm: ConvolutionAlgorithm { hasTiles ? .direct : algorithms.last ?? .direct }

    /// The algorithm that was the fastest wherever we measured, without a measurement here; `nil` for shapes where
    /// that depends on the machine.
    ///
    /// Measured on an AMD EPYC (Zen 4) against oneDNN 3.2: docs/benchmarks.md.
    var knownAlgorithm: ConvolutionAlgorithm? {
        if algorithms == [.direct] { return .direct }
        let widest = max(x[1], y[1])
        if hasTiles { return knownAlgorithmInTiles(widest: widest) }
        if algorithms.contains(.winograd) {
            // Large weights grow fourfold; whether memory keeps up depends on the machine. Small images leave much of
            // their patches unused.
            return widest <= 128 && Winograd.isWorthwhile(height: x[2], width: x[3]) ? .winograd : nil
        }
        return widest <= 64 ? .blocked : nil
    }

    /// The same where oneDNN has tiles. Measured on an Intel Xeon of model 207 (Emerald Rapids).
    private func knownAlgorithmInTiles(widest: Int) -> ConvolutionAlgorithm? {
        switch direction {
        case .forward: .direct
        case .gradientInput: weights[2] > 1 ? .direct : widest <= 64 ? .blocked : nil
        // oneDNN sorts activations anew for its tiles, which costs the more the less there is to multiply.
        case .gradientWeights where widest <= 32: .direct
        case .gradientWeights:
            widest <= 64 && Winograd.isWorthwhile(height: x[2], width: x[3]) ? .winograd : nil
        }
    }

    /// Our own F(4x4, 3x3) of bytes in 16-bit integers, where it is faster than the direct way. Below 32 channels its
    /// transforms cost more than the products that they save.
    var winogradOfBytes: Winograd? {
        let isWorthwhile = min(x[1], y[1]) >= 32 && Winograd.isWorthwhile(height: x[2], width: x[3])
        return isWorthwhile ? Winograd(self) : nil
    }
}
