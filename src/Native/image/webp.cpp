// WebP through libwebp, which reports by status and never jumps.
#include <cstring>
#include <new>
#include <vector>

#include <webp/decode.h>

#include "codec.h"
#include "refusal.h"

namespace uvlm::image {
namespace {

uint32_t read_uint32(const uint8_t* p) {
    return static_cast<uint32_t>(p[3]) << 24 | static_cast<uint32_t>(p[2]) << 16 |
           static_cast<uint32_t>(p[1]) << 8 | p[0];
}

[[noreturn]] void refuse(VP8StatusCode status) {
    switch (status) {
        case VP8_STATUS_OUT_OF_MEMORY: throw std::bad_alloc();
        case VP8_STATUS_SUSPENDED:
        case VP8_STATUS_NOT_ENOUGH_DATA: throw Refusal{UVLM_IMAGE_TRUNCATED, "the file ends before the picture does"};
        case VP8_STATUS_UNSUPPORTED_FEATURE: throw Refusal{UVLM_IMAGE_UNSUPPORTED_FORMAT, "it is a kind of WebP that few programs read"};
        default: throw Refusal{UVLM_IMAGE_CORRUPT, "its data can't be decoded"};
    }
}

}  // namespace

Header probe_webp(Source source) {
    constexpr size_t kRiff = 12, kFrame = 8;  // a chunk is type, length, data, padded to an even length
    const uint64_t declared = static_cast<uint64_t>(read_uint32(source.data + 4)) + 8;
    WebPBitstreamFeatures features;
    const VP8StatusCode status = WebPGetFeatures(source.data, source.size, &features);
    if (status != VP8_STATUS_OK) {
        if (declared > source.size)
            throw Refusal{UVLM_IMAGE_TRUNCATED, "the file ends within its header"};
        refuse(status);
    }
    // libwebp may not need the last bytes of a file; that they are missing still means that it was cut.
    if (declared > source.size)
        throw Refusal{UVLM_IMAGE_TRUNCATED, "it has " + std::to_string(source.size) + " of " + std::to_string(declared) + " bytes"};

    Header header = {};
    header.format = UVLM_IMAGE_WEBP;
    header.width = features.width;
    header.height = features.height;
    header.channels = features.has_alpha ? 4 : 3;
    header.orientation = 1;
    int64_t animation_frames = 0;
    for (size_t position = kRiff; source.size - position >= kFrame;) {
        const uint8_t* chunk = source.data + position;
        const uint64_t length = read_uint32(chunk + 4);
        if (length > source.size - position - kFrame)
            break;
        if (std::memcmp(chunk, "ANMF", 4) == 0)
            ++animation_frames;
        else if (std::memcmp(chunk, "EXIF", 4) == 0)
            header.orientation = exif_orientation(chunk + kFrame, length);
        const uint64_t step = kFrame + length + (length & 1);
        if (step > source.size - position)
            break;
        position += step;
    }
    // One frame of an animation is not what libwebp's still decoder takes, so it counts as an animation too.
    header.frames = features.has_animation ? (animation_frames > 2 ? animation_frames : 2) : 1;
    // The decoder's own picture (four bytes a pixel when lossless) and ours.
    header.decode_bytes = header.width * header.height * (header.channels + 4) + (1 << 18);
    return header;
}

void decode_webp(Source source, const Header& header, RowSink& sink) {
    const int width = static_cast<int>(header.width), height = static_cast<int>(header.height), channels = header.channels;
    const size_t pitch = static_cast<size_t>(width) * static_cast<size_t>(channels);
    std::vector<uint8_t> pixels(pitch * static_cast<size_t>(height));

    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        throw Refusal{UVLM_IMAGE_UNSUPPORTED_FORMAT, "libwebp is of another version than this program was built for"};
    config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = {pixels.data(), static_cast<int>(pitch), pixels.size()};
    const VP8StatusCode status = WebPDecode(source.data, source.size, &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK)
        refuse(status);

    sink.begin(width, height, width, height);
    for (int y = 0; y < height; ++y) {
        uint8_t* row = pixels.data() + pitch * static_cast<size_t>(y);
        if (channels == 4)
            flatten_alpha(row, width, row);
        sink.row(row);
    }
}

}  // namespace uvlm::image
