// CPU kernels that no library has: passes over activations that fuse what batch norm needs, pooling, 3x3
// convolutions by Winograd's F(4x4, 3x3), and convolutions of bytes.
//
// Activations are NHWC, `pixels` rows of `channels` numbers, row after row: 32-bit floats or bf16 (the upper half of
// a float); arithmetic is in 32-bit floats. Each kernel exists as AVX-512 (with instructions for bytes and bf16, for
// bytes, for neither), as AVX2 with FMA, and as portable C, all from one source (kernels.inc); the first that the CPU
// has is taken at run time. Variants differ in rounding only. No kernel allocates, locks or keeps state.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Each has what those before it have. `ts_avx512_vnni` adds dot products of bytes, `ts_avx512_bf16` conversions to
/// bf16: there are CPUs with the first alone, and none known with the second alone.
typedef enum { ts_portable, ts_avx2, ts_avx512, ts_avx512_vnni, ts_avx512_bf16 } ts_variant;

/// Whether this CPU can run `variant`.
bool ts_has_variant(ts_variant variant);

/// A 3x3 convolution of stride 1 and padding 1. Channels are multiples of 16.
typedef struct {
    size_t images, height, width, inputs, outputs;
} ts_convolution;

/// What a convolution does with its sums v before they are stored, in this order; whatever is null is left out.
typedef struct {
    /// v += bias[c]
    const float *_Nullable bias;
    /// v += other, of the same shape
    const void *_Nullable other;
    /// v = max(0, v)
    bool relu;
    /// z = max(0, a[c] * v + b[c]), or v where there is no a
    const float *_Nullable a, *_Nullable b;
    /// activated = z
    void *_Nullable activated;
    /// bytes = the nearest of 0...255 to z * bytes_factor, ties to even; NaN becomes 0
    uint8_t *_Nullable bytes;
    float bytes_factor;
} ts_finish;

/// A square convolution of unsigned bytes by signed ones, of padding size / 2. Inputs are a multiple of 4, outputs of 16.
typedef struct {
    size_t images, height, width, inputs, outputs, size, stride;
    /// Whether x are pixels of three bytes. Then there are four inputs: the last is 255 in the image, 0 around it.
    bool pixels;
} ts_int8_convolution;

/// Windows of `size` x `size` pixels; those that reach beyond the image are cut.
typedef struct {
    size_t images, height, width, channels, out_height, out_width, size, stride, padding;
} ts_pooling;

/// The kernels for one type of activations. Results may be written over the input that they are computed from, but
/// for pooling and convolutions.
typedef struct {
    /// y = x * factor[c] + offset[c] from interleaved 8-bit RGB.
    void (*_Nonnull normalize)(const uint8_t *x, void *y, size_t pixels, const float *factor, const float *offset);
    /// y = a[c] * x + b[c], then max(0, y) if `relu`. NaN stays NaN.
    void (*_Nonnull affine)(const void *x, void *y, size_t pixels, size_t channels, const float *a, const float *b,
                            bool relu);
    /// Does what `finish` says with finished sums, for convolutions that cannot. No y: only the second result is written.
    void (*_Nonnull finish)(const void *sums, void *_Nullable y, size_t pixels, size_t channels,
                            const ts_finish *finish);
    void (*_Nonnull relu)(const void *x, void *y, size_t count);
    /// dx = y > 0 ? dy : 0.
    void (*_Nonnull relu_gradient)(const void *dy, const void *y, void *dx, size_t count);
    void (*_Nonnull add)(const void *a, const void *b, void *y, size_t count);
    /// sums[c] = sum of x, sums[channels + c] = sum of x * x.
    void (*_Nonnull moment_sums)(const void *x, size_t pixels, size_t channels, double *sums);
    /// y = a + b, and the moment sums of y as stored.
    void (*_Nonnull add_moment_sums)(const void *a, const void *b, void *y, size_t pixels, size_t channels,
                                     double *sums);
    /// sums[c] = sum of dy, sums[channels + c] = sum of dy * (x - mean[c]).
    void (*_Nonnull gradient_sums)(const void *dy, const void *x, size_t pixels, size_t channels, const float *mean,
                                   double *sums);
    /// dx = y > 0 ? dy : 0, and the gradient sums of dx as stored.
    void (*_Nonnull relu_gradient_sums)(const void *dy, const void *y, const void *x, void *dx, size_t pixels,
                                        size_t channels, const float *mean, double *sums);
    /// dx = a[c] * dy + b[c] * x + k[c], plus `other` where it is not null.
    void (*_Nonnull affine_gradient)(const void *dy, const void *x, const void *_Nullable other, void *dx,
                                     size_t pixels, size_t channels, const float *a, const float *b, const float *k);
    /// y[c] = mean of x over the pixels of one image.
    void (*_Nonnull mean)(const void *x, float *y, size_t pixels, size_t channels);
    /// dx = dy[c] / pixels.
    void (*_Nonnull mean_gradient)(const float *dy, void *dx, size_t pixels, size_t channels);
    /// y[n][p][q][c] = mean of x over the window of result (p, q). No padding.
    void (*_Nonnull window_means)(const void *x, float *y, const ts_pooling *shape);
    /// dx = the sum of dy over the results in whose windows the pixel lies, / (size * size). No padding.
    void (*_Nonnull window_means_gradient)(const float *dy, void *dx, const ts_pooling *shape);
    void (*_Nonnull max_pool)(const void *x, void *y, const ts_pooling *shape);
    /// Each result's gradient goes to the first highest element of its window, in row order.
    void (*_Nonnull max_pool_gradient)(const void *dy, const void *x, void *dx, const ts_pooling *shape);
    /// sums[r][s][k] = sum of dy[n][p][q][k] over all results whose window has its element (r, s) inside the image.
    /// Channels, here dy's, are a multiple of 16.
    void (*_Nonnull window_sums)(const void *dy, float *sums, const ts_pooling *shape);
    /// y = x convolved, with transformed weights, finished. No y: only `finish`'s second result is written.
    ///
    /// `block` 4x4 patches of results go through together, a multiple of 8; it changes the speed only.
    /// `scratch` has ts_winograd_scratch(shape, block) numbers.
    void (*_Nonnull winograd)(const void *x, const float *u, void *_Nullable y, const ts_convolution *shape,
                              const ts_finish *_Nullable finish, size_t block, float *scratch);
    /// dw[3][3][inputs][outputs] = the gradient of the weights, or added to it; x has `inputs` channels and dy
    /// `outputs`. `scratch` has ts_winograd_gradient_scratch(shape, block) numbers.
    void (*_Nonnull winograd_gradient_weights)(const void *x, const void *dy, float *dw, bool add,
                                               const ts_convolution *shape, size_t block, float *scratch);
} ts_activation_kernels;

/// d = g * factor, kept in -limit...limit, + decay * w; v = momentum * v + d;
/// w -= rate * v, or for Nesterov's momentum rate * (d + momentum * v);
/// average = average_decay * average + (1 - average_decay) * w.
typedef struct {
    float rate, momentum, decay, factor, limit, average_decay;
    bool nesterov;
} ts_sgd;

/// One implementation of every kernel.
typedef struct {
    /// y = sum over `count` arrays of `size` numbers that lie `stride` numbers apart, added in their order.
    void (*_Nonnull sum_arrays)(const float *x, size_t stride, size_t count, float *y, size_t size);
    /// The sum of the squares, in double precision.
    double (*_Nonnull squared_norm)(const float *x, size_t count);
    /// One step of gradient descent, as `rule` says: w, its momenta v, its gradient g and, where there is one, its average.
    void (*_Nonnull sgd)(float *w, float *v, const float *g, float *_Nullable average, size_t count,
                         const ts_sgd *rule);
    /// y[k] = bias[k] + sum over c of x[c] * w[k][c].
    void (*_Nonnull dense)(const float *x, const float *w, const float *bias, float *y, size_t channels, size_t outputs);
    /// y += factor * x.
    void (*_Nonnull accumulate)(float factor, const float *x, float *y, size_t count);
    /// 36 * inputs * outputs numbers for `winograd`, from weights [K][C][3][3], each output times its scale. Forward: inputs
    /// C, outputs K. For the gradient of the input: inputs K, outputs C.
    void (*_Nonnull winograd_weights)(const float *w, const float *_Nullable scale, float *u, size_t inputs,
                                      size_t outputs, bool gradient);
    ts_activation_kernels f32;
    ts_activation_kernels bf16;
    /// v = scale[k] * sum of x * weights, exact, then finished; y, `other` and `activated` are bf16. No y: only what
    /// `finish` names is written. Weights are those of ts_int8_weights; `scratch` has ts_int8_scratch(shape) bytes.
    void (*_Nonnull int8_convolution)(const uint8_t *x, const int8_t *weights, const float *scale,
                                      void *_Nullable y, const ts_int8_convolution *shape, const ts_finish *finish,
                                      uint8_t *scratch);
    /// The same for 3x3, stride 1 and channels in multiples of 16, with a quarter of the products: weights and scales
    /// as ts_int8_winograd_weights makes them. `block` patches go through together, a multiple of 8, which changes the
    /// speed only; `scratch` has ts_int8_winograd_scratch(shape, block) bytes.
    void (*_Nonnull int8_winograd)(const uint8_t *x, const int16_t *weights, const float *scale, void *_Nullable y,
                                   const ts_convolution *shape, const ts_finish *finish, size_t block,
                                   void *scratch);
} ts_kernels;

/// Makes bytes of weights [K][C][R][S], each output times its factor: size * size * inputs * outputs of them, and
/// for each output the scale that makes `step` times a byte of the input times a byte of the weights a number again.
void ts_int8_weights(const float *w, const float *_Nullable factor, float step, const ts_int8_convolution *shape,
                     int8_t *weights, float *scale);
size_t ts_int8_scratch(const ts_int8_convolution *shape);
/// Makes bytes of weights [K][3][R][S] for pixels p that are convolved as factor[c] * p + offset[c], and zeros around
/// them, with results times norm_scale. What rounding does to a pixel of the mean colour is taken off the bias.
///
/// `wide` is room for K * 4 * R * S numbers.
void ts_int8_pixel_weights(const float *w, const float *factor, const float *offset,
                           const float *_Nullable norm_scale, const float *_Nullable norm_shift,
                           const ts_int8_convolution *shape, float *wide, int8_t *weights, float *scale, float *bias);

size_t ts_winograd_scratch(const ts_convolution *shape, size_t block);
size_t ts_winograd_gradient_scratch(const ts_convolution *shape, size_t block);

/// 36 * inputs * outputs numbers for `int8_winograd`, from weights [K][C][3][3] of which each output is multiplied by
/// its factor, and the scale of each output; one step of the input's bytes is worth `step`.
void ts_int8_winograd_weights(const float *w, const float *_Nullable factor, float step, const ts_convolution *shape,
                              int16_t *weights, float *scale);
size_t ts_int8_winograd_scratch(const ts_convolution *shape, size_t block);

/// The kernels of one variant, which the CPU must have.
const ts_kernels *ts_kernels_of(ts_variant variant);

#pragma clang assume_nonnull end
