// Cuts a request into groups of pairs of like lengths and spreads them over threads.
#include <algorithm>
#include <atomic>
#include <vector>

#include "dispatch.h"
#include "kernel.h"

namespace uvlm::align {

namespace {

std::vector<Pair> list_pairs(const uvlm_align_sequences& x, const uvlm_align_sequences& y, int32_t dimension, const float* x_norms,
                             const int32_t* pairs, int64_t pair_count) {
    std::vector<Pair> list(static_cast<size_t>(pair_count));
    for (int64_t p = 0; p < pair_count; ++p) {
        const int64_t a = pairs ? pairs[2 * p] : p / y.count;
        const int64_t b = pairs ? pairs[2 * p + 1] : p % y.count;
        Pair& pair = list[static_cast<size_t>(p)];
        pair.x = x.rows + static_cast<int64_t>(x.offsets[a]) * dimension;
        pair.x_norms = x_norms + x.offsets[a];
        pair.n = x.offsets[a + 1] - x.offsets[a];
        pair.y = y.rows + static_cast<int64_t>(y.offsets[b]) * dimension;
        pair.m = y.offsets[b + 1] - y.offsets[b];
        pair.index = p;
    }
    // Lanes of one group run as long as the longest of them.
    std::stable_sort(list.begin(), list.end(), [](const Pair& a, const Pair& b) { return a.n != b.n ? a.n < b.n : a.m < b.m; });
    return list;
}

int32_t score(int32_t measure, const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension, const int32_t* pairs,
              int64_t pair_count, float parameter, int32_t threads, int32_t instructions, float* scores, int32_t* bad_sequence) {
    const Kernel* kernel = choose_kernel(instructions);
    if (kernel == nullptr || measure < UVLM_ALIGN_LOG_KERNEL || measure > UVLM_ALIGN_MEAN || !well_formed(x) || !well_formed(y) || dimension < 1 ||
        scores == nullptr || bad_sequence == nullptr || threads < 1 || !well_formed(*x, *y, pairs, pair_count))
        return UVLM_ALIGN_BAD_ARGUMENT;
    const bool has_parameter = measure == UVLM_ALIGN_LOG_KERNEL || measure == UVLM_ALIGN_SOFT_DTW;
    if (has_parameter && !(parameter >= 1e-6f && parameter <= 1e6f))
        return UVLM_ALIGN_BAD_ARGUMENT;

    std::vector<float> x_norms;
    if ((*bad_sequence = square_norms(*kernel, *x, dimension, x_norms)) >= 0)
        return UVLM_ALIGN_BAD_VECTOR_X;

    const std::vector<Pair> list = list_pairs(*x, *y, dimension, x_norms.data(), pairs, pair_count);
    const Request request = {measure, dimension, parameter, scores};
    const int64_t groups = (pair_count + kernel->lanes - 1) / kernel->lanes;
    std::atomic<int64_t> bad_row{-1};
    const bool done = run_parallel(groups, threads, [&](int64_t g, Scratch& scratch) {
        const int64_t first = g * kernel->lanes;
        const int count = static_cast<int>(std::min<int64_t>(kernel->lanes, pair_count - first));
        const int bad = kernel->score_group(request, list.data() + first, count, scratch);
        if (bad >= 0)
            bad_row = (list[static_cast<size_t>(first + bad)].y - y->rows) / dimension;
        return bad < 0;
    });
    if (!done)
        return UVLM_ALIGN_OUT_OF_MEMORY;
    if (bad_row >= 0) {
        *bad_sequence = sequence_of_row(*y, bad_row);
        return UVLM_ALIGN_BAD_VECTOR_Y;
    }
    return UVLM_ALIGN_OK;
}

}  // namespace
}  // namespace uvlm::align

int32_t uvlm_align_score(int32_t measure, const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension, const int32_t* pairs,
                         int64_t pair_count, float parameter, int32_t threads, int32_t instructions, float* scores, int32_t* bad_sequence) {
    try {
        return uvlm::align::score(measure, x, y, dimension, pairs, pair_count, parameter, threads, instructions, scores, bad_sequence);
    } catch (...) {
        return UVLM_ALIGN_OUT_OF_MEMORY;  // nothing else can be thrown here
    }
}
