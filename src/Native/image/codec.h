// What every format offers: a look at the header, and rows from top to bottom.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image.h"

namespace uvlm::image {

struct Source {
    const uint8_t* data;
    size_t size;
};

// A header. Width and height as stored, before the orientation.
struct Header {
    uvlm_image_format format;
    int64_t width;
    int64_t height;
    int32_t channels;
    int64_t frames;
    int32_t orientation;
    int64_t decode_bytes;

    bool turned() const { return orientation >= 5; }
};

// Takes a picture as it is stored. Neither call may throw into a codec, so `begin` allocates and `row` does not.
class RowSink {
public:
    virtual ~RowSink() = default;
    // The rows that will come, and the part of them that is picture: a codec that shrinks while decoding may end in a partial pixel.
    virtual void begin(int width, int height, double box_width, double box_height) = 0;
    virtual void row(const uint8_t* rgb) = 0;
};

// The smallest size (as stored) that is still of use, so that a codec that can shrink cheaply does. Zero: the full size is wanted.
struct UsefulSize {
    int width = 0;
    int height = 0;
};

Header probe_jpeg(Source source);
Header probe_png(Source source);
Header probe_webp(Source source);

void decode_jpeg(Source source, UsefulSize useful, RowSink& sink);
void decode_png(Source source, const Header& header, RowSink& sink);
void decode_webp(Source source, const Header& header, RowSink& sink);

// By magic bytes. Refuses anything else.
Header probe(Source source);
void decode(Source source, const Header& header, UsefulSize useful, RowSink& sink);

// Throws a Refusal that names the limit and the value.
void check_limits(Source source, const uvlm_image_limits& limits);
void check_limits(const Header& header, const uvlm_image_limits& limits);

// The EXIF orientation (1 to 8) of a TIFF block, with or without the leading "Exif\0\0"; 1 when there is none or it makes no sense.
int32_t exif_orientation(const uint8_t* data, size_t size);

// Lays `count` RGBA pixels over white. In place is allowed.
void flatten_alpha(const uint8_t* rgba, int count, uint8_t* rgb);

}  // namespace uvlm::image
