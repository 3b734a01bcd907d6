// Squared distances and cosines of the rows of two sequences: what every measure starts from. Included once per instruction set.
#pragma once

#include <cmath>
#include <cstring>

#include "kernel.h"
#include "vector_math.h"

namespace uvlm::align {
namespace {

// Rows of x and y whose dot products are formed together; their sums must fit the registers.
constexpr int kTileX = UVLM_ALIGN_TILE_X;
constexpr int kTileY = 4;

UVLM_INLINE Floats load_tail(const float* p, int count) {
    Floats v = {};
    std::memcpy(&v, p, static_cast<size_t>(count) * sizeof(float));
    return v;
}

UVLM_INLINE float horizontal_sum(Floats v) {
    float lane[kLanes];
    std::memcpy(lane, &v, sizeof lane);
    for (int width = kLanes / 2; width > 0; width /= 2)
        for (int i = 0; i < width; ++i)
            lane[i] += lane[i + width];
    return lane[0];
}

// Dot products of NX rows of x with NY rows of y. Each pair of rows has its own sum, built in the same order whatever the tile.
template <int NX, int NY>
UVLM_INLINE void dot_tile(const float* x, const float* y, int dimension, float (&dots)[kTileX][kTileY]) {
    Floats sums[NX][NY] = {};
    int k = 0;
    for (; k + kLanes <= dimension; k += kLanes) {
        Floats xs[NX];
        for (int a = 0; a < NX; ++a)
            xs[a] = load(x + static_cast<int64_t>(a) * dimension + k);
        for (int b = 0; b < NY; ++b) {
            const Floats yb = load(y + static_cast<int64_t>(b) * dimension + k);
            for (int a = 0; a < NX; ++a)
                sums[a][b] += xs[a] * yb;
        }
    }
    if (k < dimension) {
        for (int b = 0; b < NY; ++b) {
            const Floats yb = load_tail(y + static_cast<int64_t>(b) * dimension + k, dimension - k);
            for (int a = 0; a < NX; ++a)
                sums[a][b] += load_tail(x + static_cast<int64_t>(a) * dimension + k, dimension - k) * yb;
        }
    }
    for (int a = 0; a < NX; ++a)
        for (int b = 0; b < NY; ++b)
            dots[a][b] = horizontal_sum(sums[a][b]);
}

template <int NX>
void dot_tile_of(int ny, const float* x, const float* y, int dimension, float (&dots)[kTileX][kTileY]) {
    switch (ny) {
        case 1: return dot_tile<NX, 1>(x, y, dimension, dots);
        case 2: return dot_tile<NX, 2>(x, y, dimension, dots);
        case 3: return dot_tile<NX, 3>(x, y, dimension, dots);
        default: return dot_tile<NX, 4>(x, y, dimension, dots);
    }
}

void dot_tile_of(int nx, int ny, const float* x, const float* y, int dimension, float (&dots)[kTileX][kTileY]) {
    switch (nx) {
        case 1: return dot_tile_of<1>(ny, x, y, dimension, dots);
        case 2: return dot_tile_of<2>(ny, x, y, dimension, dots);
#if UVLM_ALIGN_TILE_X == 4
        case 3: return dot_tile_of<3>(ny, x, y, dimension, dots);
        default: return dot_tile_of<4>(ny, x, y, dimension, dots);
#else
        default: return dot_tile_of<2>(ny, x, y, dimension, dots);
#endif
    }
}

float difference_squared(const float* x, const float* y, int dimension) {
    Floats sum = {};
    int k = 0;
    for (; k + kLanes <= dimension; k += kLanes) {
        const Floats difference = load(x + k) - load(y + k);
        sum += difference * difference;
    }
    if (k < dimension) {
        const Floats difference = load_tail(x + k, dimension - k) - load_tail(y + k, dimension - k);
        sum += difference * difference;
    }
    return horizontal_sum(sum);
}

// |x|^2 + |y|^2 - 2 xy loses its digits when x and y nearly agree; then the differences are summed instead.
float distance_squared(float x_norm, float y_norm, float dot, const float* x, const float* y, int dimension) {
    const float size = x_norm + y_norm;
    const float distance = size - 2.0f * dot;
    return distance < size * 0.0625f ? difference_squared(x, y, dimension) : distance;
}

float cosine(float x_norm, float y_norm, float dot) {
    const float size = std::sqrt(x_norm) * std::sqrt(y_norm);
    return size > 0 ? dot / size : 0.0f;
}

void squared_norms(const float* rows, int64_t row_count, int32_t dimension, float* norms) {
    for (int64_t r = 0; r < row_count; ++r) {
        const float* row = rows + r * dimension;
        float dots[kTileX][kTileY];
        dot_tile<1, 1>(row, row, dimension, dots);
        norms[r] = dots[0][0];
    }
}

// Fills one lane of the cells [first_row, end_row) x [0, m): squared distances, or cosines. Cell (i, j) is at
// ((i - first_row) * width + j) * kLanes.
template <bool Cosines>
void fill_cells(const Pair& pair, const float* y_norms, int dimension, int first_row, int end_row, int width, float* lane_cells) {
    const int end = end_row < pair.n ? end_row : pair.n;
    for (int i = first_row; i < end; i += kTileX) {
        const int nx = end - i < kTileX ? end - i : kTileX;
        for (int j = 0; j < pair.m; j += kTileY) {
            const int ny = pair.m - j < kTileY ? pair.m - j : kTileY;
            const float* x = pair.x + static_cast<int64_t>(i) * dimension;
            const float* y = pair.y + static_cast<int64_t>(j) * dimension;
            float dots[kTileX][kTileY];
            dot_tile_of(nx, ny, x, y, dimension, dots);
            for (int a = 0; a < nx; ++a) {
                for (int b = 0; b < ny; ++b) {
                    const float x_norm = pair.x_norms[i + a], y_norm = y_norms[j + b];
                    lane_cells[(static_cast<int64_t>(i + a - first_row) * width + j + b) * kLanes] =
                        Cosines ? cosine(x_norm, y_norm, dots[a][b])
                                : distance_squared(x_norm, y_norm, dots[a][b], x + static_cast<int64_t>(a) * dimension,
                                                   y + static_cast<int64_t>(b) * dimension, dimension);
                }
            }
        }
    }
}

}  // namespace
}  // namespace uvlm::align
