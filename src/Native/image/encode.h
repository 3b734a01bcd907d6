#pragma once

#include <cstdint>

namespace uvlm::image {

// `data` is freed with std::free.
struct EncodedFile {
    uint8_t* data;
    int64_t size;
};

EncodedFile encode_jpeg(const uint8_t* pixels, int width, int height, int quality);
EncodedFile encode_png(const uint8_t* pixels, int width, int height);

}  // namespace uvlm::image
