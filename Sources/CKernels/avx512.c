#ifdef __x86_64__
#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx512_##name
#define WINOGRAD_SQUARES_OF_ONE 16
#define WINOGRAD_SQUARES_OF_TWO 8
#include "kernels.inc"
#pragma clang attribute pop
#endif
