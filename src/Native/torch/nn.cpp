// What neural networks add to plain operations: layers, norms, losses, dropout.
#include "bfloat16.h"
#include "handle.h"
#include "kernels.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

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

// ---- layers

UVLM_API Handle uvlm_linear(Handle x, Handle weight, Handle bias) {
  return guard([&] {
    return wants_bfloat16(ref(x), ref(weight)) ? bfloat16_linear(ref(x), ref(weight), ref(bias))
                                               : at::linear(ref(x), ref(weight), ref(bias));
  });
}

UVLM_API Handle uvlm_embedding(Handle weight, Handle indices) {
  return guard([&] { return at::embedding(ref(weight), ref(indices)); });
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
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
    // libtorch has one kernel for it on a GPU.
    if (ref(x).is_cuda() && gains.dim() == 1 && gains.scalar_type() == ref(x).scalar_type()) return at::rms_norm(ref(x), gains.sizes(), gains, eps);
#endif
    return RmsNorm::apply(ref(x), gains, eps);
  });
}

// ---- rotary positions and gated units

namespace {

constexpr int64_t elements_per_task = 1 << 14;

/// Rows [N, H, E] of which the first `turned` heads turn and the others are copied.
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, int64_t turned, float direction) {
  const int64_t heads = x.size(1);
  const int64_t width = x.size(2);
  const auto rows = x.stride(2) == 1 ? x : x.contiguous();
  const auto out = at::empty(x.sizes(), x.options());
  const auto* source = rows.data_ptr<float>();
  const auto* cosines = cos.data_ptr<float>();
  const auto* sines = sin.data_ptr<float>();
  auto* target = out.data_ptr<float>();
  at::parallel_for(0, x.size(0), std::max<int64_t>(1, elements_per_task / (heads * width)), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const auto angle = n * (width / 2);
      for (int64_t h = 0; h < heads; ++h) {
        const auto* from = source + n * rows.stride(0) + h * rows.stride(1);
        auto* to = target + (n * heads + h) * width;
        if (h < turned)
          rotate_row(from, cosines + angle, sines + angle, direction, to, width / 2);
        else
          std::copy_n(from, width, to);
      }
    }
  });
  return out;
}

class Rotary : public torch::autograd::Function<Rotary> {
 public:
  static at::Tensor forward(
      torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, int64_t turned) {
    context->save_for_backward({cos, sin});
    context->saved_data["turned"] = turned;
    return rotate(x, cos, sin, turned, 1);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    return {rotate(gradients[0], saved[0], saved[1], context->saved_data["turned"].toInt(), -1), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

class SwiGlu : public torch::autograd::Function<SwiGlu> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    const auto rows = x.contiguous();
    const int64_t width = x.size(-1) / 2;
    auto shape = x.sizes().vec();
    shape.back() = width;
    const auto out = at::empty(shape, x.options());
    const auto* source = rows.data_ptr<float>();
    auto* target = out.data_ptr<float>();
    at::parallel_for(0, rows.numel() / (2 * width), std::max<int64_t>(1, elements_per_task / width), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) swiglu_row(source + 2 * row * width, target + row * width, width);
    });
    context->save_for_backward({rows});
    return out;
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto x = context->get_saved_variables()[0];
    const auto arriving = gradients[0].contiguous();
    const int64_t width = x.size(-1) / 2;
    const auto grad_x = at::empty(x.sizes(), x.options());
    const auto* source = x.data_ptr<float>();
    const auto* grad = arriving.data_ptr<float>();
    auto* target = grad_x.data_ptr<float>();
    at::parallel_for(0, x.numel() / (2 * width), std::max<int64_t>(1, elements_per_task / width), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        swiglu_row_backward(grad + row * width, source + 2 * row * width, target + 2 * row * width, width);
    });
    return {grad_x};
  }
};

}  // namespace

/// x [N, H, E]; cos and sin hold E / 2 numbers a token. The pairs (i, i + E / 2) of the first `turned` heads turn by their angle.
UVLM_API Handle uvlm_rotary_embedding(Handle x, Handle cos, Handle sin, int64_t turned) {
  return guard([&] {
    const auto& tensor = ref(x);
    TORCH_CHECK(tensor.dim() == 3 && tensor.size(2) % 2 == 0, "rotary_embedding: expected [N, H, E] with an even E, got ", tensor.sizes());
    TORCH_CHECK(turned >= 0 && turned <= tensor.size(1), "rotary_embedding: ", turned, " heads of ", tensor.size(1), " can't turn");
    const int64_t half = tensor.size(2) / 2;
    TORCH_CHECK(ref(cos).numel() == tensor.size(0) * half && ref(sin).numel() == tensor.size(0) * half,
        "rotary_embedding: ", tensor.size(0), " tokens need ", tensor.size(0) * half, " cosines and sines, got ", ref(cos).numel(), " and ",
        ref(sin).numel());
    const bool angles_learn = ref(cos).requires_grad() || ref(sin).requires_grad();
    if (is_plain_float(tensor) && is_plain_float(ref(cos)) && is_plain_float(ref(sin)) && !angles_learn && tensor.numel() > 0)
      return Rotary::apply(tensor, ref(cos).contiguous(), ref(sin).contiguous(), turned);
    const auto c = ref(cos).reshape({-1, 1, half});
    const auto s = ref(sin).reshape({-1, 1, half});
    const auto first = tensor.narrow(1, 0, turned).narrow(2, 0, half);
    const auto second = tensor.narrow(1, 0, turned).narrow(2, half, half);
    const auto rotated = at::cat({first * c - second * s, second * c + first * s}, 2).to(tensor.scalar_type());
    return turned == tensor.size(1) ? rotated : at::cat({rotated, tensor.narrow(1, turned, tensor.size(1) - turned)}, 1);
  });
}

/// x [.., 2 F] = [gate | up] -> silu(gate) up, [.., F].
UVLM_API Handle uvlm_swiglu(Handle x) {
  return guard([&] {
    const auto& tensor = ref(x);
    TORCH_CHECK(tensor.dim() >= 1 && tensor.size(-1) % 2 == 0, "swiglu: the last dimension must be even, got ", tensor.sizes());
    if (is_plain_float(tensor) && tensor.numel() > 0) return SwiGlu::apply(tensor);
    const int64_t width = tensor.size(-1) / 2;
    return at::silu(tensor.narrow(-1, 0, width)) * tensor.narrow(-1, width, width);
  });
}
