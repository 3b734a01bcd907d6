// PNG through libpng. Its errors leave the library by longjmp into one of the guarded functions of Reader, which hold no C++ objects.
#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <png.h>

#include "codec.h"
#include "refusal.h"

namespace uvlm::image {
namespace {

uint32_t read_uint32(const uint8_t* p) {
    return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
           static_cast<uint32_t>(p[2]) << 8 | p[3];
}

class Reader {
public:
    explicit Reader(Source source) : rest_(source) {}
    ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void start(const Header& header) { require(try_start(header)); }
    void read_row(uint8_t* row) { require(try_read_row(row)); }
    void read_all(uint8_t** rows) { require(try_read_all(rows)); }
    void finish() { require(try_finish()); }

    int channels() const { return channels_; }
    bool interlaced() const { return passes_ > 1; }

private:
    bool try_start(const Header& header) {
        if (setjmp(out_) != 0)
            return false;
        png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, png_const_charp) {}, this, allocate,
                                        [](png_structp, png_voidp block) { std::free(block); });
        info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
        if (info_ == nullptr) {
            out_of_memory_ = true;
            return false;
        }
        // Everything beside IHDR, PLTE, tRNS and IDAT is skipped unread: profiles and texts may be bombs, and none of them is needed.
        png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
        png_set_user_limits(png_, static_cast<png_uint_32>(header.width), static_cast<png_uint_32>(header.height));
        png_set_chunk_cache_max(png_, 16);
        png_set_chunk_malloc_max(png_, 1 << 20);
        png_set_read_fn(png_, this, [](png_structp p, png_bytep to, size_t count) { static_cast<Reader*>(png_get_io_ptr(p))->copy(to, count); });
        png_read_info(png_, info_);
        png_set_expand(png_);
        png_set_scale_16(png_);
        png_set_gray_to_rgb(png_);
        passes_ = png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        channels_ = png_get_channels(png_, info_);
        if ((channels_ != 3 && channels_ != 4) || png_get_bit_depth(png_, info_) != 8 || png_get_image_width(png_, info_) != header.width ||
            png_get_image_height(png_, info_) != header.height)
            png_error(png_, "its header contradicts itself");
        return true;
    }

    bool try_read_row(uint8_t* row) {
        if (setjmp(out_) != 0)
            return false;
        png_read_row(png_, row, nullptr);
        return true;
    }

    bool try_read_all(uint8_t** rows) {
        if (setjmp(out_) != 0)
            return false;
        png_read_image(png_, rows);
        return true;
    }

    bool try_finish() {
        if (setjmp(out_) != 0)
            return false;
        png_read_end(png_, nullptr);  // on to IEND, so that a missing tail is noticed
        return true;
    }

    void copy(uint8_t* to, size_t count) {
        if (count > rest_.size) {
            truncated_ = true;
            png_error(png_, "the file ends before the picture does");
        }
        std::memcpy(to, rest_.data, count);
        rest_.data += count;
        rest_.size -= count;
    }

    // What libpng says of it differs from place to place, and where it asks through zlib it speaks of damaged data.
    static png_voidp allocate(png_structp png, png_alloc_size_t size) {
        void* block = std::malloc(size);
        if (block == nullptr)
            static_cast<Reader*>(png_get_mem_ptr(png))->out_of_memory_ = true;
        return block;
    }

    [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
        Reader* self = static_cast<Reader*>(png_get_error_ptr(png));
        std::strncpy(self->message_, message, sizeof self->message_ - 1);
        std::longjmp(self->out_, 1);
    }

    void require(bool succeeded) const {
        if (succeeded)
            return;
        if (out_of_memory_)
            throw std::bad_alloc();
        throw Refusal{truncated_ ? UVLM_IMAGE_TRUNCATED : UVLM_IMAGE_CORRUPT, message_};
    }

    Source rest_;
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    int passes_ = 1;
    int channels_ = 0;
    bool truncated_ = false;
    bool out_of_memory_ = false;
    char message_[120] = {};
    std::jmp_buf out_;
};

}  // namespace

Header probe_png(Source source) {
    constexpr size_t kSignature = 8, kFrame = 12;  // a chunk is length, type, data, checksum
    constexpr uint8_t kPalette = 3;
    if (source.size < kSignature + kFrame + 13)
        throw Refusal{UVLM_IMAGE_TRUNCATED, "the file ends within its header"};
    const uint8_t* first = source.data + kSignature;
    const uint32_t width = read_uint32(first + 8), height = read_uint32(first + 12);
    if (read_uint32(first) != 13 || std::memcmp(first + 4, "IHDR", 4) != 0 || width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
        throw Refusal{UVLM_IMAGE_CORRUPT, "its header makes no sense"};

    const uint8_t color = first[17];
    static const int32_t channels_of[7] = {1, 0, 3, 3, 2, 0, 4};
    Header header = {};
    header.format = UVLM_IMAGE_PNG;
    header.width = width;
    header.height = height;
    header.channels = color < 7 ? channels_of[color] : 0;
    if (header.channels == 0)
        throw Refusal{UVLM_IMAGE_CORRUPT, "its color type is unknown"};
    header.frames = 1;  // an animated PNG is made to be shown as a still picture by readers that skip its extra chunks, as we do
    header.orientation = 1;

    for (size_t position = kSignature; source.size - position >= kFrame;) {
        const uint8_t* chunk = source.data + position;
        const uint64_t length = read_uint32(chunk);
        if (length > source.size - position - kFrame)
            break;  // cut short; decoding will say so
        if (std::memcmp(chunk + 4, "eXIf", 4) == 0)
            header.orientation = exif_orientation(chunk + 8, length);
        else if (std::memcmp(chunk + 4, "tRNS", 4) == 0 && color == kPalette)
            header.channels = 4;
        else if (std::memcmp(chunk + 4, "IEND", 4) == 0)
            break;
        position += kFrame + length;
    }

    // Sides are below 2^31, so their product is no overflow, and four times it would be one.
    const bool interlaced = first[20] != 0;
    const int64_t kept = std::min(header.width * (interlaced ? header.height : 3), int64_t{1} << 56);
    header.decode_bytes = 4 * kept + header.width * 8 + (1 << 18);
    return header;
}

void decode_png(Source source, const Header& header, RowSink& sink) {
    Reader reader(source);
    reader.start(header);
    const int width = static_cast<int>(header.width), height = static_cast<int>(header.height);
    const size_t pitch = static_cast<size_t>(width) * static_cast<size_t>(reader.channels());
    std::vector<uint8_t> pixels(pitch * static_cast<size_t>(reader.interlaced() ? height : 1));
    std::vector<uint8_t*> rows;
    if (reader.interlaced()) {
        for (int y = 0; y < height; ++y)
            rows.push_back(pixels.data() + pitch * static_cast<size_t>(y));
        reader.read_all(rows.data());
    }
    sink.begin(width, height, width, height);
    for (int y = 0; y < height; ++y) {
        uint8_t* row = reader.interlaced() ? rows[static_cast<size_t>(y)] : pixels.data();
        if (!reader.interlaced())
            reader.read_row(row);
        if (reader.channels() == 4)
            flatten_alpha(row, width, row);
        sink.row(row);
    }
    reader.finish();
}

}  // namespace uvlm::image
