#ifdef __x86_64__
#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx2_##name
#define WINOGRAD_SQUARES_OF_ONE 4
#define WINOGRAD_SQUARES_OF_TWO 2
#include "kernels.inc"
#pragma clang attribute pop
#endif
