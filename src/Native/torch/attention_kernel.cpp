#include "attention_kernel.h"

#include "vector_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace uvlm {

namespace {

UVLM_INLINE int64_t round_up(int64_t value) { return (value + lanes - 1) / lanes * lanes; }

/// One tile of C (+)= A B: A is M x k with any strides, B and C have adjacent columns, V vectors of 16 wide.
template <int M, int V, bool Add>
UVLM_INLINE void tile(
    int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c, int64_t c_row) {
  Floats sums[M][V];
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < V; ++j) {
      if constexpr (Add)
        load(sums[i][j], c + i * c_row + j * lanes);
      else
        sums[i][j] = Floats{};
    }
  for (int64_t p = 0; p < k; ++p) {
    Floats right[V];
    for (int j = 0; j < V; ++j) load(right[j], b + p * b_row + j * lanes);
    for (int i = 0; i < M; ++i) {
      const float left = a[i * a_row + p * a_column];
      for (int j = 0; j < V; ++j) sums[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < V; ++j) store(c + i * c_row + j * lanes, sums[i][j]);
}

template <int V, bool Add>
UVLM_INLINE void column_of_tiles(
    int64_t m, int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c, int64_t c_row) {
  int64_t i = 0;
  for (; i + 6 <= m; i += 6) tile<6, V, Add>(k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row);
  for (; i + 2 <= m; i += 2) tile<2, V, Add>(k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row);
  for (; i < m; ++i) tile<1, V, Add>(k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row);
}

/// n is a multiple of 16. Wide is how many vectors a tile spans where n allows: what the registers hold.
template <int Wide, bool Add>
UVLM_INLINE void multiply(
    int64_t m, int64_t n, int64_t k, const float* a, int64_t a_row, int64_t a_column, const float* b, int64_t b_row, float* c,
    int64_t c_row) {
  int64_t j = 0;
  for (; j + Wide * lanes <= n; j += Wide * lanes) column_of_tiles<Wide, Add>(m, k, a, a_row, a_column, b + j, b_row, c + j, c_row);
  for (; j < n; j += lanes) column_of_tiles<1, Add>(m, k, a, a_row, a_column, b + j, b_row, c + j, c_row);
}

/// Keys that query i sees.
UVLM_INLINE int64_t visible(const HeadShape& shape, int64_t i) { return shape.causal ? std::min(shape.keys, i + 1) : shape.keys; }

/// Scales a row of scores, adds its bias and hides the columns from `seen` to `columns`.
UVLM_INLINE void finish_scores(const HeadShape& shape, int64_t i, int64_t seen, int64_t columns, float* row) {
  const Floats zero = {};
  for (int64_t j = 0; j < columns; j += lanes) {
    Floats s;
    load(s, row + j);
    store(row + j, s * shape.scale + zero);
  }
  if (shape.bias) {
    const float* bias = shape.bias + i * shape.bias_row;
    for (int64_t j = 0; j < seen; ++j) row[j] += bias[j * shape.bias_column];
  }
  for (int64_t j = seen; j < columns; ++j) row[j] = -std::numeric_limits<float>::infinity();
}

/// row = exp(row - by); returns the sum.
UVLM_INLINE float exponentiate(float* row, int64_t columns, float by) {
  Floats sums = {};
  for (int64_t j = 0; j < columns; j += lanes) {
    Floats s;
    load(s, row + j);
    s -= by;
    exponential(s);
    store(row + j, s);
    sums += s;
  }
  return sum_of(sums);
}

/// The scores of a block: [rows, padded] of scratch.
template <int Wide>
UVLM_INLINE void block_scores(
    const HeadShape& shape, int64_t begin, int64_t rows, int64_t columns, Rows<const float> q, const float* keys_transposed, float* scores,
    int64_t padded) {
  multiply<Wide, false>(
      rows, columns, shape.width, q.data + begin * q.stride, q.stride, 1, keys_transposed, padded, scores, padded);
}

/// The same from the keys as they are, one product of vectors a score.
UVLM_INLINE void direct_scores(
    const HeadShape& shape, int64_t begin, int64_t rows, int64_t seen, Rows<const float> q, Rows<const float> k, float* scores,
    int64_t padded) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* query = q.data + (begin + r) * q.stride;
    for (int64_t j = 0; j < seen; ++j) {
      const float* key = k.data + j * k.stride;
      Floats products = {};
      for (int64_t e = 0; e < shape.width; e += lanes) {
        Floats a;
        Floats b;
        load(a, query + e);
        load(b, key + e);
        products += a * b;
      }
      scores[r * padded + j] = sum_of(products);
    }
    std::fill(scores + r * padded + seen, scores + r * padded + round_up(seen), 0.0f);
  }
}

template <int Wide>
UVLM_INLINE void forward(
    const HeadShape& shape, int64_t begin, int64_t end, Rows<const float> q, Rows<const float> k, const float* keys_transposed,
    Rows<const float> v, Rows<float> out, float* log_sums, float* scratch) {
  const int64_t padded = padded_columns(shape.keys);
  const int64_t rows = end - begin;
  const int64_t seen_by_last = visible(shape, end - 1);
  const int64_t columns = round_up(seen_by_last);
  float* scores = scratch;
  float inverse[queries_per_block];
  if (keys_transposed)
    block_scores<Wide>(shape, begin, rows, columns, q, keys_transposed, scores, padded);
  else
    direct_scores(shape, begin, rows, seen_by_last, q, k, scores, padded);
  for (int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * padded;
    finish_scores(shape, begin + r, visible(shape, begin + r), columns, row);
    Floats maxima;
    load(maxima, row);
    for (int64_t j = lanes; j < columns; j += lanes) {
      Floats s;
      load(s, row + j);
      maxima = s > maxima ? s : maxima;
    }
    const float maximum = maximum_of(maxima);
    if (maximum == -std::numeric_limits<float>::infinity()) {
      std::fill(row, row + columns, 0.0f);
      inverse[r] = 0;
      // Exponentials under an infinite sum are 0 again in the backward pass.
      log_sums[begin + r] = std::numeric_limits<float>::infinity();
      continue;
    }
    const float sum = exponentiate(row, columns, maximum);
    inverse[r] = 1.0f / sum;
    log_sums[begin + r] = maximum + std::log(sum);
  }
  multiply<Wide, false>(
      rows, shape.value_width, seen_by_last, scores, padded, 1, v.data, v.stride, out.data + begin * out.stride, out.stride);
  for (int64_t r = 0; r < rows; ++r) {
    float* row = out.data + (begin + r) * out.stride;
    for (int64_t e = 0; e < shape.value_width; e += lanes) {
      Floats o;
      load(o, row + e);
      store(row + e, o * inverse[r]);
    }
  }
}

template <int Wide>
UVLM_INLINE void backward(
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
    block_scores<Wide>(shape, begin, rows, columns, q, keys_transposed, weights, padded);
    multiply<Wide, false>(rows, columns, shape.value_width, grad_rows, grad_out.stride, 1, values_transposed, padded, slopes, padded);
    for (int64_t r = 0; r < rows; ++r) {
      float* row = weights + r * padded;
      finish_scores(shape, begin + r, visible(shape, begin + r), columns, row);
      exponentiate(row, columns, log_sums[begin + r]);
      Floats products = {};
      for (int64_t e = 0; e < shape.value_width; e += lanes) {
        Floats o;
        Floats g;
        load(o, out.data + (begin + r) * out.stride + e);
        load(g, grad_rows + r * grad_out.stride + e);
        products += o * g;
      }
      const float projection = sum_of(products);
      float* slope = slopes + r * padded;
      for (int64_t j = 0; j < columns; j += lanes) {
        Floats p;
        Floats d;
        load(p, row + j);
        load(d, slope + j);
        store(slope + j, p * (d - projection) * shape.scale);
      }
    }
    multiply<Wide, true>(
        seen_by_last, shape.value_width, rows, weights, 1, padded, grad_rows, grad_out.stride, grad_v.data, grad_v.stride);
    multiply<Wide, false>(
        rows, shape.width, seen_by_last, slopes, padded, 1, k.data, k.stride, grad_q.data + begin * grad_q.stride, grad_q.stride);
    multiply<Wide, true>(
        seen_by_last, shape.width, rows, slopes, 1, padded, q.data + begin * q.stride, q.stride, grad_k.data, grad_k.stride);
  }
}

// Two vectors of 16 floats are four registers of AVX-512's 32 or eight of AVX2's 16: six rows of tiles fit with two and with one.
#define UVLM_FORWARD_ARGUMENTS                                                                                                       \
  const HeadShape &shape, int64_t begin, int64_t end, Rows<const float> q, Rows<const float> k, const float *keys_transposed,        \
      Rows<const float> v, Rows<float> out, float *log_sums, float *scratch
#define UVLM_BACKWARD_ARGUMENTS                                                                                                      \
  const HeadShape &shape, Rows<const float> q, Rows<const float> k, const float *keys_transposed, const float *values_transposed,    \
      Rows<const float> out, const float *log_sums, Rows<const float> grad_out, Rows<float> grad_q, Rows<float> grad_k,              \
      Rows<float> grad_v, float *scratch

#if defined(__x86_64__)
UVLM_AVX512 void forward_avx512(UVLM_FORWARD_ARGUMENTS) { forward<2>(shape, begin, end, q, k, keys_transposed, v, out, log_sums, scratch); }
UVLM_AVX2 void forward_avx2(UVLM_FORWARD_ARGUMENTS) { forward<1>(shape, begin, end, q, k, keys_transposed, v, out, log_sums, scratch); }
UVLM_AVX512 void backward_avx512(UVLM_BACKWARD_ARGUMENTS) {
  backward<2>(shape, q, k, keys_transposed, values_transposed, out, log_sums, grad_out, grad_q, grad_k, grad_v, scratch);
}
UVLM_AVX2 void backward_avx2(UVLM_BACKWARD_ARGUMENTS) {
  backward<1>(shape, q, k, keys_transposed, values_transposed, out, log_sums, grad_out, grad_q, grad_k, grad_v, scratch);
}
#endif
void forward_any(UVLM_FORWARD_ARGUMENTS) { forward<1>(shape, begin, end, q, k, keys_transposed, v, out, log_sums, scratch); }
void backward_any(UVLM_BACKWARD_ARGUMENTS) {
  backward<1>(shape, q, k, keys_transposed, values_transposed, out, log_sums, grad_out, grad_q, grad_k, grad_v, scratch);
}

template <class F>
F pick([[maybe_unused]] F avx512, [[maybe_unused]] F avx2, F any) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq"))
    return avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
#endif
  return any;
}

#if defined(__x86_64__)
const auto chosen_forward = pick(forward_avx512, forward_avx2, forward_any);
const auto chosen_backward = pick(backward_avx512, backward_avx2, backward_any);
#else
const auto chosen_forward = forward_any;
const auto chosen_backward = backward_any;
#endif

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

void attention_forward(
    const HeadShape& shape, int64_t begin, int64_t end, Rows<const float> q, Rows<const float> k, const float* keys_transposed,
    Rows<const float> v, Rows<float> out, float* log_sums, float* scratch) {
  chosen_forward(shape, begin, end, q, k, keys_transposed, v, out, log_sums, scratch);
}

void attention_backward(
    const HeadShape& shape, Rows<const float> q, Rows<const float> k, const float* keys_transposed, const float* values_transposed,
    Rows<const float> out, const float* log_sums, Rows<const float> grad_out, Rows<float> grad_q, Rows<float> grad_k, Rows<float> grad_v,
    float* scratch) {
  chosen_backward(shape, q, k, keys_transposed, values_transposed, out, log_sums, grad_out, grad_q, grad_k, grad_v, scratch);
}

}  // namespace uvlm
