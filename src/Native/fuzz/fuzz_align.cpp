// Any shapes and any floats: a score or a refusal; scores and gradients of usable vectors are finite.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../align/align.h"

namespace {

// Reads the input as a stream; zeros after its end.
struct Stream {
    const uint8_t* data;
    size_t size;

    uint8_t byte() {
        if (size == 0)
            return 0;
        --size;
        return *data++;
    }

    // Mostly of the size of vectors' values, now and then any bits at all.
    float number() {
        if (const uint8_t small = byte(); small < 254)
            return static_cast<float>(small) / 64.0f - 1.0f;
        uint8_t bytes[4];
        for (uint8_t& b : bytes)
            b = byte();
        float value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Stream in{data, size};
    const int dimension = 1 + in.byte() % 40;
    const auto sequences = [&](std::vector<float>& rows, std::vector<int32_t>& offsets) {
        offsets = {0};
        for (int s = 1 + in.byte() % 20; s > 0; --s)
            offsets.push_back(offsets.back() + 1 + in.byte() % 9);
        rows.resize(static_cast<size_t>(offsets.back()) * static_cast<size_t>(dimension));
        for (float& value : rows)
            value = in.number();
    };
    std::vector<float> x_rows, y_rows;
    std::vector<int32_t> x_offsets, y_offsets;
    sequences(x_rows, x_offsets);
    sequences(y_rows, y_offsets);
    const uvlm_align_sequences x = {x_rows.data(), x_offsets.data(), static_cast<int32_t>(x_offsets.size()) - 1};
    const uvlm_align_sequences y = {y_rows.data(), y_offsets.data(), static_cast<int32_t>(y_offsets.size()) - 1};

    std::vector<float> scores(static_cast<size_t>(x.count) * static_cast<size_t>(y.count));
    const float parameter = in.number();
    for (int measure = UVLM_ALIGN_LOG_KERNEL; measure <= UVLM_ALIGN_MEAN; ++measure) {
        int32_t bad = -1;
        const int32_t status = uvlm_align_score(
            measure, &x, &y, dimension, nullptr, static_cast<int64_t>(scores.size()), parameter, 1 + in.byte() % 3, UVLM_ALIGN_BASELINE, scores.data(), &bad);
        if (status != UVLM_ALIGN_OK)
            continue;
        for (const float score : scores)
            if (!std::isfinite(score))
                std::abort();
    }

    std::vector<float> weights(scores.size()), x_gradient(x_rows.size()), y_gradient(y_rows.size());
    for (float& weight : weights)
        weight = static_cast<float>(in.byte()) / 64.0f - 1.0f;
    int32_t bad = -1;
    const int32_t instructions = UVLM_ALIGN_BASELINE + in.byte() % uvlm_align_best_instructions();
    if (uvlm_align_gradients(&x, &y, dimension, nullptr, static_cast<int64_t>(weights.size()), weights.data(), parameter, 1 + in.byte() % 3, instructions,
                             x_gradient.data(), y_gradient.data(), &bad) == UVLM_ALIGN_OK) {
        for (const auto* gradient : {&x_gradient, &y_gradient})
            for (const float value : *gradient)
                if (!std::isfinite(value))
                    std::abort();
    }

    std::vector<int32_t> steps(2 * static_cast<size_t>(x_offsets[1] + y_offsets[1]));
    std::vector<float> cosines(steps.size() / 2);
    int32_t count = 0;
    for (const int measure : {UVLM_ALIGN_LOG_KERNEL, UVLM_ALIGN_DTW})
        uvlm_align_path(measure, x_rows.data(), x_offsets[1], y_rows.data(), y_offsets[1], dimension, parameter, steps.data(), cosines.data(),
                        &count);
    return 0;
}
