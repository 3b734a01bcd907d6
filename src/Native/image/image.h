// C ABI of uvlm_image: JPEG, PNG and WebP files to pixels. Every function is thread-safe and keeps no state between calls.
#pragma once

#include <cstdint>

#define UVLM_IMAGE_API extern "C" __attribute__((visibility("default")))

enum uvlm_image_status : int32_t {
    UVLM_IMAGE_OK = 0,
    UVLM_IMAGE_UNSUPPORTED_FORMAT = 1,
    UVLM_IMAGE_TOO_LARGE = 2,  // error.limit, .value and .allowed say which limit
    UVLM_IMAGE_TRUNCATED = 3,
    UVLM_IMAGE_CORRUPT = 4,
    UVLM_IMAGE_OUT_OF_MEMORY = 5,
    UVLM_IMAGE_BAD_ARGUMENT = 6,  // the C# side checks arguments first, so this is a bug of the caller
};

enum uvlm_image_limit : int32_t {
    UVLM_IMAGE_LIMIT_NONE = 0,
    UVLM_IMAGE_LIMIT_BYTES = 1,
    UVLM_IMAGE_LIMIT_SIDE = 2,
    UVLM_IMAGE_LIMIT_PIXELS = 3,
    UVLM_IMAGE_LIMIT_FRAMES = 4,
};

enum uvlm_image_format : int32_t {
    UVLM_IMAGE_UNKNOWN = 0,
    UVLM_IMAGE_JPEG = 1,
    UVLM_IMAGE_PNG = 2,
    UVLM_IMAGE_WEBP = 3,
};

enum uvlm_image_resize : int32_t {
    UVLM_IMAGE_SQUASH = 0,     // both sides to the target, whatever the aspect
    UVLM_IMAGE_LETTERBOX = 1,  // the longer side to the target, centred, the rest zeros (the mean)
};

struct uvlm_image_limits {
    int64_t max_bytes;
    int64_t max_pixels;
    int32_t max_side;
};

struct uvlm_image_info {
    int32_t format;
    int32_t width;         // as displayed, the orientation applied
    int32_t height;
    int32_t channels;      // as stored: 1 grey, 2 grey + alpha, 3 colour, 4 colour + alpha or CMYK
    int32_t frames;
    int32_t orientation;   // EXIF, 1 to 8
    int64_t decode_bytes;  // upper estimate of what decoding takes beside its result; resizing takes 12 bytes more for each pixel it makes
};

struct uvlm_image_error {
    int32_t limit;
    int64_t value;
    int64_t allowed;
    char detail[160];  // ASCII, ends with a zero
};

// The C# side refuses a library whose number differs from its own.
UVLM_IMAGE_API int32_t uvlm_image_abi_version();

// Reads headers only and checks the limits. A file that passes can still turn out broken.
UVLM_IMAGE_API int32_t uvlm_image_probe(
    const uint8_t* data, int64_t size, const uvlm_image_limits* limits, uvlm_image_info* info, uvlm_image_error* error);

// To `pixels` [3, target, target]: oriented, transparent pixels laid over white, resized with an antialiased triangle filter, then
// (value / 255 - mean) / std.
UVLM_IMAGE_API int32_t uvlm_image_decode_normalized(
    const uint8_t* data, int64_t size, const uvlm_image_limits* limits, int32_t target, int32_t resize, const float* mean, const float* std,
    float* pixels, uvlm_image_info* info, uvlm_image_error* error);

// To `pixels` [height, width, 3]. Width and height are the picture's own (see probe).
UVLM_IMAGE_API int32_t uvlm_image_decode_rgb(
    const uint8_t* data, int64_t size, const uvlm_image_limits* limits, int32_t width, int32_t height, uint8_t* pixels, uvlm_image_error* error);

// A file from RGB pixels [height, width, 3]; give it back with uvlm_image_free. JPEG uses `quality` (1 to 100), PNG ignores it.
UVLM_IMAGE_API int32_t uvlm_image_encode(
    int32_t format, const uint8_t* pixels, int32_t width, int32_t height, int32_t quality, uint8_t** file, int64_t* size, uvlm_image_error* error);

UVLM_IMAGE_API void uvlm_image_free(uint8_t* file);
