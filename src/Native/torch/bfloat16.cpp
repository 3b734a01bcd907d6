// Mixed precision (Micikevicius et al. 2018) with bfloat16, whose exponents are float32's, so that no loss scale is needed: master
// weights, activations, sums and gradients stay float32, and the factors of a linear layer's three products are rounded to bfloat16.
#include "bfloat16.h"

#include "handle.h"

#include <dlfcn.h>
#include <torch/csrc/autograd/custom_function.h>

namespace uvlm {

namespace {

thread_local bool is_autocast = false;

/// Below this many rows rounding the weight costs what the faster product saves (bench/Training, one thread of a Zen 4).
constexpr int64_t least_rows = 32;

/// oneDNN's row-major product of bfloat16 matrices into a float32 one: c [m,n] = alpha op(a) op(b) + beta c; 0 when done. libtorch's own way
/// to it ends in bfloat16 and would have to be widened again.
using Gemm = int (*)(
    char trans_a, char trans_b, int64_t m, int64_t n, int64_t k, float alpha, const void* a, int64_t lda, const void* b, int64_t ldb,
    float beta, float* c, int64_t ldc);

/// Null where libtorch was built with a oneDNN of its own, or with none.
Gemm find_gemm() {
  return reinterpret_cast<Gemm>(dlsym(RTLD_DEFAULT, "dnnl_gemm_bf16bf16f32"));
}

const Gemm gemm = find_gemm();

/// a [m,k] and b [k,n] of bfloat16, each contiguous or the transpose of such -> [m,n] of float32, added to `sum` where that is defined.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& sum = {}) {
  if (!gemm || !a.device().is_cpu()) {
    const auto c = at::mm(a, b).to(at::kFloat);
    return sum.defined() ? sum + c : c;
  }
  const int64_t m = a.size(0);
  const int64_t k = a.size(1);
  const int64_t n = b.size(1);
  const auto c = sum.defined() ? sum : at::empty({m, n}, a.options().dtype(at::kFloat));
  const bool a_plain = a.is_contiguous();
  const bool b_plain = b.is_contiguous();
  const int failed = gemm(a_plain ? 'N' : 'T', b_plain ? 'N' : 'T', m, n, k, 1, a.data_ptr(), a_plain ? k : m, b.data_ptr(), b_plain ? n : k,
      sum.defined() ? 1 : 0, c.data_ptr<float>(), n);
  TORCH_CHECK(failed == 0, "oneDNN refused the bfloat16 product [", m, ",", k, "] x [", k, ",", n, "] with status ", failed);
  return c;
}

at::Tensor rounded(const at::Tensor& tensor) {
  return tensor.to(at::kBFloat16).contiguous();
}

class Bfloat16Linear : public torch::autograd::Function<Bfloat16Linear> {
 public:
  /// x [..,K], weight [M,K], bias [M] or [0] for none -> [..,M].
  static at::Tensor forward(
      torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const int64_t width = weight.size(1);
    const auto rows = rounded(x.reshape({-1, width}));
    const auto factors = rounded(weight);
    context->save_for_backward({rows, factors});
    auto shape = x.sizes().vec();
    shape.back() = weight.size(0);
    // The product is added to the bias, which is one pass less over the output.
    const auto start = bias.numel() > 0 ? bias.expand({rows.size(0), weight.size(0)}).clone(at::MemoryFormat::Contiguous) : at::Tensor();
    // No view: the caller may add to the result in place.
    return at::_unsafe_view(product(rows, factors.t(), start), shape);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto& weight = saved[1];
    const auto arriving = gradients[0].reshape({-1, weight.size(0)});
    at::Tensor grad_x;
    at::Tensor grad_weight;
    at::Tensor grad_bias;
    const bool wants_x = context->needs_input_grad(0);
    const bool wants_weight = context->needs_input_grad(1);
    const auto factors = wants_x || wants_weight ? rounded(arriving) : at::Tensor();
    if (wants_x) {
      auto shape = gradients[0].sizes().vec();
      shape.back() = weight.size(1);
      grad_x = product(factors, weight).view(shape);
    }
    if (wants_weight) grad_weight = product(factors.t(), x);
    if (context->needs_input_grad(2)) grad_bias = arriving.sum(0);
    return {grad_x, grad_weight, grad_bias};
  }
};

bool is_float(const at::Tensor& tensor) { return tensor.scalar_type() == at::kFloat; }

}  // namespace

bool autocast_enabled() { return is_autocast; }

AutocastGuard::AutocastGuard(bool enabled) : before_(is_autocast) { is_autocast = enabled; }

AutocastGuard::~AutocastGuard() { is_autocast = before_; }

bool wants_bfloat16(const at::Tensor& x, const at::Tensor& weight) {
  return is_autocast && is_float(x) && is_float(weight) && x.dim() > 0 && weight.dim() == 2 && x.size(-1) == weight.size(1) &&
      weight.numel() > 0 && x.numel() >= least_rows * weight.size(1);
}

at::Tensor bfloat16_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  TORCH_CHECK(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)), "linear: the weight has ", weight.size(0),
      " rows, but the bias has shape ", bias.sizes());
  // A custom function takes no undefined tensor.
  return Bfloat16Linear::apply(x, weight, bias.defined() ? bias : at::empty({0}, weight.options()));
}

}  // namespace uvlm

using namespace uvlm;

// ---- the calling thread's autocast

UVLM_API int32_t uvlm_autocast_enabled() { return autocast_enabled(); }

UVLM_API void uvlm_set_autocast_enabled(int32_t enabled) { is_autocast = enabled != 0; }
