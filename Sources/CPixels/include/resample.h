// The two loops of an antialiased resize of 8-bit pictures. In C because they live on instructions that multiply and
// add pairs of 16-bit numbers, which Swift cannot name.
//
// Each exists for AVX2 and as portable C. Both compute in integers, so both give the same bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Which places of a source line each place of the result is made of.
typedef struct {
    size_t results;
    /// Weights of each result: a multiple of 4.
    size_t taps;
    /// By result: the first source place, and how many there are; ascending, and together inside the source.
    const uint32_t *starts, *counts;
    /// `results * taps`, 0 from `counts` on: a weight is 256 * high + low in units of 2^-22; low is 0...255.
    const int16_t *highs, *lows;
} ts_taps;

/// Whether this CPU has AVX2.
bool ts_resample_is_fast(void);

/// Resizes each of `rows` rows of RGB pixels by itself. `target` gets `rows` rows of `results` pixels.
void ts_resample_pixels(
    const ts_taps *taps, const uint8_t *source, size_t rows, size_t row_bytes, uint8_t *target, bool fast);

/// Makes `results` rows of `row_bytes` from rows of a source whose first one is `first_row` of the starts' count.
void ts_resample_rows(
    const ts_taps *taps, const uint8_t *source, size_t first_row, size_t row_bytes, uint8_t *target, bool fast);

#pragma clang assume_nonnull end
