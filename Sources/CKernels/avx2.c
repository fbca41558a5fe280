#ifdef __x86_64__
#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx2_##name
#define ROWS_OF_1 4
#define ROWS_OF_2 2
#define ROWS_OF_4 1
#include "kernels.inc"
#pragma clang attribute pop
#endif
