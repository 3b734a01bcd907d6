#include "paged_kernel.h"

#include "vector_math.h"

#include <algorithm>

namespace uvlm {

namespace {

template <int Width>
struct PagedVector {
  typedef float Floats __attribute__((vector_size(Width * sizeof(float)), aligned(sizeof(float)), may_alias));
};

template <int Width>
UVLM_INLINE float dot(const float* a, const float* b, int64_t width) {
  using Floats = typename PagedVector<Width>::Floats;
  Floats sums{};
  for (int64_t i = 0; i < width; i += Width) sums += *reinterpret_cast<const Floats*>(a + i) * *reinterpret_cast<const Floats*>(b + i);
  float total = 0;
  for (int i = 0; i < Width; ++i) total += sums[i];
  return total;
}

template <int Width>
UVLM_INLINE void add_scaled(float factor, const float* from, float* to, int64_t width) {
  using Floats = typename PagedVector<Width>::Floats;
  for (int64_t i = 0; i < width; i += Width)
    *reinterpret_cast<Floats*>(to + i) += factor * *reinterpret_cast<const Floats*>(from + i);
}

/// scores [length] -> exponentials of their distance from the largest; returns their sum.
UVLM_INLINE float exponentials(float* scores, int64_t length) {
  float largest = scores[0];
  for (int64_t t = 1; t < length; ++t) largest = std::max(largest, scores[t]);
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t t = 0; t < length; ++t) {
    scores[t] = exponential(scores[t] - largest);
    sum += scores[t];
  }
  return sum;
}

template <int Width>
UVLM_INLINE void paged_attention_body(
    const PagedHead& shape, const float* q, const float* keys, const float* values, const int32_t* blocks, int64_t length, float* out,
    float* scores) {
  const int64_t block_floats = shape.block_tokens * shape.row;
  for (int64_t first = 0, b = 0; first < length; first += shape.block_tokens, ++b) {
    const float* block = keys + blocks[b] * block_floats;
    const int64_t count = std::min(shape.block_tokens, length - first);
    for (int64_t h = 0; h < shape.group; ++h)
      for (int64_t t = 0; t < count; ++t)
        scores[h * length + first + t] = shape.scale * dot<Width>(q + h * shape.width, block + t * shape.row, shape.width);
  }

  for (int64_t h = 0; h < shape.group; ++h) {
    const float inverse = 1.0f / exponentials(scores + h * length, length);
    for (int64_t t = 0; t < length; ++t) scores[h * length + t] *= inverse;
  }

  std::fill_n(out, shape.group * shape.width, 0.0f);
  for (int64_t first = 0, b = 0; first < length; first += shape.block_tokens, ++b) {
    const float* block = values + blocks[b] * block_floats;
    const int64_t count = std::min(shape.block_tokens, length - first);
    for (int64_t h = 0; h < shape.group; ++h)
      for (int64_t t = 0; t < count; ++t)
        add_scaled<Width>(scores[h * length + first + t], block + t * shape.row, out + h * shape.width, shape.width);
  }
}

}  // namespace

UVLM_FOR_EVERY_PROCESSOR(
    void, paged_attention,
    (const PagedHead& shape, const float* q, const float* keys, const float* values, const int32_t* blocks, int64_t length, float* out,
        float* scores),
    (shape, q, keys, values, blocks, length, out, scores))

}  // namespace uvlm
