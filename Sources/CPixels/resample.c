#include "resample.h"

#include <string.h>

enum { precision = 22, half = 1 << (precision - 1) };

static uint8_t byte(int32_t sum) {
    sum >>= precision;
    return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

static int32_t weight(const ts_taps *taps, size_t result, size_t tap) {
    size_t place = result * taps->taps + tap;
    return taps->highs[place] * 256 + taps->lows[place];
}

static void pixel(const ts_taps *taps, size_t result, const uint8_t *row, uint8_t *target) {
    int32_t red = half, green = half, blue = half;
    const uint8_t *from = row + taps->starts[result] * 3;
    for (size_t tap = 0; tap < taps->counts[result]; tap++, from += 3) {
        int32_t w = weight(taps, result, tap);
        red += from[0] * w;
        green += from[1] * w;
        blue += from[2] * w;
    }
    target[0] = byte(red);
    target[1] = byte(green);
    target[2] = byte(blue);
}

// Bytes `from` up to `to` of one row.
static void row_bytes_between(
    const ts_taps *taps, size_t result, const uint8_t *first, size_t row_bytes, size_t from, size_t to,
    uint8_t *target) {
    for (size_t place = from; place < to; place++) {
        int32_t sum = half;
        for (size_t tap = 0; tap < taps->counts[result]; tap++) {
            sum += first[tap * row_bytes + place] * weight(taps, result, tap);
        }
        target[place] = byte(sum);
    }
}

#ifdef __x86_64__
#include <immintrin.h>

#define FAST __attribute__((target("avx2")))

bool ts_resample_is_fast(void) { return __builtin_cpu_supports("avx2"); }

// highs * 256 + lows, rounded, without the bits behind the point.
FAST static inline __m256i rounded(__m256i highs, __m256i lows) {
    __m256i sums = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(highs, 8), lows), _mm256_set1_epi32(half));
    return _mm256_srai_epi32(sums, precision);
}

// How many of the results can be made with reads of 16 bytes that stay in the row.
static size_t wide_results(const ts_taps *taps, size_t row_bytes) {
    size_t results = taps->results;
    while (results > 0 && (taps->starts[results - 1] + taps->taps - 4) * 3 + 16 > row_bytes) results--;
    return results;
}

FAST static void fast_pixels(
    const ts_taps *taps, const uint8_t *source, size_t rows, size_t row_bytes, uint8_t *target) {
    // Of four pixels in 12 bytes, in each half: two reds side by side as words, two greens, two blues.
    const __m256i pairs = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    size_t wide = wide_results(taps, row_bytes);
    // Four bytes are written for each pixel; the last one's fourth would be outside.
    size_t stored = wide == taps->results ? wide - (wide > 0) : wide;
    for (size_t row = 0; row < rows; row++, source += row_bytes, target += taps->results * 3) {
        for (size_t result = 0; result < stored; result++) {
            const uint8_t *from = source + taps->starts[result] * 3;
            const int16_t *high = taps->highs + result * taps->taps, *low = taps->lows + result * taps->taps;
            __m256i highs = _mm256_setzero_si256(), lows = highs;
            for (size_t tap = 0; tap < taps->taps; tap += 4) {
                __m256i words = _mm256_shuffle_epi8(
                    _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(from + tap * 3))), pairs);
                __m256i h = _mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)(high + tap)));
                __m256i l = _mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)(low + tap)));
                highs = _mm256_add_epi32(
                    highs, _mm256_madd_epi16(words, _mm256_permutevar8x32_epi32(h, spread)));
                lows = _mm256_add_epi32(lows, _mm256_madd_epi16(words, _mm256_permutevar8x32_epi32(l, spread)));
            }
            // Both halves belong to the same pixel.
            highs = _mm256_add_epi32(highs, _mm256_permute2x128_si256(highs, highs, 1));
            lows = _mm256_add_epi32(lows, _mm256_permute2x128_si256(lows, lows, 1));
            __m128i light = _mm256_castsi256_si128(rounded(highs, lows));
            light = _mm_packus_epi16(_mm_packs_epi32(light, light), light);
            int32_t bytes = _mm_cvtsi128_si32(light);
            memcpy(target + result * 3, &bytes, 4);
        }
        for (size_t result = stored; result < taps->results; result++) pixel(taps, result, source, target + result * 3);
    }
}

FAST static void fast_rows(
    const ts_taps *taps, const uint8_t *source, size_t first_row, size_t row_bytes, uint8_t *target) {
    size_t wide = row_bytes & ~(size_t)15;
    for (size_t result = 0; result < taps->results; result++, target += row_bytes) {
        const uint8_t *first = source + (taps->starts[result] - first_row) * row_bytes;
        const int16_t *high = taps->highs + result * taps->taps, *low = taps->lows + result * taps->taps;
        size_t count = taps->counts[result];
        for (size_t place = 0; place < wide; place += 16) {
            __m256i zero = _mm256_setzero_si256();
            __m256i highs0 = zero, lows0 = zero, highs1 = zero, lows1 = zero;
            for (size_t tap = 0; tap < count; tap += 2) {
                const uint8_t *upper = first + tap * row_bytes + place;
                // The last of an odd number has nothing below it; its partner counts nothing.
                const uint8_t *lower = tap + 1 < count ? upper + row_bytes : upper;
                __m128i a = _mm_loadu_si128((const __m128i *)upper), b = _mm_loadu_si128((const __m128i *)lower);
                __m256i words0 = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
                __m256i words1 = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
                int32_t high_pair, low_pair;
                memcpy(&high_pair, high + tap, 4);
                memcpy(&low_pair, low + tap, 4);
                __m256i h = _mm256_set1_epi32(high_pair), l = _mm256_set1_epi32(low_pair);
                highs0 = _mm256_add_epi32(highs0, _mm256_madd_epi16(words0, h));
                lows0 = _mm256_add_epi32(lows0, _mm256_madd_epi16(words0, l));
                highs1 = _mm256_add_epi32(highs1, _mm256_madd_epi16(words1, h));
                lows1 = _mm256_add_epi32(lows1, _mm256_madd_epi16(words1, l));
            }
            // Packing goes by halves: put the quarters back in their order.
            __m256i words = _mm256_packs_epi32(rounded(highs0, lows0), rounded(highs1, lows1));
            words = _mm256_permute4x64_epi64(words, 0xD8);
            __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
            _mm_storeu_si128((__m128i *)(target + place), bytes);
        }
        row_bytes_between(taps, result, first, row_bytes, wide, row_bytes, target);
    }
}
#else
bool ts_resample_is_fast(void) { return false; }
#endif

void ts_resample_pixels(
    const ts_taps *taps, const uint8_t *source, size_t rows, size_t row_bytes, uint8_t *target, bool fast) {
#ifdef __x86_64__
    if (fast) return fast_pixels(taps, source, rows, row_bytes, target);
#endif
    (void)fast;
    for (size_t row = 0; row < rows; row++, source += row_bytes, target += taps->results * 3) {
        for (size_t result = 0; result < taps->results; result++) pixel(taps, result, source, target + result * 3);
    }
}

void ts_resample_rows(
    const ts_taps *taps, const uint8_t *source, size_t first_row, size_t row_bytes, uint8_t *target, bool fast) {
#ifdef __x86_64__
    if (fast) return fast_rows(taps, source, first_row, row_bytes, target);
#endif
    (void)fast;
    for (size_t result = 0; result < taps->results; result++, target += row_bytes) {
        const uint8_t *first = source + (taps->starts[result] - first_row) * row_bytes;
        row_bytes_between(taps, result, first, row_bytes, 0, row_bytes, target);
    }
}
