// CPU kernels that no library has: passes over activations that fuse what batch norm needs.
//
// Tensors are NHWC in 32-bit floats: `pixels` rows of `channels` numbers, row after row. Each kernel exists as
// AVX-512, as AVX2 with FMA, and as portable C, all from one source (kernels.inc); the first that the CPU has is
// taken at run time. Variants differ in rounding only. No kernel allocates, locks or keeps state.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum { ts_portable, ts_avx2, ts_avx512 } ts_variant;

/// Whether this CPU can run `variant`.
bool ts_has_variant(ts_variant variant);
/// 2x2 squares of results that `winograd` computes together.
enum { ts_winograd_squares = 16 };

/// One implementation of every kernel. Results may be written over the input that they are computed from.
typedef struct {
    /// y = (x - mean[c]) * factor[c] from interleaved 8-bit RGB.
    void (*_Nonnull normalize)(const uint8_t *x, float *y, size_t pixels, const float *mean, const float *factor);
    /// y = a[c] * x + b[c], then max(0, y) if `relu`. NaN stays NaN.
    void (*_Nonnull affine)(const float *x, float *y, size_t pixels, size_t channels, const float *a, const float *b,
                   bool relu);
    void (*_Nonnull relu)(const float *x, float *y, size_t count);
    /// dx = y > 0 ? dy : 0.
    void (*_Nonnull relu_gradient)(const float *dy, const float *y, float *dx, size_t count);
    void (*_Nonnull add)(const float *a, const float *b, float *y, size_t count);
    /// sums[c] = sum of x, sums[channels + c] = sum of x * x.
    void (*_Nonnull moment_sums)(const float *x, size_t pixels, size_t channels, double *sums);
    /// y = a + b, and the moment sums of y.
    void (*_Nonnull add_moment_sums)(const float *a, const float *b, float *y, size_t pixels, size_t channels,
                            double *sums);
    /// sums[c] = sum of dy, sums[channels + c] = sum of dy * (x - mean[c]).
    void (*_Nonnull gradient_sums)(const float *dy, const float *x, size_t pixels, size_t channels, const float *mean,
                          double *sums);
    /// dx = y > 0 ? dy : 0, and the gradient sums of dx.
    void (*_Nonnull relu_gradient_sums)(const float *dy, const float *y, const float *x, float *dx, size_t pixels,
                               size_t channels, const float *mean, double *sums);
    /// dx = a[c] * dy + b[c] * x + k[c], plus `other` where it is not null.
    void (*_Nonnull affine_gradient)(const float *dy, const float *x, const float *_Nullable other, float *dx, size_t pixels,
                            size_t channels, const float *a, const float *b, const float *k);
    /// y = sum over `count` arrays of `size` numbers that lie `stride` numbers apart, added in their order.
    void (*_Nonnull sum_arrays)(const float *x, size_t stride, size_t count, float *y, size_t size);
    /// v = momentum * v + (g + decay * w), w -= rate * v.
    void (*_Nonnull sgd)(float *w, float *v, const float *g, size_t count, float rate, float momentum, float decay);
    /// y[k] = bias[k] + sum over c of x[c] * w[k][c].
    void (*_Nonnull dense)(const float *x, const float *w, const float *bias, float *y, size_t channels, size_t outputs);
    /// y += factor * x.
    void (*_Nonnull accumulate)(float factor, const float *x, float *y, size_t count);
    /// u[16][inputs][outputs] for `winograd`, from weights [K][C][3][3]. Forward: inputs C, outputs K. For the
    /// gradient of the input: inputs K, outputs C.
    void (*_Nonnull winograd_weights)(const float *w, float *u, size_t inputs, size_t outputs, bool gradient);
    /// y = x convolved 3x3, stride 1, padding 1. Channels are multiples of 16;
    /// `scratch` has 16 * ts_winograd_squares * (inputs + outputs) numbers.
    void (*_Nonnull winograd)(const float *x, const float *u, float *y, size_t images, size_t height, size_t width,
                     size_t inputs, size_t outputs, float *scratch);
} ts_kernels;

/// The kernels of one variant, which the CPU must have.
const ts_kernels *ts_kernels_of(ts_variant variant);
/// The kernels of the best variant that this CPU has.
const ts_kernels *ts_best_kernels(void);

#pragma clang assume_nonnull end
