// Attention of one query over keys and values that stand in blocks, as a KV cache keeps them (Kwon et al., "Efficient Memory Management for
// Large Language Model Serving with PagedAttention", arXiv 2309.06180). No libtorch here.
#pragma once

#include <cstdint>

namespace uvlm {

/// The query heads that share a key and a value head, and how its rows stand in memory.
struct PagedHead {
  int64_t group;         // query heads
  int64_t width;         // of a head; a multiple of 16
  int64_t row;           // floats from a token's key to the next one's
  int64_t block_tokens;  // tokens of a block, which follow each other
  float scale;
};

/// softmax(scale q k') v. q and out [group, width], adjacent; keys and values point at the head's first row of block 0; blocks names a
/// block for every block_tokens tokens of `length`; scores holds group * length floats.
void paged_attention(
    const PagedHead& shape, const float* q, const float* keys, const float* values, const int32_t* blocks, int64_t length, float* out,
    float* scores);

}  // namespace uvlm
