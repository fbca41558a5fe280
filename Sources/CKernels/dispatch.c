#include "variants.h"

const ts_kernels *ts_kernels_of(ts_variant variant) {
#ifdef __x86_64__
    if (variant == ts_avx512_bf16) return &ts_avx512_bf16_table;
    if (variant == ts_avx512_vnni) return &ts_avx512_vnni_table;
    if (variant == ts_avx512) return &ts_avx512_table;
    if (variant == ts_avx2) return &ts_avx2_table;
#endif
    (void)variant;
    return &ts_portable_table;
}

bool ts_has_variant(ts_variant variant) {
#ifdef __x86_64__
    if (variant == ts_avx512_bf16) return ts_has_variant(ts_avx512_vnni) && __builtin_cpu_supports("avx512bf16");
    if (variant == ts_avx512_vnni) return ts_has_variant(ts_avx512) && __builtin_cpu_supports("avx512vnni");
    if (variant == ts_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    }
    if (variant == ts_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return variant == ts_portable;
}

/// Transformed inputs and products of a block, and room for a row of zeros.
size_t ts_winograd_scratch(const ts_convolution *shape, size_t block) {
    return 36 * (block * (shape->inputs + shape->outputs) + 32) + 6 * shape->inputs;
}

/// The same of inputs and gradients, the transformed gradient, and room for a row of zeros.
size_t ts_winograd_gradient_scratch(const ts_convolution *shape, size_t block) {
    return 36 * (block * (shape->inputs + shape->outputs) + 32) + 36 * shape->inputs * shape->outputs
        + 6 * (shape->inputs + shape->outputs);
}
