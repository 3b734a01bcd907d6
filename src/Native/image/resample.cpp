#include "resample.h"

#include <algorithm>
#include <cmath>

// The loops over a row are compiled for several instruction sets and chosen when the library is loaded. Not with FMA: so every machine computes the
// same pixels to the bit.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && defined(__GNUC__) && !defined(__clang__)
#define UVLM_FAST __attribute__((target_clones("default", "avx2")))
#else
#define UVLM_FAST
#endif

namespace uvlm::image {

Taps::Taps(int in, double box, int out) : first(static_cast<size_t>(out)), end(static_cast<size_t>(out)) {
    const double scale = box / out;
    const double radius = std::max(scale, 1.0);  // the triangle reaches one pixel of the coarser grid to each side
    stride = static_cast<int>(std::ceil(radius)) * 2 + 1;
    weights.resize(static_cast<size_t>(out) * static_cast<size_t>(stride));
    for (int o = 0; o < out; ++o) {
        const double center = (o + 0.5) * scale;
        const int from = std::clamp(static_cast<int>(center - radius + 0.5), 0, in - 1);
        const int to = std::clamp(static_cast<int>(center + radius + 0.5), from + 1, std::min(in, from + stride));
        float* weight = weights.data() + static_cast<size_t>(o) * static_cast<size_t>(stride);
        const auto height = [&](int i) { return std::max(0.0, 1.0 - std::abs(i + 0.5 - center) / radius); };
        double total = 0;
        for (int i = from; i < to; ++i)
            total += height(i);
        for (int i = from; i < to; ++i)
            weight[i - from] = static_cast<float>(total > 0 ? height(i) / total : 1.0 / (to - from));
        first[static_cast<size_t>(o)] = from;
        end[static_cast<size_t>(o)] = to;
    }
}

namespace {

UVLM_FAST void add_bytes(float* __restrict sum, const uint8_t* __restrict row, float weight, size_t count) {
    for (size_t i = 0; i < count; ++i)
        sum[i] += weight * static_cast<float>(row[i]);
}

UVLM_FAST void set_bytes(float* __restrict sum, const uint8_t* __restrict row, float weight, size_t count) {
    for (size_t i = 0; i < count; ++i)
        sum[i] = weight * static_cast<float>(row[i]);
}

UVLM_FAST void add_floats(float* __restrict sum, const float* __restrict row, float weight, size_t count) {
    for (size_t i = 0; i < count; ++i)
        sum[i] += weight * row[i];
}

typedef float Pixel __attribute__((vector_size(16)));  // red, green, blue and the next pixel's red, which is dropped
typedef float UnalignedPixel __attribute__((vector_size(16), aligned(4), may_alias));

}  // namespace

void Resampler::begin(int width, int height, double box_width, double box_height) {
    in_width_ = width;
    columns_ = Taps(width, box_width, width_);
    rows_ = Taps(height, box_height, height_);
    // Whichever way fewer rows are filtered across: after summing rows up when shrinking, before spreading them when stretching.
    shrinks_ = height > height_;
    if (shrinks_) {
        for (int y = 0, last = 0; y < height_; ++y) {
            while (last + 1 < height_ && rows_.first[static_cast<size_t>(last + 1)] < rows_.end[static_cast<size_t>(y)])
                ++last;
            slots_ = std::max(slots_, last - y + 1);
        }
    }
    // Pixels are read and written four floats at a time, one beyond the last.
    pitch_ = static_cast<size_t>(width) * 3 + 4;
    sums_.resize(shrinks_ ? pitch_ * static_cast<size_t>(slots_) : pitch_ + static_cast<size_t>(width_) * 3 + 4);
    pixels_.assign(static_cast<size_t>(width_) * static_cast<size_t>(height_) * 3 + 4, 0.0f);
}

void Resampler::row(const uint8_t* rgb) {
    const int begun = next_;
    while (next_ < height_ && rows_.first[static_cast<size_t>(next_)] <= in_row_)
        ++next_;
    const size_t values = static_cast<size_t>(in_width_) * 3;
    float* filtered = nullptr;
    if (!shrinks_) {
        filtered = sums_.data() + pitch_;
        set_bytes(sums_.data(), rgb, 1.0f, values);
        filter_row(sums_.data(), filtered);
    }
    for (int y = open_; y < next_; ++y) {
        const float weight = rows_.weights_of(y)[in_row_ - rows_.first[static_cast<size_t>(y)]];
        if (!shrinks_) {
            add_floats(output_row(y), filtered, weight, static_cast<size_t>(width_) * 3);
            continue;
        }
        float* sum = sums_.data() + pitch_ * static_cast<size_t>(y % slots_);
        (y >= begun ? set_bytes : add_bytes)(sum, rgb, weight, values);
    }
    ++in_row_;
    for (; open_ < next_ && rows_.end[static_cast<size_t>(open_)] <= in_row_; ++open_)
        if (shrinks_)
            filter_row(sums_.data() + pitch_ * static_cast<size_t>(open_ % slots_), output_row(open_));
}

void Resampler::filter_row(const float* in, float* out) const {
    for (int x = 0; x < width_; ++x) {
        const float* weight = columns_.weights_of(x);
        const int count = columns_.end[static_cast<size_t>(x)] - columns_.first[static_cast<size_t>(x)];
        const float* from = in + static_cast<size_t>(columns_.first[static_cast<size_t>(x)]) * 3;
        Pixel even = {}, odd = {};  // two sums, so that one addition needn't wait for the other
        int i = 0;
        for (; i + 1 < count; i += 2) {
            even += weight[i] * *reinterpret_cast<const UnalignedPixel*>(from + 3 * i);
            odd += weight[i + 1] * *reinterpret_cast<const UnalignedPixel*>(from + 3 * i + 3);
        }
        if (i < count)
            even += weight[i] * *reinterpret_cast<const UnalignedPixel*>(from + 3 * i);
        *reinterpret_cast<UnalignedPixel*>(out + 3 * x) = even + odd;
    }
}

}  // namespace uvlm::image
