// The exported functions: limits, then decoding, then orientation and normalisation. No exception leaves this file.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "codec.h"
#include "encode.h"
#include "placement.h"
#include "refusal.h"
#include "resample.h"

namespace uvlm::image {
namespace {

constexpr int kMaxTarget = 8192;
constexpr int kMaxJpegSide = 65500;

struct Size {
    int width;
    int height;
};

// Writes rows of the full size straight to where they are displayed.
class PlacingSink final : public RowSink {
public:
    PlacingSink(Placement placement, uint8_t* pixels) : placement_(placement), pixels_(pixels) {}

    void begin(int width, int, double, double) override { width_ = width; }

    void row(const uint8_t* rgb) override {
        uint8_t* to = pixels_ + 3 * (placement_.origin + y_++ * placement_.step_y);
        if (placement_.step_x == 1) {
            std::memcpy(to, rgb, static_cast<size_t>(width_) * 3);
            return;
        }
        for (int x = 0; x < width_; ++x, to += 3 * placement_.step_x, rgb += 3)
            std::memcpy(to, rgb, 3);
    }

private:
    Placement placement_;
    uint8_t* pixels_;
    int width_ = 0;
    int64_t y_ = 0;
};

void fill_info(const Header& header, uvlm_image_info& info) {
    info.format = header.format;
    info.width = static_cast<int32_t>(header.turned() ? header.height : header.width);
    info.height = static_cast<int32_t>(header.turned() ? header.width : header.height);
    info.channels = header.channels;
    info.frames = static_cast<int32_t>(std::min<int64_t>(header.frames, INT32_MAX));
    info.orientation = header.orientation;
    info.decode_bytes = header.decode_bytes + header.width * 64;
}

Header probe_checked(Source source, const uvlm_image_limits& limits) {
    check_limits(source, limits);
    try {
        const Header header = probe(source);
        check_limits(header, limits);
        return header;
    } catch (Refusal& refusal) {
        // A codec has a largest side of its own; what helps the caller is the smaller of the two.
        if (refusal.limit == UVLM_IMAGE_LIMIT_SIDE)
            refusal.allowed = std::min<int64_t>(refusal.allowed, limits.max_side);
        throw;
    }
}

// Displayed size within a square of `target`.
Size fit(const Header& header, int target, int32_t resize) {
    if (resize == UVLM_IMAGE_SQUASH)
        return {target, target};
    const double width = static_cast<double>(header.turned() ? header.height : header.width);
    const double height = static_cast<double>(header.turned() ? header.width : header.height);
    const double scale = target / std::max(width, height);
    const auto side = [&](double length) { return std::clamp(static_cast<int>(std::lround(length * scale)), 1, target); };
    return {side(width), side(height)};
}

Resampler resample(Source source, const Header& header, Size displayed) {
    const Size stored = header.turned() ? Size{displayed.height, displayed.width} : displayed;
    Resampler resampler(stored.width, stored.height);
    decode(source, header, {stored.width, stored.height}, resampler);
    return resampler;
}

void decode_normalized(Source source, const Header& header, int target, int32_t resize, const float* mean, const float* std, float* pixels) {
    const Size size = fit(header, target, resize);
    const Resampler resampler = resample(source, header, size);
    const int64_t plane = static_cast<int64_t>(target) * target;
    if (resize == UVLM_IMAGE_LETTERBOX)
        std::fill_n(pixels, 3 * plane, 0.0f);
    const Size stored = header.turned() ? Size{size.height, size.width} : size;
    const Placement placement = place(header.orientation, stored.width, stored.height, target);
    float* corner = pixels + static_cast<int64_t>((target - size.height) / 2) * target + (target - size.width) / 2 + placement.origin;
    float scale[3], shift[3];
    for (int c = 0; c < 3; ++c) {
        scale[c] = 1.0f / (255.0f * std[c]);
        shift[c] = -mean[c] / std[c];
    }
    const float* from = resampler.pixels();
    for (int64_t y = 0; y < stored.height; ++y)
        for (int64_t x = 0; x < stored.width; ++x, from += 3)
            for (int c = 0; c < 3; ++c)
                corner[c * plane + y * placement.step_y + x * placement.step_x] = from[c] * scale[c] + shift[c];
}

void decode_rgb(Source source, const Header& header, uint8_t* pixels) {
    const int64_t pitch = header.turned() ? header.height : header.width;
    PlacingSink sink(place(header.orientation, header.width, header.height, pitch), pixels);
    decode(source, header, {}, sink);
}

template <class Work>
int32_t guarded(uvlm_image_error* error, Work work) {
    *error = {};
    try {
        return work();
    } catch (const Refusal& refusal) {
        error->limit = refusal.limit;
        error->value = refusal.value;
        error->allowed = refusal.allowed;
        std::strncpy(error->detail, refusal.detail.c_str(), sizeof error->detail - 1);
        return refusal.status;
    } catch (...) {
        return UVLM_IMAGE_OUT_OF_MEMORY;  // std::bad_alloc; nothing else is thrown here
    }
}

bool usable(const uint8_t* data, int64_t size, const uvlm_image_limits* limits) {
    return size >= 0 && (data != nullptr || size == 0) && limits != nullptr;
}

}  // namespace
}  // namespace uvlm::image

using namespace uvlm::image;

int32_t uvlm_image_abi_version() { return 1; }

int32_t uvlm_image_probe(const uint8_t* data, int64_t size, const uvlm_image_limits* limits, uvlm_image_info* info, uvlm_image_error* error) {
    return guarded(error, [&]() -> int32_t {
        if (!usable(data, size, limits) || info == nullptr)
            return UVLM_IMAGE_BAD_ARGUMENT;
        fill_info(probe_checked({data, static_cast<size_t>(size)}, *limits), *info);
        return UVLM_IMAGE_OK;
    });
}

int32_t uvlm_image_decode_normalized(const uint8_t* data, int64_t size, const uvlm_image_limits* limits, int32_t target, int32_t resize,
                                     const float* mean, const float* std, float* pixels, uvlm_image_info* info, uvlm_image_error* error) {
    return guarded(error, [&]() -> int32_t {
        const bool known_resize = resize == UVLM_IMAGE_SQUASH || resize == UVLM_IMAGE_LETTERBOX;
        if (!usable(data, size, limits) || target < 1 || target > kMaxTarget || !known_resize || mean == nullptr || std == nullptr ||
            pixels == nullptr || info == nullptr)
            return UVLM_IMAGE_BAD_ARGUMENT;
        const Source source = {data, static_cast<size_t>(size)};
        const Header header = probe_checked(source, *limits);
        fill_info(header, *info);
        decode_normalized(source, header, target, resize, mean, std, pixels);
        return UVLM_IMAGE_OK;
    });
}

int32_t uvlm_image_decode_rgb(const uint8_t* data, int64_t size, const uvlm_image_limits* limits, int32_t width, int32_t height, uint8_t* pixels,
                              uvlm_image_error* error) {
    return guarded(error, [&]() -> int32_t {
        if (!usable(data, size, limits) || pixels == nullptr)
            return UVLM_IMAGE_BAD_ARGUMENT;
        const Source source = {data, static_cast<size_t>(size)};
        const Header header = probe_checked(source, *limits);
        uvlm_image_info info;
        fill_info(header, info);
        if (width != info.width || height != info.height)
            return UVLM_IMAGE_BAD_ARGUMENT;
        decode_rgb(source, header, pixels);
        return UVLM_IMAGE_OK;
    });
}

int32_t uvlm_image_encode(int32_t format, const uint8_t* pixels, int32_t width, int32_t height, int32_t quality, uint8_t** file, int64_t* size,
                          uvlm_image_error* error) {
    return guarded(error, [&]() -> int32_t {
        const bool known_format = format == UVLM_IMAGE_PNG || (format == UVLM_IMAGE_JPEG && quality >= 1 && quality <= 100);
        if (pixels == nullptr || width < 1 || height < 1 || width > kMaxJpegSide || height > kMaxJpegSide || !known_format || file == nullptr ||
            size == nullptr)
            return UVLM_IMAGE_BAD_ARGUMENT;
        const bool jpeg = format == UVLM_IMAGE_JPEG;
        const EncodedFile encoded = jpeg ? encode_jpeg(pixels, width, height, quality) : encode_png(pixels, width, height);
        *file = encoded.data;
        *size = encoded.size;
        return UVLM_IMAGE_OK;
    });
}

void uvlm_image_free(uint8_t* file) { std::free(file); }
