import CDNNL
import CKernels
import Engines

/// The type of a number in memory, as oneDNN and our kernels call it.
enum Element: Hashable {
    case float, bfloat16

    var byteCount: Int {
        switch self {
        case .float: 4
        case .bfloat16: 2
        }
    }

    var dnnlType: dnnl_data_type_t {
        switch self {
        case .float: dnnl_f32
        case .bfloat16: dnnl_bf16
        }
    }

    func activationKernels(_ kernels: ts_kernels) -> ts_activation_kernels {
        switch self {
        case .float: kernels.f32
        case .bfloat16: kernels.bf16
        }
    }
}

extension Precision {
    /// Of activations `[N, C, H, W]` and their gradients.
    var element: Element {
        switch self {
        case .fp32: .float
        case .bf16, .int8: .bfloat16
        }
    }
}
