import CKernels
public import Engines

/// Which instructions our own kernels use.
///
/// Variants differ in speed, and in the rounding of sums.
public enum KernelVariant: String, CaseIterable, Hashable, Sendable {
    case portable, avx2, avx512
    /// AVX-512 with dot products of bytes.
    case avx512VNNI = "avx512-vnni"
    /// The same with instructions for bfloat16.
    case avx512BF16 = "avx512-bf16"

    /// Whether this CPU can run it.
    public var isAvailable: Bool { ts_has_variant(cVariant) }

    /// The fastest that this CPU can run.
    public static var best: KernelVariant {
        allCases.last { $0.isAvailable } ?? .portable
    }

    /// Whether it has instructions for a precision; where not, the precision works, but gains little or nothing.
    public func isNative(_ precision: Precision) -> Bool {
        switch precision {
        case .fp32: true
        case .bf16: self == .avx512BF16
        case .int8: self == .avx512VNNI || self == .avx512BF16
        }
    }

    private var cVariant: ts_variant {
        switch self {
        case .portable: ts_portable
        case .avx2: ts_avx2
        case .avx512: ts_avx512
        case .avx512VNNI: ts_avx512_vnni
        case .avx512BF16: ts_avx512_bf16
        }
    }

    var kernels: ts_kernels { ts_kernels_of(cVariant).pointee }
}
