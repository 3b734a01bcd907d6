// Attention for libtorch's tensors: on a CPU in float32 by the kernel of attention_kernel.h, with gradients; elsewhere by libtorch's own
// fused kernels where it has them, or by plain operations.
#include "handle.h"

#include "attention.h"
#include "attention_problem.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace uvlm;

bool uvlm::fits_kernel(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.size(-1) % 16 == 0 && tensor.numel() > 0;
}

double uvlm::factor_of(double scale, int64_t width) { return std::isnan(scale) ? 1.0 / std::sqrt(static_cast<double>(width)) : scale; }

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor with_adjacent_columns(const at::Tensor& tensor) {
  return tensor.stride(-1) == 1 ? tensor : tensor.contiguous();
}

// ---- [B, H, T, E]

Operand batch_operand(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

/// [B, H, T, E] in shape, [B, T, H, E] in memory: what follows wants the heads of a token side by side.
at::Tensor empty_by_token(const at::Tensor& like, int64_t width) {
  return at::empty({like.size(0), like.size(2), like.size(1), width}, like.options()).transpose(1, 2);
}

/// What is no operand of the gradient.
struct AttentionOptions {
  at::Tensor bias;  // [B, H, T, S] by broadcasting, or undefined
  bool causal;
  double scale;
};

Problem batch_problem(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionOptions& options) {
  Problem p{q.size(0), q.size(1), k.size(1), q.size(3), v.size(3), std::vector<int64_t>(q.size(0), q.size(2)),
      std::vector<int64_t>(q.size(0), k.size(2)), {}, options.causal, static_cast<float>(options.scale)};
  if (options.bias.defined()) {
    p.bias = options.bias.data_ptr<float>();
    std::copy_n(options.bias.strides().begin(), 4, p.bias_strides);
  }
  return p;
}

class BatchAttention : public torch::autograd::Function<BatchAttention> {
 public:
  static at::Tensor forward(
      AutogradContext* context, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const AttentionOptions& options) {
    const auto q = with_adjacent_columns(query);
    const auto k = with_adjacent_columns(key);
    const auto v = with_adjacent_columns(value);
    const auto out = empty_by_token(q, v.size(3));
    const auto log_sums = at::empty({q.size(0) * q.size(1) * q.size(2)}, q.options());
    run_forward(batch_problem(q, k, v, options), batch_operand(q), batch_operand(k), batch_operand(v), batch_operand(out),
        log_sums.data_ptr<float>());
    context->save_for_backward({q, k, v, out, log_sums});
    context->saved_data["causal"] = options.causal;
    context->saved_data["scale"] = options.scale;
    if (options.bias.defined()) context->saved_data["bias"] = options.bias;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& q = saved[0];
    const auto& k = saved[1];
    const auto& v = saved[2];
    const auto bias = context->saved_data.find("bias");
    const AttentionOptions options{bias == context->saved_data.end() ? at::Tensor() : bias->second.toTensor(),
        context->saved_data["causal"].toBool(), context->saved_data["scale"].toDouble()};
    const auto grad_out = with_adjacent_columns(gradients[0]);
    const auto grad_q = empty_by_token(q, q.size(3));
    const auto grad_k = empty_by_token(k, k.size(3)).zero_();
    const auto grad_v = empty_by_token(v, v.size(3)).zero_();
    run_backward(batch_problem(q, k, v, options), batch_operand(q), batch_operand(k), batch_operand(v), batch_operand(saved[3]),
        saved[4].data_ptr<float>(), batch_operand(grad_out), batch_operand(grad_q), batch_operand(grad_k), batch_operand(grad_v));
    return {grad_q, grad_k, grad_v, at::Tensor()};
  }
};

/// softmax(scale q k' + mask) v in tensor operations. Query heads that share a key head are folded into its rows, so that keys and
/// values are never repeated.
at::Tensor plain_attention(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask, bool is_causal, double scale) {
  const int64_t heads = q.size(-3);
  const int64_t shared = k.size(-3);
  const int64_t group = heads / shared;
  const int64_t queries = q.size(-2);
  const int64_t keys = k.size(-2);
  const int64_t batch = k.numel() / std::max<int64_t>(1, shared * keys * k.size(-1));

  const auto flat_q = (q * scale).reshape({batch * shared, group * queries, q.size(-1)});
  const auto flat_k = k.reshape({batch * shared, keys, k.size(-1)});
  const auto flat_v = v.reshape({batch * shared, keys, v.size(-1)});

  at::Tensor bias = mask;
  if (is_causal) {
    const auto allowed = at::ones({queries, keys}, q.options().dtype(at::kBool)).tril();
    bias = bias.defined() ? (bias.scalar_type() == at::kBool ? at::logical_and(bias, allowed)
                                                             : bias.masked_fill(allowed.logical_not(), -INFINITY))
                          : allowed;
  }
  if (bias.defined() && bias.scalar_type() == at::kBool)
    bias = at::zeros(bias.sizes(), q.options()).masked_fill_(bias.logical_not(), -INFINITY);

  at::Tensor scores;
  if (bias.defined()) {
    std::vector<int64_t> full(q.sizes().begin(), q.sizes().end() - 1);
    full.push_back(keys);
    const auto flat_bias = bias.to(q.scalar_type()).expand(full).reshape({batch * shared, group * queries, keys});
    scores = at::baddbmm(flat_bias, flat_q, flat_k.transpose(1, 2));
  } else {
    scores = at::bmm(flat_q, flat_k.transpose(1, 2));
  }
  auto out = at::bmm(at::softmax(scores, -1), flat_v);
  std::vector<int64_t> shape(q.sizes().begin(), q.sizes().end() - 1);
  shape.push_back(v.size(-1));
  return out.reshape(shape);
}

}  // namespace

at::Tensor uvlm::attention(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask, bool is_causal, double scale) {
  const bool mask_fits = !mask.defined() || (mask.device().is_cpu() && !mask.requires_grad() && mask.dim() <= 4);
  if (q.dim() == 4 && fits_kernel(q) && fits_kernel(k) && fits_kernel(v) && mask_fits) {
    at::Tensor bias = mask;
    if (bias.defined()) {
      bias = bias.scalar_type() == at::kBool ? at::zeros(bias.sizes(), q.options()).masked_fill_(bias.logical_not(), -INFINITY)
                                             : bias.to(at::kFloat);
      bias = bias.expand({q.size(0), q.size(1), q.size(2), k.size(2)});
    }
    return BatchAttention::apply(q, k, v, AttentionOptions{bias, is_causal, scale});
  }
#if TORCH_VERSION_MAJOR >= 2
  // libtorch's fused kernels take no mask beside is_causal.
  if (!(is_causal && mask.defined())) {
    const int64_t group = q.size(-3) / k.size(-3);
    const auto widen = [&](const at::Tensor& x) { return group == 1 ? x : x.repeat_interleave(group, -3); };
    // An undefined tensor is no missing mask there.
    return mask.defined() ? at::scaled_dot_product_attention(q, widen(k), widen(v), mask, 0.0, is_causal, scale)
                          : at::scaled_dot_product_attention(q, widen(k), widen(v), {}, 0.0, is_causal, scale);
  }
#endif
  return plain_attention(q, k, v, mask, is_causal, scale);
}

namespace {

// ---- packed [N, H + 2 G, E]

/// Queries, keys and values of several sequences, one after the other.
struct Packing {
  std::vector<int64_t> lengths;
  int64_t heads;
  int64_t shared;
  bool causal;
  double scale;
};

Problem packed_problem(const at::Tensor& qkv, const Packing& packing) {
  Problem p{static_cast<int64_t>(packing.lengths.size()), packing.heads, packing.shared, qkv.size(2), qkv.size(2), packing.lengths,
      packing.lengths, {}, packing.causal, static_cast<float>(packing.scale)};
  int64_t start = 0;
  for (const auto length : packing.lengths) {
    p.starts.push_back(start);
    start += length;
  }
  return p;
}

/// Heads from `first` on of a tensor [N, heads, E].
Operand packed_operand(const at::Tensor& tensor, int64_t first) {
  return {tensor.data_ptr<float>() + first * tensor.stride(1), 0, tensor.stride(1), tensor.stride(0)};
}

class PackedAttention : public torch::autograd::Function<PackedAttention> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& packed, const Packing& packing) {
    const auto qkv = with_adjacent_columns(packed);
    const auto p = packed_problem(qkv, packing);
    const auto out = at::empty({qkv.size(0), packing.heads, qkv.size(2)}, qkv.options());
    const auto log_sums = at::empty({packing.heads * qkv.size(0)}, qkv.options());
    run_forward(p, packed_operand(qkv, 0), packed_operand(qkv, packing.heads), packed_operand(qkv, packing.heads + packing.shared),
        packed_operand(out, 0), log_sums.data_ptr<float>());
    context->save_for_backward({qkv, out, log_sums});
    context->saved_data["lengths"] = packing.lengths;
    context->saved_data["heads"] = packing.heads;
    context->saved_data["shared"] = packing.shared;
    context->saved_data["causal"] = packing.causal;
    context->saved_data["scale"] = packing.scale;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& qkv = saved[0];
    auto& data = context->saved_data;
    const Packing packing{data["lengths"].toIntVector(), data["heads"].toInt(), data["shared"].toInt(), data["causal"].toBool(),
        data["scale"].toDouble()};
    const auto grad_out = with_adjacent_columns(gradients[0]);
    const auto gradient = at::zeros(qkv.sizes(), qkv.options());
    const int64_t keys = packing.heads;
    const int64_t values = packing.heads + packing.shared;
    run_backward(packed_problem(qkv, packing), packed_operand(qkv, 0), packed_operand(qkv, keys), packed_operand(qkv, values),
        packed_operand(saved[1], 0), saved[2].data_ptr<float>(), packed_operand(grad_out, 0), packed_operand(gradient, 0),
        packed_operand(gradient, keys), packed_operand(gradient, values));
    return {gradient, at::Tensor()};
  }
};

/// rows [B L, H + 2 G, E] of B sequences of equal length -> [B L, H, E].
at::Tensor attend_equal(const at::Tensor& rows, int64_t batch, const Packing& packing) {
  const auto by_head = rows.view({batch, rows.size(0) / batch, rows.size(1), rows.size(2)}).transpose(1, 2);
  const auto q = by_head.narrow(1, 0, packing.heads);
  const auto k = by_head.narrow(1, packing.heads, packing.shared);
  const auto v = by_head.narrow(1, packing.heads + packing.shared, packing.shared);
  const auto out = attention(q, k, v, at::Tensor(), packing.causal, packing.scale);
  return out.transpose(1, 2).contiguous().view({rows.size(0), packing.heads, rows.size(2)});
}

/// Sequences of similar lengths in rows as long as the longest. What fills a shorter one stands behind its end: under causal attention none of
/// its tokens sees that, so no mask is needed, and a kernel's launch serves many sequences.
struct Padding {
  std::vector<int64_t> rows;   // [B L]: where each comes from; a filler repeats its sequence's first
  std::vector<int64_t> places; // [n]: where the sequences' tokens stand among them
  int64_t batch;
};

/// Which sequences share a padding: the longest first, as long as their rows are at most twice their tokens.
std::vector<std::vector<int64_t>> similar_lengths(const std::vector<int64_t>& lengths) {
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
  std::vector<std::vector<int64_t>> groups;
  int64_t tokens = 0;
  for (const auto sequence : order) {
    const bool fits = !groups.empty() &&
        static_cast<int64_t>(groups.back().size() + 1) * lengths[groups.back()[0]] <= 2 * (tokens + lengths[sequence]);
    if (!fits) {
      groups.emplace_back();
      tokens = 0;
    }
    groups.back().push_back(sequence);
    tokens += lengths[sequence];
  }
  return groups;
}

Padding pad(const std::vector<int64_t>& group, const std::vector<int64_t>& starts, const std::vector<int64_t>& lengths) {
  Padding padding{{}, {}, static_cast<int64_t>(group.size())};
  const auto longest = lengths[group[0]];
  for (const auto sequence : group) {
    for (int64_t t = 0; t < longest; ++t) {
      const bool is_token = t < lengths[sequence];
      if (is_token) padding.places.push_back(static_cast<int64_t>(padding.rows.size()));
      padding.rows.push_back(starts[sequence] + (is_token ? t : 0));
    }
  }
  return padding;
}

at::Tensor attend_padded(const at::Tensor& qkv, const Packing& packing) {
  const auto& lengths = packing.lengths;
  std::vector<int64_t> starts(lengths.size());
  std::exclusive_scan(lengths.begin(), lengths.end(), starts.begin(), int64_t{0});
  const auto index = [&](const std::vector<int64_t>& values) {
    return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(qkv.device());
  };
  std::vector<at::Tensor> parts;
  std::vector<int64_t> back(qkv.size(0));  // of each token, its row among the parts
  int64_t done = 0;
  for (const auto& group : similar_lengths(lengths)) {
    const auto padding = pad(group, starts, lengths);
    for (const auto place : padding.places) back[padding.rows[place]] = done++;
    const auto out = attend_equal(qkv.index_select(0, index(padding.rows)), padding.batch, packing);
    parts.push_back(out.index_select(0, index(padding.places)));
  }
  return at::cat(parts).index_select(0, index(back));
}

/// All at once where they are equally long; else padded, or one by one where a token sees what is behind it.
at::Tensor packed_by_sequences(const at::Tensor& qkv, const Packing& packing) {
  const auto rows = qkv.contiguous();
  const auto& lengths = packing.lengths;
  if (std::all_of(lengths.begin(), lengths.end(), [&](int64_t length) { return length == lengths[0]; }))
    return attend_equal(rows, static_cast<int64_t>(lengths.size()), packing);
  if (packing.causal) return attend_padded(rows, packing);
  std::vector<at::Tensor> parts;
  int64_t start = 0;
  for (const auto length : lengths) {
    parts.push_back(attend_equal(rows.narrow(0, start, length), 1, packing));
    start += length;
  }
  return at::cat(parts);
}

}  // namespace

/// q [.., H, T, E], k and v [.., G, S, E] with H a multiple of G (grouped-query attention); mask broadcast to [.., H, T, S], true
/// where attention is allowed, or float32 to be added; is_causal lets query i see keys 0..i. Not a number as the scale means 1 / sqrt(E).
UVLM_API Handle uvlm_scaled_dot_product_attention(Handle q, Handle k, Handle v, Handle mask, int32_t is_causal, double scale) {
  return guard([&] {
    const auto& query = ref(q);
    const auto& key = ref(k);
    const auto& value = ref(v);
    TORCH_CHECK(query.dim() >= 3 && key.dim() == query.dim() && value.dim() == query.dim(),
        "scaled_dot_product_attention: query, key and value must have the same rank of at least 3, got ", query.sizes(), ", ",
        key.sizes(), " and ", value.sizes());
    TORCH_CHECK(query.size(-1) == key.size(-1) && key.size(-2) == value.size(-2) && key.size(-3) == value.size(-3) &&
            (query.dim() < 4 || (query.size(0) == key.size(0) && key.size(0) == value.size(0))),
        "scaled_dot_product_attention: the shapes ", query.sizes(), ", ", key.sizes(), " and ", value.sizes(), " do not fit together");
    TORCH_CHECK(key.size(-3) > 0 && query.size(-3) % key.size(-3) == 0, "scaled_dot_product_attention: ", query.size(-3),
        " query heads can't share ", key.size(-3), " key heads");
    return attention(query, key, value, ref(mask), is_causal != 0, factor_of(scale, query.size(-1)));
  });
}

/// qkv [N, H + 2 G, E]: of each token the query heads, the key heads, the value heads; sequences of the given lengths, one after the
/// other, each seeing only itself -> [N, H, E].
UVLM_API Handle uvlm_packed_attention(
    Handle qkv, int64_t heads, int64_t shared, const int64_t* lengths, int64_t count, int32_t is_causal, double scale) {
  return guard([&] {
    const auto& tensor = ref(qkv);
    TORCH_CHECK(heads > 0 && shared > 0 && heads % shared == 0, "packed_attention: ", heads, " query heads can't share ", shared,
        " key heads");
    TORCH_CHECK(tensor.dim() == 3 && tensor.size(1) == heads + 2 * shared, "packed_attention: expected [N, ", heads + 2 * shared,
        ", E], got ", tensor.sizes());
    Packing packing{std::vector<int64_t>(lengths, lengths + count), heads, shared, is_causal != 0, factor_of(scale, tensor.size(2))};
    int64_t total = 0;
    for (const auto length : packing.lengths) {
      TORCH_CHECK(length > 0, "packed_attention: a sequence has length ", length);
      total += length;
    }
    TORCH_CHECK(total == tensor.size(0) && count > 0, "packed_attention: the lengths add up to ", total, " but there are ", tensor.size(0),
        " tokens");
    return fits_kernel(tensor) ? PackedAttention::apply(tensor, packing) : packed_by_sequences(tensor, packing);
  });
}
