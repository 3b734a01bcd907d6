// One token more for each of several sequences whose keys and values stand in the blocks of a shared cache.
#include "handle.h"

#include "attention.h"
#include "attention_problem.h"
#include "paged_kernel.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <vector>

using namespace uvlm;

namespace {

struct Sequences {
  const int32_t* blocks;        // of all sequences, one after the other
  std::vector<int64_t> first;   // of each: where its blocks begin
  const int64_t* lengths;       // tokens, the new one included
  int64_t count;
  int64_t block_tokens;
  int64_t longest;
  int64_t tokens;

  int64_t slot(int64_t sequence, int64_t token) const {
    return blocks[first[sequence] + token / block_tokens] * block_tokens + token % block_tokens;
  }
};

Sequences read_sequences(const int32_t* blocks, int64_t block_count, const int64_t* lengths, int64_t count, int64_t block_tokens, int64_t slots) {
  TORCH_CHECK(block_tokens > 0 && slots % block_tokens == 0, "paged_attention: ", slots, " slots are no whole blocks of ", block_tokens);
  Sequences s{blocks, {}, lengths, count, block_tokens, 0, 0};
  int64_t first = 0;
  for (int64_t i = 0; i < count; ++i) {
    TORCH_CHECK(lengths[i] > 0, "paged_attention: a sequence has length ", lengths[i]);
    s.first.push_back(first);
    first += (lengths[i] + block_tokens - 1) / block_tokens;
    s.longest = std::max(s.longest, lengths[i]);
    s.tokens += lengths[i];
  }
  TORCH_CHECK(first == block_count, "paged_attention: the lengths take ", first, " blocks but ", block_count, " are given");
  for (int64_t b = 0; b < block_count; ++b)
    TORCH_CHECK(blocks[b] >= 0 && blocks[b] < slots / block_tokens, "paged_attention: there is no block ", blocks[b]);
  return s;
}

/// In place, on a CPU in float32.
at::Tensor by_kernel(const at::Tensor& packed, const at::Tensor& keys, const at::Tensor& values, const Sequences& s, int64_t heads, float scale) {
  const auto qkv = packed.contiguous();
  const int64_t shared = keys.size(1);
  const int64_t width = keys.size(2);
  const PagedHead shape{heads / shared, width, shared * width, s.block_tokens, scale};
  const auto out = at::empty({s.count, heads, width}, qkv.options());
  const auto* from = qkv.data_ptr<float>();
  auto* k = keys.data_ptr<float>();
  auto* v = values.data_ptr<float>();
  auto* to = out.data_ptr<float>();
  const int64_t items = s.count * shared;
  const int64_t work = 2 * heads * width * s.tokens;
  at::parallel_for(0, items, items_per_task(items, work), [&](int64_t begin, int64_t end) {
    std::vector<float> scores(shape.group * s.longest);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t sequence = i / shared;
      const int64_t g = i % shared;
      const auto* token = from + sequence * (heads + 2 * shared) * width;
      const int64_t place = s.slot(sequence, s.lengths[sequence] - 1) * shape.row + g * width;
      std::copy_n(token + (heads + g) * width, width, k + place);
      std::copy_n(token + (heads + shared + g) * width, width, v + place);
      paged_attention(shape, token + g * shape.group * width, k + g * width, v + g * width, s.blocks + s.first[sequence],
          s.lengths[sequence], to + (sequence * heads + g * shape.group) * width, scores.data());
    }
  });
  return out;
}

/// Anywhere: the blocks are gathered into a batch as long as its longest sequence.
at::Tensor by_gathering(const at::Tensor& qkv, const at::Tensor& keys, const at::Tensor& values, const Sequences& s, int64_t heads, double scale) {
  const int64_t shared = keys.size(1);
  const auto on_device = [&](const at::Tensor& tensor) { return tensor.to(keys.device()); };
  auto places = at::empty({s.count}, at::kLong);
  auto slots = at::zeros({s.count, s.longest}, at::kLong);
  auto seen = at::zeros({s.count, 1, 1, s.longest}, at::kBool);
  for (int64_t i = 0; i < s.count; ++i) {
    for (int64_t t = 0; t < s.lengths[i]; ++t) slots.data_ptr<int64_t>()[i * s.longest + t] = s.slot(i, t);
    places.data_ptr<int64_t>()[i] = s.slot(i, s.lengths[i] - 1);
    std::fill_n(seen.data_ptr<bool>() + i * s.longest, s.lengths[i], true);
  }
  keys.index_copy_(0, on_device(places), qkv.narrow(1, heads, shared));
  values.index_copy_(0, on_device(places), qkv.narrow(1, heads + shared, shared));

  // [S * L] slots -> [S, L, G, E] -> [S, G, L, E]
  const auto index = on_device(slots.flatten());
  const auto gather = [&](const at::Tensor& from) {
    return from.index_select(0, index).view({s.count, s.longest, shared, from.size(2)}).transpose(1, 2);
  };
  const auto q = qkv.narrow(1, 0, heads).unsqueeze(2);  // [S, H, 1, E]
  return attention(q, gather(keys), gather(values), on_device(seen), false, scale).squeeze(2);
}

}  // namespace

/// qkv [S, H + 2 G, E]: the new token of each sequence; keys and values [slots, G, E], of which token t of a sequence has the slot
/// blocks[t / block_tokens] * block_tokens + t % block_tokens. Writes the new keys and values, and answers [S, H, E]: what each new
/// token sees of its sequence, itself included. lengths [S] count the new token; blocks names those of all sequences in turn.
UVLM_API Handle uvlm_paged_attention(
    Handle qkv, Handle keys, Handle values, int64_t heads, const int32_t* blocks, int64_t block_count, int64_t block_tokens,
    const int64_t* lengths, int64_t count, double scale) {
  return guard([&] {
    const auto& tokens = ref(qkv);
    const auto& k = ref(keys);
    const auto& v = ref(values);
    TORCH_CHECK(k.dim() == 3 && k.sizes() == v.sizes() && k.is_contiguous() && v.is_contiguous(),
        "paged_attention: keys and values must be contiguous [slots, G, E], got ", k.sizes(), " and ", v.sizes());
    TORCH_CHECK(!k.requires_grad() && !v.requires_grad(), "paged_attention: a cache has no gradients");
    TORCH_CHECK(heads > 0 && k.size(1) > 0 && heads % k.size(1) == 0, "paged_attention: ", heads, " query heads can't share ", k.size(1),
        " key heads");
    TORCH_CHECK(tokens.dim() == 3 && tokens.size(0) == count && tokens.size(1) == heads + 2 * k.size(1) && tokens.size(2) == k.size(2) && count > 0,
        "paged_attention: expected [", count, ", ", heads + 2 * k.size(1), ", ", k.size(2), "], got ", tokens.sizes());
    TORCH_CHECK(tokens.scalar_type() == k.scalar_type() && k.scalar_type() == v.scalar_type(), "paged_attention: the types differ");
    TORCH_CHECK(tokens.device() == k.device() && k.device() == v.device(), "paged_attention: qkv, keys and values are on ", tokens.device(), ", ",
        k.device(), " and ", v.device());
    const auto sequences = read_sequences(blocks, block_count, lengths, count, block_tokens, k.size(0));
    const auto factor = factor_of(scale, k.size(2));
    const c10::AutoGradMode no_gradients(false);
    return fits_kernel(tokens) && fits_kernel(k) ? by_kernel(tokens, k, v, sequences, heads, static_cast<float>(factor))
                                                 : by_gathering(tokens, k, v, sequences, heads, factor);
  });
}
