// Kernels over floats are written once and compiled for several instruction sets. A kernel is an inlined template `name_body<Width>`, Width
// being the floats of a vector register; UVLM_FOR_EVERY_PROCESSOR makes the function of it. Everything is inlined into that function, so
// that its instruction set holds for all of the kernel.
#pragma once

#include <cstdint>

#define UVLM_INLINE inline __attribute__((always_inline))

// Defines `result name parameters` three times over from name##_body and picks one by what the processor can do. (GCC's target_clones
// with arch= goes by the maker's model instead, and gives every other maker's processor the slowest.)
#if defined(__x86_64__)
#define UVLM_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define UVLM_AVX2 __attribute__((target("avx2,fma")))
#define UVLM_FOR_EVERY_PROCESSOR(result, name, parameters, arguments)                                        \
  namespace {                                                                                                \
  UVLM_AVX512 result name##_avx512 parameters { return name##_body<16> arguments; }                           \
  UVLM_AVX2 result name##_avx2 parameters { return name##_body<8> arguments; }                               \
  result name##_any parameters { return name##_body<4> arguments; }                                          \
  const auto name##_chosen = ::uvlm::widest(name##_avx512, name##_avx2, name##_any);                         \
  }                                                                                                          \
  result name parameters { return name##_chosen arguments; }
#else
#define UVLM_FOR_EVERY_PROCESSOR(result, name, parameters, arguments) \
  result name parameters { return name##_body<4> arguments; }
#endif

namespace uvlm {

#if defined(__x86_64__)
template <class F>
F widest(F avx512, F avx2, F any) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq"))
    return avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2 : any;
}
#endif

/// e^x to about 2 units in the last place, 0 below -87: x = n ln 2 + r, a polynomial in r, n into the exponent bits. Without branches, so
/// that loops over it are vectorised.
UVLM_INLINE float exponential(float x) {
  const float bounded = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float round_to_int = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const float n = (bounded * 1.44269504f + round_to_int) - round_to_int;
  const float r = bounded - n * 0.693145752f - n * 1.42860677e-6f;
  float p = r * 0.00138888889f + 0.00833333333f;
  p = p * r + 0.0416666667f;
  p = p * r + 0.166666667f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const float power = __builtin_bit_cast(float, __builtin_bit_cast(int32_t, p) + static_cast<int32_t>(n) * (1 << 23));
  return x < -87.0f ? 0.0f : power;
}

}  // namespace uvlm
