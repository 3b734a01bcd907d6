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

// One per thread, grown as needed and reused from group to group.
struct Scratch {
    std::vector<float> y_norms;
    std::vector<float> cells;
    std::vector<float> row;
    std::vector<float> pooled;
};

struct Kernel {
    int lanes;
    // Squared norm of each of `rows` rows.
    void (*squared_norms)(const float* rows, int64_t row_count, int32_t dimension, float* norms);
    // Scores at most `lanes` pairs. Returns -1, or the position within the group of a pair whose y holds an unusable vector.
    int (*score_group)(const Request& request, const Pair* pairs, int pair_count, Scratch& scratch);
};

extern const Kernel kBaselineKernel;
#if defined(UVLM_ALIGN_X86)
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512Kernel;
#endif

}  // namespace uvlm::align
