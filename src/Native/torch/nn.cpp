// What neural networks add to plain operations: layers, attention, norms, losses, dropout.
#include "handle.h"
#include "kernels.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>

using namespace uvlm;

// ---- softmax and losses

UVLM_API Handle uvlm_softmax(Handle a, int64_t dim) {
  return guard([&] { return at::softmax(ref(a), dim); });
}

UVLM_API Handle uvlm_log_softmax(Handle a, int64_t dim) {
  return guard([&] { return at::log_softmax(ref(a), dim); });
}

/// reduction: 0 none, 1 mean, 2 sum.
UVLM_API Handle uvlm_cross_entropy(
    Handle logits, Handle target, Handle weight, int64_t reduction, int64_t ignore_index, double label_smoothing) {
  return guard([&] {
    return at::cross_entropy_loss(ref(logits), ref(target), ref(weight), reduction, ignore_index, label_smoothing);
  });
}

UVLM_API Handle uvlm_mse_loss(Handle a, Handle target, int64_t reduction) {
  return guard([&] { return at::mse_loss(ref(a), ref(target), reduction); });
}

UVLM_API Handle uvlm_bce_with_logits(Handle a, Handle target, int64_t reduction) {
  return guard([&] { return at::binary_cross_entropy_with_logits(ref(a), ref(target), at::Tensor(), at::Tensor(), reduction); });
}

// ---- layers

UVLM_API Handle uvlm_linear(Handle x, Handle weight, Handle bias) {
  return guard([&] { return at::linear(ref(x), ref(weight), ref(bias)); });
}

UVLM_API Handle uvlm_embedding(Handle weight, Handle indices, int64_t padding_idx) {
  return guard([&] { return at::embedding(ref(weight), ref(indices), padding_idx); });
}

UVLM_API Handle uvlm_layer_norm(Handle x, const int64_t* shape, int64_t rank, Handle weight, Handle bias, double eps) {
  return guard([&] { return at::layer_norm(ref(x), ints(shape, rank), ref(weight), ref(bias), eps); });
}

UVLM_API Handle uvlm_conv2d(
    Handle x, Handle weight, Handle bias, const int64_t* stride, const int64_t* padding, const int64_t* dilation, int64_t groups) {
  return guard([&] {
    return at::conv2d(ref(x), ref(weight), ref(bias), ints(stride, 2), ints(padding, 2), ints(dilation, 2), groups);
  });
}

UVLM_API Handle uvlm_avg_pool2d(Handle x, const int64_t* kernel, const int64_t* stride) {
  return guard([&] { return at::avg_pool2d(ref(x), ints(kernel, 2), ints(stride, 2)); });
}

/// mode: 0 nearest, 1 bilinear, 2 bicubic.
UVLM_API Handle uvlm_interpolate2d(Handle x, int64_t height, int64_t width, int32_t mode, int32_t align_corners) {
  return guard([&] {
    const int64_t size[] = {height, width};
    switch (mode) {
      case 0: return at::upsample_nearest2d(ref(x), ints(size, 2));
      case 1: return at::upsample_bilinear2d(ref(x), ints(size, 2), align_corners != 0);
      default: return at::upsample_bicubic2d(ref(x), ints(size, 2), align_corners != 0);
    }
  });
}

UVLM_API Handle uvlm_dropout(Handle x, double p, int32_t train) {
  return guard([&] { return at::dropout(ref(x), p, train != 0); });
}

UVLM_API Handle uvlm_normalize(Handle x, double p, int64_t dim, double eps) {
  return guard([&] {
    const auto& tensor = ref(x);
    const int64_t dims[] = {dim};
    return tensor / at::norm(tensor, p, ints(dims, 1), /*keepdim=*/true).clamp_min(eps).expand_as(tensor);
  });
}

// ---- root mean square norm

namespace {

constexpr int64_t rows_per_task = 16;

/// Half types are widened for the sums; double stays double.
at::ScalarType wide_type(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

bool is_plain_float(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat;
}

/// One pass over the rows on a CPU; elsewhere, and for other types, the same arithmetic by tensor operations.
class RmsNorm : public torch::autograd::Function<RmsNorm> {
 public:
  static at::Tensor forward(
      torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, double eps) {
    const int64_t width = x.size(-1);
    TORCH_CHECK(weight.dim() == 1 && weight.size(0) == width, "rms_norm: the weight has shape ",
        weight.sizes(), " but the last dimension of the input is ", width);
    at::Tensor out;
    at::Tensor inverse;
    if (is_plain_float(x) && is_plain_float(weight)) {
      const auto rows = x.contiguous();
      const auto gains = weight.contiguous();
      out = at::empty_like(rows);
      inverse = at::empty(x.sizes().slice(0, x.dim() - 1), x.options());
      const auto* source = rows.data_ptr<float>();
      const auto* gain = gains.data_ptr<float>();
      auto* target = out.data_ptr<float>();
      auto* inverses = inverse.data_ptr<float>();
      at::parallel_for(0, inverse.numel(), rows_per_task, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
          inverses[row] = rms_norm_row(source + row * width, gain, target + row * width, width, static_cast<float>(eps));
      });
    } else {
      const auto wide = x.to(wide_type(x));
      inverse = wide.square().mean(-1).add(eps).rsqrt();
      out = (wide * inverse.unsqueeze(-1)).to(x.scalar_type());
      out = (out * weight).to(x.scalar_type());
    }
    context->save_for_backward({x, weight, inverse});
    return out;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto& inverse = saved[2];
    const auto& gradient = gradients[0];
    const bool wants_weight = context->needs_input_grad(1);
    at::Tensor grad_x;
    at::Tensor grad_weight;
    if (is_plain_float(x) && is_plain_float(weight) && is_plain_float(gradient)) {
      const int64_t width = x.size(-1);
      const int64_t count = inverse.numel();
      const auto rows = x.contiguous();
      const auto arriving = gradient.contiguous();
      const auto gains = weight.contiguous();
      grad_x = at::empty_like(rows);
      // The weight's gradient is a sum over all rows: every task sums into a row of its own, at a place that depends on the task
      // alone, so that the result does not depend on which thread ran first.
      const int64_t tasks = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>(1, count / rows_per_task));
      const int64_t per_task = (count + tasks - 1) / tasks;
      auto sums = wants_weight ? at::zeros({tasks, width}, x.options()) : at::Tensor();
      const auto* source = rows.data_ptr<float>();
      const auto* grad = arriving.data_ptr<float>();
      const auto* gain = gains.data_ptr<float>();
      const auto* inverses = inverse.data_ptr<float>();
      auto* target = grad_x.data_ptr<float>();
      auto* sum = wants_weight ? sums.data_ptr<float>() : nullptr;
      at::parallel_for(0, tasks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task) {
          for (int64_t row = task * per_task; row < std::min(count, (task + 1) * per_task); ++row) {
            rms_norm_row_backward(grad + row * width, source + row * width, gain, inverses[row], target + row * width,
                sum ? sum + task * width : nullptr, width);
          }
        }
      });
      if (wants_weight) grad_weight = sums.sum(0);
    } else {
      const auto normalised = x.to(wide_type(x)) * inverse.unsqueeze(-1);
      const auto wide = gradient.to(wide_type(x));
      const auto scaled = wide * weight.to(wide_type(x));
      const auto projection = (scaled * normalised).mean(-1, /*keepdim=*/true);
      grad_x = ((scaled - normalised * projection) * inverse.unsqueeze(-1)).to(x.scalar_type());
      if (wants_weight) grad_weight = (wide * normalised).reshape({-1, x.size(-1)}).sum(0).to(weight.scalar_type());
    }
    return {grad_x, grad_weight, at::Tensor()};
  }
};

}  // namespace

UVLM_API Handle uvlm_rms_norm(Handle x, Handle weight, double eps) {
  return guard([&] {
    TORCH_CHECK(ref(x).dim() >= 1, "rms_norm: the input must have at least one dimension");
    const auto gains = weight ? ref(weight) : at::ones({ref(x).size(-1)}, ref(x).options());
    return RmsNorm::apply(ref(x), gains, eps);
  });
}

// ---- attention

namespace {

/// softmax(scale q k' + mask) v in tensor operations. Query heads that share a key head are folded into its rows, so that keys and
/// values are never repeated.
at::Tensor plain_attention(
    const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask, bool is_causal, double scale) {
  const int64_t heads = q.size(-3);
  const int64_t shared = k.size(-3);
  const int64_t group = heads / shared;
  const int64_t queries = q.size(-2);
  const int64_t keys = k.size(-2);
  const int64_t batch = q.numel() / (heads * queries * q.size(-1));

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
  at::Tensor blocked;
  if (bias.defined() && bias.scalar_type() == at::kBool) {
    blocked = bias.logical_not();
    bias = at::zeros(blocked.sizes(), q.options()).masked_fill_(blocked, -INFINITY);
  }

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

/// q [..., H, T, E], k and v [..., G, S, E] with H a multiple of G (grouped-query attention); mask broadcast to [..., H, T, S], true
/// where attention is allowed, or float32 to be added; is_causal lets query i see keys 0..i. Not a number as the scale means 1 / sqrt(E).
UVLM_API Handle uvlm_scaled_dot_product_attention(Handle q, Handle k, Handle v, Handle mask, int32_t is_causal, double scale) {
  return guard([&]() -> at::Tensor {
    const auto& query = ref(q);
    const auto& key = ref(k);
    const auto& value = ref(v);
    TORCH_CHECK(query.dim() >= 3 && key.dim() == query.dim() && value.dim() == query.dim(),
        "scaled_dot_product_attention: query, key and value must have the same rank of at least 3, got ", query.sizes(), ", ",
        key.sizes(), " and ", value.sizes());
    TORCH_CHECK(query.size(-1) == key.size(-1) && key.size(-2) == value.size(-2) && key.size(-3) == value.size(-3),
        "scaled_dot_product_attention: the shapes ", query.sizes(), ", ", key.sizes(), " and ", value.sizes(), " do not fit together");
    TORCH_CHECK(key.size(-3) > 0 && query.size(-3) % key.size(-3) == 0, "scaled_dot_product_attention: ", query.size(-3),
        " query heads can't share ", key.size(-3), " key heads");
    const double factor = std::isnan(scale) ? 1.0 / std::sqrt(static_cast<double>(query.size(-1))) : scale;
#if TORCH_VERSION_MAJOR >= 2
    // libtorch's fused kernels take no mask beside is_causal.
    if (!(is_causal && mask)) {
      const int64_t group = query.size(-3) / key.size(-3);
      const auto widen = [&](const at::Tensor& x) { return group == 1 ? x : x.repeat_interleave(group, -3); };
      return at::scaled_dot_product_attention(query, widen(key), widen(value), ref(mask), 0.0, is_causal != 0, factor);
    }
#endif
    return plain_attention(query, key, value, ref(mask), is_causal != 0, factor);
  });
}
