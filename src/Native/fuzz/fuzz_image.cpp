// Any bytes: decoded or refused, every pixel that comes out finite.
#include <cmath>
#include <cstdlib>
#include <vector>

#include "../image/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const uvlm_image_limits limits = {1 << 24, 1 << 22, 1 << 14};
    uvlm_image_info info;
    uvlm_image_error error;
    if (uvlm_image_probe(data, static_cast<int64_t>(size), &limits, &info, &error) != UVLM_IMAGE_OK)
        return 0;

    const float mean[3] = {0.5f, 0.5f, 0.5f}, std[3] = {0.5f, 0.5f, 0.5f};
    for (const int target : {7, 64}) {
        for (const int mode : {UVLM_IMAGE_SQUASH, UVLM_IMAGE_LETTERBOX}) {
            std::vector<float> pixels(static_cast<size_t>(3 * target * target), NAN);
            const int32_t status = uvlm_image_decode_normalized(data, static_cast<int64_t>(size), &limits, target, mode, mean, std, pixels.data(),
                                                                &info, &error);
            if (status != UVLM_IMAGE_OK)
                continue;
            for (const float value : pixels)
                if (!(value >= -1.001f && value <= 1.001f))
                    std::abort();
        }
    }
    std::vector<uint8_t> rgb(static_cast<size_t>(3) * static_cast<size_t>(info.width) * static_cast<size_t>(info.height));
    uvlm_image_decode_rgb(data, static_cast<int64_t>(size), &limits, info.width, info.height, rgb.data(), &error);
    return 0;
}
