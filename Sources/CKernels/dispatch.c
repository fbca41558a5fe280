#include "variants.h"

const ts_kernels *ts_kernels_of(ts_variant variant) {
#ifdef __x86_64__
    if (variant == ts_avx512) return &ts_avx512_table;
    if (variant == ts_avx2) return &ts_avx2_table;
#endif
    (void)variant;
    return &ts_portable_table;
}

bool ts_has_variant(ts_variant variant) {
#ifdef __x86_64__
    if (variant == ts_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    }
    if (variant == ts_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return variant == ts_portable;
}

const ts_kernels *ts_best_kernels(void) {
    return ts_kernels_of(ts_has_variant(ts_avx512) ? ts_avx512 : ts_has_variant(ts_avx2) ? ts_avx2 : ts_portable);
}
