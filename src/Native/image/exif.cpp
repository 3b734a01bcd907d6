#include <cstring>

#include "codec.h"

namespace uvlm::image {
namespace {

class Tiff {
public:
    Tiff(const uint8_t* data, size_t size) : data_(data), size_(size), big_endian_(size > 0 && data[0] == 'M') {}

    uint32_t read(size_t position, int bytes) const {
        uint32_t value = 0;
        for (int i = 0; i < bytes; ++i)
            value |= static_cast<uint32_t>(data_[position + static_cast<size_t>(i)]) << (8 * (big_endian_ ? bytes - 1 - i : i));
        return value;
    }

    bool holds(size_t position, size_t bytes) const { return position <= size_ && bytes <= size_ - position; }

private:
    const uint8_t* data_;
    size_t size_;
    bool big_endian_;
};

}  // namespace

int32_t exif_orientation(const uint8_t* data, size_t size) {
    constexpr uint32_t kOrientationTag = 0x0112, kShort = 3;
    if (size >= 6 && std::memcmp(data, "Exif\0\0", 6) == 0) {
        data += 6;
        size -= 6;
    }
    if (size < 8 || (std::memcmp(data, "II", 2) != 0 && std::memcmp(data, "MM", 2) != 0))
        return 1;
    const Tiff tiff(data, size);
    const size_t directory = tiff.read(4, 4);
    if (tiff.read(2, 2) != 42 || !tiff.holds(directory, 2))
        return 1;
    const uint32_t entries = tiff.read(directory, 2);
    for (uint32_t e = 0; e < entries; ++e) {
        const size_t entry = directory + 2 + 12 * static_cast<size_t>(e);
        if (!tiff.holds(entry, 12))
            return 1;
        if (tiff.read(entry, 2) != kOrientationTag)
            continue;
        const uint32_t value = tiff.read(entry + 8, 2);
        return tiff.read(entry + 2, 2) == kShort && value >= 1 && value <= 8 ? static_cast<int32_t>(value) : 1;
    }
    return 1;
}

}  // namespace uvlm::image
