#include "codec.h"

#include <algorithm>
#include <cstring>

#include "refusal.h"

namespace uvlm::image {

Header probe(Source source) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
    const auto begins_with = [&](const void* magic, size_t length) {
        return source.size >= length && std::memcmp(source.data, magic, length) == 0;
    };
    if (begins_with("\xFF\xD8\xFF", 3))
        return probe_jpeg(source);
    if (begins_with(png, sizeof png))
        return probe_png(source);
    if (begins_with("RIFF", 4) && source.size >= 12 && std::memcmp(source.data + 8, "WEBP", 4) == 0)
        return probe_webp(source);
    // A file cut within its magic bytes is a piece of a picture, not another kind of file.
    const auto is_piece_of = [&](const void* magic, size_t length) {
        return source.size < length && std::memcmp(source.data, magic, source.size) == 0;
    };
    const bool is_piece_of_webp = source.size >= 4 && source.size < 12 && begins_with("RIFF", 4) &&
                                  (source.size <= 8 || std::memcmp(source.data + 8, "WEBP", source.size - 8) == 0);
    if (source.size > 0 && (is_piece_of("\xFF\xD8\xFF", 3) || is_piece_of(png, sizeof png) || is_piece_of("RIFF", 4) || is_piece_of_webp))
        throw Refusal{UVLM_IMAGE_TRUNCATED, "the file ends within its first bytes"};
    std::string first = "it is empty";
    if (source.size > 0) {
        static const char digits[] = "0123456789abcdef";
        first = "it begins with the bytes";
        for (size_t i = 0; i < std::min<size_t>(source.size, 8); ++i)
            first += {' ', digits[source.data[i] >> 4], digits[source.data[i] & 15]};
    }
    throw Refusal{UVLM_IMAGE_UNSUPPORTED_FORMAT, first};
}

void decode(Source source, const Header& header, UsefulSize useful, RowSink& sink) {
    switch (header.format) {
        case UVLM_IMAGE_JPEG: return decode_jpeg(source, useful, sink);
        case UVLM_IMAGE_PNG: return decode_png(source, header, sink);
        default: return decode_webp(source, header, sink);
    }
}

void check_limits(Source source, const uvlm_image_limits& limits) {
    if (static_cast<int64_t>(source.size) > limits.max_bytes)
        throw Refusal{UVLM_IMAGE_TOO_LARGE, {}, UVLM_IMAGE_LIMIT_BYTES, static_cast<int64_t>(source.size), limits.max_bytes};
}

void check_limits(const Header& header, const uvlm_image_limits& limits) {
    const int64_t side = std::max(header.width, header.height);
    if (side > limits.max_side)
        throw Refusal{UVLM_IMAGE_TOO_LARGE, {}, UVLM_IMAGE_LIMIT_SIDE, side, limits.max_side};
    if (header.width * header.height > limits.max_pixels)
        throw Refusal{UVLM_IMAGE_TOO_LARGE, {}, UVLM_IMAGE_LIMIT_PIXELS, header.width * header.height, limits.max_pixels};
    if (header.frames > 1)
        throw Refusal{UVLM_IMAGE_TOO_LARGE, {}, UVLM_IMAGE_LIMIT_FRAMES, header.frames, 1};
}

void flatten_alpha(const uint8_t* rgba, int count, uint8_t* rgb) {
    for (int i = 0; i < count; ++i) {
        const uint32_t alpha = rgba[4 * i + 3];
        for (int c = 0; c < 3; ++c) {
            const uint32_t mixed = rgba[4 * i + c] * alpha + 255 * (255 - alpha);
            rgb[3 * i + c] = static_cast<uint8_t>((mixed + 127) / 255);
        }
    }
}

}  // namespace uvlm::image
