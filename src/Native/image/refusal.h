// How the library says no. Thrown only from our own C++ frames: the C codecs leave theirs by longjmp first.
#pragma once

#include <cstdint>
#include <string>

#include "image.h"

namespace uvlm::image {

struct Refusal {
    uvlm_image_status status;
    std::string detail;
    uvlm_image_limit limit = UVLM_IMAGE_LIMIT_NONE;
    int64_t value = 0;
    int64_t allowed = 0;
};

}  // namespace uvlm::image
