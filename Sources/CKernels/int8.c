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
    size_t width = ts_panel_width(outputs);
    for (size_t k = 0; k < outputs; k++) {
        const float *row = w + k * inputs * taps;
        float largest = 0, f = factor ? factor[k] : 1;
        for (size_t i = 0; i < inputs * taps; i++) largest = fmaxf(largest, fabsf(row[i]));
        float steps = largest > 0 ? 127 / largest : 0;
        // Weights too small to divide by are zeros.
        if (!isfinite(steps)) steps = 0;
        scale[k] = steps > 0 ? step * f / steps : 0;
        int8_t *panel = weights + k / width * width * inputs * taps;
        for (size_t c = 0; c < inputs; c++)
            for (size_t tap = 0; tap < taps; tap++)
                panel[((tap * inputs + c) / 4 * width + k % width) * 4 + c % 4]
                    = (int8_t)rintf(row[c * taps + tap] * steps);
    }
}

void ts_int8_pixel_weights(const float *w, const float *factor, const float *offset, const float *norm_scale,
                           const float *norm_shift, const ts_int8_convolution *shape, float *wide, int8_t *weights,
                           float *scale, float *bias) {
    size_t taps = shape->size * shape->size, width = ts_panel_width(shape->outputs);
    float mean[4];
    for (size_t c = 0; c < 3; c++) mean[c] = factor[c] != 0 ? fminf(255, fmaxf(0, -offset[c] / factor[c])) : 0;
    mean[3] = 255;
    // Offsets are the weights of the fourth input, so that they end where the image does.
    for (size_t k = 0; k < shape->outputs; k++) {
        for (size_t tap = 0; tap < taps; tap++) {
            float sum = 0;
            for (size_t c = 0; c < 3; c++) {
                float one = w[(k * 3 + c) * taps + tap];
                wide[(k * 4 + c) * taps + tap] = one * factor[c];
                sum += one * offset[c];
            }
            wide[(k * 4 + 3) * taps + tap] = sum / 255;
        }
    }
    ts_int8_weights(wide, norm_scale, 1, shape, weights, scale);
    for (size_t k = 0; k < shape->outputs; k++) {
        const int8_t *panel = weights + k / width * width * 4 * taps;
        double exact = 0, rounded = 0;
        for (size_t tap = 0; tap < taps; tap++) {
            for (size_t c = 0; c < 4; c++) {
                exact += (double)mean[c] * wide[(k * 4 + c) * taps + tap];
                rounded += (double)mean[c] * panel[(tap * width + k % width) * 4 + c];
            }
        }
        exact *= norm_scale ? norm_scale[k] : 1;
        bias[k] = (norm_shift ? norm_shift[k] : 0) + (float)(exact - rounded * scale[k]);
    }
}

size_t ts_int8_winograd_scratch(const ts_convolution *shape, size_t block) {
    return 36 * (2 * (block * shape->inputs + 32) + 4 * (block * shape->outputs + 16)) + 6 * shape->inputs;
}

/// G of F(4x4, 3x3) with its rows times 4, 6, 6, 6, 6, 1, so that none is much larger than another.
static const float scaled_g[6][3] = {{1, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {0.25f, 0.5f, 1}, {0.25f, -0.5f, 1}, {0, 0, 1}};
/// Sums of the positive and of the negative numbers in the rows of B^T.
static const float positive[6] = {5, 2, 5, 3, 3, 5}, negative[6] = {5, 8, 5, 3, 3, 5};

/// G w G^T at one position.
static float transformed(const float *w, int a, int b) {
    float sum = 0;
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 3; x++) sum += scaled_g[a][y] * w[y * 3 + x] * scaled_g[b][x];
    return sum;
}

void ts_int8_winograd_weights(const float *w, const float *factor, float step, const ts_convolution *shape,
                              int16_t *weights, float *scale) {
    size_t inputs = shape->inputs, outputs = shape->outputs;
    size_t width = ts_panel_width(outputs);
    for (size_t k = 0; k < outputs; k++) {
        const float *row = w + k * inputs * 9;
        // As many steps for 1 as no sum of 32 bits and no weight of 16 can pass, whatever the bytes.
        float steps = INFINITY;
        for (int p = 0; p < 36; p++) {
            int a = p / 6, b = p % 6;
            float up = positive[a] * positive[b] + negative[a] * negative[b];
            float down = positive[a] * negative[b] + negative[a] * positive[b];
            float largest = 255 * fmaxf(up, down);
            for (size_t first = 0; first < inputs; first += ts_int8_depth) {
                size_t end = first + ts_int8_depth < inputs ? first + ts_int8_depth : inputs;
                float sum = 0, widest = 0, rounding = 0.5f * (float)(end - first) * largest;
                for (size_t i = first; i < end; i++) {
                    float u = fabsf(transformed(row + i * 9, a, b));
                    sum += u;
                    widest = fmaxf(widest, u);
                }
                if (sum > 0)
                    steps = fminf(steps, fminf((0x1p31f * 0.999f - rounding) / (sum * largest), 32767 / widest));
            }
        }
        if (!isfinite(steps)) steps = 0;
        // The transform of results leaves a sixth in each direction to the scale.
        scale[k] = steps > 0 ? step * (factor ? factor[k] : 1) / steps / 36 : 0;
        for (int p = 0; p < 36; p++) {
            int16_t *panel = weights + ((size_t)p * outputs + k / width * width) * inputs;
            for (size_t c = 0; c < inputs; c++)
                panel[(c / 2 * width + k % width) * 2 + c % 2]
                    = (int16_t)rintf(transformed(row + c * 9, p / 6, p % 6) * steps);
        }
    }
}
