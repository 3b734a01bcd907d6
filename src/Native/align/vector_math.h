// exp and log for vectors of floats, branch-free, in the compiler's generic vector types. Included once per instruction set.
#pragma once

#include <cstdint>

namespace uvlm::align {
namespace {

constexpr int kLanes = UVLM_ALIGN_LANES;

typedef float Floats __attribute__((vector_size(kLanes * 4)));
typedef int32_t Ints __attribute__((vector_size(kLanes * 4)));
typedef float UnalignedFloats __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

typedef double Doubles __attribute__((vector_size(kLanes * 8)));
typedef double UnalignedDoubles __attribute__((vector_size(kLanes * 8), aligned(8), may_alias));

#define UVLM_INLINE static inline __attribute__((always_inline))

UVLM_INLINE Floats broadcast(float value) { return value - Floats{}; }
UVLM_INLINE Floats load(const float* p) { return *reinterpret_cast<const UnalignedFloats*>(p); }
UVLM_INLINE void store(float* p, Floats v) { *reinterpret_cast<UnalignedFloats*>(p) = v; }
UVLM_INLINE Floats min(Floats a, Floats b) { return a < b ? a : b; }
UVLM_INLINE Floats max(Floats a, Floats b) { return a > b ? a : b; }

// e^x for x <= 0, to about 1 unit in the last place; exactly 1 at 0. Below -87 it stays at e^-87, which every caller adds to something >= 1.
UVLM_INLINE Floats exp_nonpositive(Floats x) {
    x = max(x, broadcast(-87.0f));
    // x = k ln 2 + r with |r| <= ln 2 / 2; adding and taking away 1.5 * 2^23 rounds to the nearest integer.
    const Floats magic = broadcast(12582912.0f);
    const Floats k = (x * 1.44269504088896f + magic) - magic;
    const Floats r = (x - k * 0.693359375f) + k * 2.12194440054690583e-4f;  // ln 2 in two pieces
    Floats p = broadcast(1.0f / 5040);                                      // Taylor to r^7: the next term is below 6e-9
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const Ints exponent = __builtin_convertvector(k, Ints) + 127;
    return p * reinterpret_cast<const Floats&>(static_cast<const Ints&>(exponent << 23));
}

// log s for 1 <= s <= 3, absolute error about 1e-7; exactly 0 at 1.
UVLM_INLINE Floats log_one_to_three(Floats s) {
    const auto high = s > 1.41421356f;
    const Floats reduced = high ? s * 0.5f : s;
    const Floats base = high ? broadcast(0.69314718056f) : broadcast(0.0f);
    const Floats z = (reduced - 1.0f) / (reduced + 1.0f);  // |z| <= 0.2
    const Floats zz = z * z;
    Floats p = broadcast(2.0f / 9);  // log = 2 atanh z
    p = p * zz + 2.0f / 7;
    p = p * zz + 2.0f / 5;
    p = p * zz + 2.0f / 3;
    p = p * zz + 2.0f;
    return p * z + base;
}

// log(e^a + e^b + e^c). Two exponentials suffice: the largest term is 1.
UVLM_INLINE Floats log_sum_exp(Floats a, Floats b, Floats c) {
    const Floats low = min(a, b), high = max(a, b);
    const Floats top = max(high, c);
    const Floats middle = max(low, min(high, c));
    const Floats bottom = min(low, c);
    return top + log_one_to_three(1.0f + exp_nonpositive(middle - top) + exp_nonpositive(bottom - top));
}

}  // namespace
}  // namespace uvlm::align
