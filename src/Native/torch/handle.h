// The conventions of the C ABI, shared by every file of uvlm_torch.
//
// A tensor crosses the boundary as one opaque pointer. A function that makes a tensor returns it, or NULL after an error; a function
// that makes none returns 0, or 1 after an error. The error's text stays with the calling thread until its next error. No exception
// leaves the library. NULL as an argument is an undefined tensor, which is how an optional operand is left out.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <cstdint>
#include <utility>

#define UVLM_API extern "C" __attribute__((visibility("default")))

namespace uvlm {

using Handle = at::Tensor*;

/// A number with the type it had in the caller's language, because libtorch's type promotion depends on it.
struct Scalar {
  int64_t bits;
  int64_t kind;  // 0 integer, 1 double, 2 bool
};

Handle adopt(at::Tensor tensor);
void record_current_exception() noexcept;

template <class F>
Handle guard(F&& body) noexcept {
  try {
    return adopt(body());
  } catch (...) {
    record_current_exception();
    return nullptr;
  }
}

template <class F>
int status(F&& body) noexcept {
  try {
    body();
    return 0;
  } catch (...) {
    record_current_exception();
    return 1;
  }
}

inline const at::Tensor& ref(Handle handle) {
  static const at::Tensor undefined;
  return handle ? *handle : undefined;
}

inline std::vector<at::Tensor> list(const Handle* handles, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; ++i) tensors.push_back(ref(handles[i]));
  return tensors;
}

inline at::IntArrayRef ints(const int64_t* values, int64_t count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline at::ScalarType type_of(int32_t type) {
  return static_cast<at::ScalarType>(type);
}

at::Scalar scalar_of(Scalar value);

/// index < 0 means the device itself without a number ("cuda").
at::TensorOptions options_of(int32_t type, int32_t device_type, int32_t device_index);

}  // namespace uvlm

UVLM_API void uvlm_free(uvlm::Handle tensor);
