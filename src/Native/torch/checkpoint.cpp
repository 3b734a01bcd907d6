// Activation checkpointing (Chen et al. 2016): the forward pass of a function of the caller's keeps its inputs only, and the backward pass
// runs it once more.
#include "bfloat16.h"
#include "handle.h"
#include "random.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <string>

using namespace uvlm;

namespace {

/// Runs the caller's function: takes the input handles over, returns a handle that is taken over here, or NULL after uvlm_report_error.
using Run = Handle (*)(void* context, const Handle* inputs, int64_t count);

/// Told once, when no graph can ask for the function any more; from whatever thread lets the graph go.
using Release = void (*)(void* context);

thread_local std::string reported;

struct Recomputation : torch::CustomClassHolder {
  Run run;
  Release release;
  void* context;
  uint64_t seed;
  bool autocast;

  Recomputation(Run run, Release release, void* context)
      : run(run), release(release), context(context), seed(draw_seed()), autocast(autocast_enabled()) {}
  ~Recomputation() override { release(context); }

  /// With the dropout and the precision of the first time.
  at::Tensor operator()(const std::vector<at::Tensor>& inputs) const {
    const ThreadGenerator generator(seed);
    const AutocastGuard precision(autocast);
    std::vector<Handle> handles;
    handles.reserve(inputs.size());
    for (const auto& input : inputs) handles.push_back(adopt(input));
    reported.clear();
    const auto output = run(context, handles.data(), static_cast<int64_t>(handles.size()));
    TORCH_CHECK(output, "the checkpointed function failed: ", reported);
    auto tensor = *output;
    uvlm_free(output);
    return tensor;
  }
};

class Checkpoint : public torch::autograd::Function<Checkpoint> {
 public:
  /// The anchor needs a gradient, so that the output does even where only what the function holds within learns.
  static at::Tensor forward(
      torch::autograd::AutogradContext* context, const at::Tensor& /*anchor*/, at::TensorList inputs,
      const c10::intrusive_ptr<Recomputation>& function) {
    const auto kept = inputs.vec();
    context->save_for_backward(kept);
    context->saved_data["function"] = c10::IValue::make_capsule(function);
    return (*function)(kept);
  }

  static torch::autograd::variable_list backward(
      torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto function = c10::static_intrusive_pointer_cast<Recomputation>(context->saved_data["function"].toCapsule());
    std::vector<at::Tensor> inputs;
    inputs.reserve(saved.size());
    for (size_t i = 0; i < saved.size(); ++i) {
      inputs.push_back(saved[i].detach());
      inputs.back().set_requires_grad(context->needs_input_grad(i + 1));
    }

    {
      const c10::AutoGradMode with_gradients(true);
      const auto output = (*function)(inputs);
      // What the function holds within gets its gradients here, the inputs below.
      if (output.requires_grad()) torch::autograd::backward({output}, {gradients[0]});
    }

    torch::autograd::variable_list results{at::Tensor()};
    for (const auto& input : inputs) results.push_back(input.grad());
    results.emplace_back();
    return results;
  }
};

}  // namespace

/// For a caller's function that fails: the text goes with the error that the pass reports.
UVLM_API void uvlm_report_error(const char* message) {
  try {
    reported = message;
  } catch (...) {
    reported.clear();
  }
}

/// release is called once in any case.
UVLM_API Handle uvlm_checkpoint(const Handle* inputs, int64_t count, Run run, Release release, void* context) {
  c10::intrusive_ptr<Recomputation> function;
  try {
    function = c10::make_intrusive<Recomputation>(run, release, context);
  } catch (...) {
    record_current_exception();
    release(context);
    return nullptr;
  }

  return guard([&] {
    const auto anchor = at::empty({0}).set_requires_grad(true);
    // As a list of tensors, not as a vector: only then are they inputs that get gradients.
    const auto tensors = list(inputs, count);
    return Checkpoint::apply(anchor, at::TensorList(tensors), function);
  });
}
