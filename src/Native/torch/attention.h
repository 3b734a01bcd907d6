// Attention of libtorch's tensors, for the files that offer it in other shapes.
#pragma once

#include <ATen/ATen.h>

namespace uvlm {

/// Whether our own kernels take it: float32 on a CPU, heads of a multiple of 16, not empty.
bool fits_kernel(const at::Tensor& tensor);

/// q [.., H, T, E], k and v [.., G, S, E], mask broadcast to [.., H, T, S] or undefined -> [.., H, T, E].
at::Tensor attention(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask, bool is_causal, double scale);

/// Not a number stands for 1 / sqrt(width).
double factor_of(double scale, int64_t width);

}  // namespace uvlm
