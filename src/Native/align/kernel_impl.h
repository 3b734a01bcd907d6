// The kernel itself, compiled once per instruction set: UVLM_ALIGN_LANES is the width of a vector, UVLM_ALIGN_KERNEL the symbol it defines.
// Only this file's own static code and that of the headers it includes may be called from here: an inline function of a library, compiled
// with AVX-512 and picked by the linker for everybody, would fault on a machine without it. (std::vector is only indexed; scratch.h grows it
// out of line.)
#include "cells.h"
#include "gradient_impl.h"
#include "kernel.h"
#include "scratch.h"
#include "vector_math.h"

namespace uvlm::align {
namespace {

constexpr int64_t kCellBudget = 128 * 1024;  // floats: what a group's block of cells may take of the cache

// Stands for log 0: far below any real value (see kMaxSquaredNorm), far from overflow.
constexpr float kNever = -1e30f;

// -phi, phi = t + log(2 - e^-t), t = d / (2 sigma^2): the local kernel of Cuturi (2011) that keeps the global one positive definite.
struct LogKernelStep {
    float scale;
    UVLM_INLINE LogKernelStep make(float sigma) { return {0.5f / (sigma * sigma)}; }
    inline __attribute__((always_inline)) Floats operator()(Floats d, Floats up, Floats left, Floats diagonal) const {
        const Floats t = d * scale;
        const Floats local = t + log_one_to_three(2.0f - exp_nonpositive(-t));
        return log_sum_exp(up, left, diagonal) - local;
    }
    float start() const { return 0.0f; }
    float never() const { return kNever; }
    float finish(float value) const { return value; }
};

// The same recursion with d / gamma in place of phi: a soft minimum is a log-sum-exp of negated costs.
struct SoftDtwStep {
    float gamma, inverse;
    UVLM_INLINE SoftDtwStep make(float gamma) { return {gamma, 1.0f / gamma}; }
    inline __attribute__((always_inline)) Floats operator()(Floats d, Floats up, Floats left, Floats diagonal) const {
        return log_sum_exp(up, left, diagonal) - d * inverse;
    }
    float start() const { return 0.0f; }
    float never() const { return kNever; }
    float finish(float value) const { return -gamma * value; }
};

struct DtwStep {
    UVLM_INLINE DtwStep make(float) { return {}; }
    inline __attribute__((always_inline)) Floats operator()(Floats d, Floats up, Floats left, Floats diagonal) const {
        return d + min(min(up, left), diagonal);
    }
    float start() const { return 0.0f; }
    float never() const { return -kNever; }
    float finish(float value) const { return value; }
};

// The recursion over rows [first_row, end_row) for all lanes at once. `row` holds the previous row's values and takes the last one's.
template <class Step>
void run_rows(const Step& step, const Pair* pairs, int pair_count, int first_row, int end_row, int width, const float* cells, float* row,
              float* scores) {
    for (int i = first_row; i < end_row; ++i) {
        Floats left = broadcast(step.never());
        Floats diagonal = broadcast(i == 0 ? step.start() : step.never());
        const float* cell = cells + static_cast<int64_t>(i - first_row) * width * kLanes;
        for (int j = 0; j < width; ++j) {
            const Floats up = load(row + static_cast<int64_t>(j) * kLanes);
            left = step(load(cell + static_cast<int64_t>(j) * kLanes), up, left, diagonal);
            diagonal = up;
            store(row + static_cast<int64_t>(j) * kLanes, left);
        }
        for (int lane = 0; lane < pair_count; ++lane)
            if (pairs[lane].n - 1 == i)
                scores[pairs[lane].index] = step.finish(row[static_cast<int64_t>(pairs[lane].m - 1) * kLanes + lane]);
    }
}

// Mean over x's rows of the largest cosine (late interaction, Khattab and Zaharia 2020). `row` collects the sum of each lane.
void run_max_sim(const Pair* pairs, int pair_count, int first_row, int end_row, int width, const float* cells, float* row, float* scores) {
    for (int i = first_row; i < end_row; ++i) {
        Floats best = broadcast(-2.0f);
        const float* cell = cells + static_cast<int64_t>(i - first_row) * width * kLanes;
        for (int j = 0; j < width; ++j)
            best = max(best, load(cell + static_cast<int64_t>(j) * kLanes));
        store(row, load(row) + best);
        for (int lane = 0; lane < pair_count; ++lane)
            if (pairs[lane].n - 1 == i)
                scores[pairs[lane].index] = row[lane] / static_cast<float>(pairs[lane].n);
    }
}

template <bool Cosines, class Rows>
void run_group(const Request& request, const Pair* pairs, int pair_count, Scratch& scratch, float padding, float before, Rows rows) {
    int height = 0, width = 0;
    for (int lane = 0; lane < pair_count; ++lane) {
        height = pairs[lane].n > height ? pairs[lane].n : height;
        width = pairs[lane].m > width ? pairs[lane].m : width;
    }
    // A block of rows at a time, so that the memory taken depends on y alone and the cells stay in the cache.
    int block = static_cast<int>(kCellBudget / (static_cast<int64_t>(width) * kLanes));
    block = (block / kTileX > 1 ? block / kTileX : 1) * kTileX;
    block = block < height ? block : height;
    const int64_t cell_count = static_cast<int64_t>(block) * width * kLanes;
    float* cells = grow(scratch.cells, cell_count);
    float* row = grow(scratch.row, static_cast<int64_t>(width) * kLanes);
    for (int64_t k = 0; k < static_cast<int64_t>(width) * kLanes; ++k)
        row[k] = before;
    for (int64_t k = 0; k < cell_count; ++k)
        cells[k] = padding;  // lanes shorter than the longest, and lanes without a pair
    for (int first = 0; first < height; first += block) {
        const int end = first + block < height ? first + block : height;
        int64_t norm = 0;
        for (int lane = 0; lane < pair_count; ++lane) {
            fill_cells<Cosines>(pairs[lane], scratch.y_norms.data() + norm, request.dimension, first, end, width, cells + lane);
            norm += pairs[lane].m;
        }
        rows(first, end, width, cells, row);
    }
}

template <class Step>
void run_recursion(const Request& request, const Pair* pairs, int pair_count, Scratch& scratch) {
    const Step step = Step::make(request.parameter);
    const auto rows = [&](int first, int end, int width, const float* cells, float* row) {
        run_rows(step, pairs, pair_count, first, end, width, cells, row, request.scores);
    };
    run_group<false>(request, pairs, pair_count, scratch, 0.0f, step.never(), rows);
}

// Adds up `count` rows. The sum stands for the mean: a cosine doesn't see the factor.
void pool(const float* rows, int count, int dimension, float* sum) {
    for (int k = 0; k < dimension; ++k)
        sum[k] = rows[k];
    for (int r = 1; r < count; ++r)
        for (int k = 0; k < dimension; ++k)
            sum[k] += rows[static_cast<int64_t>(r) * dimension + k];
}

void run_mean(const Request& request, const Pair* pairs, int pair_count, Scratch& scratch) {
    const int dimension = request.dimension;
    float* x = grow(scratch.pooled, 2 * static_cast<int64_t>(dimension));
    float* y = x + dimension;
    for (int lane = 0; lane < pair_count; ++lane) {
        if (lane == 0 || pairs[lane].x != pairs[lane - 1].x)
            pool(pairs[lane].x, pairs[lane].n, dimension, x);
        pool(pairs[lane].y, pairs[lane].m, dimension, y);
        float norms[2], dots[kTileX][kTileY];
        squared_norms(x, 2, dimension, norms);
        dot_tile<1, 1>(x, y, dimension, dots);
        request.scores[pairs[lane].index] = cosine(norms[0], norms[1], dots[0][0]);
    }
}

int score_group(const Request& request, const Pair* pairs, int pair_count, Scratch& scratch) {
    int64_t rows = 0;
    for (int lane = 0; lane < pair_count; ++lane)
        rows += pairs[lane].m;
    float* norms = grow(scratch.y_norms, rows);
    for (int lane = 0; lane < pair_count; ++lane) {
        squared_norms(pairs[lane].y, pairs[lane].m, request.dimension, norms);
        for (int j = 0; j < pairs[lane].m; ++j)
            if (!(norms[j] <= kMaxSquaredNorm))
                return lane;
        norms += pairs[lane].m;
    }
    switch (request.measure) {
        case UVLM_ALIGN_LOG_KERNEL: run_recursion<LogKernelStep>(request, pairs, pair_count, scratch); break;
        case UVLM_ALIGN_DTW: run_recursion<DtwStep>(request, pairs, pair_count, scratch); break;
        case UVLM_ALIGN_SOFT_DTW: run_recursion<SoftDtwStep>(request, pairs, pair_count, scratch); break;
        case UVLM_ALIGN_MAX_SIM: {
            const auto max_sim = [&](int first, int end, int width, const float* cells, float* row) {
                run_max_sim(pairs, pair_count, first, end, width, cells, row, request.scores);
            };
            run_group<true>(request, pairs, pair_count, scratch, -2.0f, 0.0f, max_sim);
            break;
        }
        default: run_mean(request, pairs, pair_count, scratch); break;
    }
    return -1;
}

}  // namespace

extern const Kernel UVLM_ALIGN_KERNEL = {kLanes, squared_norms, score_group, differentiate_group, pull_rows};

}  // namespace uvlm::align
