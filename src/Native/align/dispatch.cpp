#include "dispatch.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <system_error>
#include <thread>

#include "scratch.h"

namespace uvlm::align {
namespace {

constexpr int kMaxThreads = 256;

template <class T>
T* grow_to(std::vector<T>& buffer, int64_t count) {
    if (static_cast<int64_t>(buffer.size()) < count)
        buffer.resize(static_cast<size_t>(count));
    return buffer.data();
}

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

}  // namespace

float* grow(std::vector<float>& buffer, int64_t count) { return grow_to(buffer, count); }

double* grow(std::vector<double>& buffer, int64_t count) { return grow_to(buffer, count); }

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

bool well_formed(const uvlm_align_sequences& x, const uvlm_align_sequences& y, const int32_t* pairs, int64_t pair_count) {
    if (pairs == nullptr)
        return pair_count == static_cast<int64_t>(x.count) * y.count;
    for (int64_t p = 0; p < pair_count; ++p)
        if (pairs[2 * p] < 0 || pairs[2 * p] >= x.count || pairs[2 * p + 1] < 0 || pairs[2 * p + 1] >= y.count)
            return false;
    return pair_count >= 0;
}

int32_t sequence_of_row(const uvlm_align_sequences& s, int64_t row) {
    return static_cast<int32_t>(std::upper_bound(s.offsets, s.offsets + s.count + 1, row) - s.offsets) - 1;
}

int32_t square_norms(const Kernel& kernel, const uvlm_align_sequences& sequences, int32_t dimension, std::vector<float>& norms) {
    const int64_t rows = sequences.offsets[sequences.count];
    norms.resize(static_cast<size_t>(rows));
    kernel.squared_norms(sequences.rows, rows, dimension, norms.data());
    for (int64_t r = 0; r < rows; ++r)
        if (!(norms[static_cast<size_t>(r)] <= kMaxSquaredNorm))
            return sequence_of_row(sequences, r);
    return -1;
}

bool run_parallel(int64_t items, int32_t threads, const Work& work) {
    std::atomic<int64_t> next{0};
    std::atomic<bool> out_of_memory{false};
    const auto drain = [&] {
        try {
            Scratch scratch;
            for (int64_t item; (item = next.fetch_add(1)) < items;)
                if (!work(item, scratch))
                    next = items;
        } catch (const std::bad_alloc&) {
            out_of_memory = true;
            next = items;
        }
    };

    std::vector<std::thread> helpers;
    const int64_t wanted = std::min<int64_t>({threads, items, kMaxThreads}) - 1;
    helpers.reserve(static_cast<size_t>(std::max<int64_t>(wanted, 0)));
    try {
        while (static_cast<int64_t>(helpers.size()) < wanted)
            helpers.emplace_back(drain);
    } catch (const std::system_error&) {
        // The machine gives no more threads: those there are do the work.
    } catch (const std::bad_alloc&) {
        // Likewise of memory for them. Those there are have to be joined in any case.
    }
    drain();
    for (std::thread& helper : helpers)
        helper.join();
    return !out_of_memory;
}

}  // namespace uvlm::align

int32_t uvlm_align_abi_version() { return 2; }

int32_t uvlm_align_best_instructions() { return uvlm::align::best_instructions(); }
