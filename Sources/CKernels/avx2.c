#ifdef __x86_64__
#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx2_##name
#include "kernels.inc"
#pragma clang attribute pop
#endif
