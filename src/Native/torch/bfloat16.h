// Linear layers whose products are made in bfloat16, for a thread that has asked for it.
#pragma once

#include <ATen/ATen.h>

namespace uvlm {

/// Whether the calling thread is under autocast to bfloat16.
bool autocast_enabled();

/// Switches the calling thread's autocast while it lives.
class AutocastGuard {
 public:
  explicit AutocastGuard(bool enabled);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  bool before_;
};

/// Whether the calling thread is under autocast to bfloat16 and the product of these is one that gains by it.
bool wants_bfloat16(const at::Tensor& x, const at::Tensor& weight);

/// x weight' + bias as at::linear gives it, float32 in and out, gradients too; only the products' factors are rounded to bfloat16.
at::Tensor bfloat16_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace uvlm
