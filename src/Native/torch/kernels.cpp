#include "kernels.h"

#include "vector_math.h"

#include <cmath>

namespace uvlm {

namespace {

template <int>
UVLM_INLINE float rms_norm_row_body(const float* x, const float* weight, float* out, int64_t width, float eps) {
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
  const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(width) + eps);
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) out[i] = x[i] * inverse * weight[i];
  return inverse;
}

template <int>
UVLM_INLINE void rms_norm_row_backward_body(
    const float* grad_out, const float* x, const float* weight, float inverse, float* grad_x, float* grad_weight, int64_t width) {
  // With n = x * inverse and h = grad_out * weight:  dx = inverse * (h - n * mean(h * n)),  dweight = grad_out * n.
  float product = 0;
#pragma omp simd reduction(+ : product)
  for (int64_t i = 0; i < width; ++i) product += grad_out[i] * weight[i] * x[i];
  const float mean = product * inverse / static_cast<float>(width);
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) grad_x[i] = inverse * (grad_out[i] * weight[i] - x[i] * inverse * mean);
  if (grad_weight) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) grad_weight[i] += grad_out[i] * x[i] * inverse;
  }
}

template <int>
UVLM_INLINE void rotate_row_body(const float* x, const float* cos, const float* sin, float direction, float* out, int64_t half) {
#pragma omp simd
  for (int64_t i = 0; i < half; ++i) {
    const float first = x[i];
    const float second = x[i + half];
    const float s = sin[i] * direction;
    out[i] = first * cos[i] - second * s;
    out[i + half] = second * cos[i] + first * s;
  }
}

UVLM_INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

template <int>
UVLM_INLINE void swiglu_row_body(const float* x, float* out, int64_t width) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) out[i] = x[i] * sigmoid(x[i]) * x[width + i];
}

template <int>
UVLM_INLINE void swiglu_row_backward_body(const float* grad_out, const float* x, float* grad_x, int64_t width) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    const float gate = x[i];
    const float share = sigmoid(gate);
    grad_x[i] = grad_out[i] * x[width + i] * share * (1.0f + gate * (1.0f - share));
    grad_x[width + i] = grad_out[i] * gate * share;
  }
}

template <int>
UVLM_INLINE void adamw_range_body(
    float* weight, const float* grad, float* mean, float* variance, int64_t count, const AdamWConstants& constants) {
  const auto c = constants;
  const float keep = 1.0f - c.lr * c.weight_decay;
  const float step = c.lr / c.bias_correction1;
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) {
    const float g = grad[i];
    const float m = mean[i] + (1.0f - c.beta1) * (g - mean[i]);
    const float v = c.beta2 * variance[i] + (1.0f - c.beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    weight[i] = weight[i] * keep - step * m / (std::sqrt(v) / c.bias_correction2_root + c.eps);
  }
}

template <int>
UVLM_INLINE double sum_of_squares_body(const float* values, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

template <int>
UVLM_INLINE void scale_range_body(float* values, int64_t count, float factor) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) values[i] *= factor;
}

}  // namespace

UVLM_FOR_EVERY_PROCESSOR(
    float, rms_norm_row, (const float* x, const float* weight, float* out, int64_t width, float eps), (x, weight, out, width, eps))

UVLM_FOR_EVERY_PROCESSOR(
    void, rms_norm_row_backward,
    (const float* grad_out, const float* x, const float* weight, float inverse, float* grad_x, float* grad_weight, int64_t width),
    (grad_out, x, weight, inverse, grad_x, grad_weight, width))

UVLM_FOR_EVERY_PROCESSOR(
    void, rotate_row, (const float* x, const float* cos, const float* sin, float direction, float* out, int64_t half),
    (x, cos, sin, direction, out, half))

UVLM_FOR_EVERY_PROCESSOR(void, swiglu_row, (const float* x, float* out, int64_t width), (x, out, width))

UVLM_FOR_EVERY_PROCESSOR(
    void, swiglu_row_backward, (const float* grad_out, const float* x, float* grad_x, int64_t width), (grad_out, x, grad_x, width))

UVLM_FOR_EVERY_PROCESSOR(
    void, adamw_range,
    (float* weight, const float* grad, float* mean, float* variance, int64_t count, const AdamWConstants& constants),
    (weight, grad, mean, variance, count, constants))

UVLM_FOR_EVERY_PROCESSOR(double, sum_of_squares, (const float* values, int64_t count), (values, count))

UVLM_FOR_EVERY_PROCESSOR(void, scale_range, (float* values, int64_t count, float factor), (values, count, factor))

}  // namespace uvlm
