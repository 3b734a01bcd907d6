// Sixteen floats at a time, written once and compiled for several instruction sets: whoever includes this wraps the templates in
// functions with a target attribute. Everything is inlined into those, so no wide vector crosses a function boundary.
#pragma once

#include <cstdint>
#include <cstring>

#define UVLM_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__)
#define UVLM_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define UVLM_AVX2 __attribute__((target("avx2,fma")))
#endif

namespace uvlm {

constexpr int64_t lanes = 16;

typedef float Floats __attribute__((vector_size(64)));
typedef int32_t Ints __attribute__((vector_size(64)));

UVLM_INLINE void load(Floats& value, const float* from) { std::memcpy(&value, from, sizeof value); }

UVLM_INLINE void store(float* to, const Floats& value) { std::memcpy(to, &value, sizeof value); }

/// e^x to about 2 units in the last place, 0 below -87: x = n ln 2 + r, a polynomial in r, n into the exponent bits.
UVLM_INLINE void exponential(Floats& x) {
  const Floats zero = {};
  const Ints underflow = x < (zero - 87.0f);
  const Floats bounded = underflow ? (zero - 87.0f) : (x > (zero + 88.0f) ? (zero + 88.0f) : x);
  const float round_to_int = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  const Floats shifted = bounded * 1.44269504f + round_to_int;
  const Floats n = shifted - round_to_int;
  const Floats r = bounded - n * 0.693145752f - n * 1.42860677e-6f;
  Floats p = r * 0.00138888889f + 0.00833333333f;
  p = p * r + 0.0416666667f;
  p = p * r + 0.166666667f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  Ints bits;
  std::memcpy(&bits, &p, sizeof bits);
  bits += __builtin_convertvector(n, Ints) << 23;
  std::memcpy(&p, &bits, sizeof p);
  x = underflow ? zero : p;
}

UVLM_INLINE float sum_of(const Floats& value) {
  float sum = 0;
  for (int i = 0; i < lanes; ++i) sum += value[i];
  return sum;
}

UVLM_INLINE float maximum_of(const Floats& value) {
  float maximum = value[0];
  for (int i = 1; i < lanes; ++i) maximum = value[i] > maximum ? value[i] : maximum;
  return maximum;
}

}  // namespace uvlm
