// Cuts a request into groups of pairs of like lengths and spreads them over threads.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "kernel.h"
#include "scratch.h"

namespace uvlm::align {

float* grow(std::vector<float>& buffer, int64_t count) {
    if (static_cast<int64_t>(buffer.size()) < count)
        buffer.resize(static_cast<size_t>(count));
    return buffer.data();
}

namespace {

constexpr int kMaxThreads = 256;

int32_t best_instructions() {
#if defined(UVLM_ALIGN_X86)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
        return UVLM_ALIGN_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return UVLM_ALIGN_AVX2;
#endif
    return UVLM_ALIGN_BASELINE;
}

const Kernel* choose_kernel(int32_t instructions) {
    const int32_t best = best_instructions();
    if (instructions == UVLM_ALIGN_AUTOMATIC)
        instructions = best;
    if (instructions < UVLM_ALIGN_BASELINE || instructions > best)
        return nullptr;
#if defined(UVLM_ALIGN_X86)
    if (instructions == UVLM_ALIGN_AVX512)
        return &kAvx512Kernel;
    if (instructions == UVLM_ALIGN_AVX2)
        return &kAvx2Kernel;
#endif
    return &kBaselineKernel;
}

bool well_formed(const uvlm_align_sequences* s) {
    if (s == nullptr || s->rows == nullptr || s->offsets == nullptr || s->count < 1 || s->offsets[0] != 0)
        return false;
    for (int32_t i = 0; i < s->count; ++i)
        if (s->offsets[i + 1] <= s->offsets[i])
            return false;
    return true;
}

int32_t sequence_of_row(const uvlm_align_sequences& s, int64_t row) {
    return static_cast<int32_t>(std::upper_bound(s.offsets, s.offsets + s.count + 1, row) - s.offsets) - 1;
}

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
        scores == nullptr || bad_sequence == nullptr || threads < 1 || pair_count < 0 ||
        (pairs == nullptr && pair_count != static_cast<int64_t>(x->count) * y->count))
        return UVLM_ALIGN_BAD_ARGUMENT;
    const bool has_parameter = measure == UVLM_ALIGN_LOG_KERNEL || measure == UVLM_ALIGN_SOFT_DTW;
    if (has_parameter && !(parameter >= 1e-6f && parameter <= 1e6f))
        return UVLM_ALIGN_BAD_ARGUMENT;
    for (int64_t p = 0; pairs != nullptr && p < pair_count; ++p)
        if (pairs[2 * p] < 0 || pairs[2 * p] >= x->count || pairs[2 * p + 1] < 0 || pairs[2 * p + 1] >= y->count)
            return UVLM_ALIGN_BAD_ARGUMENT;

    const int64_t x_rows = x->offsets[x->count];
    std::vector<float> x_norms(static_cast<size_t>(x_rows));
    kernel->squared_norms(x->rows, x_rows, dimension, x_norms.data());
    for (int64_t r = 0; r < x_rows; ++r) {
        if (!(x_norms[static_cast<size_t>(r)] <= kMaxSquaredNorm)) {
            *bad_sequence = sequence_of_row(*x, r);
            return UVLM_ALIGN_BAD_VECTOR_X;
        }
    }

    const std::vector<Pair> list = list_pairs(*x, *y, dimension, x_norms.data(), pairs, pair_count);
    const Request request = {measure, dimension, parameter, scores};
    const int64_t groups = (pair_count + kernel->lanes - 1) / kernel->lanes;
    std::atomic<int64_t> next{0};
    std::atomic<int64_t> bad_row{-1};
    std::atomic<bool> out_of_memory{false};
    const auto work = [&] {
        try {
            Scratch scratch;
            for (int64_t g; (g = next.fetch_add(1)) < groups;) {
                const int64_t first = g * kernel->lanes;
                const int count = static_cast<int>(std::min<int64_t>(kernel->lanes, pair_count - first));
                const int bad = kernel->score_group(request, list.data() + first, count, scratch);
                if (bad >= 0) {
                    bad_row = (list[static_cast<size_t>(first + bad)].y - y->rows) / dimension;
                    next = groups;
                }
            }
        } catch (const std::bad_alloc&) {
            out_of_memory = true;
            next = groups;
        }
    };

    std::vector<std::thread> helpers;
    const int64_t wanted = std::min<int64_t>({threads, groups, kMaxThreads}) - 1;
    helpers.reserve(static_cast<size_t>(std::max<int64_t>(wanted, 0)));
    try {
        while (static_cast<int64_t>(helpers.size()) < wanted)
            helpers.emplace_back(work);
    } catch (const std::system_error&) {
        // The machine gives no more threads: those there are do the work.
    }
    work();
    for (std::thread& helper : helpers)
        helper.join();

    if (out_of_memory)
        return UVLM_ALIGN_OUT_OF_MEMORY;
    if (bad_row >= 0) {
        *bad_sequence = sequence_of_row(*y, bad_row);
        return UVLM_ALIGN_BAD_VECTOR_Y;
    }
    return UVLM_ALIGN_OK;
}

}  // namespace
}  // namespace uvlm::align

int32_t uvlm_align_abi_version() { return 1; }

int32_t uvlm_align_best_instructions() { return uvlm::align::best_instructions(); }

int32_t uvlm_align_score(int32_t measure, const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension, const int32_t* pairs,
                         int64_t pair_count, float parameter, int32_t threads, int32_t instructions, float* scores, int32_t* bad_sequence) {
    try {
        return uvlm::align::score(measure, x, y, dimension, pairs, pair_count, parameter, threads, instructions, scores, bad_sequence);
    } catch (...) {
        return UVLM_ALIGN_OUT_OF_MEMORY;  // nothing else can be thrown here
    }
}
