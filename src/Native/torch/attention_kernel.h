// Attention over float32 memory: softmax(scale q k' + bias) v for one head of one sequence, block by block of queries, forward and
// backward. Scores never leave the cache. No libtorch here.
#pragma once

#include <cstdint>

namespace uvlm {

/// Row i starts at data + i * stride; elements of a row are adjacent.
template <class T>
struct Rows {
  T* data;
  int64_t stride;
};

struct HeadShape {
  int64_t queries;
  int64_t keys;
  int64_t width;        // of a query and a key; a multiple of 16
  int64_t value_width;  // a multiple of 16
  float scale;
  bool causal;          // query i sees keys 0..i
  const float* bias;    // null, or added to the scores
  int64_t bias_row;
  int64_t bias_column;
};

constexpr int64_t queries_per_block = 48;

/// Columns of a transposed or score matrix, padded so that its rows don't all fall into the same cache sets.
int64_t padded_columns(int64_t keys);

/// Floats of scratch that one call of each function needs.
int64_t forward_scratch(const HeadShape& shape);
int64_t backward_scratch(const HeadShape& shape);

/// to [width, padded_columns(rows)] = from [rows, width] transposed, zeros behind.
void transpose_rows(Rows<const float> from, int64_t rows, int64_t width, float* to);

/// The queries [begin, end), at most queries_per_block of them. keys_transposed as transpose_rows makes it, or null where a few queries
/// don't pay for it. log_sums [queries] receives each row's log of the sum of exponentials; a row that sees nothing gives zeros.
void attention_forward(
    const HeadShape& shape, int64_t begin, int64_t end, Rows<const float> q, Rows<const float> k, const float* keys_transposed,
    Rows<const float> v, Rows<float> out, float* log_sums, float* scratch);

/// All queries of a head. Writes grad_q, adds to grad_k and grad_v.
void attention_backward(
    const HeadShape& shape, Rows<const float> q, Rows<const float> k, const float* keys_transposed, const float* values_transposed,
    Rows<const float> out, const float* log_sums, Rows<const float> grad_out, Rows<float> grad_q, Rows<float> grad_k, Rows<float> grad_v,
    float* scratch);

}  // namespace uvlm
