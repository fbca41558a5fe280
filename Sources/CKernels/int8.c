// The part of the convolutions of bytes that is the same for every variant.
#include "int8.h"

#include <math.h>

/// What of the inputs should stay in a core's second-level cache, beside weights and results.
enum { BAND_BYTES = 128 << 10 };

ts_int8_bands ts_int8_bands_of(const ts_int8_convolution *shape) {
    size_t size = shape->size, padding = size / 2 * 2, stride = shape->stride;
    ts_int8_bands b = {.height = (shape->height + padding - size) / stride + 1,
                       .width = (shape->width + padding - size) / stride + 1,
                       .images = 1, .row = (shape->width + padding) * shape->inputs};
    size_t fitting = BAND_BYTES / b.row;
    b.rows = fitting < size ? 1 : (fitting - size) / stride + 1;
    if (b.rows > b.height) b.rows = b.height;
    b.byte_count = ((b.rows - 1) * stride + size) * b.row;
    if (b.rows == b.height) b.images = b.byte_count > BAND_BYTES ? 1 : BAND_BYTES / b.byte_count;
    if (b.images > shape->images) b.images = shape->images;
    return b;
}

size_t ts_int8_scratch(const ts_int8_convolution *shape) {
    const ts_int8_bands bands = ts_int8_bands_of(shape);
    return bands.images * bands.byte_count;
}

void ts_int8_weights(const float *w, const float *factor, float step, const ts_int8_convolution *shape,
                     int8_t *weights, float *scale) {
    size_t inputs = shape->inputs, outputs = shape->outputs, taps = shape->size * shape->size;
    size_t width = outputs % 64 == 0 ? 64 : outputs % 32 == 0 ? 32 : 16;
    for (size_t k = 0; k < outputs; k++) {
        const float *row = w + k * inputs * taps;
        float largest = 0, f = factor ? factor[k] : 1;
        for (size_t i = 0; i < inputs * taps; i++) largest = fmaxf(largest, fabsf(row[i]));
        float steps = largest > 0 ? 127 / largest : 0;
        scale[k] = steps > 0 ? step * f / steps : 0;
        int8_t *panel = weights + k / width * width * inputs * taps;
        for (size_t c = 0; c < inputs; c++)
            for (size_t tap = 0; tap < taps; tap++)
                panel[((tap * inputs + c) / 4 * width + k % width) * 4 + c % 4]
                    = (int8_t)rintf(row[c * taps + tap] * steps);
    }
}
