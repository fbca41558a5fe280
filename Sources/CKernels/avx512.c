#ifdef __x86_64__
#include <immintrin.h>

#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx512_##name
#define ROWS_OF_1 8
#define ROWS_OF_2 8
#define ROWS_OF_4 4
#include "avx512.h"
#include "kernels.inc"
#pragma clang attribute pop
#endif
