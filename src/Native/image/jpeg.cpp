// JPEG through libjpeg-turbo. Its errors leave the library by longjmp into one of the guarded functions of Reader, which hold no C++ objects.
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

#include <jpeglib.h>
#include <jerror.h>

#include "codec.h"
#include "refusal.h"

namespace uvlm::image {
namespace {

// An honest progressive file has about ten. Each costs a pass over the whole picture, however few bytes it takes.
constexpr int kMaxScans = 64;

// How much larger than needed a picture is decoded when it can be shrunk for free: the triangle filter has to do the last part itself.
constexpr double kOversampling = 1.5;

class Reader {
public:
    explicit Reader(Source source) {
        codec_.err = jpeg_std_error(&errors_);
        errors_.error_exit = [](j_common_ptr c) { of(c)->fail(c->err->msg_code); };
        errors_.emit_message = [](j_common_ptr c, int level) {
            if (level < 0)
                of(c)->warn(c->err->msg_code);
        };
        errors_.output_message = [](j_common_ptr) {};
        codec_.client_data = this;

        bytes_.next_input_byte = source.data;
        bytes_.bytes_in_buffer = source.size;
        bytes_.init_source = [](j_decompress_ptr) {};
        bytes_.term_source = [](j_decompress_ptr) {};
        bytes_.resync_to_restart = jpeg_resync_to_restart;
        bytes_.fill_input_buffer = [](j_decompress_ptr c) -> boolean {
            of(reinterpret_cast<j_common_ptr>(c))->fail(JWRN_JPEG_EOF);
            return FALSE;
        };
        bytes_.skip_input_data = [](j_decompress_ptr c, long count) {
            if (count <= 0)
                return;
            if (static_cast<size_t>(count) > c->src->bytes_in_buffer)
                of(reinterpret_cast<j_common_ptr>(c))->fail(JWRN_JPEG_EOF);
            c->src->next_input_byte += count;
            c->src->bytes_in_buffer -= static_cast<size_t>(count);
        };

        progress_.progress_monitor = [](j_common_ptr c) {
            if (c->is_decompressor && reinterpret_cast<j_decompress_ptr>(c)->input_scan_number > kMaxScans)
                of(c)->fail(kTooManyScans);
        };
    }

    ~Reader() { jpeg_destroy_decompress(&codec_); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    const jpeg_decompress_struct& codec() const { return codec_; }

    void read_header() { require(try_read_header()); }

    bool has_many_scans() { return jpeg_has_multiple_scans(&codec_) != FALSE; }

    int32_t orientation() const { return orientation_; }

    void start(int scale) { require(try_start(scale)); }

    void read_rows(uint8_t* stored, uint8_t* rgb, RowSink& sink) { require(try_read_rows(stored, rgb, sink)); }

private:
    static constexpr int kTooManyScans = -1;

    static Reader* of(j_common_ptr c) { return static_cast<Reader*>(c->client_data); }

    [[noreturn]] void fail(int code) {
        code_ = code;
        std::longjmp(out_, 1);
    }

    void warn(int code) {
        // These are common in files that every other program shows without complaint, and none of them is about pixels.
        if (code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM && code != JWRN_NOT_SEQUENTIAL && code != JWRN_JFIF_MAJOR)
            fail(code);
    }

    bool try_read_header() {
        if (setjmp(out_) != 0)
            return false;
        jpeg_create_decompress(&codec_);
        codec_.src = &bytes_;
        codec_.progress = &progress_;
        jpeg_set_marker_processor(&codec_, JPEG_APP0 + 1, [](j_decompress_ptr c) -> boolean {
            of(reinterpret_cast<j_common_ptr>(c))->read_app1();
            return TRUE;
        });
        jpeg_read_header(&codec_, TRUE);
        if (codec_.arith_code)
            fail(JERR_ARITH_NOTIMPL);  // its decoder takes what is cut or damaged for whole
        return true;
    }

    // Nothing of it is kept: libjpeg's own list of saved segments is walked anew for each one, and a file may have millions.
    void read_app1() {
        const JOCTET* segment = bytes_.next_input_byte;
        if (bytes_.bytes_in_buffer < 2)
            fail(JWRN_JPEG_EOF);
        const size_t length = std::max<size_t>((static_cast<size_t>(segment[0]) << 8) | segment[1], 2);
        if (length > bytes_.bytes_in_buffer)
            fail(JWRN_JPEG_EOF);
        if (!has_exif_ && length >= 8 && std::memcmp(segment + 2, "Exif\0\0", 6) == 0) {
            has_exif_ = true;
            orientation_ = exif_orientation(segment + 2, length - 2);
        }
        bytes_.next_input_byte += length;
        bytes_.bytes_in_buffer -= length;
    }

    bool try_start(int scale) {
        if (setjmp(out_) != 0)
            return false;
        codec_.scale_num = static_cast<unsigned>(scale);
        codec_.scale_denom = 8;
        const bool inks = codec_.jpeg_color_space == JCS_CMYK || codec_.jpeg_color_space == JCS_YCCK;
        codec_.out_color_space = inks ? JCS_CMYK : JCS_RGB;
        jpeg_start_decompress(&codec_);
        return true;
    }

    bool try_read_rows(uint8_t* stored, uint8_t* rgb, RowSink& sink) {
        if (setjmp(out_) != 0)
            return false;
        while (codec_.output_scanline < codec_.output_height) {
            JSAMPROW row = stored;
            jpeg_read_scanlines(&codec_, &row, 1);
            if (codec_.out_color_space == JCS_CMYK)
                inks_to_rgb(stored, rgb);
            sink.row(codec_.out_color_space == JCS_CMYK ? rgb : stored);
        }
        jpeg_finish_decompress(&codec_);  // reads on to the end marker, so that a missing tail is noticed
        return true;
    }

    void inks_to_rgb(const uint8_t* inks, uint8_t* rgb) const {
        // Adobe's files store the complement: 255 is no ink.
        const uint32_t flip = codec_.saw_Adobe_marker ? 0 : 255;
        for (JDIMENSION x = 0; x < codec_.output_width; ++x) {
            const uint32_t black = inks[4 * x + 3] ^ flip;
            for (JDIMENSION c = 0; c < 3; ++c)
                rgb[3 * x + c] = static_cast<uint8_t>(((inks[4 * x + c] ^ flip) * black + 127) / 255);
        }
    }

    void require(bool succeeded) {
        if (succeeded)
            return;
        switch (code_) {
            case JWRN_JPEG_EOF:
            case JERR_INPUT_EOF:
            case JERR_INPUT_EMPTY:
            case JWRN_HIT_MARKER:
                throw Refusal{UVLM_IMAGE_TRUNCATED,
                              code_ == JWRN_HIT_MARKER ? "the picture data stops in the middle" : "the file ends before the picture does"};
            case JERR_ARITH_NOTIMPL:
            case JERR_BAD_PRECISION:
            case JERR_SOF_UNSUPPORTED:
            case JERR_CONVERSION_NOTIMPL:
            case JERR_COMPONENT_COUNT:
                throw Refusal{UVLM_IMAGE_UNSUPPORTED_FORMAT, "it is a kind of JPEG that few programs read: " + message()};
            case JERR_IMAGE_TOO_BIG:
            case JERR_WIDTH_OVERFLOW:
                throw Refusal{UVLM_IMAGE_TOO_LARGE, {}, UVLM_IMAGE_LIMIT_SIDE, std::max<int64_t>(codec_.image_width, codec_.image_height),
                              JPEG_MAX_DIMENSION};
            case JERR_OUT_OF_MEMORY:
                throw std::bad_alloc();
            case kTooManyScans:
                throw Refusal{UVLM_IMAGE_CORRUPT, "more than " + std::to_string(kMaxScans) + " scans"};
            default:
                throw Refusal{UVLM_IMAGE_CORRUPT, message()};
        }
    }

    std::string message() {
        char text[JMSG_LENGTH_MAX] = {};
        errors_.msg_code = code_;
        errors_.format_message(reinterpret_cast<j_common_ptr>(&codec_), text);
        return text;
    }

    jpeg_decompress_struct codec_ = {};
    jpeg_error_mgr errors_ = {};
    jpeg_source_mgr bytes_ = {};
    jpeg_progress_mgr progress_ = {};
    std::jmp_buf out_;
    int code_ = 0;
    bool has_exif_ = false;
    int32_t orientation_ = 1;
};

int64_t scaled(int64_t side, int scale) { return (side * scale + 7) / 8; }

int choose_scale(const jpeg_decompress_struct& codec, UsefulSize useful) {
    for (const int scale : {1, 2, 4})
        if (useful.width > 0 && static_cast<double>(scaled(codec.image_width, scale)) >= kOversampling * useful.width &&
            static_cast<double>(scaled(codec.image_height, scale)) >= kOversampling * useful.height)
            return scale;
    return 8;
}

}  // namespace

Header probe_jpeg(Source source) {
    Reader reader(source);
    reader.read_header();
    const jpeg_decompress_struct& codec = reader.codec();
    Header header = {};
    header.format = UVLM_IMAGE_JPEG;
    header.width = codec.image_width;
    header.height = codec.image_height;
    header.channels = codec.num_components;
    header.frames = 1;
    header.orientation = reader.orientation();
    // A file in several scans is kept whole as coefficients of two bytes; otherwise some rows of blocks suffice.
    const int64_t values = header.width * codec.num_components;
    header.decode_bytes = reader.has_many_scans() ? values * header.height * 2 : values * 64;
    return header;
}

void decode_jpeg(Source source, UsefulSize useful, RowSink& sink) {
    Reader reader(source);
    reader.read_header();
    const jpeg_decompress_struct& codec = reader.codec();
    const int scale = choose_scale(codec, useful);
    reader.start(scale);
    std::vector<uint8_t> stored(static_cast<size_t>(codec.output_width) * static_cast<size_t>(codec.output_components));
    std::vector<uint8_t> rgb(codec.output_components == 4 ? static_cast<size_t>(codec.output_width) * 3 : 0);
    sink.begin(static_cast<int>(codec.output_width), static_cast<int>(codec.output_height), codec.image_width * scale / 8.0,
               codec.image_height * scale / 8.0);
    reader.read_rows(stored.data(), rgb.data(), sink);
}

}  // namespace uvlm::image
