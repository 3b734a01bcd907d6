// The best single path through one pair of sequences, in double precision: it is shown to people, one pair at a time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernel.h"

namespace uvlm::align {
namespace {

enum Move : uint8_t { kDiagonal, kFromLeft, kFromAbove };

double dot(const float* x, const float* y, int32_t dimension) {
    double sum = 0;
    for (int32_t k = 0; k < dimension; ++k)
        sum += static_cast<double>(x[k]) * y[k];
    return sum;
}

double distance_squared(const float* x, const float* y, int32_t dimension) {
    double sum = 0;
    for (int32_t k = 0; k < dimension; ++k) {
        const double difference = static_cast<double>(x[k]) - y[k];
        sum += difference * difference;
    }
    return sum;
}

bool usable(const float* rows, int32_t count, int32_t dimension) {
    for (int32_t r = 0; r < count; ++r)
        if (const float* row = rows + static_cast<int64_t>(r) * dimension; !(dot(row, row, dimension) <= kMaxSquaredNorm))
            return false;
    return true;
}

int32_t best_path(int32_t measure, const float* x, int32_t n, const float* y, int32_t m, int32_t dimension, float parameter, int32_t* steps,
                  float* cosines, int32_t* step_count) {
    const bool kernel = measure == UVLM_ALIGN_LOG_KERNEL;
    if ((!kernel && measure != UVLM_ALIGN_DTW) || x == nullptr || y == nullptr || n < 1 || m < 1 || dimension < 1 || steps == nullptr ||
        cosines == nullptr || step_count == nullptr || (kernel && !(parameter >= 1e-6f && parameter <= 1e6f)))
        return UVLM_ALIGN_BAD_ARGUMENT;
    if (!usable(x, n, dimension))
        return UVLM_ALIGN_BAD_VECTOR_X;
    if (!usable(y, m, dimension))
        return UVLM_ALIGN_BAD_VECTOR_Y;

    constexpr double never = std::numeric_limits<double>::infinity();
    std::vector<uint8_t> moves(static_cast<size_t>(n) * static_cast<size_t>(m));
    std::vector<double> row(static_cast<size_t>(m), never);
    for (int32_t i = 0; i < n; ++i) {
        double left = never, diagonal = i == 0 ? 0 : never;
        for (int32_t j = 0; j < m; ++j) {
            const double d = distance_squared(x + static_cast<int64_t>(i) * dimension, y + static_cast<int64_t>(j) * dimension, dimension);
            const double t = d / (2.0 * parameter * parameter);
            const double cost = kernel ? t + std::log1p(-std::expm1(-t)) : d;
            const double up = row[static_cast<size_t>(j)];
            // Ties go to the diagonal: the shorter path is the easier one to read.
            Move move = kDiagonal;
            double best = diagonal;
            if (left < best) { best = left; move = kFromLeft; }
            if (up < best) { best = up; move = kFromAbove; }
            moves[static_cast<size_t>(i) * static_cast<size_t>(m) + static_cast<size_t>(j)] = move;
            diagonal = up;
            row[static_cast<size_t>(j)] = left = best + cost;
        }
    }

    int32_t count = 0;
    for (int32_t i = n - 1, j = m - 1;;) {
        steps[2 * count] = i;
        steps[2 * count + 1] = j;
        ++count;
        if (i == 0 && j == 0)
            break;
        const uint8_t move = moves[static_cast<size_t>(i) * static_cast<size_t>(m) + static_cast<size_t>(j)];
        i -= move != kFromLeft;
        j -= move != kFromAbove;
    }
    for (int32_t a = 0, b = count - 1; a < b; ++a, --b) {
        std::swap(steps[2 * a], steps[2 * b]);
        std::swap(steps[2 * a + 1], steps[2 * b + 1]);
    }
    for (int32_t s = 0; s < count; ++s) {
        const float* a = x + static_cast<int64_t>(steps[2 * s]) * dimension;
        const float* b = y + static_cast<int64_t>(steps[2 * s + 1]) * dimension;
        const double size = std::sqrt(dot(a, a, dimension) * dot(b, b, dimension));
        cosines[s] = size > 0 ? static_cast<float>(dot(a, b, dimension) / size) : 0.0f;
    }
    *step_count = count;
    return UVLM_ALIGN_OK;
}

}  // namespace
}  // namespace uvlm::align

int32_t uvlm_align_path(int32_t measure, const float* x, int32_t x_rows, const float* y, int32_t y_rows, int32_t dimension, float parameter,
                        int32_t* steps, float* cosines, int32_t* step_count) {
    try {
        return uvlm::align::best_path(measure, x, x_rows, y, y_rows, dimension, parameter, steps, cosines, step_count);
    } catch (...) {
        return UVLM_ALIGN_OUT_OF_MEMORY;
    }
}
