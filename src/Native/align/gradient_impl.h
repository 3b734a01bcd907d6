// Exact gradients of log K. Included once per instruction set, by kernel_impl.h.
//
// log K = log of the sum over all paths of exp(-phi along the path), so d log K / d phi(i, j) = -E(i, j), the share of K carried by the paths
// through cell (i, j). The forward recursion keeps, for each cell, the shares in which its value came from its three predecessors; the
// backward one hands E down by those shares: products and sums of numbers in [0, 1], nothing cancels. Then, with phi'(t) = 2 / (2 - e^-t) and
// t = |x_i - y_j|^2 / (2 sigma^2), d log K / d x_i = sum over j of E(i, j) phi'(t) / sigma^2 (y_j - x_i).
#pragma once

#include "cells.h"
#include "scratch.h"
#include "vector_math.h"

namespace uvlm::align {
namespace {

// A share smaller than this adds nothing in float32, and its products would be denormal, which is slow.
constexpr float kSmallestShare = 1e-30f;

// Four values of every cell [height, width], lanes side by side.
struct CellPlanes {
    int height, width;
    float* slope;     // in: the squared distance; after the forward pass phi'(t); after the backward pass E phi'(t)
    float* above;     // shares of the predecessors (i-1, j), (i, j-1) and (i-1, j-1)
    float* left;
    float* diagonal;
};

// Values of log M reach 1e5 and more where sequences are long and sigma is small: they are added up in double, so that their small
// differences, the only thing that is exponentiated, are exact to float32.
void forward_shares(const CellPlanes& cells, float scale, double* row) {
    constexpr double never = -1e30;
    for (int64_t k = 0; k < static_cast<int64_t>(cells.width) * kLanes; ++k)
        row[k] = never;
    for (int i = 0; i < cells.height; ++i) {
        Doubles from_left = never - Doubles{};
        Doubles from_diagonal = (i == 0 ? 0.0 : never) - Doubles{};
        for (int j = 0; j < cells.width; ++j) {
            UnalignedDoubles* value = reinterpret_cast<UnalignedDoubles*>(row + static_cast<int64_t>(j) * kLanes);
            const int64_t cell = (static_cast<int64_t>(i) * cells.width + j) * kLanes;
            const Doubles from_above = *value;
            const Doubles side = from_left > from_diagonal ? from_left : from_diagonal;
            const Doubles top = from_above > side ? from_above : side;
            const Floats above = exp_nonpositive(__builtin_convertvector(from_above - top, Floats));
            const Floats left = exp_nonpositive(__builtin_convertvector(from_left - top, Floats));
            const Floats diagonal = exp_nonpositive(__builtin_convertvector(from_diagonal - top, Floats));
            const Floats sum = above + left + diagonal;
            const Floats t = load(cells.slope + cell) * scale;
            const Floats room = 2.0f - exp_nonpositive(-t);
            const Floats gain = log_one_to_three(sum) - (t + log_one_to_three(room));
            store(cells.slope + cell, 2.0f / room);
            store(cells.above + cell, above / sum);
            store(cells.left + cell, left / sum);
            store(cells.diagonal + cell, diagonal / sum);
            from_left = top + __builtin_convertvector(gain, Doubles);
            from_diagonal = from_above;
            *value = from_left;
        }
    }
}

// `incoming` [width]: what the row below hands to each cell of this one. Cells beyond a lane's own end get nothing.
void backward_shares(const CellPlanes& cells, const GradientPair* pairs, int pair_count, float* incoming) {
    for (int64_t k = 0; k < static_cast<int64_t>(cells.width) * kLanes; ++k)
        incoming[k] = 0.0f;
    for (int i = cells.height - 1; i >= 0; --i) {
        for (int lane = 0; lane < pair_count; ++lane)
            if (pairs[lane].pair.n - 1 == i)
                incoming[static_cast<int64_t>(pairs[lane].pair.m - 1) * kLanes + lane] = 1.0f;  // every path ends there
        Floats from_right = {};
        Floats from_diagonal = {};
        for (int j = cells.width - 1; j >= 0; --j) {
            const int64_t cell = (static_cast<int64_t>(i) * cells.width + j) * kLanes;
            float* handed = incoming + static_cast<int64_t>(j) * kLanes;
            const Floats all = load(handed) + from_right;
            const Floats share = all > kSmallestShare ? all : Floats{};
            store(handed, share * load(cells.above + cell) + from_diagonal);
            from_right = share * load(cells.left + cell);
            from_diagonal = share * load(cells.diagonal + cell);
            store(cells.slope + cell, load(cells.slope + cell) * share);
        }
    }
}

void differentiate_group(float sigma, int32_t dimension, const GradientPair* pairs, int pair_count, Scratch& scratch) {
    CellPlanes cells = {};
    for (int lane = 0; lane < pair_count; ++lane) {
        cells.height = pairs[lane].pair.n > cells.height ? pairs[lane].pair.n : cells.height;
        cells.width = pairs[lane].pair.m > cells.width ? pairs[lane].pair.m : cells.width;
    }
    const int64_t plane = static_cast<int64_t>(cells.height) * cells.width * kLanes;
    cells.slope = grow(scratch.cells, 4 * plane);
    cells.above = cells.slope + plane;
    cells.left = cells.above + plane;
    cells.diagonal = cells.left + plane;
    for (int64_t k = 0; k < plane; ++k)
        cells.slope[k] = 0.0f;  // lanes shorter than the longest, and lanes without a pair
    for (int lane = 0; lane < pair_count; ++lane)
        fill_cells<false>(pairs[lane].pair, pairs[lane].y_norms, dimension, 0, cells.height, cells.width, cells.slope + lane);

    const float inverse = 1.0f / (sigma * sigma);
    forward_shares(cells, 0.5f * inverse, grow(scratch.values, static_cast<int64_t>(cells.width) * kLanes));
    backward_shares(cells, pairs, pair_count, grow(scratch.row, static_cast<int64_t>(cells.width) * kLanes));
    for (int lane = 0; lane < pair_count; ++lane) {
        const auto& [pair, norms, weight, coefficients] = pairs[lane];
        for (int i = 0; i < pair.n; ++i)
            for (int j = 0; j < pair.m; ++j)
                coefficients[static_cast<int64_t>(i) * pair.m + j] =
                    cells.slope[(static_cast<int64_t>(i) * cells.width + j) * kLanes + lane] * (weight * inverse);
    }
}

// NX rows, NK vectors of columns; `tail` columns when it is not 0 (NK is 1 then). Differences, not products: where x_i and y_j agree
// their pull is exactly 0.
template <int NX, int NK>
UVLM_INLINE void pull_tile(const float* rows, int32_t dimension, const Pull* pulls, int64_t pull_count, int first_row, int column, int tail,
                           float* gradient) {
    const auto read = [tail](const float* p, Floats& v) { v = tail ? load_tail(p, tail) : load(p); };
    const int64_t start = static_cast<int64_t>(first_row) * dimension + column;
    Floats own[NX][NK], sums[NX][NK];
    for (int a = 0; a < NX; ++a) {
        for (int q = 0; q < NK; ++q) {
            read(rows + start + static_cast<int64_t>(a) * dimension + q * kLanes, own[a][q]);
            read(gradient + start + static_cast<int64_t>(a) * dimension + q * kLanes, sums[a][q]);
        }
    }
    for (int64_t p = 0; p < pull_count; ++p) {
        const Pull& pull = pulls[p];
        const float* coefficient = pull.coefficients + first_row * pull.row_stride;
        const float* other = pull.others + column;
        for (int32_t j = 0; j < pull.count; ++j) {
            Floats others[NK];
            for (int q = 0; q < NK; ++q)
                read(other + q * kLanes, others[q]);
            for (int a = 0; a < NX; ++a) {
                const float strength = coefficient[a * pull.row_stride];
                for (int q = 0; q < NK; ++q)
                    sums[a][q] += strength * (others[q] - own[a][q]);
            }
            coefficient += pull.other_stride;
            other += dimension;
        }
    }
    for (int a = 0; a < NX; ++a) {
        for (int q = 0; q < NK; ++q) {
            float* target = gradient + start + static_cast<int64_t>(a) * dimension + q * kLanes;
            if (tail)
                std::memcpy(target, &sums[a][q], static_cast<size_t>(tail) * sizeof(float));
            else
                store(target, sums[a][q]);
        }
    }
}

template <int NX>
void pull_row_tile(const float* rows, int32_t dimension, const Pull* pulls, int64_t pull_count, int first_row, float* gradient) {
    int column = 0;
    for (; column + 2 * kLanes <= dimension; column += 2 * kLanes)
        pull_tile<NX, 2>(rows, dimension, pulls, pull_count, first_row, column, 0, gradient);
    for (; column + kLanes <= dimension; column += kLanes)
        pull_tile<NX, 1>(rows, dimension, pulls, pull_count, first_row, column, 0, gradient);
    if (column < dimension)
        pull_tile<NX, 1>(rows, dimension, pulls, pull_count, first_row, column, dimension - column, gradient);
}

void pull_rows(const float* rows, int32_t row_count, int32_t dimension, const Pull* pulls, int64_t pull_count, float* gradient) {
    int row = 0;
    for (; row + kTileX <= row_count; row += kTileX)
        pull_row_tile<kTileX>(rows, dimension, pulls, pull_count, row, gradient);
    for (; row < row_count; ++row)
        pull_row_tile<1>(rows, dimension, pulls, pull_count, row, gradient);
}

}  // namespace
}  // namespace uvlm::align
