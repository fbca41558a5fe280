// How the convolutions of bytes cut their work; the same for every variant.
#pragma once

#include "CKernels.h"

/// Outputs whose weights lie together, and which one step of a product computes: 64, or what divides `outputs`, a
/// multiple of 16.
static inline size_t ts_panel_width(size_t outputs) {
    return outputs % 64 == 0 ? 64 : outputs % 32 == 0 ? 32 : 16;
}

/// Inputs over which `int8_winograd` sums in 32 bits.
enum { ts_int8_depth = 128 };

/// Results of a convolution of bytes are computed `rows` rows at a time, of `images` images together.
typedef struct {
    /// Of the results.
    size_t height, width;
    size_t images, rows;
    /// Bytes of a row of inputs as it is read, and of one image's part of the band.
    size_t row, byte_count;
} ts_int8_bands;

ts_int8_bands ts_int8_bands_of(const ts_int8_convolution *shape);
