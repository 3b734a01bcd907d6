#include "kernels.h"

#include "vector_math.h"

#include <cmath>

// The library is built for any x86-64; each loop is compiled for wider vectors too and the processor picks one at load time.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define UVLM_EVERY_VECTOR_WIDTH __attribute__((target_clones("default", "arch=haswell", "arch=skylake-avx512")))
#else
#define UVLM_EVERY_VECTOR_WIDTH
#endif

namespace uvlm {

UVLM_EVERY_VECTOR_WIDTH
float rms_norm_row(const float* x, const float* weight, float* out, int64_t width, float eps) {
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
  const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(width) + eps);
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) out[i] = x[i] * inverse * weight[i];
  return inverse;
}

UVLM_EVERY_VECTOR_WIDTH
void rms_norm_row_backward(
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

UVLM_EVERY_VECTOR_WIDTH
void rotate_row(const float* x, const float* cos, const float* sin, float direction, float* out, int64_t half) {
#pragma omp simd
  for (int64_t i = 0; i < half; ++i) {
    const float first = x[i];
    const float second = x[i + half];
    const float s = sin[i] * direction;
    out[i] = first * cos[i] - second * s;
    out[i + half] = second * cos[i] + first * s;
  }
}

namespace {

/// Sixteen elements, or the last few of a row.
UVLM_INLINE void load_some(Floats& value, const float* from, int64_t count) {
  value = Floats{};
  std::memcpy(&value, from, static_cast<size_t>(count < lanes ? count : lanes) * sizeof(float));
}

UVLM_INLINE void store_some(float* to, const Floats& value, int64_t count) {
  std::memcpy(to, &value, static_cast<size_t>(count < lanes ? count : lanes) * sizeof(float));
}

UVLM_INLINE void sigmoid(Floats& x) {
  x = -x;
  exponential(x);
  x = 1.0f / (1.0f + x);
}

}  // namespace

UVLM_EVERY_VECTOR_WIDTH
void swiglu_row(const float* x, float* out, int64_t width) {
  for (int64_t i = 0; i < width; i += lanes) {
    Floats gate;
    Floats up;
    load_some(gate, x + i, width - i);
    load_some(up, x + width + i, width - i);
    Floats share = gate;
    sigmoid(share);
    store_some(out + i, gate * share * up, width - i);
  }
}

UVLM_EVERY_VECTOR_WIDTH
void swiglu_row_backward(const float* grad_out, const float* x, float* grad_x, int64_t width) {
  for (int64_t i = 0; i < width; i += lanes) {
    Floats gate;
    Floats up;
    Floats grad;
    load_some(gate, x + i, width - i);
    load_some(up, x + width + i, width - i);
    load_some(grad, grad_out + i, width - i);
    Floats share = gate;
    sigmoid(share);
    store_some(grad_x + i, grad * up * share * (1.0f + gate * (1.0f - share)), width - i);
    store_some(grad_x + width + i, grad * gate * share, width - i);
  }
}

UVLM_EVERY_VECTOR_WIDTH
void adamw_range(float* weight, const float* grad, float* mean, float* variance, int64_t count, const AdamWConstants& constants) {
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

UVLM_EVERY_VECTOR_WIDTH
double sum_of_squares(const float* values, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

UVLM_EVERY_VECTOR_WIDTH
void scale_range(float* values, int64_t count, float factor) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) values[i] *= factor;
}

}  // namespace uvlm
