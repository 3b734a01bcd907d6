#include "attention_kernel.h"

#include "vector_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace uvlm {

namespace {

/// Rows of scores are padded to whole vectors of the widest kind.
constexpr int64_t lanes = 16;

UVLM_INLINE int64_t round_up(int64_t value) { return (value + lanes - 1) / lanes * lanes; }

template <int Width>
struct Vector {
  typedef float Floats __attribute__((vector_size(Width * sizeof(float)), aligned(sizeof(float)), may_alias));
};

/// One tile of C (+)= A B: A is M x k with any strides; B and C have adjacent columns, V vectors of them. 6 x 2 fills 15 registers.
template <int Width, int M, int V, bool Add>
UVLM_INLINE void tile(
    int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c, int64_t c_row) {
  using Floats = typename Vector<Width>::Floats;
  Floats sums[M][V];
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < V; ++j) {
      if constexpr (Add)
        sums[i][j] = *reinterpret_cast<const Floats*>(c + i * c_row + j * Width);
      else
        sums[i][j] = Floats{};
    }
  for (int64_t p = 0; p < k; ++p) {
    Floats right[V];
    for (int j = 0; j < V; ++j) right[j] = *reinterpret_cast<const Floats*>(b + p * b_row + j * Width);
    for (int i = 0; i < M; ++i) {
      const float left = a[i * a_row + p * a_column];
      for (int j = 0; j < V; ++j) sums[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < V; ++j) *reinterpret_cast<Floats*>(c + i * c_row + j * Width) = sums[i][j];
}

template <int Width, int V, bool Add>
UVLM_INLINE void column_of_tiles(
    int64_t m, int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c, int64_t c_row) {
  int64_t i = 0;
  for (; i + 6 <= m; i += 6) tile<Width, 6, V, Add>(k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row);
  for (; i + 2 <= m; i += 2) tile<Width, 2, V, Add>(k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row);
  for (; i < m; ++i) tile<Width, 1, V, Add>(k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row);
}

/// n is a multiple of 16.
template <int Width, bool Add>
UVLM_INLINE void multiply(
    int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c,
    int64_t c_row) {
  int64_t j = 0;
  for (; j + 2 * Width <= n; j += 2 * Width) column_of_tiles<Width, 2, Add>(m, k, a, a_row, a_column, b + j, b_row, c + j, c_row);
  for (; j < n; j += Width) column_of_tiles<Width, 1, Add>(m, k, a, a_row, a_column, b + j, b_row, c + j, c_row);
}

UVLM_INLINE float dot(const float* a, const float* b, int64_t count) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

/// Keys that query i sees.
UVLM_INLINE int64_t visible(const HeadShape& shape, int64_t i) { return shape.causal ? std::min(shape.keys, i + 1) : shape.keys; }

/// Scales a row of scores, adds its bias and hides the columns from `seen` to `columns`.
UVLM_INLINE void finish_scores(const HeadShape& shape, int64_t i, int64_t seen, int64_t columns, float* row) {
#pragma omp simd
  for (int64_t j = 0; j < columns; ++j) row[j] *= shape.scale;
  if (shape.bias) {
    const float* bias = shape.bias + i * shape.bias_row;
    for (int64_t j = 0; j < seen; ++j) row[j] += bias[j * shape.bias_column];
  }
  for (int64_t j = seen; j < columns; ++j) row[j] = -std::numeric_limits<float>::infinity();
}

/// row = exp(row - by); returns the sum.
UVLM_INLINE float exponentiate(float* row, int64_t columns, float by) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < columns; ++j) {
    row[j] = exponential(row[j] - by);
    sum += row[j];
  }
  return sum;
}

/// The scores of a block: [rows, padded] of scratch.
template <int Width>
UVLM_INLINE void block_scores(
    const HeadShape& shape, int64_t begin, int64_t rows, int64_t columns, Rows<const float> q, const float* keys_transposed, float* scores,
    int64_t padded) {
  multiply<Width, false>(
      rows, columns, shape.width, q.data + begin * q.stride, q.stride, 1, keys_transposed, padded, scores, padded);
}

/// The same from the keys as they are, one product of vectors a score.
UVLM_INLINE void direct_scores(
    const HeadShape& shape, int64_t begin, int64_t rows, int64_t seen, Rows<const float> q, Rows<const float> k, float* scores,
    int64_t padded) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* query = q.data + (begin + r) * q.stride;
    for (int64_t j = 0; j < seen; ++j) scores[r * padded + j] = dot(query, k.data + j * k.stride, shape.width);
    std::fill(scores + r * padded + seen, scores + r * padded + round_up(seen), 0.0f);
  }
}

template <int Width>
UVLM_INLINE void attention_forward_body(
    const HeadShape& shape, int64_t begin, int64_t end, Rows<const float> q, Rows<const float> k, const float* keys_transposed,
    Rows<const float> v, Rows<float> out, float* log_sums, float* scratch) {
  const int64_t padded = padded_columns(shape.keys);
  const int64_t rows = end - begin;
  const int64_t seen_by_last = visible(shape, end - 1);
  const int64_t columns = round_up(seen_by_last);
  float* scores = scratch;
  float inverse[queries_per_block];
  if (keys_transposed)
    block_scores<Width>(shape, begin, rows, columns, q, keys_transposed, scores, padded);
  else
    direct_scores(shape, begin, rows, seen_by_last, q, k, scores, padded);
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * padded;
    finish_scores(shape, begin + r, visible(shape, begin + r), columns, row);
    float maximum = -std::numeric_limits<float>::infinity();
#pragma omp simd reduction(max : maximum)
    for (int64_t j = 0; j < columns; ++j) maximum = std::max(maximum, row[j]);
    if (maximum == -std::numeric_limits<float>::infinity()) {
      if (std::none_of(row, row + columns, [](float score) { return std::isnan(score); })) {
        std::fill(row, row + columns, 0.0f);
        inverse[r] = 0;
        // Exponentials under an infinite sum are 0 again in the backward pass.
        log_sums[begin + r] = std::numeric_limits<float>::infinity();
        continue;
      }

      // A maximum passes over what is no number: that is not a query that sees nothing.
      maximum = std::numeric_limits<float>::quiet_NaN();
    }
    const float sum = exponentiate(row, columns, maximum);
    inverse[r] = 1.0f / sum;
    log_sums[begin + r] = maximum + std::log(sum);
  }
  multiply<Width, false>(
      rows, shape.value_width, seen_by_last, scores, padded, 1, v.data, v.stride, out.data + begin * out.stride, out.stride);
  for (int64_t r = 0; r < rows; ++r) {
    float* row = out.data + (begin + r) * out.stride;
    const float factor = inverse[r];
#pragma omp simd
    for (int64_t e = 0; e < shape.value_width; ++e) row[e] *= factor;
  }
}

template <int Width>
UVLM_INLINE void attention_backward_body(
    const HeadShape& shape, Rows<const float> q, Rows<const float> k, const float* keys_transposed, const float* values_transposed,
    Rows<const float> out, const float* log_sums, Rows<const float> grad_out, Rows<float> grad_q, Rows<float> grad_k, Rows<float> grad_v,
    float* scratch) {
  const int64_t padded = padded_columns(shape.keys);
  float* weights = scratch;                                  // P
  float* slopes = scratch + queries_per_block * padded;      // dP, then dS
  for (int64_t begin = 0; begin < shape.queries; begin += queries_per_block) {
    const int64_t rows = std::min(queries_per_block, shape.queries - begin);
    const int64_t seen_by_last = visible(shape, begin + rows - 1);
    const int64_t columns = round_up(seen_by_last);
    const float* grad_rows = grad_out.data + begin * grad_out.stride;
    block_scores<Width>(shape, begin, rows, columns, q, keys_transposed, weights, padded);
    multiply<Width, false>(rows, columns, shape.value_width, grad_rows, grad_out.stride, 1, values_transposed, padded, slopes, padded);
    for (int64_t r = 0; r < rows; ++r) {
      float* row = weights + r * padded;
      finish_scores(shape, begin + r, visible(shape, begin + r), columns, row);
      exponentiate(row, columns, log_sums[begin + r]);
      const float projection = dot(out.data + (begin + r) * out.stride, grad_rows + r * grad_out.stride, shape.value_width);
      float* slope = slopes + r * padded;
#pragma omp simd
      for (int64_t j = 0; j < columns; ++j) slope[j] = row[j] * (slope[j] - projection) * shape.scale;
    }
    multiply<Width, true>(
        seen_by_last, shape.value_width, rows, weights, 1, padded, grad_rows, grad_out.stride, grad_v.data, grad_v.stride);
    multiply<Width, false>(
        rows, shape.width, seen_by_last, slopes, padded, 1, k.data, k.stride, grad_q.data + begin * grad_q.stride, grad_q.stride);
    multiply<Width, true>(
        seen_by_last, shape.width, rows, slopes, 1, padded, q.data + begin * q.stride, q.stride, grad_k.data, grad_k.stride);
  }
}

}  // namespace

int64_t padded_columns(int64_t keys) {
  const int64_t columns = round_up(std::max<int64_t>(keys, 1));
  return columns % 256 == 0 ? columns + lanes : columns;
}

int64_t forward_scratch(const HeadShape& shape) { return queries_per_block * padded_columns(shape.keys); }

int64_t backward_scratch(const HeadShape& shape) { return 2 * queries_per_block * padded_columns(shape.keys); }

void transpose_rows(Rows<const float> from, int64_t rows, int64_t width, float* to) {
  const int64_t padded = padded_columns(rows);
  for (int64_t first = 0; first < rows; first += lanes) {
    const int64_t last = std::min(first + lanes, rows);
    for (int64_t e = 0; e < width; ++e)
      for (int64_t j = first; j < last; ++j) to[e * padded + j] = from.data[j * from.stride + e];
  }
  for (int64_t e = 0; e < width; ++e) std::fill(to + e * padded + rows, to + (e + 1) * padded, 0.0f);
}

UVLM_FOR_EVERY_PROCESSOR(
    void, attention_forward,
    (const HeadShape& shape, int64_t begin, int64_t end, Rows<const float> q, Rows<const float> k, const float* keys_transposed,
        Rows<const float> v, Rows<float> out, float* log_sums, float* scratch),
    (shape, begin, end, q, k, keys_transposed, v, out, log_sums, scratch))

UVLM_FOR_EVERY_PROCESSOR(
    void, attention_backward,
    (const HeadShape& shape, Rows<const float> q, Rows<const float> k, const float* keys_transposed, const float* values_transposed,
        Rows<const float> out, const float* log_sums, Rows<const float> grad_out, Rows<float> grad_q, Rows<float> grad_k,
        Rows<float> grad_v, float* scratch),
    (shape, q, k, keys_transposed, values_transposed, out, log_sums, grad_out, grad_q, grad_k, grad_v, scratch))

}  // namespace uvlm
