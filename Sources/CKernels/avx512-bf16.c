#ifdef __x86_64__
#include <immintrin.h>

#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx512_bf16_##name
#define ROWS_OF_1 8
#define ROWS_OF_2 8
#define ROWS_OF_4 4
/// Stores 16 floats as bf16.
#define NARROW(p, v) _mm256_storeu_si256((__m256i *)(p), (__m256i)_mm512_cvtneps_pbh((__m512)(v)))
#include "kernels.inc"
#pragma clang attribute pop
#endif
