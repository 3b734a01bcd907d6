// RGB pixels to a JPEG or PNG file.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <jpeglib.h>
#include <png.h>

#include "encode.h"
#include "refusal.h"

namespace uvlm::image {
namespace {

// Written to by C code that must not see an exception, hence malloc.
struct Buffer {
    uint8_t* data = nullptr;
    size_t size = 0;
    size_t capacity = 0;

    bool append(const uint8_t* bytes, size_t count) {
        if (size + count > capacity) {
            const size_t larger = (size + count) * 2;
            uint8_t* moved = static_cast<uint8_t*>(std::realloc(data, larger));
            if (moved == nullptr)
                return false;
            data = moved;
            capacity = larger;
        }
        std::memcpy(data + size, bytes, count);
        size += count;
        return true;
    }
};

struct JpegErrors {
    jpeg_error_mgr base;
    std::jmp_buf out;
};

// In the place of jpeg_mem_dest, whose caller can't tell what to free when memory ran out: it moves on to larger buffers, and names the last one at the end only.
struct JpegFile {
    jpeg_destination_mgr base = {};
    Buffer buffer;
    uint8_t block[4096];

    JpegFile() {
        base.init_destination = [](j_compress_ptr codec) { of(codec)->begin_block(); };
        base.empty_output_buffer = [](j_compress_ptr codec) -> boolean {
            of(codec)->append(codec, sizeof of(codec)->block);
            of(codec)->begin_block();
            return TRUE;
        };
        base.term_destination = [](j_compress_ptr codec) { of(codec)->append(codec, sizeof of(codec)->block - of(codec)->base.free_in_buffer); };
    }

private:
    static JpegFile* of(j_compress_ptr codec) { return reinterpret_cast<JpegFile*>(codec->dest); }

    void begin_block() {
        base.next_output_byte = block;
        base.free_in_buffer = sizeof block;
    }

    void append(j_compress_ptr codec, size_t count) {
        if (!buffer.append(block, count))
            codec->err->error_exit(reinterpret_cast<j_common_ptr>(codec));
    }
};

bool write_jpeg(const uint8_t* pixels, int width, int height, int quality, jpeg_compress_struct& codec, JpegErrors& errors, JpegFile& file) {
    if (setjmp(errors.out) != 0)
        return false;
    jpeg_create_compress(&codec);
    codec.dest = &file.base;
    codec.image_width = static_cast<JDIMENSION>(width);
    codec.image_height = static_cast<JDIMENSION>(height);
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
        JSAMPROW row = const_cast<JSAMPROW>(pixels + static_cast<size_t>(codec.next_scanline) * static_cast<size_t>(width) * 3);
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    return true;
}

bool write_png(const uint8_t* pixels, int width, int height, png_structp png, png_infop info, std::jmp_buf& out, Buffer& buffer) {
    if (setjmp(out) != 0)
        return false;
    png_set_write_fn(
        png, &buffer,
        [](png_structp p, png_bytep bytes, size_t count) {
            if (!static_cast<Buffer*>(png_get_io_ptr(p))->append(bytes, count))
                png_error(p, "no memory");
        },
        [](png_structp) {});
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < height; ++y)
        png_write_row(png, pixels + static_cast<size_t>(y) * static_cast<size_t>(width) * 3);
    png_write_end(png, nullptr);
    return true;
}

}  // namespace

EncodedFile encode_jpeg(const uint8_t* pixels, int width, int height, int quality) {
    JpegErrors errors = {};
    jpeg_compress_struct codec = {};
    codec.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = [](j_common_ptr c) { std::longjmp(reinterpret_cast<JpegErrors*>(c->err)->out, 1); };
    errors.base.output_message = [](j_common_ptr) {};
    JpegFile file;
    const bool written = write_jpeg(pixels, width, height, quality, codec, errors, file);
    jpeg_destroy_compress(&codec);
    if (!written) {
        std::free(file.buffer.data);
        throw std::bad_alloc();  // the arguments were checked, so nothing else is left to fail
    }
    return {file.buffer.data, static_cast<int64_t>(file.buffer.size)};
}

EncodedFile encode_png(const uint8_t* pixels, int width, int height) {
    std::jmp_buf out;
    Buffer buffer;
    png_structp png = png_create_write_struct(
        PNG_LIBPNG_VER_STRING, &out, [](png_structp p, png_const_charp) { std::longjmp(*static_cast<std::jmp_buf*>(png_get_error_ptr(p)), 1); },
        [](png_structp, png_const_charp) {});
    png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
    const bool written = info != nullptr && write_png(pixels, width, height, png, info, out, buffer);
    png_destroy_write_struct(&png, &info);
    if (!written) {
        std::free(buffer.data);
        throw std::bad_alloc();
    }
    return {buffer.data, static_cast<int64_t>(buffer.size)};
}

}  // namespace uvlm::image
