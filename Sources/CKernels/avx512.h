// What every variant with AVX-512 does in one instruction.
#pragma once

/// The second operand where one is NaN.
#define RECTIFIED(x) (v16) _mm512_max_ps(_mm512_setzero_ps(), (__m512)(x))
#define STORE_BYTES(p, x)                                                                                      \
    _mm_storeu_si128((__m128i *)(p), _mm512_cvtusepi32_epi8(_mm512_cvtps_epu32(                                \
                                         _mm512_max_ps((__m512)(x), _mm512_setzero_ps()))))
