// A generator of the calling thread alone, for what has to draw the same numbers again.
#pragma once

#include <ATen/ATen.h>

namespace uvlm {

/// Null outside any scope.
const at::Generator* thread_generator();

/// While it lives, the thread's dropout on a CPU draws from a generator of its own. Scopes nest.
class ThreadGenerator {
 public:
  explicit ThreadGenerator(uint64_t seed);
  ~ThreadGenerator();
  ThreadGenerator(const ThreadGenerator&) = delete;
  ThreadGenerator& operator=(const ThreadGenerator&) = delete;

 private:
  friend const at::Generator* thread_generator();
  at::Generator generator_;
  ThreadGenerator* outer_;
};

/// A seed from the process's generator, which torch.manual_seed starts.
uint64_t draw_seed();

}  // namespace uvlm
