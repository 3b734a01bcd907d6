// What the batched calls share: checking a request, choosing the kernel, spreading work over threads.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "align.h"
#include "kernel.h"

namespace uvlm::align {

// The kernel for an instruction set, or null when this machine can't run it.
const Kernel* choose_kernel(int32_t instructions);

bool well_formed(const uvlm_align_sequences* sequences);

// Whether the pairs fit the sequences; NULL stands for all of them.
bool well_formed(const uvlm_align_sequences& x, const uvlm_align_sequences& y, const int32_t* pairs, int64_t pair_count);

int32_t sequence_of_row(const uvlm_align_sequences& sequences, int64_t row);

// Squared norms of all rows. Returns -1, or the sequence of the first row that is not finite or too long.
int32_t square_norms(const Kernel& kernel, const uvlm_align_sequences& sequences, int32_t dimension, std::vector<float>& norms);

// Work on item i, on some thread; returns false to start no further item.
using Work = std::function<bool(int64_t item, Scratch& scratch)>;

// Runs the items on at most `threads` threads, the caller's included. Returns false when memory ran out.
bool run_parallel(int64_t items, int32_t threads, const Work& work);

}  // namespace uvlm::align
