#include "attention_problem.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace uvlm {
namespace {

/// Fewer queries than this don't pay for transposing the keys: generation asks for one.
constexpr int64_t queries_worth_transposing = 8;

/// Multiply-adds that are worth a thread of their own.
constexpr int64_t work_per_thread = 1 << 18;

}  // namespace

int64_t items_per_task(int64_t items, int64_t work) {
  return std::max<int64_t>(1, items * work_per_thread / std::max<int64_t>(1, work));
}

void run_forward(const Problem& p, const Operand& q, const Operand& k, const Operand& v, const Operand& out, float* log_sums) {
  std::vector<int64_t> places(p.sequences + 1, 0);
  for (int64_t s = 0; s < p.sequences; ++s) {
    const int64_t each = p.queries[s] < queries_worth_transposing ? 0 : p.width * padded_columns(p.keys[s]);
    places[s + 1] = places[s] + p.shared * each;
  }
  const auto transposed = at::empty({places.back()}, at::TensorOptions().dtype(at::kFloat));
  auto* keys = transposed.data_ptr<float>();
  const auto keys_of = [&](int64_t s, int64_t g) -> float* {
    const int64_t each = (places[s + 1] - places[s]) / p.shared;
    return each == 0 ? nullptr : keys + places[s] + g * each;
  };
  const int64_t work = p.work();
  at::parallel_for(0, p.sequences * p.shared, items_per_task(p.sequences * p.shared, work / 16), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t s = i / p.shared;
      const int64_t g = i % p.shared;
      if (auto* to = keys_of(s, g)) transpose_rows(p.read(k, s, g), p.keys[s], p.width, to);
    }
  });

  struct Item {
    int64_t sequence;
    int64_t head;
    int64_t begin;
  };
  std::vector<Item> items;
  for (int64_t s = 0; s < p.sequences; ++s)
    for (int64_t h = 0; h < p.heads; ++h)
      for (int64_t begin = 0; begin < p.queries[s]; begin += queries_per_block) items.push_back({s, h, begin});
  const auto sums = p.log_sum_places();
  const auto count = static_cast<int64_t>(items.size());
  at::parallel_for(0, count, items_per_task(count, work), [&](int64_t begin, int64_t end) {
    std::vector<float> scratch;
    for (int64_t i = begin; i < end; ++i) {
      const auto& item = items[i];
      const auto shape = p.shape(item.sequence, item.head);
      const auto needed = static_cast<size_t>(forward_scratch(shape));
      if (scratch.size() < needed) scratch.resize(needed);
      const int64_t g = item.head / (p.heads / p.shared);
      attention_forward(shape, item.begin, std::min(item.begin + queries_per_block, shape.queries), p.read(q, item.sequence, item.head),
          p.read(k, item.sequence, g), keys_of(item.sequence, g), p.read(v, item.sequence, g), p.write(out, item.sequence, item.head),
          log_sums + sums[item.sequence] + item.head * shape.queries, scratch.data());
    }
  });
}

void run_backward(
    const Problem& p, const Operand& q, const Operand& k, const Operand& v, const Operand& out, const float* log_sums,
    const Operand& grad_out, const Operand& grad_q, const Operand& grad_k, const Operand& grad_v) {
  const auto sums = p.log_sum_places();
  const int64_t tasks = p.sequences * p.shared;
  at::parallel_for(0, tasks, items_per_task(tasks, p.work()), [&](int64_t begin, int64_t end) {
    std::vector<float> scratch;
    for (int64_t task = begin; task < end; ++task) {
      const int64_t s = task / p.shared;
      const int64_t g = task % p.shared;
      const int64_t padded = padded_columns(p.keys[s]);
      const auto needed = static_cast<size_t>((p.width + p.value_width) * padded + backward_scratch(p.shape(s, 0)));
      if (scratch.size() < needed) scratch.resize(needed);
      auto* keys = scratch.data();
      auto* values = keys + p.width * padded;
      transpose_rows(p.read(k, s, g), p.keys[s], p.width, keys);
      transpose_rows(p.read(v, s, g), p.keys[s], p.value_width, values);
      const int64_t group = p.heads / p.shared;
      for (int64_t h = g * group; h < (g + 1) * group; ++h) {
        attention_backward(p.shape(s, h), p.read(q, s, h), p.read(k, s, g), keys, values, p.read(out, s, h),
            log_sums + sums[s] + h * p.queries[s], p.read(grad_out, s, h), p.write(grad_q, s, h), p.write(grad_k, s, g),
            p.write(grad_v, s, g), values + p.value_width * padded);
      }
    }
  });
}

}  // namespace uvlm
