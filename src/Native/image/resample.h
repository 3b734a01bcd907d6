// Antialiased bilinear resizing of rows as they come: a triangle filter as wide as the shrinking, like Pillow's and torchvision's.
#pragma once

#include <cstdint>
#include <vector>

#include "codec.h"

namespace uvlm::image {

// For every output position the input positions it is a weighted mean of.
struct Taps {
    std::vector<int> first, end;  // [out]
    std::vector<float> weights;   // [out, stride]
    int stride = 0;

    // `box` of the `in` positions are picture.
    Taps(int in, double box, int out);
    const float* weights_of(int position) const { return weights.data() + static_cast<size_t>(position) * static_cast<size_t>(stride); }
};

class Resampler final : public RowSink {
public:
    Resampler(int width, int height) : width_(width), height_(height) {}

    void begin(int width, int height, double box_width, double box_height) override;
    void row(const uint8_t* rgb) override;

    // [height, width, 3] in 0 to 255, once every row has come.
    const float* pixels() const { return pixels_.data(); }

private:
    void filter_row(const float* in, float* out) const;
    float* output_row(int y) { return pixels_.data() + static_cast<size_t>(y) * static_cast<size_t>(width_) * 3; }

    int width_, height_;
    int in_width_ = 0;
    int in_row_ = 0;
    int open_ = 0, next_ = 0;  // output rows [open_, next_) have begun and are not finished
    Taps columns_{1, 1, 1}, rows_{1, 1, 1};
    bool shrinks_ = false;
    int slots_ = 0;
    size_t pitch_ = 0;
    std::vector<float> sums_;    // shrinking: [slots, input width, 3]; stretching: one input row and one filtered row
    std::vector<float> pixels_;
};

}  // namespace uvlm::image
