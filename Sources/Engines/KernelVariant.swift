/// Which instructions our own CPU kernels use.
///
/// Variants differ in speed, and in the rounding of sums.
public enum KernelVariant: String, CaseIterable, Hashable, Sendable, Codable {
    case portable, avx2, avx512
    /// AVX-512 with dot products of bytes.
    case avx512VNNI = "avx512-vnni"
    /// The same with instructions for bfloat16.
    case avx512BF16 = "avx512-bf16"

    /// Whether it has instructions for a precision; where not, the precision works, but gains little or nothing.
    public func isNative(_ precision: Precision) -> Bool {
        switch precision {
        case .fp32: true
        case .bf16: self == .avx512BF16
        case .int8: self == .avx512VNNI || self == .avx512BF16
        }
    }
}
