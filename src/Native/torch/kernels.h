// Loops over float32 memory where one pass replaces a chain of tensor operations. No libtorch here.
#pragma once

#include <cstdint>

namespace uvlm {

/// out = x * rsqrt(mean(x^2) + eps) * weight for one row; returns the reciprocal root.
float rms_norm_row(const float* x, const float* weight, float* out, int64_t width, float eps);

/// Gradients of one row; adds to grad_weight, which may be null.
void rms_norm_row_backward(
    const float* grad_out, const float* x, const float* weight, float inverse_rms, float* grad_x, float* grad_weight, int64_t width);

/// Turns the pairs (i, i + half) of a row by an angle; direction -1 turns them back. out may be x.
void rotate_row(const float* x, const float* cos, const float* sin, float direction, float* out, int64_t half);

/// out [width] = gate sigmoid(gate) up, where a row of x is [gate | up], 2 width long.
void swiglu_row(const float* x, float* out, int64_t width);

/// grad_x [2 width].
void swiglu_row_backward(const float* grad_out, const float* x, float* grad_x, int64_t width);

struct AdamWConstants {
  float lr;
  float beta1;
  float beta2;
  float eps;
  float weight_decay;
  float bias_correction1;        // 1 - beta1^step
  float bias_correction2_root;   // sqrt(1 - beta2^step)
};

void adamw_range(float* weight, const float* grad, float* mean, float* variance, int64_t count, const AdamWConstants& constants);

double sum_of_squares(const float* values, int64_t count);

void scale_range(float* values, int64_t count, float factor);

}  // namespace uvlm
