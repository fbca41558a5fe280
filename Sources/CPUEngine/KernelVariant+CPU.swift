import CKernels
public import Engines

extension KernelVariant {
    /// Whether this CPU can run it.
    public var isAvailable: Bool { ts_has_variant(cVariant) }

    /// The fastest that this CPU can run.
    public static var best: KernelVariant {
        allCases.last { $0.isAvailable } ?? .portable
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
