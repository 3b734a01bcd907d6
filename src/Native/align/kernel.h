// What the three builds of the kernel (baseline, AVX2, AVX-512) share: a group of pairs, scored side by side in the lanes of a vector.
#pragma once

#include <cstdint>
#include <vector>

#include "align.h"

namespace uvlm::align {

// Vectors longer than this are refused: it keeps every sum far from the limits of float32.
constexpr float kMaxSquaredNorm = 1e12f;

struct Pair {
    const float* x;
    const float* x_norms;  // squared norms of x's rows
    int32_t n;
    const float* y;
    int32_t m;
    int64_t index;  // where the score goes
};

struct Request {
    int32_t measure;
    int32_t dimension;
    float parameter;
    float* scores;
};

// A pair whose log kernel is differentiated.
struct GradientPair {
    Pair pair;  // its index is unused
    const float* y_norms;
    float weight;         // dL / d log K
    float* coefficients;  // [n, m] out: dL/dx_i = sum over j of c_ij (y_j - x_i), dL/dy_j = sum over i of c_ij (x_i - y_j)
};

// One sequence pulled towards (or pushed away from) the rows of another: c[i * row_stride + j * other_stride] (others_j - row_i).
struct Pull {
    const float* others;
    int32_t count;
    const float* coefficients;
    int64_t row_stride;
    int64_t other_stride;
};

// One per thread, grown as needed and reused from group to group.
struct Scratch {
    std::vector<float> y_norms;
    std::vector<float> cells;
    std::vector<float> row;
    std::vector<float> pooled;
    std::vector<double> values;
};

struct Kernel {
    int lanes;
    // Squared norm of each of `rows` rows.
    void (*squared_norms)(const float* rows, int64_t row_count, int32_t dimension, float* norms);
    // Scores at most `lanes` pairs. Returns -1, or the position within the group of a pair whose y holds an unusable vector.
    int (*score_group)(const Request& request, const Pair* pairs, int pair_count, Scratch& scratch);
    // Fills the coefficients of at most `lanes` pairs.
    void (*differentiate_group)(float sigma, int32_t dimension, const GradientPair* pairs, int pair_count, Scratch& scratch);
    // Adds every pull on `rows` [row_count, dimension] to `gradient`, in the order given.
    void (*pull_rows)(const float* rows, int32_t row_count, int32_t dimension, const Pull* pulls, int64_t pull_count, float* gradient);
};

extern const Kernel kBaselineKernel;
#if defined(UVLM_ALIGN_X86)
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512Kernel;
#endif

}  // namespace uvlm::align
