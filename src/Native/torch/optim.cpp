// Optimisation steps over all parameters of a model in one call.
#include "handle.h"
#include "kernels.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

using namespace uvlm;

namespace {

constexpr int64_t elements_per_task = 1 << 15;

bool is_flat_float(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

/// For what is written through a pointer: so a graph that needs the numbers from before refuses to go on with others.
void mark_changed(const at::Tensor& tensor) {
  auto* changed = tensor.unsafeGetTensorImpl();
  if (!changed->is_inference()) changed->bump_version();
}

void step_tensors(at::Tensor weight, const at::Tensor& gradient, at::Tensor mean, at::Tensor variance, const AdamWConstants& c) {
  const auto wide = gradient.to(weight.scalar_type());
  weight.mul_(1.0 - static_cast<double>(c.lr) * c.weight_decay);
  mean.lerp_(wide, 1.0 - static_cast<double>(c.beta1));
  variance.mul_(c.beta2).addcmul_(wide, wide, 1.0 - static_cast<double>(c.beta2));
  const auto denominator = variance.sqrt().div_(c.bias_correction2_root).add_(c.eps);
  weight.addcdiv_(mean, denominator, -static_cast<double>(c.lr) / c.bias_correction1);
}

}  // namespace

/// AdamW (Loshchilov and Hutter 2019): decoupled weight decay, bias-corrected moments. The four lists are parallel; a master is NULL
/// where the parameter itself is float32, otherwise the float32 copy that is updated and then rounded into the parameter. A parameter
/// without a gradient is left alone and its step does not count; lr and weight_decay are per parameter.
UVLM_API int uvlm_adamw_step(
    const Handle* parameters, const Handle* masters, const Handle* means, const Handle* variances, int64_t* steps,
    const double* lrs, const double* weight_decays, int64_t count, double beta1, double beta2, double eps) {
  return status([&] {
    const c10::AutoGradMode no_grad(false);
    for (int64_t i = 0; i < count; ++i) {
      auto parameter = ref(parameters[i]);
      const auto& gradient = parameter.grad();
      if (!gradient.defined()) continue;
      const auto step = static_cast<double>(++steps[i]);
      const AdamWConstants constants{
          static_cast<float>(lrs[i]),
          static_cast<float>(beta1),
          static_cast<float>(beta2),
          static_cast<float>(eps),
          static_cast<float>(weight_decays[i]),
          static_cast<float>(1.0 - std::pow(beta1, step)),
          static_cast<float>(std::sqrt(1.0 - std::pow(beta2, step)))};
      auto weight = masters[i] ? ref(masters[i]) : parameter.detach();
      const auto mean = ref(means[i]);
      const auto variance = ref(variances[i]);
      const auto wide = gradient.to(at::kFloat);
      if (is_flat_float(weight) && is_flat_float(wide) && is_flat_float(mean) && is_flat_float(variance)) {
        auto* w = weight.data_ptr<float>();
        const auto* g = wide.data_ptr<float>();
        auto* m = mean.data_ptr<float>();
        auto* v = variance.data_ptr<float>();
        at::parallel_for(0, weight.numel(), elements_per_task, [&](int64_t begin, int64_t end) {
          adamw_range(w + begin, g + begin, m + begin, v + begin, end - begin, constants);
        });
        mark_changed(parameter);
      } else {
        step_tensors(weight, wide, mean, variance, constants);
      }
      if (masters[i]) parameter.detach().copy_(weight);
    }
  });
}

/// Scales all gradients so that their joint norm is at most max_norm, and reports the norm before.
UVLM_API int uvlm_clip_grad_norm(const Handle* parameters, int64_t count, double max_norm, double* total) {
  return status([&] {
    const c10::AutoGradMode no_grad(false);
    std::vector<at::Tensor> gradients;
    for (int64_t i = 0; i < count; ++i) {
      const auto& gradient = ref(parameters[i]).grad();
      if (gradient.defined()) gradients.push_back(gradient);
    }
    double squares = 0;
    std::vector<at::Tensor> elsewhere;
    for (const auto& gradient : gradients) {
      if (is_flat_float(gradient)) {
        const auto* values = gradient.data_ptr<float>();
        squares += at::parallel_reduce(
            0, gradient.numel(), elements_per_task, 0.0,
            [&](int64_t begin, int64_t end, double sum) { return sum + sum_of_squares(values + begin, end - begin); },
            std::plus<double>());
      } else {
        elsewhere.push_back(gradient.to(at::kFloat).square().sum());
      }
    }
    // Added up where they are: each number that is read waits for the device.
    if (!elsewhere.empty()) squares += at::stack(elsewhere).sum(at::kDouble).item<double>();
    *total = std::sqrt(squares);
    // As PyTorch: the small number keeps a zero norm from dividing by zero.
    const double factor = max_norm / (*total + 1e-6);
    if (!(factor < 1.0)) return;
    for (auto& gradient : gradients) {
      if (is_flat_float(gradient)) {
        auto* values = gradient.data_ptr<float>();
        at::parallel_for(0, gradient.numel(), elements_per_task,
            [&](int64_t begin, int64_t end) { scale_range(values + begin, end - begin, static_cast<float>(factor)); });
        mark_changed(gradient);
      } else {
        gradient.mul_(factor);
      }
    }
  });
}

UVLM_API int uvlm_zero_grad(const Handle* parameters, int64_t count, int32_t set_to_none) {
  return status([&] {
    for (int64_t i = 0; i < count; ++i) {
      auto& gradient = ref(parameters[i]).mutable_grad();
      if (!gradient.defined()) continue;
      if (set_to_none)
        gradient.reset();
      else
        gradient.detach().zero_();
    }
  });
}
