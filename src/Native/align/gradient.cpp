// Gradients of a weighted sum of log kernels: first a coefficient for every cell of every pair, then every row's sum over its pairs.
#include <algorithm>
#include <cmath>
#include <vector>

#include "dispatch.h"
#include "kernel.h"

namespace uvlm::align {
namespace {

// Coefficients held at a time, 64 MiB of them; more pairs go in several waves.
constexpr int64_t kWaveCells = 16 << 20;

struct Task {
    const uvlm_align_sequences* x;
    const uvlm_align_sequences* y;
    const float* x_norms;
    const float* y_norms;
    int32_t dimension;
    float sigma;
    int32_t threads;
    const Kernel* kernel;
    float* x_gradient;
    float* y_gradient;
};

struct Entry {
    int32_t x, y;  // sequences
    float weight;
};

int32_t length(const uvlm_align_sequences& s, int32_t sequence) { return s.offsets[sequence + 1] - s.offsets[sequence]; }

int64_t cell_count(const Task& task, const Entry& entry) {
    return static_cast<int64_t>(length(*task.x, entry.x)) * length(*task.y, entry.y);
}

const float* rows_of(const uvlm_align_sequences& s, int32_t sequence, int32_t dimension) {
    return s.rows + static_cast<int64_t>(s.offsets[sequence]) * dimension;
}

// The pulls on every sequence of one side, sequence after sequence, each in the order of the entries.
struct Pulls {
    std::vector<int64_t> starts;
    std::vector<Pull> list;

    Pulls(const Task& task, const Entry* entries, const GradientPair* pairs, int64_t count, bool on_x) {
        starts.assign(static_cast<size_t>((on_x ? task.x : task.y)->count) + 1, 0);
        list.resize(static_cast<size_t>(count));
        for (int64_t e = 0; e < count; ++e)
            ++starts[static_cast<size_t>(on_x ? entries[e].x : entries[e].y) + 1];
        for (size_t s = 1; s < starts.size(); ++s)
            starts[s] += starts[s - 1];
        std::vector<int64_t> next(starts);
        for (int64_t e = 0; e < count; ++e) {
            const GradientPair& p = pairs[e];
            Pull& pull = list[static_cast<size_t>(next[static_cast<size_t>(on_x ? entries[e].x : entries[e].y)]++)];
            pull = on_x ? Pull{p.pair.y, p.pair.m, p.coefficients, p.pair.m, 1} : Pull{p.pair.x, p.pair.n, p.coefficients, 1, p.pair.m};
        }
    }
};

bool pull_side(const Task& task, const Entry* entries, const GradientPair* pairs, int64_t count, bool on_x) {
    const uvlm_align_sequences& side = on_x ? *task.x : *task.y;
    float* gradient = on_x ? task.x_gradient : task.y_gradient;
    if (gradient == nullptr)
        return true;
    const Pulls pulls(task, entries, pairs, count, on_x);
    return run_parallel(side.count, task.threads, [&](int64_t s, Scratch&) {
        const int64_t first = pulls.starts[static_cast<size_t>(s)], end = pulls.starts[static_cast<size_t>(s) + 1];
        const int64_t offset = static_cast<int64_t>(side.offsets[s]) * task.dimension;
        if (first < end)
            task.kernel->pull_rows(side.rows + offset, length(side, static_cast<int32_t>(s)), task.dimension, pulls.list.data() + first, end - first,
                                   gradient + offset);
        return true;
    });
}

bool run_wave(const Task& task, const Entry* entries, int64_t count, std::vector<float>& coefficients) {
    std::vector<GradientPair> pairs(static_cast<size_t>(count));
    int64_t cells = 0;
    for (int64_t e = 0; e < count; ++e)
        cells += cell_count(task, entries[e]);
    if (static_cast<int64_t>(coefficients.size()) < cells)
        coefficients.resize(static_cast<size_t>(cells));
    cells = 0;
    for (int64_t e = 0; e < count; ++e) {
        const Entry& entry = entries[e];
        pairs[static_cast<size_t>(e)] = {{rows_of(*task.x, entry.x, task.dimension), task.x_norms + task.x->offsets[entry.x],
                                          length(*task.x, entry.x), rows_of(*task.y, entry.y, task.dimension), length(*task.y, entry.y), e},
                                         task.y_norms + task.y->offsets[entry.y], entry.weight, coefficients.data() + cells};
        cells += cell_count(task, entry);
    }

    // Lanes of one group run as long as the longest of them.
    std::vector<GradientPair> by_length(pairs);
    std::stable_sort(by_length.begin(), by_length.end(), [](const GradientPair& a, const GradientPair& b) {
        return a.pair.n != b.pair.n ? a.pair.n < b.pair.n : a.pair.m < b.pair.m;
    });
    const int64_t lanes = task.kernel->lanes;
    const bool differentiated = run_parallel((count + lanes - 1) / lanes, task.threads, [&](int64_t g, Scratch& scratch) {
        const int in_group = static_cast<int>(std::min(lanes, count - g * lanes));
        task.kernel->differentiate_group(task.sigma, task.dimension, by_length.data() + g * lanes, in_group, scratch);
        return true;
    });
    return differentiated && pull_side(task, entries, pairs.data(), count, true) && pull_side(task, entries, pairs.data(), count, false);
}

int32_t gradients(const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension, const int32_t* pairs, int64_t pair_count,
                  const float* weights, float sigma, int32_t threads, int32_t instructions, float* x_gradient, float* y_gradient,
                  int32_t* bad_sequence) {
    const Kernel* kernel = choose_kernel(instructions);
    if (kernel == nullptr || !well_formed(x) || !well_formed(y) || dimension < 1 || weights == nullptr || bad_sequence == nullptr || threads < 1 ||
        !(sigma >= 1e-6f && sigma <= 1e6f) || !well_formed(*x, *y, pairs, pair_count))
        return UVLM_ALIGN_BAD_ARGUMENT;

    std::vector<float> x_norms, y_norms;
    if ((*bad_sequence = square_norms(*kernel, *x, dimension, x_norms)) >= 0)
        return UVLM_ALIGN_BAD_VECTOR_X;
    if ((*bad_sequence = square_norms(*kernel, *y, dimension, y_norms)) >= 0)
        return UVLM_ALIGN_BAD_VECTOR_Y;

    const Task task = {x, y, x_norms.data(), y_norms.data(), dimension, sigma, threads, kernel, x_gradient, y_gradient};
    std::vector<Entry> entries;
    for (int64_t p = 0; p < pair_count; ++p) {
        const Entry entry = {static_cast<int32_t>(pairs ? pairs[2 * p] : p / y->count), static_cast<int32_t>(pairs ? pairs[2 * p + 1] : p % y->count),
                             weights[p]};
        if (cell_count(task, entry) > UVLM_ALIGN_MAX_GRADIENT_CELLS)
            return UVLM_ALIGN_BAD_ARGUMENT;
        if (entry.weight != 0)  // a NaN is kept, and seen in the result
            entries.push_back(entry);
    }

    if (x_gradient != nullptr)
        std::fill_n(x_gradient, static_cast<int64_t>(x->offsets[x->count]) * dimension, 0.0f);
    if (y_gradient != nullptr)
        std::fill_n(y_gradient, static_cast<int64_t>(y->offsets[y->count]) * dimension, 0.0f);
    std::vector<float> coefficients;
    for (size_t first = 0; first < entries.size();) {
        size_t end = first;
        for (int64_t cells = 0; end < entries.size() && (end == first || cells + cell_count(task, entries[end]) <= kWaveCells); ++end)
            cells += cell_count(task, entries[end]);
        if (!run_wave(task, entries.data() + first, static_cast<int64_t>(end - first), coefficients))
            return UVLM_ALIGN_OUT_OF_MEMORY;
        first = end;
    }
    return UVLM_ALIGN_OK;
}

}  // namespace
}  // namespace uvlm::align

int32_t uvlm_align_gradients(const uvlm_align_sequences* x, const uvlm_align_sequences* y, int32_t dimension, const int32_t* pairs,
                             int64_t pair_count, const float* weights, float sigma, int32_t threads, int32_t instructions, float* x_gradient,
                             float* y_gradient, int32_t* bad_sequence) {
    try {
        return uvlm::align::gradients(x, y, dimension, pairs, pair_count, weights, sigma, threads, instructions, x_gradient, y_gradient, bad_sequence);
    } catch (...) {
        return UVLM_ALIGN_OUT_OF_MEMORY;  // nothing else can be thrown here
    }
}
