#include "variants.h"

#include <stdatomic.h>

static const ts_kernels *table_of(ts_variant variant) {
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

static _Atomic int selected = -1;

ts_variant ts_current_variant(void) {
    int variant = atomic_load_explicit(&selected, memory_order_relaxed);
    if (variant < 0) {
        variant = ts_has_variant(ts_avx512) ? ts_avx512 : ts_has_variant(ts_avx2) ? ts_avx2 : ts_portable;
        atomic_store_explicit(&selected, variant, memory_order_relaxed);
    }
    return (ts_variant)variant;
}

void ts_select_variant(ts_variant variant) {
    atomic_store_explicit(&selected, (int)variant, memory_order_relaxed);
}

const ts_kernels *ts_current_kernels(void) { return table_of(ts_current_variant()); }
