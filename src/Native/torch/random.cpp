#include "random.h"

#include "handle.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace uvlm {

namespace {

thread_local ThreadGenerator* innermost = nullptr;

}  // namespace

const at::Generator* thread_generator() { return innermost ? &innermost->generator_ : nullptr; }

ThreadGenerator::ThreadGenerator(uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)), outer_(innermost) { innermost = this; }

ThreadGenerator::~ThreadGenerator() { innermost = outer_; }

uint64_t draw_seed() {
  auto* generator = at::get_generator_or_default<at::CPUGeneratorImpl>({}, at::detail::getDefaultCPUGenerator());
  const std::lock_guard<std::mutex> lock(generator->mutex_);
  return generator->random64();
}

}  // namespace uvlm

using namespace uvlm;

UVLM_API Handle uvlm_dropout(Handle x, double p, int32_t train) {
  return guard([&] {
    const auto& tensor = ref(x);
    const auto* generator = thread_generator();
    if (!generator || train == 0 || p <= 0 || p >= 1) return at::dropout(tensor, p, train != 0);
    // Drawn by the thread's own generator, wherever the tensor is.
    const auto kept = at::empty(tensor.sizes(), tensor.options().device(at::kCPU)).bernoulli_(1 - p, *generator).div_(1 - p);
    return tensor * kept.to(tensor.device());
  });
}
