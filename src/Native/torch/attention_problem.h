// Attention of several sequences and heads as one problem, spread over threads: what batched, packed and paged
// attention share.
#pragma once

#include "attention_kernel.h"

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace uvlm {

/// Where the rows of a head stand, in floats.
struct Operand {
  float* data;
  int64_t sequence;
  int64_t head;
  int64_t row;
};

/// Several sequences of the same heads: a batch, or parts of packed rows.
struct Problem {
  int64_t sequences;
  int64_t heads;
  int64_t shared;
  int64_t width;
  int64_t value_width;
  std::vector<int64_t> queries;
  std::vector<int64_t> keys;
  std::vector<int64_t> starts;  // packed: a sequence's first row; empty for a batch
  bool causal;
  float scale;
  const float* bias = nullptr;
  int64_t bias_strides[4] = {};

  float* at(const Operand& operand, int64_t sequence, int64_t head) const {
    const int64_t offset = starts.empty() ? sequence * operand.sequence : starts[sequence] * operand.row;
    return operand.data + offset + head * operand.head;
  }

  Rows<const float> read(const Operand& operand, int64_t sequence, int64_t head) const {
    return {at(operand, sequence, head), operand.row};
  }

  Rows<float> write(const Operand& operand, int64_t sequence, int64_t head) const {
    return {at(operand, sequence, head), operand.row};
  }

  HeadShape shape(int64_t sequence, int64_t head) const {
    return {queries[sequence], keys[sequence], width, value_width, scale, causal,
        bias ? bias + sequence * bias_strides[0] + head * bias_strides[1] : nullptr, bias_strides[2], bias_strides[3]};
  }

  /// First place of each sequence's log sums, [heads, queries] each; one more for the end.
  std::vector<int64_t> log_sum_places() const {
    std::vector<int64_t> places(sequences + 1, 0);
    for (int64_t s = 0; s < sequences; ++s) places[s + 1] = places[s] + heads * queries[s];
    return places;
  }

  int64_t work() const {
    int64_t total = 0;
    for (int64_t s = 0; s < sequences; ++s) total += heads * queries[s] * keys[s] * (width + value_width);
    return total;
  }
};

/// How many of `items`, which take `work` multiply-adds together, are worth a thread of their own.
int64_t items_per_task(int64_t items, int64_t work);

void run_forward(const Problem& p, const Operand& q, const Operand& k, const Operand& v, const Operand& out, float* log_sums);

/// grad_k and grad_v start from zero. One task a key head, which sums over the query heads that share it.
void run_backward(
    const Problem& p, const Operand& q, const Operand& k, const Operand& v, const Operand& out, const float* log_sums,
    const Operand& grad_out, const Operand& grad_q, const Operand& grad_k, const Operand& grad_v);

}  // namespace uvlm
