#ifdef __x86_64__
#include <immintrin.h>

#include "variants.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)
#define VARIANT(name) ts_avx512_vnni_##name
#define DOT(sums, x, w) (m16) _mm512_dpbusd_epi32((__m512i)(sums), (__m512i)(x), (__m512i)(w))
#define DOT_PAIRS(sums, x, w) (m16) _mm512_dpwssd_epi32((__m512i)(sums), (__m512i)(x), (__m512i)(w))
#define ROWS_OF_1 8
#define ROWS_OF_2 8
#define ROWS_OF_4 4
#include "avx512.h"
#include "kernels.inc"
#pragma clang attribute pop
#endif
